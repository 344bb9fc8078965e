package org.impetusmta.module.http_io;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Objects;
import java.util.Optional;
import org.impetusmta.api.io.IoUri;

/**
 * What one request asks for. Immutable.
 *
 * @param uri without user and password
 * @param authorization the field Authorization
 */
record HttpTarget(URI uri, Optional<String> authorization) {
  static HttpTarget of(IoUri uri) throws IOException {
    URI written = parse(uri.text());
    return new HttpTarget(
        withoutUser(written), Optional.ofNullable(written.getRawUserInfo()).map(HttpTarget::basic));
  }

  /** Where an answer points to; only the same server is told the password again. */
  HttpTarget redirected(String location) throws IOException {
    URI to = withoutUser(uri.resolve(parse(location)));
    if (uri.getScheme().equalsIgnoreCase("https") && !to.getScheme().equalsIgnoreCase("https")) {
      throw new IOException("found a redirect to " + to.getScheme() + "://, expected https://");
    }
    boolean sameServer =
        to.getScheme().equalsIgnoreCase(uri.getScheme())
            && to.getRawAuthority().equalsIgnoreCase(uri.getRawAuthority());
    return new HttpTarget(to, sameServer ? authorization : Optional.empty());
  }

  /** The message of URISyntaxException would hold the password. */
  private static URI parse(String text) throws IOException {
    try {
      return new URI(text);
    } catch (URISyntaxException e) {
      throw new IOException("found no URI: " + e.getReason() + " at character " + e.getIndex());
    }
  }

  private static URI withoutUser(URI uri) throws IOException {
    String scheme = Objects.requireNonNullElse(uri.getScheme(), "");
    if (!scheme.equalsIgnoreCase("http") && !scheme.equalsIgnoreCase("https")) {
      throw new IOException("found a redirect to " + scheme + "://, expected http:// or https://");
    }
    if (uri.getHost() == null) {
      throw new IOException("found no host in the URI");
    }
    String authority = uri.getRawAuthority();
    String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
    return URI.create(
        scheme + "://" + authority.substring(authority.lastIndexOf('@') + 1) + path + query);
  }

  private static String basic(String userInfo) {
    // a plus sign is itself in this part of a URI
    String plain = URLDecoder.decode(userInfo.replace("+", "%2B"), StandardCharsets.UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(plain.getBytes(StandardCharsets.UTF_8));
  }
}
