package org.impetusmta.listener.http;

import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.auth.DigestResponse;

/**
 * The field {@code Authorization: Digest …} of a request (RFC 7616 section 3.4), {@code qop=auth}.
 * Immutable.
 *
 * @param hash {@code MD5} or {@code SHA-256}, or what else the client says
 * @param count eight hexadecimal digits
 */
record DigestCredentials(
    String hash,
    String user,
    String realm,
    String uri,
    String nonce,
    String count,
    String clientNonce,
    String digits) {
  private static final String SCHEME = "Digest ";
  private static final String EXTENDED = "utf-8''";

  /** Whether a field is meant to be one. */
  static boolean isDigest(String field) {
    return field.regionMatches(true, 0, SCHEME, 0, SCHEME.length());
  }

  /** Takes a field apart, whose characters are octets; empty where it is malformed. */
  static Optional<DigestCredentials> parse(String field) {
    return utf8(field.substring(SCHEME.length()))
        .flatMap(DigestCredentials::parameters)
        .flatMap(DigestCredentials::of);
  }

  private static Optional<DigestCredentials> of(Map<String, String> said) {
    Optional<String> user = user(said);
    String count = said.getOrDefault("nc", "");
    if (user.isEmpty()
        || !said.getOrDefault("qop", "").equalsIgnoreCase("auth")
        || said.getOrDefault("userhash", "false").equalsIgnoreCase("true")
        || count.length() != 8
        || !count.chars().allMatch(HexFormat::isHexDigit)
        || HexFormat.fromHexDigitsToLong(count) == 0
        || said.getOrDefault("cnonce", "").isEmpty()) {
      return Optional.empty();
    }
    for (String needed : new String[] {"realm", "uri", "nonce", "response"}) {
      if (!said.containsKey(needed)) {
        return Optional.empty();
      }
    }
    return Optional.of(
        new DigestCredentials(
            said.getOrDefault("algorithm", "MD5").toUpperCase(Locale.ROOT),
            user.get(),
            said.getOrDefault("realm", ""),
            said.getOrDefault("uri", ""),
            said.getOrDefault("nonce", ""),
            count,
            said.getOrDefault("cnonce", ""),
            said.getOrDefault("response", "")));
  }

  /** {@code username}, or {@code username*} (RFC 8187); both is an error. */
  private static Optional<String> user(Map<String, String> said) {
    String extended = said.get("username*");
    if (extended == null) {
      return Optional.ofNullable(said.get("username"));
    }
    if (said.containsKey("username")
        || extended.indexOf('+') >= 0
        || !extended.regionMatches(true, 0, EXTENDED, 0, EXTENDED.length())) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          URLDecoder.decode(extended.substring(EXTENDED.length()), StandardCharsets.UTF_8));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  long counted() {
    return HexFormat.fromHexDigitsToLong(count);
  }

  /** Whether the client asks for what it says. */
  boolean isFor(String target) {
    return path(uri).equals(path(target));
  }

  /** Without scheme and host, which a proxy may have taken away. */
  private static String path(String target) {
    int scheme = target.startsWith("/") ? -1 : target.indexOf("://");
    if (scheme <= 0) {
      return target;
    }
    int path = target.indexOf('/', scheme + 3);
    return path < 0 ? "/" : target.substring(path);
  }

  /** What {@code Authentication} is asked. */
  DigestResponse response(String method) {
    return new DigestResponse(hash, user, realm, method, uri, nonce, count, clientNonce, digits);
  }

  @Override
  public String toString() {
    return "Digest of " + user;
  }

  private static Optional<String> utf8(String octets) {
    try {
      return Optional.of(
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(octets.getBytes(StandardCharsets.ISO_8859_1)))
              .toString());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  /** {@code name=value, name="value"} (RFC 9110 section 11.2); a name said twice makes it none. */
  static Optional<Map<String, String>> parameters(String text) {
    Map<String, String> found = new HashMap<>();
    int at = 0;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == ',' || c == ' ' || c == '\t') {
        at++;
        continue;
      }
      int equals = text.indexOf('=', at);
      if (equals < 0) {
        return Optional.empty();
      }
      String name = text.substring(at, equals).strip().toLowerCase(Locale.ROOT);
      StringBuilder value = new StringBuilder();
      at = equals + 1;
      while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) {
        at++;
      }
      if (at < text.length() && text.charAt(at) == '"') {
        at = quoted(text, at + 1, value);
      } else {
        int comma = text.indexOf(',', at);
        int end = comma < 0 ? text.length() : comma;
        value.append(text.substring(at, end).strip());
        at = end;
      }
      if (at < 0 || name.isEmpty() || found.putIfAbsent(name, value.toString()) != null) {
        return Optional.empty();
      }
    }
    return Optional.of(found);
  }

  /** Where it goes on behind the closing quote; -1: there is none. */
  private static int quoted(String text, int from, StringBuilder value) {
    for (int at = from; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c == '"') {
        return at + 1;
      }
      if (c == '\\' && ++at == text.length()) {
        return -1;
      }
      value.append(text.charAt(at));
    }
    return -1;
  }
}
