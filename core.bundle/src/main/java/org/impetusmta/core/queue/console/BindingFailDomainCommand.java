package org.impetusmta.core.queue.console;

import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.core.queue.BindingConsole;
import org.impetusmta.core.queue.MailFilter;
import org.impetusmta.core.queue.QueueWork;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code binding fail domain}: fail the mail of a domain on a binding, with bounces. Concurrent.
 * Source: console_commands.binding_fail_domain.
 */
@Component(service = ConsoleCommand.class)
public class BindingFailDomainCommand implements ConsoleCommand {
  private final BindingConsole bindings;
  private final QueueWork work;
  private final boolean quiet;

  @Activate
  public BindingFailDomainCommand(@Reference BindingConsole bindings, @Reference QueueWork work) {
    this(bindings, work, false);
  }

  /**
   * @param quiet whether senders are told nothing
   */
  BindingFailDomainCommand(BindingConsole bindings, QueueWork work, boolean quiet) {
    this.bindings = bindings;
    this.work = work;
    this.quiet = quiet;
  }

  @Override
  public String name() {
    return quiet ? "binding fail domain quiet" : "binding fail domain";
  }

  @Override
  public String synopsis() {
    return "[--dry-run] [--meta key value | --header name line] binding_name domain_name | all"
        + " [message]";
  }

  @Override
  public String summary() {
    return quiet
        ? "Fail the mail of a domain on a binding, without bounces"
        : "Fail the mail of a domain on a binding, with bounces";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    MailFilter.Words words = MailFilter.read(invocation.arguments());
    if (words.rest().size() < 2) {
      throw new ConsoleException("expected a binding and a domain");
    }
    String binding = bindings.known(words.rest().getFirst());
    Purge.domain(
        work,
        invocation,
        words,
        binding,
        words.rest().get(1),
        words.rest().subList(2, words.rest().size()),
        quiet);
  }
}
