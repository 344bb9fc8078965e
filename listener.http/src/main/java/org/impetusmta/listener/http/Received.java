package org.impetusmta.listener.http;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.http.HttpRequest;

/**
 * A request as resources see it. Immutable.
 *
 * @param method GET where the client asks for the head of what GET answers
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
record Received(
    String method,
    String path,
    Map<String, List<String>> query,
    HttpHeaders headers,
    byte[] octets,
    String remote,
    String listen,
    Optional<String> user)
    implements HttpRequest {

  /** A target (RFC 9112 section 3.2), taken apart and decoded. */
  record Target(String path, Map<String, List<String>> query) {
    /**
     * @throws IllegalArgumentException where it is none that a server has something at
     */
    static Target parse(String written) {
      String rest = written;
      if (!rest.startsWith("/")) {
        int scheme = rest.indexOf("://");
        if (scheme <= 0) {
          throw new IllegalArgumentException("no path");
        }
        int path = rest.indexOf('/', scheme + 3);
        rest = path < 0 ? "/" : rest.substring(path);
      }
      QueryStringDecoder decoder =
          new QueryStringDecoder(rest, StandardCharsets.UTF_8, true, Limits.PARAMETERS, true);
      return new Target(Directory.normal(decoder.path()), decoder.parameters());
    }
  }

  @Override
  public List<String> parameters(String name) {
    return query.getOrDefault(name, List.of());
  }

  @Override
  public Optional<String> header(String name) {
    return Optional.ofNullable(headers.get(name));
  }

  @Override
  public InputStream body() {
    return new ByteArrayInputStream(octets);
  }

  @Override
  public long bodyLength() {
    return octets.length;
  }
}
