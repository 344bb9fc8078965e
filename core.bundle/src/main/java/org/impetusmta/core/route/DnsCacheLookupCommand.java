package org.impetusmta.core.route;

import java.util.Optional;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.dns.DnsAnswer.Status;
import org.impetusmta.core.route.DnsCache.Answer;
import org.impetusmta.core.route.DnsCache.Question;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/**
 * {@code dns_cache lookup}: shows what is kept of a name, all of its records, and asks nobody.
 * Concurrent. Source: console_commands.dns_cache.
 */
@Component(service = ConsoleCommand.class)
public final class DnsCacheLookupCommand implements ConsoleCommand {
  private final DnsService dns;

  @Activate
  public DnsCacheLookupCommand(@Reference DnsService dns) {
    this.dns = dns;
  }

  @Override
  public String name() {
    return "dns_cache lookup";
  }

  @Override
  public String synopsis() {
    return "record type";
  }

  @Override
  public String summary() {
    return "Show what the DNS cache has";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    Question question = DnsConsole.question(invocation);
    Optional<Answer> kept = DnsConsole.cache(dns).flatMap(cache -> cache.kept(question));
    if (kept.isEmpty()) {
      invocation.println("Cached result not found, try a submit.");
      return;
    }
    String type = Type.string(question.type());
    invocation.println(";; QUESTION SECTION:");
    invocation.printf(";%-23s IN      %s", question.name().toString(true), type);
    invocation.println(";; ANSWER SECTION:");
    long ttl = DnsConsole.ttl(dns, kept.get());
    if (kept.get().status() != Status.FOUND) {
      invocation.printf(";; %s for %d seconds", kept.get().status(), ttl);
    }
    for (Record record : kept.get().records()) {
      invocation.printf(
          "%-23s %-7d IN      %-7s %s",
          record.getName().toString(true),
          ttl,
          Type.string(record.getType()),
          record.rdataToString());
    }
  }
}
