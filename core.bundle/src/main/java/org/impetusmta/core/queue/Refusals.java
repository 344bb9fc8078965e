package org.impetusmta.core.queue;

import java.util.IdentityHashMap;
import java.util.Optional;
import org.impetusmta.api.message.Reply;
import org.impetusmta.core.route.Host;

/**
 * Hosts that a published policy keeps from one queue's mail for now. That says nothing of the host,
 * which may serve other domains: else whoever publishes a policy for a domain of his own, and MX
 * records that lead to somebody else's hosts, could make these rest for everybody. Single.
 */
final class Refusals {
  private static final String OURS = "[internal]";

  private final IdentityHashMap<Host, Long> until = new IdentityHashMap<>(2);

  /** Whether a connection ended for its policy: a 4.7.x of our own. */
  static boolean isOne(Optional<Reply> cause) {
    return cause
        .filter(reply -> reply.enhanced().startsWith("4.7.") && reply.text().startsWith(OURS))
        .isPresent();
  }

  void add(Host host, long now, long untilMillis) {
    until.values().removeIf(end -> end <= now);
    until.put(host, untilMillis);
  }

  boolean holds(Host host, long now) {
    return !until.isEmpty() && until.getOrDefault(host, 0L) > now;
  }

  /** When the first of them ends; {@code Long.MAX_VALUE} without one. */
  long firstEnd(long now) {
    return until.values().stream()
        .mapToLong(Long::longValue)
        .filter(end -> end > now)
        .min()
        .orElse(Long.MAX_VALUE);
  }

  void clear() {
    until.clear();
  }
}
