package org.impetusmta.listener.esmtp;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The parameter AUTH of MAIL (RFC 4954 section 5): who submitted the message first, as xtext (RFC
 * 3461 section 4), or {@code <>}. Stateless.
 */
final class MailAuth {
  /** The key in the message dictionary. */
  static final String KEY = "mailfrom_auth";

  private static final int LONGEST = 500;

  private MailAuth() {}

  /** The decoded value of {@code line[from, to)}; empty where it is none. */
  static Optional<String> parse(byte[] line, int from, int to) {
    if (from >= to || to - from > LONGEST) {
      return Optional.empty();
    }
    byte[] decoded = new byte[to - from];
    int length = 0;
    for (int i = from; i < to; i++) {
      int octet = line[i];
      if (octet == '+') {
        int high = i + 2 < to ? hex(line[i + 1]) : -1;
        int low = i + 2 < to ? hex(line[i + 2]) : -1;
        if (high < 0 || low < 0) {
          return Optional.empty();
        }
        octet = high << 4 | low;
        i += 2;
      } else if (octet < '!' || octet > '~' || octet == '=') {
        return Optional.empty();
      }
      if (octet < ' ' || octet > '~') {
        return Optional.empty();
      }
      decoded[length++] = (byte) octet;
    }
    return Optional.of(new String(decoded, 0, length, StandardCharsets.US_ASCII));
  }

  private static int hex(int octet) {
    if (octet >= '0' && octet <= '9') {
      return octet - '0';
    }
    return octet >= 'A' && octet <= 'F' ? octet - 'A' + 10 : -1;
  }
}
