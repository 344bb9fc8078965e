package org.impetusmta.core.queue.console;

import java.util.List;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.core.queue.QueueConsole;
import org.impetusmta.core.queue.QueueConsole.DomainFigures;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code delayed}: domains with more delayed mail than a threshold, and totals over all domains.
 * Concurrent. Source: console_commands.delayed.
 */
@Component(service = ConsoleCommand.class)
public final class DelayedCommand implements ConsoleCommand {
  private final QueueConsole queues;

  @Activate
  public DelayedCommand(@Reference QueueConsole queues) {
    this.queues = queues;
  }

  @Override
  public String name() {
    return "delayed";
  }

  @Override
  public String synopsis() {
    return "threshold";
  }

  @Override
  public String summary() {
    return "Domains whose delayed queue exceeds threshold";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    int threshold = Words.number(Words.one(invocation, "threshold"), "threshold");
    List<DomainFigures> all = queues.domains();
    for (DomainFigures domain : all) {
      if (domain.delayed() > threshold) {
        invocation.println(Figures.line(domain));
      }
    }
    invocation.println(Figures.total(all, queues.counters().delivered.sum()));
  }
}
