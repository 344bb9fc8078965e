package org.impetusmta.listener.esmtp;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.impetusmta.api.message.Reply;
import org.jspecify.annotations.Nullable;

/**
 * The parameters behind a path (RFC 5321 section 4.1.2, Mail-parameters): {@code KEYWORD} or {@code
 * KEYWORD=value} after one blank each. Single; made for one command.
 */
abstract class Parameters {
  static final Reply SYNTAX = new Reply(501, "5.5.4", "parameter syntax error");
  static final Reply UNKNOWN = new Reply(555, "5.5.4", "unsupported parameter");

  private Map<String, String> context = Map.of();

  /** What they put into the message dictionary. */
  final Map<String, String> context() {
    return context;
  }

  /**
   * Puts a value into it.
   *
   * @return the refusal where it was said already; null when all is well
   */
  final @Nullable Reply put(String key, String value) {
    if (context.isEmpty()) {
      context = new LinkedHashMap<>();
    }
    return context.putIfAbsent(key, value) == null ? null : SYNTAX;
  }

  /**
   * Reads {@code line[from, end)}, which is empty or begins with a blank.
   *
   * @param extensions those whose parameters are known here
   * @return the refusal; null when all is well
   */
  final @Nullable Reply read(byte[] line, int from, int end, Set<Extension> extensions) {
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
      Reply refusal = keyword(line, start, at, extensions);
      if (refusal != null) {
        return refusal;
      }
    }
    return consistent();
  }

  private @Nullable Reply keyword(byte[] line, int from, int end, Set<Extension> extensions) {
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
    return parameter(line, from, equals, Math.min(equals + 1, end), end, extensions);
  }

  /**
   * One of them: {@code line[from, equals)} is the keyword, {@code line[value, end)} what follows
   * the equals sign; without one {@code equals} is {@code end}.
   */
  abstract @Nullable Reply parameter(
      byte[] line, int from, int equals, int value, int end, Set<Extension> extensions);

  /** Whether they go together; null when all is well. */
  @Nullable Reply consistent() {
    return null;
  }

  static boolean isLetterOrDigit(int octet) {
    return (octet >= '0' && octet <= '9') || ((octet & 0xDF) >= 'A' && (octet & 0xDF) <= 'Z');
  }

  /** Whether it is that word, which is in capitals, in whatever case. */
  static boolean is(byte[] line, int from, int end, String word) {
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

  /** Whether it is xtext (RFC 3461 section 4), of one character or more. */
  static boolean isXtext(byte[] line, int from, int end) {
    if (from == end) {
      return false;
    }
    for (int i = from; i < end; i++) {
      int octet = line[i];
      if (octet == '+') {
        if (end - i < 3 || !isHex(line[i + 1]) || !isHex(line[i + 2])) {
          return false;
        }
        i += 2;
      } else if (octet <= ' ' || octet > '~' || octet == '=') {
        return false;
      }
    }
    return true;
  }

  private static boolean isHex(int octet) {
    return (octet >= '0' && octet <= '9') || (octet >= 'A' && octet <= 'F');
  }

  static String text(byte[] line, int from, int end) {
    return new String(line, from, end - from, StandardCharsets.UTF_8);
  }
}
