package org.impetusmta.core.queue.console;

import java.util.Locale;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.core.queue.DomainConsole;
import org.impetusmta.core.queue.DomainConsole.ConnectionState;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code show outbound}: every outbound connection, by its number where the manual shows a file
 * descriptor. Concurrent. Source: console_commands.show_outbound.
 */
@Component(service = ConsoleCommand.class)
public final class ShowOutboundCommand implements ConsoleCommand {
  private final DomainConsole domains;

  @Activate
  public ShowOutboundCommand(@Reference DomainConsole domains) {
    this.domains = domains;
  }

  @Override
  public String name() {
    return "show outbound";
  }

  @Override
  public String synopsis() {
    return "";
  }

  @Override
  public String summary() {
    return "Outbound connections and their state";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    Words.none(invocation);
    for (ConnectionState connection : domains.outbound()) {
      String state =
          connection.stage() == Stage.NOT_CONNECTED
              ? "handleconnect"
              : connection.stage().text().replace(' ', '_').toLowerCase(Locale.ROOT);
      invocation.printf(
          "%d: [outbound/connection_%s] %s %s %s",
          connection.serial(),
          state,
          connection.domain(),
          connection.ip6() ? "IPv6" : "IPv4",
          connection.address());
    }
  }
}
