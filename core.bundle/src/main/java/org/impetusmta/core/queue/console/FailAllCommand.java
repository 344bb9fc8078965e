package org.impetusmta.core.queue.console;

import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.core.queue.MailFilter;
import org.impetusmta.core.queue.QueueWork;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code fail all}: fail the mail of all domains that a filter fits, with bounces. Concurrent.
 * Source: the newer manual, fail all.
 */
@Component(service = ConsoleCommand.class)
public class FailAllCommand implements ConsoleCommand {
  private final QueueWork work;
  private final boolean quiet;

  @Activate
  public FailAllCommand(@Reference QueueWork work) {
    this(work, false);
  }

  /**
   * @param quiet whether senders are told nothing
   */
  FailAllCommand(QueueWork work, boolean quiet) {
    this.work = work;
    this.quiet = quiet;
  }

  @Override
  public String name() {
    return quiet ? "fail all quiet" : "fail all";
  }

  @Override
  public String synopsis() {
    return "[--dry-run] --meta key value | --header name line [note]";
  }

  @Override
  public String summary() {
    return quiet
        ? "Fail the mail of all domains that a filter fits, without bounces"
        : "Fail the mail of all domains that a filter fits, with bounces";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    MailFilter.Words words = MailFilter.read(invocation.arguments());
    if (!words.filtered()) {
      throw new ConsoleException("expected --meta key value or --header name line");
    }
    Purge.domain(work, invocation, words, "all", "all", words.rest(), quiet);
  }
}
