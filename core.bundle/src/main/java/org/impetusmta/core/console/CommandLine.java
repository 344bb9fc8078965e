package org.impetusmta.core.console;

import java.util.ArrayList;
import java.util.List;

/**
 * One line of the console, split into words.
 *
 * <p>Words are separated by blanks and tabs. {@code '…'} takes everything as it is. In {@code "…"}
 * a backslash before {@code "} or {@code \} takes that character as it is; before anything else it
 * is a backslash. Outside quotes a backslash takes the next character as it is. Quoted and plain
 * pieces that touch make one word; {@code ""} is an empty word. Immutable; safe for any thread.
 *
 * @param text the whole line
 * @param words its words, with quotes taken off
 * @param open whether the last word still waits for its closing quote, or for what follows a
 *     backslash
 */
record CommandLine(String text, List<Word> words, boolean open) {
  /**
   * A word.
   *
   * @param text without quotes and escapes
   * @param start where it begins in the line, quotes included
   * @param end one past its last character in the line
   */
  record Word(String text, int start, int end) {}

  static CommandLine parse(String line) {
    List<Word> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    int start = -1;
    char quote = 0;
    boolean escaped = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (escaped) {
        if (quote == '"' && c != '"' && c != '\\') {
          word.append('\\');
        }
        word.append(c);
        escaped = false;
      } else if (quote == 0 && (c == ' ' || c == '\t')) {
        if (start >= 0) {
          words.add(new Word(word.toString(), start, i));
          word.setLength(0);
          start = -1;
        }
      } else {
        if (start < 0) {
          start = i;
        }
        if (c == '\\' && quote != '\'') {
          escaped = true;
        } else if (c == quote) {
          quote = 0;
        } else if (quote == 0 && (c == '"' || c == '\'')) {
          quote = c;
        } else {
          word.append(c);
        }
      }
    }
    if (start >= 0) {
      words.add(new Word(word.toString(), start, line.length()));
    }
    return new CommandLine(line, List.copyOf(words), escaped || quote != 0);
  }

  /** The words from {@code first} on. */
  List<String> arguments(int first) {
    return words.subList(first, words.size()).stream().map(Word::text).toList();
  }

  /** What follows the first {@code count} words, as it was typed, without blanks around it. */
  String textAfter(int count) {
    return count == 0 ? text.strip() : text.substring(words.get(count - 1).end()).strip();
  }

  /** Whether the cursor, at the end of the line, is past the last word. */
  boolean endsInBlank() {
    return words.isEmpty() || (!open && words.getLast().end() < text.length());
  }

  /** Writes a word so that {@link #parse} reads it as one. */
  static String quote(String word) {
    boolean plain = !word.isEmpty();
    for (int i = 0; i < word.length() && plain; i++) {
      char c = word.charAt(i);
      plain = c != ' ' && c != '\t' && c != '"' && c != '\'' && c != '\\';
    }
    return plain ? word : '"' + word.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
