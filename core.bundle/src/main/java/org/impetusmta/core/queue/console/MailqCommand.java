package org.impetusmta.core.queue.console;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.console.Report;
import org.impetusmta.core.queue.MailQueue;
import org.impetusmta.core.queue.QueueConsole;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code mailq}: sizes of the queues, 20 of them unless told otherwise. Concurrent. Source:
 * console_commands.mailq.
 */
@Component(service = ConsoleCommand.class)
public final class MailqCommand implements ConsoleCommand {
  private final QueueConsole queues;

  @Activate
  public MailqCommand(@Reference QueueConsole queues) {
    this.queues = queues;
  }

  @Override
  public String name() {
    return "mailq";
  }

  @Override
  public String synopsis() {
    return "[--domain|-d domain ...] [--binding|-b binding ...] [--limit|-l number]" + " [--json]";
  }

  @Override
  public String summary() {
    return "Queue sizes by binding and domain";
  }

  @Override
  public boolean hasJson() {
    return true;
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    List<String> domains = new ArrayList<>();
    List<String> bindings = new ArrayList<>();
    int limit = 20;
    Iterator<String> words = invocation.arguments().iterator();
    while (words.hasNext()) {
      String option = words.next();
      switch (option) {
        case "--domain", "-d" -> domains.add(value(words, option).toLowerCase(Locale.ROOT));
        case "--binding", "-b" -> bindings.add(value(words, option));
        case "--limit", "-l" -> limit = Words.number(value(words, option), option);
        default -> throw new ConsoleException("mailq does not know " + option + "; " + synopsis());
      }
    }
    Report report = new Report().rows("queues");
    report.linef("%-26s %31s %7s %7s", "Group/Binding", "Domain", "AQ", "DQ").line("-".repeat(74));
    for (MailQueue queue : queues.queues()) {
      boolean wanted =
          (domains.isEmpty()
                  ? queue.activeSize() + queue.delayedSize() + queue.inFlightSize() > 0
                  : domains.contains(queue.domain()))
              && (bindings.isEmpty() || bindings.contains(queue.binding()));
      if (wanted && limit-- > 0) {
        report
            .row("queues")
            .value("binding_group", queue.bindingGroup())
            .value("binding", queue.binding())
            .value("domain", queue.domain())
            .value("active", queue.activeSize())
            .value("delayed", queue.delayedSize())
            .linef(
                "%-26s %31s %7d %7d",
                queue.bindingGroup() + "/" + queue.binding(),
                queue.domain(),
                queue.activeSize(),
                queue.delayedSize());
      }
    }
    invocation.print(report);
  }

  private static String value(Iterator<String> words, String option) throws ConsoleException {
    if (!words.hasNext()) {
      throw new ConsoleException(option + " needs a value");
    }
    return words.next();
  }
}
