package org.impetusmta.core.queue.console;

import java.util.Locale;
import java.util.Optional;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.core.queue.DomainConsole;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code flush domain}: makes delayed mail active, and lets failed hosts be tried again.
 * Concurrent. Source: console_commands.flush_domain.
 */
@Component(service = ConsoleCommand.class)
public final class FlushDomainCommand implements ConsoleCommand {
  private final DomainConsole domains;

  @Activate
  public FlushDomainCommand(@Reference DomainConsole domains) {
    this.domains = domains;
  }

  @Override
  public String name() {
    return "flush domain";
  }

  @Override
  public String synopsis() {
    return "domain_name | all";
  }

  @Override
  public String summary() {
    return "Attempt delayed mail of a domain now";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    String domain = Words.one(invocation, "domain name").toLowerCase(Locale.ROOT);
    invocation.printf(
        "%s flushed.  %d messages requeued.", domain, domains.flush(domain, Optional.empty()));
  }
}
