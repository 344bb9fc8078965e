package org.impetusmta.core.route;

import java.util.Optional;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.xbill.DNS.Type;

/**
 * {@code dns_cache stats}: what was asked and answered since the start, and how good the cache is.
 * Concurrent. Source: console_commands.dns_cache.
 */
@Component(service = ConsoleCommand.class)
public final class DnsCacheStatsCommand implements ConsoleCommand {
  private final DnsService dns;

  @Activate
  public DnsCacheStatsCommand(@Reference DnsService dns) {
    this.dns = dns;
  }

  @Override
  public String name() {
    return "dns_cache stats";
  }

  @Override
  public String synopsis() {
    return "";
  }

  @Override
  public String summary() {
    return "Show figures of the DNS cache";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    DnsConsole.nothing(invocation);
    DnsFigures figures = dns.figures();
    Optional<DnsCache> cache = DnsConsole.cache(dns);
    long lookups = cache.map(DnsCache::lookups).orElse(0L);
    long hits = cache.map(DnsCache::hits).orElse(0L);
    invocation.println("DNS Queries:");
    invocation.printf("        TXT: %d", figures.asked(Type.TXT));
    invocation.printf("        PTR: %d", figures.asked(Type.PTR));
    invocation.printf("         MX: %d", figures.asked(Type.MX));
    invocation.printf("          A: %d", figures.asked(Type.A));
    invocation.printf("       AAAA: %d", figures.asked(Type.AAAA));
    invocation.printf("  arpa IPv4: %d", figures.arpa4());
    invocation.printf("  arpa IPv6: %d", figures.arpa6());
    invocation.println("DNS responses:");
    invocation.printf("      Total: %d", figures.answered());
    invocation.printf("        Bad: %d", figures.bad());
    invocation.println("DNS cache:");
    invocation.printf("    Lookups: %d", lookups);
    invocation.printf("   Hit Rate: %.4f%%", lookups == 0 ? 0.0 : 100.0 * hits / lookups);
    invocation.printf("    Entries: %d", cache.map(DnsCache::size).orElse(0));
  }
}
