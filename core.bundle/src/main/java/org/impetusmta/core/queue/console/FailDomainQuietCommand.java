package org.impetusmta.core.queue.console;

import java.util.Locale;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.core.queue.DomainConsole;
import org.impetusmta.core.queue.MailFilter;
import org.impetusmta.core.queue.QueueWork;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code fail domain quiet}: fail all mail of a domain, without bounces. Concurrent. Source:
 * console_commands.fail_domain_quiet.
 */
@Component(service = ConsoleCommand.class)
public final class FailDomainQuietCommand implements ConsoleCommand {
  private final DomainConsole domains;
  private final QueueWork work;

  @Activate
  public FailDomainQuietCommand(@Reference DomainConsole domains, @Reference QueueWork work) {
    this.domains = domains;
    this.work = work;
  }

  @Override
  public String name() {
    return "fail domain quiet";
  }

  @Override
  public String synopsis() {
    return "[--dry-run] [--meta key value | --header name line] domain_name | all [note]";
  }

  @Override
  public String summary() {
    return "Fail all mail of a domain, without bounces";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    MailFilter.Words words = MailFilter.read(invocation.arguments());
    if (words.rest().isEmpty()) {
      throw new ConsoleException("expected one domain name");
    }
    String domain = words.rest().getFirst().toLowerCase(Locale.ROOT);
    if (words.filtered() || words.dryRun() || words.rest().size() > 1) {
      Purge.domain(
          work,
          invocation,
          words,
          "all",
          domain,
          words.rest().subList(1, words.rest().size()),
          true);
    } else {
      invocation.printf("%s purged, %d messages failed.", domain, domains.failDomain(domain, true));
    }
  }
}
