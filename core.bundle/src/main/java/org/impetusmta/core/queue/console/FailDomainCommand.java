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
 * {@code fail domain}: fail all mail of a domain, with bounces. Concurrent. Source:
 * console_commands.fail_domain.
 */
@Component(service = ConsoleCommand.class)
public class FailDomainCommand implements ConsoleCommand {
  private final DomainConsole domains;
  private final QueueWork work;
  private final boolean quiet;

  @Activate
  public FailDomainCommand(@Reference DomainConsole domains, @Reference QueueWork work) {
    this(domains, work, false);
  }

  /**
   * @param quiet whether senders are told nothing
   */
  FailDomainCommand(DomainConsole domains, QueueWork work, boolean quiet) {
    this.domains = domains;
    this.work = work;
    this.quiet = quiet;
  }

  @Override
  public String name() {
    return quiet ? "fail domain quiet" : "fail domain";
  }

  @Override
  public String synopsis() {
    return "[--dry-run] [--meta key value | --header name line] domain_name | all [note]";
  }

  @Override
  public String summary() {
    return quiet
        ? "Fail all mail of a domain, without bounces"
        : "Fail all mail of a domain, with bounces";
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
          quiet);
    } else {
      invocation.printf(
          "%s purged, %d messages failed.", domain, domains.failDomain(domain, quiet));
    }
  }
}
