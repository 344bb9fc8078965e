package org.impetusmta.core.config.option;

import java.util.Collection;
import java.util.Optional;

/** Spelling: what must be quoted, and what somebody probably meant. Stateless. */
public final class Words {
  /** Unseen by the operator, so it is no part of a word. */
  public static final char BYTE_ORDER_MARK = '\uFEFF';

  private Words() {}

  /** Whether the character ends a word that is not quoted. */
  public static boolean isDelimiter(int c) {
    return c <= ' '
        || switch (c) {
          case '#', '"', '\'', '=', '{', '}', '[', ']', '(', ')', BYTE_ORDER_MARK -> true;
          default -> false;
        };
  }

  /** Writes a word, in quotes if it needs them. */
  public static void print(StringBuilder out, String word) {
    boolean quote = word.isEmpty() || word.contains(",") || word.contains("/*");
    for (int i = 0; i < word.length() && !quote; i++) {
      quote = isDelimiter(word.charAt(i));
    }
    new ConfigValue.Text(word, quote ? '"' : ConfigValue.Text.BARE).print(out, "");
  }

  /** The known word that is spelled most like {@code word}, if it is near enough to be meant. */
  public static Optional<String> nearest(String word, Collection<String> known) {
    int best = Math.max(1, Math.min(word.length() / 3, 4)) + 1;
    String found = null;
    for (String candidate : known) {
      if (Math.abs(candidate.length() - word.length()) < best) {
        int distance = distance(word, candidate);
        if (distance < best
            || (distance == best && found != null && candidate.compareTo(found) < 0)) {
          best = distance;
          found = candidate;
        }
      }
    }
    return Optional.ofNullable(found);
  }

  /** How many characters were mistyped: inserted, left out, replaced, or swapped with the next. */
  static int distance(String a, String b) {
    int[] beforeLast = new int[b.length() + 1];
    int[] last = new int[b.length() + 1];
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      last[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = last[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(replaced, 1 + Math.min(last[j], row[j - 1]));
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
        }
      }
      int[] spare = beforeLast;
      beforeLast = last;
      last = row;
      row = spare;
    }
    return last[b.length()];
  }
}
