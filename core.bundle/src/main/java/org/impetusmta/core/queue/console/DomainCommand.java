package org.impetusmta.core.queue.console;

import java.util.List;
import java.util.Locale;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.core.queue.DomainDetails;
import org.impetusmta.core.queue.QueueConsole;
import org.impetusmta.core.queue.QueueConsole.ConnectionState;
import org.impetusmta.core.queue.QueueConsole.DomainState;
import org.impetusmta.core.queue.QueueConsole.ExchangerState;
import org.impetusmta.core.queue.QueueConsole.HostState;
import org.impetusmta.core.queue.QueueConsole.QueueState;
import org.impetusmta.core.route.Route;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code domain}: what is known of one domain, its stanzas and what modules know of it included;
 * with {@code explain}, why its mail waits. Where the manual shows a file descriptor stands the
 * connection's number. Concurrent. Source: console_commands.domain.
 */
@Component(service = ConsoleCommand.class)
public final class DomainCommand implements ConsoleCommand {
  private static final String SECURE = " +dnssec";

  private final QueueConsole queues;
  private final DomainDetails details;

  @Activate
  public DomainCommand(@Reference QueueConsole queues, @Reference DomainDetails details) {
    this.queues = queues;
    this.details = details;
  }

  @Override
  public String name() {
    return "domain";
  }

  @Override
  public String synopsis() {
    return "domain_name [explain]";
  }

  @Override
  public String summary() {
    return "Routes, queues and connections of a domain";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    List<String> words = invocation.arguments();
    if (words.size() == 2 && words.get(1).equalsIgnoreCase("explain")) {
      explain(words.getFirst().toLowerCase(Locale.ROOT), invocation);
      return;
    }
    String name = Words.one(invocation, "domain name").toLowerCase(Locale.ROOT);
    DomainState domain = queues.domain(name);
    details.stanzas(name).forEach(invocation::println);
    domain.route().ifPresent(route -> route(name, route, domain, invocation));
    domain
        .rollsUpTo()
        .ifPresent(
            to ->
                invocation.printf(
                    "Domain '%s' is rolled up: its mail is queued for '%s'", name, to));
    details.ofModules(name).forEach(invocation::println);
    if (domain.failuresInRow() > 0) {
      invocation.printf(
          "Domain has had %d consecutive connection failures", domain.failuresInRow());
    }
    invocation.println("Queue:");
    invocation.printf("        Active: %10d", domain.active());
    invocation.printf("        Delayed: %9d", domain.delayed());
    invocation.printf("Deliveries: %9d", domain.delivered());
    invocation.printf("Failures: %11d", domain.failed());
    invocation.printf("Active Connections: %d", domain.connections().size());
    int number = 1;
    for (ConnectionState connection : domain.connections()) {
      invocation.printf(
          "[%2d] FD: %6d  IP: %16s  State: %s (%.2fms)",
          number++,
          connection.serial(),
          connection.address(),
          connection.stage().text(),
          (double) connection.millis());
    }
  }

  private void explain(String name, ConsoleInvocation invocation) throws ConsoleException {
    for (QueueState queue : queues.explain(name)) {
      invocation.printf(
          "Domain '%s' binding '%s' group '%s': %d active, %d delayed, %d in flight, %d"
              + " connections",
          name,
          queue.binding(),
          queue.bindingGroup(),
          queue.active(),
          queue.delayed(),
          queue.inFlight(),
          queue.connections());
      queue.reasons().forEach(reason -> invocation.println("  " + Reasons.line(reason)));
    }
  }

  private void route(String name, Route route, DomainState domain, ConsoleInvocation invocation) {
    switch (route.outcome()) {
      case FOUND ->
          invocation.printf(
              "Domain '%s' has %d MXs and a TTL of %d seconds%s",
              name,
              route.exchangers().size(),
              domain.ttl(),
              route.exchangers().stream().anyMatch(Route.Exchanger::secure) ? SECURE : "");
      case PROHIBITED ->
          invocation.printf("Domain '%s' leads to one of prohibited_hosts: it gets no mail", name);
      case NULL_MX -> invocation.printf("Domain '%s' has a null MX: it takes no mail", name);
      case NO_SUCH_DOMAIN ->
          invocation.printf(
              "Domain '%s' does not exist (%d lookups in a row)", name, route.failures());
      case NO_ADDRESS -> invocation.printf("Domain '%s' has no MX or A", name);
      case TEMPORARY -> invocation.printf("Domain '%s' could not be looked up", name);
    }
    for (ExchangerState exchanger : domain.exchangers()) {
      invocation.printf(
          "  [%d %s TTL:%d]%s",
          exchanger.preference(),
          exchanger.name(),
          exchanger.ttl(),
          exchanger.secure() ? SECURE : "");
      if (!exchanger.hosts().isEmpty()) {
        int port = exchanger.hosts().getFirst().host().address().getPort();
        details.ofModules(exchanger.name(), port).forEach(invocation::println);
      }
      for (HostState host : exchanger.hosts()) {
        String mark = host.next() ? "=>" : host.failed() ? "* " : "  ";
        String since =
            host.failed()
                ? String.format(
                    Locale.ROOT,
                    " %.2fs since failure",
                    (queues.now() - host.host().failedMillis()) / 1_000.0)
                : "";
        invocation.printf(
            " %s     [%s]:%d %s (%.2fms con %.2fms dlv)%s",
            mark,
            host.host().text(),
            host.host().address().getPort(),
            host.ip6() ? "IPv6" : "IPv4",
            host.host().connectMillis(),
            host.host().deliveryMillis(),
            since);
      }
      details
          .usersOf(exchanger.name(), route)
          .forEach(user -> invocation.println("                " + user));
    }
  }
}
