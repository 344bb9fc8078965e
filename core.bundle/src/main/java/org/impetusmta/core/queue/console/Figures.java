package org.impetusmta.core.queue.console;

import java.util.List;
import java.util.Locale;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.core.queue.QueueConsole;
import org.impetusmta.core.queue.QueueConsole.DomainFigures;

/**
 * Lines of figures: connections, active, delayed and sent. Stateless. Source:
 * console_commands.active, console_commands.domain_all.
 */
final class Figures {
  private Figures() {}

  static String line(DomainFigures domain) {
    return String.format(
        Locale.ROOT,
        "Domain: %30s  C:%3d  A:%7d  D:%6d  S:%6d",
        domain.domain(),
        domain.connections(),
        domain.active(),
        domain.delayed(),
        domain.delivered());
  }

  /** The totals over all domains; sent is what the server delivered. */
  static String total(List<DomainFigures> all, long delivered) {
    return String.format(
        Locale.ROOT,
        "%38s  C:%4d  A:%7d  D:%6d  S:%7d",
        "Total:",
        connections(all),
        active(all),
        delayed(all),
        delivered);
  }

  static void all(QueueConsole queues, ConsoleInvocation invocation) {
    List<DomainFigures> all = queues.domains();
    invocation.println("Domain summary:");
    all.forEach(domain -> invocation.println(line(domain)));
    invocation.printf(
        "Totals: C:%4d  A:%7d  D:%6d  S:%6d",
        connections(all),
        active(all),
        delayed(all),
        all.stream().mapToLong(DomainFigures::delivered).sum());
  }

  private static int connections(List<DomainFigures> all) {
    return all.stream().mapToInt(DomainFigures::connections).sum();
  }

  private static long active(List<DomainFigures> all) {
    return all.stream().mapToLong(DomainFigures::active).sum();
  }

  private static long delayed(List<DomainFigures> all) {
    return all.stream().mapToLong(DomainFigures::delayed).sum();
  }
}
