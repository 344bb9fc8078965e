package org.impetusmta.core.reception;

import java.time.Duration;
import java.util.Optional;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.Generation.Origin;
import org.impetusmta.api.config.Rate;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.core.queue.shape.Throttle;
import org.impetusmta.core.queue.shape.Throttles;
import org.jspecify.annotations.Nullable;

/**
 * One session under {@code inbound_throttle_messages}. A message that comes too early is held
 * before its content, in line with those of all sessions that share the throttle; one whose turn
 * does not come within {@value #LONGEST_SECONDS} s is refused for now, since a client need not wait
 * longer for the reply to DATA than two minutes (RFC 5321 section 4.5.3.2.4). Single: owned by the
 * session's loop. Source: conf.ref.inbound_throttle_messages.
 */
final class InboundThrottle {
  static final int LONGEST_SECONDS = 60;
  private static final String OPTION = "inbound_throttle_messages";

  private final Throttles throttles;
  private final Throttle.Place place;
  private final EventLoop loop;
  private @Nullable Runnable waiting;
  private EventLoop.@Nullable Timer timer;

  private InboundThrottle(Throttles throttles, Throttle throttle, EventLoop loop) {
    this.throttles = throttles;
    this.loop = loop;
    this.place = throttle.place(loop, this::turn);
  }

  /** That of a session; empty where nothing is throttled. */
  static Optional<InboundThrottle> of(
      Throttles throttles,
      Generation generation,
      ScopePath scope,
      ReceptionOptions options,
      EventLoop loop) {
    Optional<Rate> rate = options.inboundThrottleMessages();
    if (rate.isEmpty()) {
      return Optional.empty();
    }
    Origin origin =
        generation
            .origin(ReceptionOptions.class, OPTION, scope)
            .orElseGet(() -> new Origin("global", ""));
    return throttles
        .of(Throttle.Kind.RECEPTIONS, origin, rate.get(), generation.number())
        .map(throttle -> new InboundThrottle(throttles, throttle, loop));
  }

  /**
   * Lets a message in, or holds it.
   *
   * @param go runs later where the message is held
   * @param late runs in its stead where it was held for too long
   * @return whether it may go on at once
   */
  boolean admits(Runnable go, Runnable late) {
    if (place.take(throttles.now())) {
      return true;
    }
    waiting = go;
    timer =
        loop.schedule(
            () -> {
              timer = null;
              waiting = null;
              place.leave();
              late.run();
            },
            Duration.ofSeconds(LONGEST_SECONDS));
    return false;
  }

  /** Those before it are through. */
  private void turn() {
    Runnable go = waiting;
    if (go != null && place.take(throttles.now())) {
      close();
      go.run();
    }
  }

  /** Nobody waits any more. */
  void close() {
    waiting = null;
    EventLoop.Timer set = timer;
    timer = null;
    if (set != null) {
      set.cancel();
    }
    place.leave();
  }
}
