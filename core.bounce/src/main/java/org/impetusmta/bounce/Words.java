package org.impetusmta.bounce;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A text as the words that carry its meaning, in lower case, without accents, apostrophes and
 * punctuation. Special words:
 *
 * <ul>
 *   <li>{@code <addr>}: a mail address, whatever it says;
 *   <li>{@code <ip>}: an IPv4 address;
 *   <li>{@code .zen .spamhaus .org}: the labels of a host name, so that a host called {@code
 *       spam.example.com} says nothing of spam;
 *   <li>{@code 5.1.1}: an enhanced status code; {@code [internal]}: what this server says itself;
 *   <li>each ideograph is a word.
 * </ul>
 *
 * Stateless.
 */
final class Words {
  static final String ADDRESS = "<addr>";
  static final String IP = "<ip>";
  private static final String INTERNAL = "[internal]";

  /** Characters that are looked at. */
  private static final int MOST = 16 << 10;

  private static final Set<String> TOP_LEVEL =
      Set.of(
          "com",
          "net",
          "org",
          "edu",
          "gov",
          "mil",
          "int",
          "info",
          "biz",
          "arpa",
          "local",
          "lan",
          "example",
          "test",
          "invalid",
          "fict",
          "online",
          "cloud",
          "email",
          "localdomain");

  /** Ends of words that tell a sentence without a blank from a host name. */
  private static final Set<String> TWO_LETTER_WORDS =
      Set.of("if", "no", "an", "or", "we", "by", "do", "go", "he", "up", "ok", "am", "id", "so");

  private Words() {}

  /** The words of a text, in order. */
  static List<String> of(String text) {
    String head = text.length() > MOST ? text.substring(0, MOST) : text;
    List<String> words = new ArrayList<>(32);
    int start = 0;
    for (int i = 0; i <= head.length(); i++) {
      if (i == head.length() || separates(head.charAt(i))) {
        if (i > start) {
          part(head.substring(start, i), words);
        }
        if (i < head.length()
            && head.charAt(i) == '['
            && head.regionMatches(true, i, INTERNAL, 0, INTERNAL.length())) {
          words.add(INTERNAL);
          i += INTERNAL.length() - 1;
        }
        start = i + 1;
      }
    }
    return words;
  }

  private static boolean separates(char c) {
    return c <= ' ' || "<>()[]{}\"`,;:=/!?|*#&$^~\\".indexOf(c) >= 0 || Character.isWhitespace(c);
  }

  /** What stands between separators. */
  private static void part(String raw, List<String> words) {
    String part = trimmed(raw);
    int at = part.indexOf('@');
    if (at > 0 && at < part.length() - 1) {
      words.add(ADDRESS);
      return;
    }
    if (part.indexOf('.') > 0 && dotted(part, words)) {
      return;
    }
    plain(part, words);
  }

  private static String trimmed(String part) {
    int start = 0;
    int end = part.length();
    while (start < end && ".-_'%+".indexOf(part.charAt(start)) >= 0) {
      start++;
    }
    while (end > start && ".-_'%+".indexOf(part.charAt(end - 1)) >= 0) {
      end--;
    }
    return part.substring(start, end);
  }

  private static boolean dotted(String part, List<String> words) {
    String[] labels = part.split("\\.", -1);
    boolean numeric = true;
    for (String label : labels) {
      if (label.isEmpty()) {
        return false;
      }
      for (int i = 0; i < label.length(); i++) {
        char c = label.charAt(i);
        if (c >= 0x80 || !(Character.isLetterOrDigit(c) || c == '-' || c == '_')) {
          return false;
        }
        numeric &= c >= '0' && c <= '9';
      }
    }
    if (numeric) {
      words.add(labels.length == 4 ? IP : part);
      return true;
    }
    if (!isHost(labels)) {
      return false;
    }
    for (String label : labels) {
      words.add("." + label.toLowerCase(Locale.ROOT));
    }
    return true;
  }

  private static boolean isHost(String[] labels) {
    String last = labels[labels.length - 1];
    boolean letters = last.chars().allMatch(Character::isLetter);
    if (!letters || last.length() < 2) {
      return false;
    }
    String lower = last.toLowerCase(Locale.ROOT);
    if (labels.length > 2 || TOP_LEVEL.contains(lower)) {
      return true;
    }
    boolean sentence =
        Character.isUpperCase(last.charAt(0)) && !last.equals(last.toUpperCase(Locale.ROOT));
    return last.length() == 2 && !sentence && !TWO_LETTER_WORDS.contains(lower);
  }

  private static void plain(String part, List<String> words) {
    String text = part;
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= 0x80) {
        text = Normalizer.normalize(text, Normalizer.Form.NFKD);
        break;
      }
    }
    StringBuilder word = new StringBuilder();
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      if (Character.isIdeographic(c)) {
        flush(word, words);
        words.add(Character.toString(c));
      } else if (Character.isLetterOrDigit(c)) {
        word.appendCodePoint(Character.toLowerCase(c));
      } else if (c != '\'' && c != 0x2019 && Character.getType(c) != Character.NON_SPACING_MARK) {
        flush(word, words);
      }
    }
    flush(word, words);
  }

  private static void flush(StringBuilder word, List<String> words) {
    if (!word.isEmpty()) {
      words.add(word.toString());
      word.setLength(0);
    }
  }
}
