package org.impetusmta.log;

import java.io.Closeable;
import java.io.IOException;

/** What takes the lines of a log while it is open. Thread-safety: single. */
interface LogSink extends Closeable {
  /**
   * Takes whole lines, each with its LF, and discards from {@code lines} what it took; where it
   * fails, those that were taken before are discarded too.
   */
  void write(LineBuffer lines) throws IOException;

  /** What can be opened, and opened again; its text is the name that people know it by. */
  interface Target {
    LogSink open() throws IOException;
  }
}
