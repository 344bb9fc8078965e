package org.impetusmta.module.ds_jdbc;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a URI has behind the driver: {@code key=value;key=value}. A value with a semicolon stands in
 * single quotes, with a backslash before a quote or a backslash, or in braces, with the closing one
 * doubled. Immutable.
 *
 * @param values by key in lower case
 */
record KeyValues(Map<String, String> values) {
  /**
   * Reads a text.
   *
   * @throws IllegalArgumentException that says what is wrong, but never a value
   */
  static KeyValues parse(String text) {
    Map<String, String> values = new LinkedHashMap<>();
    int at = 0;
    while (at < text.length()) {
      int equals = text.indexOf('=', at);
      int end = text.indexOf(';', at);
      if (end >= 0 && (equals < 0 || end < equals) && text.substring(at, end).isBlank()) {
        at = end + 1;
        continue;
      }
      if (equals < 0 || (end >= 0 && end < equals)) {
        if (text.substring(at).isBlank()) {
          break;
        }
        throw new IllegalArgumentException("found no = behind a key, expected key=value;key=value");
      }
      String key = text.substring(at, equals).strip().toLowerCase(Locale.ROOT);
      if (!key.matches("[a-z][a-z0-9_ -]*")) {
        throw new IllegalArgumentException("found no key before =, expected key=value;key=value");
      }
      StringBuilder value = new StringBuilder();
      at = value(text, equals + 1, value);
      if (values.putIfAbsent(key, value.toString()) != null) {
        throw new IllegalArgumentException("found " + key + " twice");
      }
    }
    return new KeyValues(values);
  }

  /** Reads a value; returns where the next key begins. */
  private static int value(String text, int from, StringBuilder value) {
    int at = from;
    while (at < text.length() && text.charAt(at) == ' ') {
      at++;
    }
    if (at < text.length() && text.charAt(at) == '\'') {
      at = quoted(text, at + 1, value);
    } else if (at < text.length() && text.charAt(at) == '{') {
      at = braced(text, at + 1, value);
    } else {
      int end = text.indexOf(';', at);
      end = end < 0 ? text.length() : end;
      value.append(text.substring(at, end).strip());
      return Math.min(text.length(), end + 1);
    }
    int end = text.indexOf(';', at);
    end = end < 0 ? text.length() : end;
    if (!text.substring(at, end).isBlank()) {
      throw new IllegalArgumentException("found text behind a quoted value, expected ;");
    }
    return Math.min(text.length(), end + 1);
  }

  private static int quoted(String text, int from, StringBuilder value) {
    for (int at = from; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c == '\'') {
        return at + 1;
      }
      if (c == '\\' && at + 1 < text.length()) {
        c = text.charAt(++at);
      }
      value.append(c);
    }
    throw new IllegalArgumentException("found no end of a value in quotes, expected '");
  }

  private static int braced(String text, int from, StringBuilder value) {
    for (int at = from; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c == '}') {
        if (!text.startsWith("}}", at)) {
          return at + 1;
        }
        at++;
      }
      value.append(c);
    }
    throw new IllegalArgumentException("found no end of a value in braces, expected }");
  }

  /**
   * Asks that there are no other keys.
   *
   * @throws IllegalArgumentException that names one
   */
  KeyValues require(Set<String> known) {
    for (String key : values.keySet()) {
      if (!known.contains(key)) {
        throw new IllegalArgumentException(
            "found the key "
                + key
                + ", expected "
                + String.join(", ", known.stream().sorted().toList()));
      }
    }
    return this;
  }

  Optional<String> get(String key) {
    return Optional.ofNullable(values.get(key)).filter(value -> !value.isEmpty());
  }

  String get(String key, String orElse) {
    return get(key).orElse(orElse);
  }

  /**
   * A port.
   *
   * @throws IllegalArgumentException where it is none
   */
  int port(int orElse) {
    String text = get("port", Integer.toString(orElse));
    if (!text.matches("\\d{1,5}")
        || Integer.parseInt(text) < 1
        || Integer.parseInt(text) > 65_535) {
      throw new IllegalArgumentException("port: expected a number from 1 to 65535");
    }
    return Integer.parseInt(text);
  }

  /**
   * The host, an IPv6 address in brackets.
   *
   * @throws IllegalArgumentException where it is none
   */
  String host() {
    String host = get("host", "localhost");
    if (!host.matches("[A-Za-z0-9._:%-]+|\\[[0-9A-Fa-f:.%]+]")) {
      throw new IllegalArgumentException("host: expected the name or address of a host");
    }
    return host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
  }
}
