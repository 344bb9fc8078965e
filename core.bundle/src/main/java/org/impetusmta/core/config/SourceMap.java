package org.impetusmta.core.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The texts of the files of a configuration, and where in them everything stands. The parser fills
 * it in; {@link WritebackPlan} reads it; nobody keeps it longer. Single.
 */
final class SourceMap {
  /** The number of what is no file. */
  static final int NO_FILE = -1;

  /**
   * A file that was read.
   *
   * @param path its real path
   * @param text with its byte order mark, if it has one
   * @param scope where it was included
   * @param body the whole of it
   */
  record SourceText(Path path, String text, ConfigPath scope, Opening body) {}

  private final ScopeSources root = new ScopeSources();
  private final List<SourceText> files = new ArrayList<>();
  private int reading = NO_FILE;
  private int sequence;

  ScopeSources root() {
    return root;
  }

  List<SourceText> files() {
    return files;
  }

  /** The number of a file, {@link #NO_FILE} if it was not read. */
  int number(Path path) {
    for (int i = 0; i < files.size(); i++) {
      if (files.get(i).path().equals(path)) {
        return i;
      }
    }
    return NO_FILE;
  }

  /** The number of a file of the global scope, taken for empty and read last if it was not read. */
  int provide(Path path) {
    int number = number(path);
    if (number == NO_FILE) {
      number = files.size();
      files.add(new SourceText(path, "", ConfigPath.GLOBAL, Opening.wholeFile(number)));
      files.get(number).body().closed(0, Integer.MAX_VALUE);
    }
    return number;
  }

  /**
   * A file is read from here on.
   *
   * @return what to give to {@link #leave}
   */
  int enter(Path path, String text, ScopeBuilder into) {
    int before = reading;
    reading = number(path);
    if (reading == NO_FILE) {
      reading = files.size();
      Opening body = Opening.wholeFile(reading);
      files.add(new SourceText(path, text, into.path(), body));
      into.opened(body);
    }
    return before;
  }

  /** Something is read from here on that can never be written. */
  int enterNoFile() {
    int before = reading;
    reading = NO_FILE;
    return before;
  }

  /** What was entered is read to its end. */
  void leave(int before) {
    if (reading != NO_FILE) {
      SourceText file = files.get(reading);
      file.body().closed(file.text().length(), next());
    }
    reading = before;
  }

  /** The number of the file that is being read. */
  int reading() {
    return reading;
  }

  /** The number of the next thing read. */
  int next() {
    return sequence++;
  }
}
