package org.impetusmta.core.config;

/**
 * Where something stands in the configuration, for messages to the operator. Immutable.
 *
 * @param file the file as it was named, or {@code console}
 * @param line counted from 1
 * @param column counted from 1, in characters
 */
record Position(String file, int line, int column) {
  /** The form that editors understand: {@code file:line:column}. */
  @Override
  public String toString() {
    return file + ":" + line + ":" + column;
  }
}
