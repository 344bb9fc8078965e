package org.impetusmta.core.route;

import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.core.route.DnsCache.Question;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code dns_cache submit}: asks a question, if its answer is not kept already. Concurrent. Source:
 * console_commands.dns_cache.
 */
@Component(service = ConsoleCommand.class)
public final class DnsCacheSubmitCommand implements ConsoleCommand {
  private final DnsService dns;

  @Activate
  public DnsCacheSubmitCommand(@Reference DnsService dns) {
    this.dns = dns;
  }

  @Override
  public String name() {
    return "dns_cache submit";
  }

  @Override
  public String synopsis() {
    return "record type";
  }

  @Override
  public String summary() {
    return "Ask the DNS and keep what it says";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    Question question = DnsConsole.question(invocation);
    dns.lookup(question.name().toString(), question.type());
    invocation.println("Submitted");
  }
}
