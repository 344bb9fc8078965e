package org.impetusmta.core.mime;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.impetusmta.api.message.MessageLimitException;

/**
 * Text that a pattern of policy's goes over: it counts how often it is looked at and ends a pattern
 * that goes back too often. Octets are characters of their number. Single.
 */
final class PatternText implements CharSequence {
  /** Matches that are handed out. */
  static final int MOST_MATCHES = 1000;

  /** Looks that every pattern may take, and those for each character. */
  private static final long LOOKS = 10_000_000;

  private static final long LOOKS_OF_A_CHARACTER = 50;

  /** What a character that is copied counts as, so that no pattern makes much of little. */
  private static final long LOOKS_OF_COPYING = 10;

  private final CharSequence text;
  private long left;

  PatternText(String text) {
    this.text = text;
    this.left = LOOKS + LOOKS_OF_A_CHARACTER * text.length();
  }

  PatternText(byte[] octets, int from) {
    this.text = new Octets(octets, from);
    this.left = LOOKS + LOOKS_OF_A_CHARACTER * (octets.length - from);
  }

  private static final class Octets implements CharSequence {
    private final byte[] octets;
    private final int from;

    Octets(byte[] octets, int from) {
      this.octets = octets;
      this.from = from;
    }

    @Override
    public int length() {
      return octets.length - from;
    }

    @Override
    public char charAt(int index) {
      return (char) (octets[from + index] & 0xFF);
    }

    @Override
    @SuppressWarnings("deprecation") // the one way to get text of octets without a decoder
    public String subSequence(int start, int end) {
      return new String(octets, 0, from + start, end - start);
    }

    @Override
    public String toString() {
      return subSequence(0, length());
    }
  }

  /** The first matches with their groups. */
  static List<List<String>> match(PatternText text, Pattern pattern, int most) {
    return run(
        () -> {
          Matcher matcher = pattern.matcher(text);
          List<List<String>> found = new ArrayList<>();
          while (found.size() < most && matcher.find()) {
            List<String> groups = new ArrayList<>(matcher.groupCount() + 1);
            for (int i = 0; i <= matcher.groupCount(); i++) {
              String group = matcher.group(i);
              groups.add(group == null ? "" : group);
              text.spend(LOOKS_OF_COPYING * groups.getLast().length());
            }
            found.add(groups);
          }
          return found;
        });
  }

  /**
   * Replaces all matches.
   *
   * @param changed gets the outcome where there was a match
   * @return how many there were
   */
  static int replace(
      PatternText text, Pattern pattern, String replacement, Consumer<String> changed) {
    StringBuilder out = new StringBuilder();
    int count =
        run(
            () -> {
              Matcher matcher = pattern.matcher(text);
              int found = 0;
              while (matcher.find()) {
                found++;
                int before = out.length();
                matcher.appendReplacement(out, replacement);
                text.spend(LOOKS_OF_COPYING * (out.length() - before));
              }
              if (found > 0) {
                matcher.appendTail(out);
              }
              return found;
            });
    if (count > 0) {
      changed.accept(out.toString());
    }
    return count;
  }

  /** A replacement for octets: other than US-ASCII as UTF-8, an octet for each character. */
  static String octets(String replacement) {
    return new String(replacement.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  private interface Work<T> {
    T run();
  }

  private static <T> T run(Work<T> work) {
    try {
      return work.run();
    } catch (StackOverflowError deep) {
      throw new MessageLimitException("a pattern goes too deep");
    }
  }

  private void spend(long looks) {
    left -= looks;
    if (left < 0) {
      throw new MessageLimitException("a pattern goes back too often");
    }
  }

  @Override
  public int length() {
    return text.length();
  }

  @Override
  public char charAt(int index) {
    if (--left < 0) {
      spend(0);
    }
    return text.charAt(index);
  }

  @Override
  public CharSequence subSequence(int start, int end) {
    return text.subSequence(start, end);
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
