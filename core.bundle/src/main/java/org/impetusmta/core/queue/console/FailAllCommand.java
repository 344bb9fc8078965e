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
public final class FailAllCommand implements ConsoleCommand {
  private final QueueWork work;

  @Activate
  public FailAllCommand(@Reference QueueWork work) {
    this.work = work;
  }

  @Override
  public String name() {
    return "fail all";
  }

  @Override
  public String synopsis() {
    return "[--dry-run] --meta key value | --header name line [note]";
  }

  @Override
  public String summary() {
    return "Fail the mail of all domains that a filter fits, with bounces";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    MailFilter.Words words = MailFilter.read(invocation.arguments());
    if (!words.filtered()) {
      throw new ConsoleException("expected --meta key value or --header name line");
    }
    Purge.domain(work, invocation, words, "all", "all", words.rest(), false);
  }
}
