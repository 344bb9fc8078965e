package org.impetusmta.core.config;

import java.util.ArrayList;
import java.util.List;
import org.impetusmta.api.config.ConfigException;

/**
 * A line typed behind {@code config get} and the like, cut at white space. A quoted word may hold
 * anything; otherwise there is no punctuation: {@code :587} and {@code [::1]:25} are words.
 * Stateless.
 */
final class ConsoleWords {
  /**
   * One word.
   *
   * @param text without quotes
   * @param end the offset behind it in the line
   */
  record Word(String text, boolean quoted, int start, int end) {}

  private ConsoleWords() {}

  static List<Word> of(String line) throws ConfigException {
    List<Word> words = new ArrayList<>();
    int at = 0;
    while (true) {
      while (at < line.length() && Character.isWhitespace(line.charAt(at))) {
        at++;
      }
      if (at == line.length()) {
        return words;
      }
      char c = line.charAt(at);
      Word word = c == '"' || c == '\'' ? quoted(line, at, c) : bare(line, at);
      words.add(word);
      at = word.end;
    }
  }

  private static Word bare(String line, int start) {
    int end = start;
    while (end < line.length() && !Character.isWhitespace(line.charAt(end))) {
      end++;
    }
    return new Word(line.substring(start, end), false, start, end);
  }

  private static Word quoted(String line, int start, char quote) throws ConfigException {
    StringBuilder text = new StringBuilder();
    for (int i = start + 1; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == quote) {
        return new Word(text.toString(), true, start, i + 1);
      }
      boolean escape =
          c == '\\'
              && i + 1 < line.length()
              && (line.charAt(i + 1) == quote || line.charAt(i + 1) == '\\');
      text.append(escape ? line.charAt(++i) : c);
    }
    throw new ConfigException("found an opening quote, expected a closing " + quote);
  }
}
