package org.impetusmta.spool.hashed;

import java.io.IOException;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MarkerFactory;

/** Whether the disk takes what it is given, and the log of when it does not. Concurrent. */
final class Health {
  private static final Logger LOG = LoggerFactory.getLogger(Health.class);
  private static final long LOG_PAUSE_MILLIS = 10_000;
  private static final long PROBE_PAUSE_MILLIS = 1_000;

  private final InstantSource clock;
  private final AtomicLong loggedMillis = new AtomicLong();
  private final AtomicLong triedMillis = new AtomicLong();
  private volatile boolean well = true;

  Health(InstantSource clock) {
    this.clock = clock;
  }

  boolean isWell() {
    return well;
  }

  void failed(IOException cause) {
    long now = clock.millis();
    triedMillis.set(now);
    long before = loggedMillis.get();
    if ((well || now - before >= LOG_PAUSE_MILLIS) && loggedMillis.compareAndSet(before, now)) {
      LOG.error(
          MarkerFactory.getMarker("CRITICAL"),
          "cannot write to the spool; mail is deferred until it works again",
          cause);
    }
    well = false;
  }

  /** A write reached the disk; true when the one before had failed. */
  boolean worked() {
    if (well) {
      return false;
    }
    well = true;
    LOG.info("the spool is written again");
    return true;
  }

  /** Whether it is time to try on our own; true for one caller at a time. */
  boolean mayProbe() {
    long now = clock.millis();
    long tried = triedMillis.get();
    return !well && now - tried >= PROBE_PAUSE_MILLIS && triedMillis.compareAndSet(tried, now);
  }
}
