package org.impetusmta.core.console;

import java.util.Locale;

/**
 * What a command prints. Control characters other than TAB and LF, which could steer the operator's
 * terminal, become {@code \xHH}; half a surrogate pair becomes {@code ?}. Bounded: what goes beyond
 * is dropped, and the last line says so. Single.
 */
final class Transcript {
  /** How many characters one command may print. */
  static final int LIMIT = 32 * 1024 * 1024;

  private final StringBuilder text = new StringBuilder();
  private final int limit;
  private long dropped;

  Transcript() {
    this(LIMIT);
  }

  Transcript(int limit) {
    this.limit = limit;
  }

  void println(String line) {
    if (dropped > 0 || text.length() + (long) line.length() + 1 > limit) {
      dropped++;
      return;
    }
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '\n'
          || c == '\t'
          || (c >= ' ' && c < 0x7f)
          || (c > 0x9f && !Character.isSurrogate(c))) {
        text.append(c);
      } else if (Character.isHighSurrogate(c)
          && i + 1 < line.length()
          && Character.isLowSurrogate(line.charAt(i + 1))) {
        text.append(c).append(line.charAt(++i));
      } else if (Character.isSurrogate(c)) {
        text.append('?');
      } else {
        text.append(String.format(Locale.ROOT, "\\x%02X", (int) c));
      }
    }
    text.append('\n');
  }

  /** All of it. */
  String text() {
    if (dropped == 0) {
      return text.toString();
    }
    return text + "(the output is too long: " + dropped + " more lines are not shown)\n";
  }
}
