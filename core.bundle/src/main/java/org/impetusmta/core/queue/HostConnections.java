package org.impetusmta.core.queue;

import java.net.InetAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.core.route.Route;

/**
 * Counts the connections to each address against {@code max_outbound_connections} of the {@code
 * host} stanzas: those of all bindings against the global stanza, those of one binding against the
 * stanza in the binding or in its group. Counted whether there is a limit or not, so that one that
 * comes online knows what is open. Concurrent. Source: conf.ref.host,
 * conf.ref.max_outbound_connections.
 */
final class HostConnections {
  private record Key(InetAddress address, String binding) {}

  /** The binding that stands for all of them: no binding is called so. */
  private static final String ALL = "";

  private final Map<Key, AtomicInteger> counts = new ConcurrentHashMap<>();

  /** Whether a connection more would be within the limits. */
  boolean mayOpen(Generation generation, ScopePath.Sending path, Route.Choice choice) {
    InetAddress address = choice.host().address().getAddress();
    return everywhere(generation, choice).allows(count(address, ALL))
        && within(generation, path, choice).allows(count(address, path.binding()));
  }

  /** Takes a connection where the limits allow it. */
  boolean tryAcquire(Generation generation, ScopePath.Sending path, Route.Choice choice) {
    InetAddress address = choice.host().address().getAddress();
    if (!everywhere(generation, choice).allows(add(address, ALL))) {
      release(address, ALL);
      return false;
    }
    if (!within(generation, path, choice).allows(add(address, path.binding()))) {
      release(address, path.binding());
      release(address, ALL);
      return false;
    }
    return true;
  }

  /** Gives back what was taken. */
  void release(ScopePath.Sending path, Route.Choice choice) {
    InetAddress address = choice.host().address().getAddress();
    release(address, path.binding());
    release(address, ALL);
  }

  private static HostOptions everywhere(Generation generation, Route.Choice choice) {
    return generation.options(HostOptions.class, ScopePath.Host.everywhere(choice.name()));
  }

  private static HostOptions within(
      Generation generation, ScopePath.Sending path, Route.Choice choice) {
    return generation.options(
        HostOptions.class, new ScopePath.Host(path.bindingGroup(), path.binding(), choice.name()));
  }

  private int count(InetAddress address, String binding) {
    AtomicInteger count = counts.get(new Key(address, binding));
    return count == null ? 0 : count.get();
  }

  /** Counts one more and returns how many there were. */
  private int add(InetAddress address, String binding) {
    int[] before = new int[1];
    counts.compute(
        new Key(address, binding),
        (_, known) -> {
          AtomicInteger count = known == null ? new AtomicInteger() : known;
          before[0] = count.getAndIncrement();
          return count;
        });
    return before[0];
  }

  /** An address without connections is forgotten. */
  private void release(InetAddress address, String binding) {
    counts.computeIfPresent(
        new Key(address, binding), (_, count) -> count.decrementAndGet() == 0 ? null : count);
  }
}
