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
 * {@code fail domain quiet}: fails all mail that waits for a domain, without bounces. Concurrent.
 * Source: console_commands.fail_domain_quiet.
 */
@Component(service = ConsoleCommand.class)
public final class FailDomainQuietCommand implements ConsoleCommand {
  private final QueueConsole queues;

  @Activate
  public FailDomainQuietCommand(@Reference QueueConsole queues) {
    this.queues = queues;
  }

  @Override
  public String name() {
    return "fail domain quiet";
  }

  @Override
  public String synopsis() {
    return "domain_name | all";
  }

  @Override
  public String summary() {
    return "Fail all mail of a domain, without bounces";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    String domain = Words.one(invocation, "domain name").toLowerCase(Locale.ROOT);
    invocation.printf("%s purged, %d messages failed.", domain, queues.failDomain(domain, true));
  }
}
