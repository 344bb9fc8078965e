package org.impetusmta.core.queue.console;

import java.util.List;
import java.util.Locale;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.console.Report;
import org.impetusmta.core.queue.DomainConsole;
import org.impetusmta.core.queue.DomainConsole.ConnectionState;
import org.impetusmta.core.queue.DomainConsole.DomainState;
import org.impetusmta.core.queue.DomainConsole.ExchangerState;
import org.impetusmta.core.queue.DomainConsole.HostState;
import org.impetusmta.core.queue.DomainConsole.QueueState;
import org.impetusmta.core.queue.DomainDetails;
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

  private final DomainConsole domains;
  private final DomainDetails details;

  @Activate
  public DomainCommand(@Reference DomainConsole domains, @Reference DomainDetails details) {
    this.domains = domains;
    this.details = details;
  }

  @Override
  public String name() {
    return "domain";
  }

  @Override
  public String synopsis() {
    return "domain_name [explain] [--json]";
  }

  @Override
  public String summary() {
    return "Routes, queues and connections of a domain";
  }

  @Override
  public boolean hasJson() {
    return true;
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    List<String> words = invocation.arguments();
    Report report = new Report();
    if (words.size() == 2 && words.get(1).equalsIgnoreCase("explain")) {
      explain(words.getFirst().toLowerCase(Locale.ROOT), report);
    } else {
      tell(Words.one(invocation, "domain name").toLowerCase(Locale.ROOT), report);
    }
    invocation.print(report);
  }

  private void tell(String name, Report report) throws ConsoleException {
    DomainState domain = domains.domain(name);
    List<String> stanzas = details.stanzas(name);
    report.value("domain", name).value("configuration", stanzas);
    stanzas.forEach(report::line);
    domain.route().ifPresent(route -> route(name, route, domain, report.part("route")));
    domain
        .rollsUpTo()
        .ifPresent(
            to ->
                report
                    .value("rolls_up_to", to)
                    .linef("Domain '%s' is rolled up: its mail is queued for '%s'", name, to));
    List<String> ofModules = details.ofModules(name);
    report.value("modules", ofModules).value("failures_in_row", domain.failuresInRow());
    ofModules.forEach(report::line);
    if (domain.failuresInRow() > 0) {
      report.linef("Domain has had %d consecutive connection failures", domain.failuresInRow());
    }
    report
        .line("Queue:")
        .figure("active", domain.active(), "        Active: %10d")
        .figure("delayed", domain.delayed(), "        Delayed: %9d")
        .figure("delivered", domain.delivered(), "Deliveries: %9d")
        .figure("failed", domain.failed(), "Failures: %11d")
        .linef("Active Connections: %d", domain.connections().size())
        .rows("connections");
    int number = 1;
    for (ConnectionState connection : domain.connections()) {
      report
          .row("connections")
          .value("number", connection.serial())
          .value("address", connection.address())
          .value("state", connection.stage().text())
          .value("milliseconds", connection.millis())
          .linef(
              "[%2d] FD: %6d  IP: %16s  State: %s (%.2fms)",
              number++,
              connection.serial(),
              connection.address(),
              connection.stage().text(),
              (double) connection.millis());
    }
  }

  private void explain(String name, Report report) throws ConsoleException {
    report.value("domain", name).rows("queues");
    for (QueueState queue : domains.explain(name)) {
      List<String> reasons = queue.reasons().stream().map(Reasons::line).toList();
      report
          .row("queues")
          .value("binding", queue.binding())
          .value("binding_group", queue.bindingGroup())
          .value("active", queue.active())
          .value("delayed", queue.delayed())
          .value("in_flight", queue.inFlight())
          .value("connections", queue.connections())
          .value("reasons", reasons)
          .linef(
              "Domain '%s' binding '%s' group '%s': %d active, %d delayed, %d in flight, %d"
                  + " connections",
              name,
              queue.binding(),
              queue.bindingGroup(),
              queue.active(),
              queue.delayed(),
              queue.inFlight(),
              queue.connections());
      reasons.forEach(reason -> report.line("  " + reason));
    }
  }

  private void route(String name, Route route, DomainState domain, Report report) {
    report.value("outcome", route.outcome().name().toLowerCase(Locale.ROOT));
    switch (route.outcome()) {
      case FOUND ->
          report.linef(
              "Domain '%s' has %d MXs and a TTL of %d seconds%s",
              name,
              route.exchangers().size(),
              domain.ttl(),
              route.exchangers().stream().anyMatch(Route.Exchanger::secure) ? SECURE : "");
      case PROHIBITED ->
          report.linef("Domain '%s' leads to one of prohibited_hosts: it gets no mail", name);
      case NULL_MX -> report.linef("Domain '%s' has a null MX: it takes no mail", name);
      case NO_SUCH_DOMAIN ->
          report.linef("Domain '%s' does not exist (%d lookups in a row)", name, route.failures());
      case NO_ADDRESS -> report.linef("Domain '%s' has no MX or A", name);
      case TEMPORARY -> report.linef("Domain '%s' could not be looked up", name);
    }
    report.value("ttl", domain.ttl()).rows("exchangers");
    for (ExchangerState exchanger : domain.exchangers()) {
      Report row = report.row("exchangers");
      row.value("preference", exchanger.preference())
          .value("name", exchanger.name())
          .value("ttl", exchanger.ttl())
          .value("secure", exchanger.secure())
          .rows("hosts");
      report.linef(
          "  [%d %s TTL:%d]%s",
          exchanger.preference(),
          exchanger.name(),
          exchanger.ttl(),
          exchanger.secure() ? SECURE : "");
      if (!exchanger.hosts().isEmpty()) {
        int port = exchanger.hosts().getFirst().host().address().getPort();
        details.ofModules(exchanger.name(), port).forEach(report::line);
      }
      for (HostState host : exchanger.hosts()) {
        String mark = host.next() ? "=>" : host.failed() ? "* " : "  ";
        row.row("hosts")
            .value("address", host.host().text())
            .value("port", host.host().address().getPort())
            .value("next", host.next())
            .value("failed", host.failed())
            .value("connect_milliseconds", host.host().connectMillis())
            .value("delivery_milliseconds", host.host().deliveryMillis());
        String since =
            host.failed()
                ? String.format(
                    Locale.ROOT,
                    " %.2fs since failure",
                    (domains.now() - host.host().failedMillis()) / 1_000.0)
                : "";
        report.linef(
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
          .forEach(user -> report.line("                " + user));
    }
  }
}
