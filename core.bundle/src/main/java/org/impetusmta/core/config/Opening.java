package org.impetusmta.core.config;

/**
 * One place where a scope was opened: a stanza {@code name { … }}, or a whole file that was
 * included inside the scope. New statements go in front of what closes it. Single: the parser
 * closes it, then it stays as it is.
 */
final class Opening {
  private static final int NONE = -1;

  private final int file;
  private final int start;
  private final int body;
  private int close = NONE;
  private int closedAt = Integer.MAX_VALUE;

  private Opening(int file, int start, int body) {
    this.file = file;
    this.start = start;
    this.body = body;
  }

  /**
   * A stanza.
   *
   * @param file number of the file in the {@link SourceMap}
   * @param start offset of the stanza's name
   * @param body offset behind the opening brace
   */
  static Opening stanza(int file, int start, int body) {
    return new Opening(file, start, body);
  }

  /** A file of which all stands in the scope. */
  static Opening wholeFile(int file) {
    return new Opening(file, NONE, 0);
  }

  /** A stanza written in a form that cannot be edited, such as that of version 2. */
  static Opening withoutSpan(int file) {
    return new Opening(file, NONE, NONE);
  }

  /**
   * @param offset of the closing brace, or the length of the file
   * @param sequence what was read before has a smaller number
   */
  void closed(int offset, int sequence) {
    close = offset;
    closedAt = sequence;
  }

  int file() {
    return file;
  }

  /** Offset of the stanza's name; only of a stanza with a place. */
  int start() {
    return start;
  }

  /** Offset behind the opening brace, or the beginning of the file. */
  int body() {
    return body;
  }

  /** Offset of the closing brace, or the end of the file. */
  int close() {
    return close;
  }

  /** Whether what is put at its end is read after the statement of that number. */
  boolean closesAfter(int sequence) {
    return closedAt > sequence;
  }

  boolean isWholeFile() {
    return start == NONE && body == 0;
  }

  /** Whether its text can be edited. */
  boolean hasPlace() {
    return body != NONE;
  }
}
