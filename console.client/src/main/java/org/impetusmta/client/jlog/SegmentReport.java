package org.impetusmta.client.jlog;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.impetusmta.jlog.Jlog;
import org.impetusmta.jlog.JlogMeta;
import org.impetusmta.jlog.SegmentScan;

/** What jlogctl says of one segment. Single. */
final class SegmentReport {
  /** The C locale's {@code %c}. */
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss yyyy", Locale.ENGLISH)
          .withZone(ZoneId.systemDefault());

  private static final int HEADER = 16;

  private final PrintStream err;
  private final boolean verbose;

  /**
   * @param verbose whether each record is shown
   */
  SegmentReport(PrintStream err, boolean verbose) {
    this.err = err;
    this.verbose = verbose;
  }

  /** {@code 3 messages (00000003), open}, {@code none} or {@code error}. */
  static String index(Jlog jlog, long log) {
    try {
      Jlog.IndexState state = jlog.index(log);
      return "%d messages (%08x), %s"
          .formatted(state.records(), state.records(), state.closed() ? "closed" : "open");
    } catch (NoSuchFileException e) {
      return "none";
    } catch (IOException e) {
      return "error";
    }
  }

  /** Looks at the records until one is wrong, and says what is. */
  boolean isDamaged(Jlog jlog, long log) throws IOException {
    JlogMeta meta = jlog.meta();
    return jlog.scan(log, scan -> isDamaged(scan, meta.magic()));
  }

  private boolean isDamaged(SegmentScan scan, int magic) throws IOException {
    long at = 0;
    for (int number = 1; scan.hasHeader(at); number++) {
      if (scan.magic(at) != magic) {
        err.printf(
            "Message %d at [%d] has invalid reserved value %d%n",
            number, at, Integer.toUnsignedLong(scan.magic(at)));
        return true;
      }
      String place = "Message %d at [%d] of (%d+%d)".formatted(number, at, HEADER, scan.length(at));
      if (verbose) {
        err.print(place);
      }
      if (scan.end(at) > scan.size()) {
        err.println((verbose ? "" : place) + " OFF THE END!");
        return true;
      }
      if (verbose) {
        err.printf(
            "%n\ttime: %s%n\tmlen: %d%n",
            TIME.format(Instant.ofEpochSecond(scan.seconds(at))), scan.length(at));
      }
      at = scan.end(at);
    }
    if (at < scan.size()) {
      err.printf("%d bytes of junk at the end%n", scan.size() - at);
      return true;
    }
    return false;
  }
}
