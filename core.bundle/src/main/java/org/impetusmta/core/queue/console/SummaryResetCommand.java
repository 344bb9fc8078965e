package org.impetusmta.core.queue.console;

import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.core.queue.QueueConsole;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code summary reset}: zeroes the counters. Concurrent. Source: console_commands.summary_reset.
 */
@Component(service = ConsoleCommand.class)
public final class SummaryResetCommand implements ConsoleCommand {
  private final QueueConsole queues;

  @Activate
  public SummaryResetCommand(@Reference QueueConsole queues) {
    this.queues = queues;
  }

  @Override
  public String name() {
    return "summary reset";
  }

  @Override
  public String synopsis() {
    return "";
  }

  @Override
  public String summary() {
    return "Zero the counters of summary";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    Words.none(invocation);
    queues.reset();
    invocation.println("statistics cleared.");
  }
}
