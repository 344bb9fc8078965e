package org.impetusmta.core.reception;

import java.net.Inet6Address;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * The console command {@code show inbound}: a line for each open session, with its state and for
 * how long it has been in it. The number in front counts sessions where Momentum shows a file
 * descriptor. {@code [floating]}: a module works for it in a thread pool. Concurrent. Source:
 * console_commands.show_inbound.
 */
@Component(service = ConsoleCommand.class)
public final class ShowInbound implements ConsoleCommand {
  private final CoreReception reception;

  @Activate
  public ShowInbound(@Reference CoreReception reception) {
    this.reception = reception;
  }

  @Override
  public String name() {
    return "show inbound";
  }

  @Override
  public String synopsis() {
    return "";
  }

  @Override
  public String summary() {
    return "Shows all inbound connections";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    if (!invocation.arguments().isEmpty()) {
      throw new ConsoleException("show inbound takes no arguments");
    }
    List<InboundConversation> sessions =
        reception.open().stream().sorted(Comparator.comparing(InboundConversation::id)).toList();
    long now = System.nanoTime();
    for (InboundConversation session : sessions) {
      String family =
          session
              .remoteAddress()
              .map(address -> address instanceof Inet6Address ? "IPv6 " : "IPv4 ")
              .orElse("");
      invocation.println(
          String.format(
              Locale.ROOT,
              "%d: [inbound/%s_message_factory] %s%s %s (for %.3fs)%s",
              session.number(),
              session.protocol(),
              family,
              session.remote(),
              session.state().text(),
              Math.max(0, now - session.since()) / 1e9,
              session.floating() ? "  [floating]" : ""));
    }
  }
}
