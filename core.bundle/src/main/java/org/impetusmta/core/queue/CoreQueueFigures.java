package org.impetusmta.core.queue;

import java.util.List;
import java.util.Optional;
import org.impetusmta.api.queue.QueueFigures;
import org.impetusmta.core.metrics.Counters;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** What modules may know of the queues. Concurrent. */
@Component
public final class CoreQueueFigures implements QueueFigures {
  private final QueueConsole queues;
  private final BindingConsole bindings;

  @Activate
  public CoreQueueFigures(@Reference QueueConsole queues, @Reference BindingConsole bindings) {
    this.queues = queues;
    this.bindings = bindings;
  }

  @Override
  public Totals totals() {
    Counters counters = queues.counters();
    return new Totals(
        counters.received.sum(),
        counters.delivered.sum(),
        counters.failed.sum(),
        counters.rejected.sum(),
        queues.activeSize(),
        queues.delayedSize(),
        queues.totalSize(),
        counters.inboundConnections.sum(),
        counters.outboundConnections.sum(),
        queues.uptimeSeconds());
  }

  @Override
  public List<OfBinding> bindings() {
    return bindings.all().stream()
        .map(
            one ->
                new OfBinding(
                    one.group(),
                    one.name(),
                    one.received(),
                    one.delivered(),
                    one.failed(),
                    one.active(),
                    one.delayed(),
                    one.total(),
                    one.connections()))
        .toList();
  }

  @Override
  public Optional<OfDomain> domain(String domain, Optional<String> binding) {
    return queues.unsorted().stream()
        .filter(queue -> queue.domain().equals(domain))
        .filter(queue -> binding.map(queue.binding()::equals).orElse(true))
        .map(
            queue ->
                new OfDomain(
                    queue.receptions(),
                    queue.deliveries(),
                    queue.failures(),
                    queue.transientFailures(),
                    queue.activeSize(),
                    queue.delayedSize(),
                    queue.connectionCount()))
        .reduce(CoreQueueFigures::sum);
  }

  private static OfDomain sum(OfDomain a, OfDomain b) {
    return new OfDomain(
        a.received() + b.received(),
        a.delivered() + b.delivered(),
        a.failed() + b.failed(),
        a.transientFailures() + b.transientFailures(),
        a.active() + b.active(),
        a.delayed() + b.delayed(),
        a.connections() + b.connections());
  }
}
