package org.impetusmta.core.queue.console;

import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.core.queue.QueueConsole;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code domain all}: figures of every domain that has a queue. Concurrent. Source:
 * console_commands.domain_all.
 */
@Component(service = ConsoleCommand.class)
public final class DomainAllCommand implements ConsoleCommand {
  private final QueueConsole queues;

  @Activate
  public DomainAllCommand(@Reference QueueConsole queues) {
    this.queues = queues;
  }

  @Override
  public String name() {
    return "domain all";
  }

  @Override
  public String synopsis() {
    return "";
  }

  @Override
  public String summary() {
    return "One line of figures for every domain";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    Words.none(invocation);
    Figures.all(queues, invocation);
  }
}
