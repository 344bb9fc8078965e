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
 * {@code active}: domains with more active mail than a threshold, and totals over all domains.
 * Concurrent. Source: console_commands.active.
 */
@Component(service = ConsoleCommand.class)
public final class ActiveCommand implements ConsoleCommand {
  private final QueueConsole queues;

  @Activate
  public ActiveCommand(@Reference QueueConsole queues) {
    this.queues = queues;
  }

  @Override
  public String name() {
    return "active";
  }

  @Override
  public String synopsis() {
    return "threshold";
  }

  @Override
  public String summary() {
    return "Domains whose active queue exceeds threshold";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    int threshold = Words.number(Words.one(invocation, "threshold"), "threshold");
    List<DomainFigures> all = queues.domains();
    for (DomainFigures domain : all) {
      if (domain.active() > threshold) {
        invocation.println(Figures.line(domain));
      }
    }
    invocation.println(Figures.total(all, queues.counters().delivered.sum()));
  }
}
