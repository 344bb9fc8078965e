package org.impetusmta.core.config;

/**
 * Where something stands in the configuration, for messages to the operator. Immutable.
 *
 * @param file the file as it was named, or {@code console}
 * @param line counted from 1
 * @param column counted from 1, in characters
 * @param spelled what stands there, if the tree says it in the modern form; else empty
 */
record Position(String file, int line, int column, String spelled) {
  Position(String file, int line, int column) {
    this(file, line, column, "");
  }

  /** The form that editors understand: {@code file:line:column}. */
  @Override
  public String toString() {
    return file
        + ":"
        + line
        + ":"
        + column
        + (spelled.isEmpty() ? "" : " (2.x form: " + spelled + ")");
  }
}
