package org.impetusmta.testkit;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that stands still until a test moves it. Concurrent. */
public final class ManualClock implements InstantSource {
  private final AtomicLong millis;

  /** Starts at {@code millis} since 1970. */
  public ManualClock(long millis) {
    this.millis = new AtomicLong(millis);
  }

  @Override
  public Instant instant() {
    return Instant.ofEpochMilli(millis.get());
  }

  @Override
  public long millis() {
    return millis.get();
  }

  /** Moves on. */
  public void advance(Duration time) {
    millis.addAndGet(time.toMillis());
  }

  /** Moves to {@code to}, milliseconds since 1970. */
  public void set(long to) {
    millis.set(to);
  }
}
