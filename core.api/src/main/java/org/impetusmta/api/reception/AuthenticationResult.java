package org.impetusmta.api.reception;

import java.util.List;
import java.util.Optional;

/**
 * What one check of the sender came to: a {@code resinfo} of RFC 8601 section 2.2. Immutable.
 *
 * @param method the keyword of the method: {@code spf}, {@code dkim}, {@code iprev}, …
 * @param result the keyword of the result: {@code pass}, {@code fail}, {@code none}, …
 * @param reason why, in words
 * @param properties what was looked at
 */
public record AuthenticationResult(
    String method, String result, Optional<String> reason, List<Property> properties) {
  /**
   * One property: {@code smtp.mailfrom=example.com}.
   *
   * @param type {@code smtp}, {@code header}, {@code body} or {@code policy}
   * @param name {@code mailfrom}, {@code d}, …
   * @param value quoted where it has to be
   */
  public record Property(String type, String name, String value) {
    /**
     * @throws IllegalArgumentException where type or name is no keyword
     */
    public Property {
      keyword(type);
      keyword(name);
    }
  }

  /**
   * @throws IllegalArgumentException where method or result is no keyword
   */
  public AuthenticationResult {
    keyword(method);
    keyword(result);
    properties = List.copyOf(properties);
  }

  /** Without a reason. */
  public static AuthenticationResult of(String method, String result, Property... properties) {
    return new AuthenticationResult(method, result, Optional.empty(), List.of(properties));
  }

  private static void keyword(String word) {
    boolean valid = !word.isEmpty() && word.charAt(word.length() - 1) != '-';
    for (int i = 0; i < word.length(); i++) {
      char c = word.charAt(i);
      valid &=
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || c == '-'
              || c == '_';
    }
    if (!valid) {
      throw new IllegalArgumentException("no keyword of RFC 8601: " + word);
    }
  }

  /**
   * As the header field has it: {@code spf=pass reason="…" smtp.mailfrom=example.com}. Whatever the
   * values hold, it is printable ASCII in one line.
   */
  public String text() {
    StringBuilder out = new StringBuilder(64).append(method).append('=').append(result);
    reason.ifPresent(words -> quoted(words, out.append(" reason=")));
    for (Property property : properties) {
      out.append(' ').append(property.type()).append('.').append(property.name()).append('=');
      if (isPlain(property.value())) {
        out.append(property.value());
      } else {
        quoted(property.value(), out);
      }
    }
    return out.toString();
  }

  /** Whether {@code value} is a token, a domain or a mailbox that needs no quotes. */
  private static boolean isPlain(String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c <= ' ' || c > '~' || "()<>,;:\\\"/[]?=".indexOf(c) >= 0) {
        return false;
      }
    }
    return !value.isEmpty();
  }

  private static void quoted(String value, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else {
        out.append(c >= ' ' && c <= '~' ? c : '?');
      }
    }
    out.append('"');
  }
}
