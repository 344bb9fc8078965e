package org.impetusmta.net;

import java.time.Duration;
import org.impetusmta.api.scheduler.EventLoop;
import org.jspecify.annotations.Nullable;

/**
 * The time by which a connection must have got its answer. It moves several times a message, so
 * moving it is a field write: the timer behind it is left where it is as long as it is early
 * enough, and looks at the field when it fires. Thread-safety: single, confined to the loop.
 */
public final class Deadline {
  private final EventLoop loop;
  private final Runnable missed;
  private boolean set;
  private long at;
  private long timerAt;
  private EventLoop.@Nullable Timer timer;

  public Deadline(EventLoop loop, Runnable missed) {
    this.loop = loop;
    this.missed = missed;
  }

  /** Moves it to {@code timeout} from now. */
  public void in(Duration timeout) {
    set = true;
    at = System.nanoTime() + timeout.toNanos();
    EventLoop.Timer running = timer;
    if (running != null && timerAt - at > 0) {
      running.cancel();
      timer = null;
    }
    if (timer == null) {
      arm(timeout);
    }
  }

  /** There is nothing to wait for. */
  public void clear() {
    set = false;
  }

  /** Clears it for good and forgets the timer. */
  public void close() {
    set = false;
    EventLoop.Timer running = timer;
    if (running != null) {
      running.cancel();
      timer = null;
    }
  }

  private void arm(Duration delay) {
    timerAt = at;
    timer = loop.schedule(this::fired, delay);
  }

  private void fired() {
    timer = null;
    if (!set) {
      return;
    }
    long left = at - System.nanoTime();
    if (left > 0) {
      arm(Duration.ofNanos(left));
    } else {
      set = false;
      missed.run();
    }
  }
}
