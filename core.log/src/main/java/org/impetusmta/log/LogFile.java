package org.impetusmta.log;

import java.io.IOException;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * A log: whole lines are gathered in memory and handed to its sink with few calls.
 *
 * <p>A target that refuses loses no line: what was not taken is kept and tried again once a second.
 * When more than {@value #KEEP} octets are kept, each further line waits a second, so that the
 * event log's backlog grows and reception defers. Thread-safety: single.
 */
public final class LogFile {
  /** Octets that are written without waiting for a flush. */
  static final int WRITE_AT = 64 * 1024;

  /** Octets that are kept while the target refuses before the log thread is slowed down. */
  static final int KEEP = 16 * 1024 * 1024;

  private static final long RETRY_MILLIS = 1000;
  private static final long REPORT_MILLIS = 60_000;

  private final LogSink.Target target;
  private final InstantSource clock;
  private final Reporter reporter;
  private final Runnable patience;
  private final LineBuffer lines = new LineBuffer();
  private @Nullable LogSink sink;
  private boolean failing;
  private long retryAt;
  private long reportAt;

  /** Is told of trouble, once a minute at most, and of its end. */
  interface Reporter {
    void report(String problem);
  }

  /**
   * Opens the target.
   *
   * @param patience waits about a second
   */
  static LogFile open(
      LogSink.Target target, InstantSource clock, Reporter reporter, Runnable patience)
      throws IOException {
    LogFile file = new LogFile(target, clock, reporter, patience);
    file.sink = target.open();
    return file;
  }

  private LogFile(
      LogSink.Target target, InstantSource clock, Reporter reporter, Runnable patience) {
    this.target = target;
    this.clock = clock;
    this.reporter = reporter;
    this.patience = patience;
  }

  /** Where the next line is written; {@link #endLine} must follow. */
  public LineBuffer line() {
    return lines;
  }

  /** The line is complete. */
  public void endLine() {
    lines.ascii('\n');
    if (lines.length() >= WRITE_AT) {
      write();
    }
    if (lines.length() > KEEP && failing) {
      patience.run();
      write();
    }
  }

  /** Writes the lines that are there, unless the target refused within the last second. */
  void write() {
    if (lines.length() == 0) {
      return;
    }
    long now = clock.millis();
    if (failing && now < retryAt && retryAt - now <= RETRY_MILLIS) {
      return;
    }
    try {
      LogSink to = sink;
      if (to == null) {
        to = target.open();
        sink = to;
      }
      to.write(lines);
      if (failing) {
        failing = false;
        reporter.report(target + " is written again; no line is missing");
      }
    } catch (IOException e) {
      refused(now, e);
    }
  }

  private void refused(long now, IOException e) {
    failing = true;
    retryAt = now + RETRY_MILLIS;
    closeSink();
    if (now >= reportAt || reportAt - now > REPORT_MILLIS) {
      reportAt = now + REPORT_MILLIS;
      reporter.report(
          "cannot write " + target + ": " + e + "; keeping " + lines.length() + " octets");
    }
  }

  /**
   * Writes what is there to the open target, then goes on with one that is opened under the same
   * name. Where that cannot be opened the old one is kept.
   *
   * @return whether it could
   */
  boolean reopen() {
    retryAt = 0;
    write();
    try {
      LogSink next = target.open();
      closeSink();
      sink = next;
      return true;
    } catch (IOException e) {
      reporter.report("cannot reopen " + target + ": " + e);
      return false;
    }
  }

  /** Writes what is there and closes. */
  void close() {
    for (int attempt = 0; lines.length() > 0 && attempt < 3; attempt++) {
      if (attempt > 0) {
        patience.run();
      }
      retryAt = 0;
      write();
    }
    if (lines.length() > 0) {
      reporter.report("closing " + target + ": " + lines.length() + " octets are lost");
    }
    closeSink();
  }

  private void closeSink() {
    LogSink open = sink;
    sink = null;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        reporter.report("closing " + target + ": " + e);
      }
    }
  }

  @Override
  public String toString() {
    return target.toString();
  }
}
