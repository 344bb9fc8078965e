package org.impetusmta.listener.esmtp;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.Set;
import org.impetusmta.api.message.Reply;
import org.jspecify.annotations.Nullable;

/**
 * The parameters behind a path: SIZE (RFC 1870) and BODY (RFC 6152) of MAIL, none of RCPT. Single;
 * made for one command.
 */
final class MailParameters {
  private static final Reply SYNTAX = new Reply(501, "5.5.4", "parameter syntax error");
  private static final Reply UNKNOWN = new Reply(555, "5.5.4", "unsupported parameter");

  private OptionalLong size = OptionalLong.empty();
  private boolean body;
  private boolean eightBitMime;

  OptionalLong size() {
    return size;
  }

  boolean eightBitMime() {
    return eightBitMime;
  }

  /**
   * Reads {@code line[from, end)}, which is empty or begins with a blank.
   *
   * @param extensions those whose parameters are known here; none for RCPT
   * @return the refusal; null when all is well
   */
  @Nullable Reply read(byte[] line, int from, int end, Set<Extension> extensions) {
    if (from == end) {
      return null;
    }
    String text = new String(line, from, end - from, StandardCharsets.ISO_8859_1);
    if (text.charAt(0) != ' ' || text.endsWith(" ")) {
      return SYNTAX;
    }
    for (String parameter : text.substring(1).split(" +", -1)) {
      Reply refusal = read(parameter, extensions);
      if (refusal != null) {
        return refusal;
      }
    }
    return null;
  }

  private @Nullable Reply read(String parameter, Set<Extension> extensions) {
    int equals = parameter.indexOf('=');
    String name =
        (equals < 0 ? parameter : parameter.substring(0, equals)).toUpperCase(Locale.ROOT);
    String value = equals < 0 ? "" : parameter.substring(equals + 1).toUpperCase(Locale.ROOT);
    if (!name.matches("[A-Z0-9][A-Z0-9-]*")) {
      return SYNTAX;
    }
    if (name.equals("SIZE") && extensions.contains(Extension.SIZE)) {
      if (size.isPresent() || !value.matches("\\d{1,20}")) {
        return SYNTAX;
      }
      size = OptionalLong.of(value.length() > 18 ? Long.MAX_VALUE : Long.parseLong(value));
      return null;
    }
    if (name.equals("BODY") && extensions.contains(Extension.EIGHT_BIT_MIME)) {
      if (body || !(value.equals("7BIT") || value.equals("8BITMIME"))) {
        return SYNTAX;
      }
      body = true;
      eightBitMime = value.equals("8BITMIME");
      return null;
    }
    return UNKNOWN;
  }
}
