package org.impetusmta.module.mta_sts;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A policy as a domain publishes it. Immutable. Source: RFC 8461 section 3.2.
 *
 * @param mx names of hosts in lower case, or {@code *.} and what follows their first label; empty
 *     only in mode none
 * @param maxAgeSeconds how long it may be kept, at most {@link #MOST_AGE_SECONDS}
 * @param lines what was published, for reports and to be kept
 */
record StsPolicy(Mode mode, List<String> mx, long maxAgeSeconds, List<String> lines) {
  /** The greatest max_age; more than that counts as that. */
  static final long MOST_AGE_SECONDS = 31_557_600;

  /** What is made of it. */
  enum Mode {
    ENFORCE,
    TESTING,
    NONE;

    /** The word in the policy. */
    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static final Pattern EXTENSION_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,31}");
  private static final Pattern EXTENSION_VALUE = Pattern.compile("[^\\p{Cntrl};=]+");
  private static final Pattern LABEL =
      Pattern.compile("[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?");
  private static final int MOST_LINES = 2_000;

  StsPolicy {
    mx = List.copyOf(mx);
    lines = List.copyOf(lines);
  }

  /** Text that is no policy. The message says what was found, without control characters. */
  static final class InvalidPolicy extends Exception {
    private static final long serialVersionUID = 1L;

    InvalidPolicy(String message) {
      super(message);
    }
  }

  /**
   * Reads the text of a policy.
   *
   * @throws InvalidPolicy when it is none
   */
  static StsPolicy parse(String text) throws InvalidPolicy {
    Map<String, String> once = new HashMap<>();
    List<String> mx = new ArrayList<>();
    List<String> lines = new ArrayList<>();
    for (String line : text.split("\r?\n", -1)) {
      String field = trimmedAtEnd(line);
      if (field.isEmpty()) {
        continue;
      }
      if (lines.size() == MOST_LINES) {
        throw new InvalidPolicy("more than " + MOST_LINES + " fields");
      }
      read(field, once, mx);
      lines.add(field);
    }
    if (!"STSv1".equals(once.get("version"))) {
      throw new InvalidPolicy("no version: STSv1");
    }
    Mode mode = mode(once.getOrDefault("mode", ""));
    if (mx.isEmpty() && mode != Mode.NONE) {
      throw new InvalidPolicy("mode " + mode.word() + " without any mx");
    }
    return new StsPolicy(mode, mx, maxAge(once.getOrDefault("max_age", "")), lines);
  }

  private static void read(String field, Map<String, String> once, List<String> mx)
      throws InvalidPolicy {
    int colon = field.indexOf(':');
    if (colon < 0) {
      throw new InvalidPolicy("a line without a colon");
    }
    String name = field.substring(0, colon);
    int at = colon + 1;
    while (at < field.length() && blank(field.charAt(at))) {
      at++;
    }
    String value = field.substring(at);
    switch (name) {
      case "version", "mode", "max_age" -> once.putIfAbsent(name, value);
      case "mx" -> mx.add(pattern(value));
      default -> {
        if (!EXTENSION_NAME.matcher(name).matches() || !EXTENSION_VALUE.matcher(value).matches()) {
          throw new InvalidPolicy("a malformed line");
        }
      }
    }
  }

  private static Mode mode(String word) throws InvalidPolicy {
    for (Mode mode : Mode.values()) {
      if (mode.word().equals(word)) {
        return mode;
      }
    }
    throw new InvalidPolicy("no mode of enforce, testing, none");
  }

  private static long maxAge(String digits) throws InvalidPolicy {
    if (!digits.matches("[0-9]{1,10}")) {
      throw new InvalidPolicy("no max_age in seconds");
    }
    return Math.min(Long.parseLong(digits), MOST_AGE_SECONDS);
  }

  private static String pattern(String value) throws InvalidPolicy {
    String domain = value.startsWith("*.") ? value.substring(2) : value;
    if (domain.isEmpty() || domain.length() > 253) {
      throw new InvalidPolicy("an mx that is no host name");
    }
    for (String label : domain.split("\\.", -1)) {
      if (!LABEL.matcher(label).matches()) {
        throw new InvalidPolicy("an mx that is no host name");
      }
    }
    return value.toLowerCase(Locale.ROOT);
  }

  private static String trimmedAtEnd(String line) {
    int end = line.length();
    while (end > 0 && blank(line.charAt(end - 1))) {
      end--;
    }
    return line.substring(0, end);
  }

  private static boolean blank(char c) {
    return c == ' ' || c == '\t';
  }

  /** Whether the MX host {@code host} is one of those that it names (section 4.1). */
  boolean names(String host) {
    String name = host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
    for (String pattern : mx) {
      if (pattern.startsWith("*.")) {
        int dot = name.indexOf('.');
        if (dot > 0 && name.substring(dot).equalsIgnoreCase(pattern.substring(1))) {
          return true;
        }
      } else if (name.equalsIgnoreCase(pattern)) {
        return true;
      }
    }
    return false;
  }
}
