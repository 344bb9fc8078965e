package org.impetusmta.core.queue.console;

import java.util.Locale;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.core.queue.QueueConsole;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code fail domain}: fails all mail that waits for a domain, with bounces. Concurrent. Source:
 * console_commands.fail_domain.
 */
@Component(service = ConsoleCommand.class)
public final class FailDomainCommand implements ConsoleCommand {
  private final QueueConsole queues;

  @Activate
  public FailDomainCommand(@Reference QueueConsole queues) {
    this.queues = queues;
  }

  @Override
  public String name() {
    return "fail domain";
  }

  @Override
  public String synopsis() {
    return "domain_name | all";
  }

  @Override
  public String summary() {
    return "Fail all mail of a domain, with bounces";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    String domain = Words.one(invocation, "domain name").toLowerCase(Locale.ROOT);
    invocation.printf("%s purged, %d messages failed.", domain, queues.failDomain(domain, false));
  }
}
