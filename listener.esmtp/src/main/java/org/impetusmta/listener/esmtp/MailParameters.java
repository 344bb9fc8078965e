package org.impetusmta.listener.esmtp;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.impetusmta.api.message.Reply;
import org.jspecify.annotations.Nullable;

/**
 * The parameters behind a path: SIZE (RFC 1870), BODY (RFC 6152) and AUTH (RFC 4954) of MAIL, none
 * of RCPT. Single; made for one command.
 */
final class MailParameters {
  private static final Reply SYNTAX = new Reply(501, "5.5.4", "parameter syntax error");
  private static final Reply UNKNOWN = new Reply(555, "5.5.4", "unsupported parameter");

  private OptionalLong size = OptionalLong.empty();
  private Optional<String> submitter = Optional.empty();
  private boolean body;
  private boolean eightBitMime;

  OptionalLong size() {
    return size;
  }

  boolean eightBitMime() {
    return eightBitMime;
  }

  /** What AUTH= said, decoded; {@code <>} where the client does not know. */
  Optional<String> submitter() {
    return submitter;
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
    if (line[from] != ' ' || line[end - 1] == ' ' || line[from + 1] == ' ') {
      return SYNTAX;
    }
    int at = from;
    while (at < end) {
      while (line[at] == ' ') {
        at++;
      }
      int start = at;
      while (at < end && line[at] != ' ') {
        at++;
      }
      Reply refusal = parameter(line, start, at, extensions);
      if (refusal != null) {
        return refusal;
      }
    }
    return null;
  }

  /** {@code KEYWORD} or {@code KEYWORD=value} (RFC 5321 section 4.1.2, esmtp-param). */
  private @Nullable Reply parameter(byte[] line, int from, int end, Set<Extension> extensions) {
    int equals = from;
    while (equals < end && line[equals] != '=') {
      boolean fits = isLetterOrDigit(line[equals]) || (line[equals] == '-' && equals > from);
      if (!fits) {
        return SYNTAX;
      }
      equals++;
    }
    if (equals == from) {
      return SYNTAX;
    }
    int value = Math.min(equals + 1, end);
    if (is(line, from, equals, "SIZE") && extensions.contains(Extension.SIZE)) {
      return size(line, value, end);
    }
    if (is(line, from, equals, "BODY") && extensions.contains(Extension.EIGHT_BIT_MIME)) {
      eightBitMime = is(line, value, end, "8BITMIME");
      if (body || !(eightBitMime || is(line, value, end, "7BIT"))) {
        return SYNTAX;
      }
      body = true;
      return null;
    }
    if (is(line, from, equals, "AUTH") && extensions.contains(Extension.AUTH)) {
      if (submitter.isPresent()) {
        return SYNTAX;
      }
      submitter = MailAuth.parse(line, value, end);
      return submitter.isPresent() ? null : SYNTAX;
    }
    return UNKNOWN;
  }

  /** Up to 20 digits (RFC 1870 section 4); what a long does not hold is larger than anything. */
  private @Nullable Reply size(byte[] line, int from, int end) {
    if (size.isPresent() || from == end || end - from > 20) {
      return SYNTAX;
    }
    long octets = 0;
    for (int i = from; i < end; i++) {
      if (line[i] < '0' || line[i] > '9') {
        return SYNTAX;
      }
      int digit = line[i] - '0';
      octets = octets > (Long.MAX_VALUE - digit) / 10 ? Long.MAX_VALUE : 10 * octets + digit;
    }
    size = OptionalLong.of(octets);
    return null;
  }

  private static boolean isLetterOrDigit(int octet) {
    return (octet >= '0' && octet <= '9') || ((octet & 0xDF) >= 'A' && (octet & 0xDF) <= 'Z');
  }

  /** Whether it is that word, which is in capitals, in whatever case. */
  private static boolean is(byte[] line, int from, int end, String word) {
    if (end - from != word.length()) {
      return false;
    }
    for (int i = 0; i < word.length(); i++) {
      int octet = line[from + i];
      int capital = octet >= 'a' && octet <= 'z' ? octet - 32 : octet;
      if (capital != word.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
