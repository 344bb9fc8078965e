package org.impetusmta.module.snmp;

import java.util.List;
import java.util.Optional;
import org.impetusmta.api.queue.QueueFigures;

/** Figures that a test says. */
final class Figures implements QueueFigures {
  volatile Totals totals = new Totals(10, 7, 2, 4, 3, 5, 9, 6, 8, 60);

  @Override
  public Totals totals() {
    return totals;
  }

  @Override
  public List<OfBinding> bindings() {
    return List.of(
        new OfBinding("default", "default", 6, 4, 1, 2, 3, 5, 1),
        new OfBinding("bulk", "news", 4, 3, 1, 1, 2, 4, 7));
  }

  @Override
  public Optional<OfDomain> domain(String domain, Optional<String> binding) {
    if (!domain.equals("aol.com")) {
      return Optional.empty();
    }
    return Optional.of(
        binding.isPresent()
            ? new OfDomain(1, 2, 3, 4, 5, 6, 7)
            : new OfDomain(5_000_000_000L, 20, 30, 40, 50, 60, 70));
  }
}
