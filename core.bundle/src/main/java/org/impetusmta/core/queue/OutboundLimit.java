package org.impetusmta.core.queue;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts the outbound connections of the server and of each binding against {@code
 * server_max_outbound_connections}. Concurrent.
 */
final class OutboundLimit {
  private final AtomicInteger server = new AtomicInteger();
  private final Map<String, AtomicInteger> bindings = new ConcurrentHashMap<>();

  /** Whether the server has as many connections as it may, whatever a binding has. */
  boolean exhausted(int serverLimit) {
    return server.get() >= serverLimit;
  }

  /** Takes one connection where both limits allow it. */
  boolean tryAcquire(String binding, int bindingLimit, int serverLimit) {
    if (server.incrementAndGet() > serverLimit) {
      server.decrementAndGet();
      return false;
    }
    AtomicInteger own = bindings.computeIfAbsent(binding, b -> new AtomicInteger());
    if (own.incrementAndGet() > bindingLimit) {
      own.decrementAndGet();
      server.decrementAndGet();
      return false;
    }
    return true;
  }

  void release(String binding) {
    server.decrementAndGet();
    AtomicInteger own = bindings.get(binding);
    if (own != null) {
      own.decrementAndGet();
    }
  }

  /** Connections of one binding. */
  int connections(String binding) {
    AtomicInteger own = bindings.get(binding);
    return own == null ? 0 : own.get();
  }

  /** Connections that are open or being opened. */
  int connections() {
    return server.get();
  }
}
