package org.impetusmta.core.queue.console;

import java.util.List;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.console.Report;
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
    return "[binding | slot | group:name] [--json]";
  }

  @Override
  public String summary() {
    return "Counters, queue sizes and rates by binding";
  }

  @Override
  public boolean hasJson() {
    return true;
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    List<String> words = invocation.arguments();
    if (words.size() > 1) {
      throw new ConsoleException("expected a binding, a slot or group:name");
    }
    Report report = new Report().rows("bindings");
    String which = words.isEmpty() ? "" : words.getFirst();
    if (words.isEmpty()) {
      bindings.all().forEach(one -> tell(report, one));
    } else if (which.startsWith("group:")) {
      group(report, which);
    } else {
      tell(report, bindings.one(which));
    }
    invocation.print(report);
  }

  private void tell(Report report, BindingFigures one) {
    tell(report.row("bindings"), "Binding " + one.name(), "Resident", one);
  }

  private void group(Report report, String which) throws ConsoleException {
    String group = which.substring("group:".length());
    List<BindingFigures> members = bindings.group(group);
    BindingFigures sum = new BindingFigures(group, group, 0, 0, 0, 0, 0, 0, 0, 0);
    for (BindingFigures one : members) {
      tell(
          report.row("bindings"),
          "Binding " + one.name() + " in Binding Group " + group,
          "Resident",
          one);
      sum = sum.plus(one);
    }
    report.line("********************************************");
    tell(report.part("group"), "Binding Group " + group, "Incore", sum);
  }

  private void tell(Report to, String of, String resident, BindingFigures figures) {
    double seconds = Math.max(1, queues.secondsSinceReset());
    to.value("name", figures.name())
        .line("Summary Statistics For " + of)
        .figure("connections", figures.connections(), "        Open Connections: %7d")
        .figure("active_queue_size", figures.active(), "        Active Queue Size: %6d")
        .figure("total_queue_size", figures.total(), "        Total Queue Size: %6d")
        .figure(
            "delivered_messages",
            figures.delivered(),
            "        Successfully Delivered Messages: %6d")
        .figure("failed_messages", figures.failed(), "        Failed Messages: %6d")
        .figure("received_messages", figures.received(), "        Received Messages: %6d")
        .figure("resident_messages", figures.resident(), "        " + resident + " Messages: %6d")
        .figure(
            "deliveries_per_second",
            (figures.delivered() + figures.failed()) / seconds,
            "        Delivery Rate: %6.2f messages/second")
        .figure(
            "receptions_per_second",
            figures.received() / seconds,
            "        Reception Rate: %6.2f messages/second")
        .figure("uptime_seconds", queues.uptimeSeconds(), "        Uptime: %6d seconds");
  }
}
