package org.impetusmta.spool.journal;

import java.io.IOException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MarkerFactory;

/**
 * Whether the journal can be written: not from a write that failed until one succeeds, and not for
 * mail while the disk is nearly full, so that there is room to finish with what is there. Tells
 * {@link Figures}, and the log when it changes. Thread-safety: single; the journal writer.
 */
final class Health {
  private static final Logger LOG = LoggerFactory.getLogger(Health.class);
  private static final Duration LOG_PAUSE = Duration.ofSeconds(10);

  private final JournalDirectory directory;
  private final Figures figures;
  private final long pauseNanos;
  private boolean failing;
  private long failedNanos;
  private long loggedNanos;
  private boolean roomy = true;
  private long lookedNanos;

  Health(JournalDirectory directory, JournalSettings settings, Figures figures) {
    this.directory = directory;
    this.figures = figures;
    this.pauseNanos = settings.retryPause().toNanos();
    this.lookedNanos = System.nanoTime() - pauseNanos;
  }

  /** Whether the last write failed. */
  boolean isFailing() {
    return failing;
  }

  /** Whether it is time to try again without being asked. */
  boolean isRetryDue() {
    return System.nanoTime() - failedNanos >= pauseNanos;
  }

  /** How long to wait before looking again; 0: there is nothing to look for. */
  long pause() {
    return failing || !roomy ? pauseNanos : 0;
  }

  void failed(IOException cause) {
    failedNanos = System.nanoTime();
    if (!failing || failedNanos - loggedNanos >= LOG_PAUSE.toNanos()) {
      LOG.error(
          MarkerFactory.getMarker("CRITICAL"),
          "cannot write the journal; mail is deferred until it works again",
          cause);
      loggedNanos = failedNanos;
    }
    failing = true;
    tell();
  }

  void succeeded() {
    if (failing) {
      failing = false;
      LOG.info("the journal is written again");
      tell();
    }
  }

  /** Looks how much room is left, once in a while. */
  void look() {
    long now = System.nanoTime();
    if (now - lookedNanos < pauseNanos) {
      return;
    }
    lookedNanos = now;
    boolean room = directory.hasRoom();
    if (room != roomy) {
      roomy = room;
      LOG.warn(room ? "there is room for mail again" : "the disk of the journal is nearly full");
      tell();
    }
  }

  private void tell() {
    figures.writable(roomy && !failing);
  }
}
