package org.impetusmta.core.config;

import org.impetusmta.api.config.ConfigException;
import org.impetusmta.core.config.option.ConfigValue;
import org.impetusmta.core.config.option.Words;

/**
 * Cuts a configuration text into words, quoted strings and punctuation; skips white space and
 * comments ({@code # …} to the end of the line, C style ones, which do not nest).
 *
 * <p>Inside quotes a backslash makes the next quotation mark or backslash an ordinary character and
 * is itself ordinary before anything else, so that regular expressions need no doubling. Strings
 * may run over lines. A comma is punctuation where {@link #next(boolean)} is asked for it. Single.
 * Source: conf.overview, "Comments and Whitespace".
 */
final class ConfigLexer {
  /** What a token is. Punctuation is told apart by its text. */
  enum Kind {
    WORD,
    STRING,
    PUNCTUATION,
    END
  }

  /**
   * One token.
   *
   * @param text without the quotation marks
   * @param quote the quotation mark of a string, else 0
   * @param start offset of its first character in the text
   * @param end offset behind its last character
   */
  record Token(Kind kind, String text, char quote, Position at, int start, int end) {
    boolean is(char punctuation) {
      return kind == Kind.PUNCTUATION && text.charAt(0) == punctuation;
    }

    /** A word or a string. */
    boolean isText() {
      return kind == Kind.WORD || kind == Kind.STRING;
    }

    String describe() {
      return kind == Kind.END
          ? "the end of the file"
          : new ConfigValue.Text(text, quote).describe();
    }
  }

  private static final int NO_CHARACTER = -1;

  private final String file;
  private final String text;
  private int offset;
  private int line = 1;
  private int lineStart;

  ConfigLexer(String file, String text) {
    this.file = file;
    this.text = text;
    if (text.startsWith("\uFEFF")) {
      offset = 1;
      lineStart = 1;
    }
  }

  /**
   * The next token; {@link Kind#END} forever at the end.
   *
   * @param comma whether a comma separates
   */
  Token next(boolean comma) throws ConfigException {
    skipBlanks();
    Position at = position();
    int c = peek(0);
    if (c == NO_CHARACTER) {
      return token(Kind.END, "", ConfigValue.Text.BARE, at, offset);
    }
    if (c == '"' || c == '\'') {
      return string((char) c, at);
    }
    if (c == Words.BYTE_ORDER_MARK) {
      throw new SyntaxError(
          at, "found a byte order mark, expected it at the start of a file alone");
    }
    if (Words.isDelimiter(c) || (comma && c == ',')) {
      offset++;
      return token(
          Kind.PUNCTUATION, String.valueOf((char) c), ConfigValue.Text.BARE, at, offset - 1);
    }
    return word(comma, at);
  }

  private Token word(boolean comma, Position at) throws ConfigException {
    int start = offset;
    while (true) {
      int c = peek(0);
      if (c == NO_CHARACTER
          || Words.isDelimiter(c)
          || (comma && c == ',')
          || (c == '/' && peek(1) == '*')) {
        break;
      }
      offset++;
    }
    int c = peek(0);
    if (c == '"' || c == '\'') {
      throw new SyntaxError(
          position(), "found a quotation mark inside a word, expected quotes around the whole");
    }
    return token(Kind.WORD, text.substring(start, offset), ConfigValue.Text.BARE, at, start);
  }

  private Token token(Kind kind, String said, char quote, Position at, int start) {
    return new Token(kind, said, quote, at, start, offset);
  }

  private Token string(char quote, Position at) throws ConfigException {
    int start = offset;
    offset++;
    StringBuilder out = new StringBuilder();
    while (true) {
      int c = peek(0);
      if (c == NO_CHARACTER) {
        throw new SyntaxError(
            at, "found an opening quote, expected a closing " + quote + " before the end");
      }
      if (c == quote) {
        offset++;
        break;
      }
      if (c == '\\' && (peek(1) == quote || peek(1) == '\\')) {
        offset++;
        c = peek(0);
      } else if (c == '\n') {
        newLine();
      } else {
        refuseControl(c);
      }
      out.append((char) c);
      offset++;
    }
    int behind = peek(0);
    // the attributes of 2.x listeners end with >
    boolean apart = Words.isDelimiter(behind) || behind == ',' || behind == '/' || behind == '>';
    if (behind != NO_CHARACTER && !apart) {
      throw new SyntaxError(
          position(),
          "expected white space behind the closing quote of the string that began in line "
              + at.line());
    }
    return token(Kind.STRING, out.toString(), quote, at, start);
  }

  private void skipBlanks() throws ConfigException {
    while (true) {
      int c = peek(0);
      if (c == '\n') {
        newLine();
        offset++;
      } else if (c == '#') {
        skipLine();
      } else if (c == '/' && peek(1) == '*') {
        skipComment();
      } else if (c >= 0 && c <= ' ') {
        refuseControl(c);
        offset++;
      } else {
        return;
      }
    }
  }

  private void skipLine() {
    int end = text.indexOf('\n', offset);
    offset = end < 0 ? text.length() : end;
  }

  private void skipComment() throws ConfigException {
    Position at = position();
    int end = text.indexOf("*/", offset + 2);
    if (end < 0) {
      throw new SyntaxError(at, "found an opening /*, expected a closing */ before the end");
    }
    while (offset < end) {
      if (text.charAt(offset) == '\n') {
        newLine();
      }
      offset++;
    }
    offset = end + 2;
  }

  private void refuseControl(int c) throws ConfigException {
    if (c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f') {
      throw new SyntaxError(
          position(),
          (c == 0
              ? "found a NUL byte, expected text"
              : "found the control character \\x%02X, expected text".formatted(c)));
    }
  }

  private void newLine() {
    line++;
    lineStart = offset + 1;
  }

  /** The position behind the token that was cut last. */
  Position position() {
    return new Position(file, line, offset - lineStart + 1);
  }

  private int peek(int ahead) {
    int at = offset + ahead;
    return at < text.length() ? text.charAt(at) : NO_CHARACTER;
  }
}
