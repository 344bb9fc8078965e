package org.impetusmta.core.queue.console;

import java.util.List;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.core.queue.BindingConsole;
import org.impetusmta.core.queue.BindingConsole.BindingFigures;
import org.impetusmta.core.queue.QueueConsole;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code binding summary}: counters, queue sizes and rates by binding. Concurrent. Source:
 * console_commands.binding_summary.
 */
@Component(service = ConsoleCommand.class)
public final class BindingSummaryCommand implements ConsoleCommand {
  private final BindingConsole bindings;
  private final QueueConsole queues;

  @Activate
  public BindingSummaryCommand(@Reference BindingConsole bindings, @Reference QueueConsole queues) {
    this.bindings = bindings;
    this.queues = queues;
  }

  @Override
  public String name() {
    return "binding summary";
  }

  @Override
  public String synopsis() {
    return "[binding | slot | group:name]";
  }

  @Override
  public String summary() {
    return "Counters, queue sizes and rates by binding";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    List<String> words = invocation.arguments();
    if (words.size() > 1) {
      throw new ConsoleException("expected a binding, a slot or group:name");
    }
    if (words.isEmpty()) {
      bindings.all().forEach(one -> print(invocation, "Binding " + one.name(), "Resident", one));
      return;
    }
    String which = words.getFirst();
    if (!which.startsWith("group:")) {
      BindingFigures one = bindings.one(which);
      print(invocation, "Binding " + one.name(), "Resident", one);
      return;
    }
    String group = which.substring("group:".length());
    List<BindingFigures> members = bindings.group(group);
    BindingFigures sum = new BindingFigures(group, group, 0, 0, 0, 0, 0, 0, 0);
    for (BindingFigures one : members) {
      print(invocation, "Binding " + one.name() + " in Binding Group " + group, "Resident", one);
      sum = sum.plus(one);
    }
    invocation.println("********************************************");
    print(invocation, "Binding Group " + group, "Incore", sum);
  }

  private void print(
      ConsoleInvocation invocation, String of, String resident, BindingFigures figures) {
    double seconds = Math.max(1, queues.secondsSinceReset());
    invocation.println("Summary Statistics For " + of);
    invocation.printf("        Open Connections: %7d", figures.connections());
    invocation.printf("        Active Queue Size: %6d", figures.active());
    invocation.printf("        Total Queue Size: %6d", figures.total());
    invocation.printf("        Successfully Delivered Messages: %6d", figures.delivered());
    invocation.printf("        Failed Messages: %6d", figures.failed());
    invocation.printf("        Received Messages: %6d", figures.received());
    invocation.printf("        %s Messages: %6d", resident, figures.resident());
    invocation.printf(
        "        Delivery Rate: %6.2f messages/second",
        (figures.delivered() + figures.failed()) / seconds);
    invocation.printf(
        "        Reception Rate: %6.2f messages/second", figures.received() / seconds);
    invocation.printf("        Uptime: %6d seconds", queues.uptimeSeconds());
  }
}
