package org.impetusmta.core.queue;

import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;
import org.impetusmta.api.hook.CheckOutboundConnThrottle;
import org.impetusmta.api.hook.CheckOutboundMessThrottle;
import org.impetusmta.api.hook.IncOutboundConnThrottle;
import org.impetusmta.api.hook.IncOutboundMessThrottle;
import org.impetusmta.core.hook.HookEntry;
import org.impetusmta.core.hook.HookList;
import org.impetusmta.core.hook.Hooks;
import org.impetusmta.core.queue.shape.Throttle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The modules that hold messages and connections back, or count them. One that fails holds nothing:
 * mail is not lost by that. Read-only; called on the loops of the queues.
 */
final class ThrottleHooks {
  private static final Logger LOG = LoggerFactory.getLogger(ThrottleHooks.class);

  private final HookList<CheckOutboundMessThrottle> messageChecks;
  private final HookList<CheckOutboundConnThrottle> connectionChecks;
  private final HookList<IncOutboundMessThrottle> messages;
  private final HookList<IncOutboundConnThrottle> connections;

  ThrottleHooks(Hooks hooks) {
    this.messageChecks = hooks.list(CheckOutboundMessThrottle.class);
    this.connectionChecks = hooks.list(CheckOutboundConnThrottle.class);
    this.messages = hooks.list(IncOutboundMessThrottle.class);
    this.connections = hooks.list(IncOutboundConnThrottle.class);
  }

  /** Until when a module holds the queue back; the first answer counts. */
  Optional<Instant> later(Throttle.Kind kind, MailQueue queue, long now) {
    boolean nobody =
        kind == Throttle.Kind.MESSAGES ? messageChecks.isEmpty() : connectionChecks.isEmpty();
    if (nobody) {
      return Optional.empty();
    }
    Instant time = Instant.ofEpochMilli(now);
    if (kind == Throttle.Kind.MESSAGES) {
      for (HookEntry<CheckOutboundMessThrottle> entry : messageChecks.entries()) {
        Optional<Instant> until =
            ask(
                entry,
                () -> entry.hook().checkOutboundMessThrottle(queue.binding(), queue.domain(), time),
                time);
        if (until.isPresent()) {
          return until;
        }
      }
    } else {
      for (HookEntry<CheckOutboundConnThrottle> entry : connectionChecks.entries()) {
        Optional<Instant> until =
            ask(
                entry,
                () -> entry.hook().checkOutboundConnThrottle(queue.binding(), queue.domain(), time),
                time);
        if (until.isPresent()) {
          return until;
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<Instant> ask(
      HookEntry<?> entry, Supplier<Optional<Instant>> question, Instant now) {
    try {
      return question.get().filter(until -> until.isAfter(now));
    } catch (RuntimeException e) {
      LOG.error("{} failed when it was asked for a throttle", entry.module(), e);
      return Optional.empty();
    }
  }

  /** A message begins to leave. */
  void messageLeaves(MailQueue queue) {
    for (HookEntry<IncOutboundMessThrottle> entry : messages.entries()) {
      tell(entry, () -> entry.hook().incOutboundMessThrottle(queue.binding(), queue.domain()));
    }
  }

  /** A connection begins. */
  void connectionBegins(MailQueue queue) {
    for (HookEntry<IncOutboundConnThrottle> entry : connections.entries()) {
      tell(entry, () -> entry.hook().incOutboundConnThrottle(queue.binding(), queue.domain()));
    }
  }

  private static void tell(HookEntry<?> entry, Runnable news) {
    try {
      news.run();
    } catch (RuntimeException e) {
      LOG.error("{} failed when it was told of a throttle", entry.module(), e);
    }
  }
}
