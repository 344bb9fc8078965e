package org.impetusmta.core.route;

import java.util.Comparator;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.xbill.DNS.Type;

/**
 * {@code dns_cache refcnts}: each answer with how often it was asked for, how long it is good
 * still, and its type; at most 1,000 lines. Concurrent. Source: console_commands.dns_cache.
 */
@Component(service = ConsoleCommand.class)
public final class DnsCacheRefcntsCommand implements ConsoleCommand {
  private final DnsService dns;

  @Activate
  public DnsCacheRefcntsCommand(@Reference DnsService dns) {
    this.dns = dns;
  }

  @Override
  public String name() {
    return "dns_cache refcnts";
  }

  @Override
  public String synopsis() {
    return "";
  }

  @Override
  public String summary() {
    return "Show how often entries of the DNS cache were used";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    DnsConsole.nothing(invocation);
    if (DnsConsole.cache(dns).isEmpty()) {
      return;
    }
    DnsConsole.cache(dns).get().entries().stream()
        .sorted(Comparator.comparing(entry -> entry.question().name()))
        .limit(DnsConsole.MOST_LINES)
        .forEach(
            entry -> {
              invocation.printf(
                  "[%3d] %s [%ds]",
                  entry.users(),
                  entry.question().name().toString(true),
                  entry.answer().map(answer -> DnsConsole.ttl(dns, answer)).orElse(0L));
              invocation.printf(
                  "      %s %s",
                  Type.string(entry.question().type()),
                  entry.answer().map(answer -> answer.status().toString()).orElse("being asked"));
            });
  }
}
