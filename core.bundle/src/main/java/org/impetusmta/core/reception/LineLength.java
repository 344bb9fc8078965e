package org.impetusmta.core.reception;

import org.impetusmta.api.config.OptionValue;

/**
 * How long a line may be and, where a word says it, what is done with a longer one. Immutable.
 * Source: conf.ref.rfc2822_max_line_length.
 *
 * @param octets of a line without its CRLF
 * @param word IGNORE where a number was given
 */
@OptionValue(expected = "ignore, pedantic, fix or a number of octets")
public record LineLength(int octets, Word word) {
  /** What RFC 5322 section 2.1.1 allows. */
  static final int STANDARD = 998;

  /** What is done with lines that are longer. */
  public enum Word {
    IGNORE,
    PEDANTIC,
    FIX
  }

  /** Reads one of the three words, which mean 998 octets, or a number. */
  public static LineLength parse(String text) {
    for (Word word : Word.values()) {
      if (word.name().equalsIgnoreCase(text)) {
        return new LineLength(STANDARD, word);
      }
    }
    if (text.isEmpty() || text.length() > 9 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      throw new IllegalArgumentException("neither a word nor a number");
    }
    int octets = Integer.parseInt(text);
    if (octets < 1) {
      throw new IllegalArgumentException("no line is that short");
    }
    return new LineLength(octets, Word.IGNORE);
  }
}
