package org.impetusmta.core.spool;

import java.util.Locale;
import java.util.function.ToLongFunction;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.api.spool.Spool.Count;
import org.impetusmta.api.spool.Spool.Unlinks;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code unlink stats}: how removals from the spool went, in the shape of the manual. Concurrent.
 * Source: console_commands.unlink_stats.
 */
@Component(service = ConsoleCommand.class)
public final class UnlinkStatsCommand implements ConsoleCommand {
  private final Spool spool;

  @Activate
  public UnlinkStatsCommand(@Reference Spool spool) {
    this.spool = spool;
  }

  @Override
  public String name() {
    return "unlink stats";
  }

  @Override
  public String synopsis() {
    return "";
  }

  @Override
  public String summary() {
    return "Figures of removals from the spool";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    if (!invocation.arguments().isEmpty()) {
      throw new ConsoleException("usage: " + name());
    }
    Unlinks unlinks = spool.statistics().unlinks();
    invocation.println(" ".repeat(19) + "Messages    Headers    Bodies");
    invocation.println(line("Submissions    ", unlinks, Count::submissions));
    invocation.println(line("Attempts       ", unlinks, Count::attempts));
    invocation.println(line("  Failures     ", unlinks, Count::failures));
    invocation.println(line("  Successes    ", unlinks, UnlinkStatsCommand::successes));
    invocation.printf(
        "  Success Rate :%12.2f%%%9.2f%%%9.2f%%",
        rate(unlinks.messages()), rate(unlinks.headers()), rate(unlinks.bodies()));
    invocation.printf("Current Backlog:%7d", unlinks.backlog());
    invocation.printf("Batch Backlog  :%7d", unlinks.batchBacklog());
  }

  private static String line(String name, Unlinks unlinks, ToLongFunction<Count> figure) {
    return String.format(
        Locale.ROOT,
        "%s:%12d%10d%10d",
        name,
        figure.applyAsLong(unlinks.messages()),
        figure.applyAsLong(unlinks.headers()),
        figure.applyAsLong(unlinks.bodies()));
  }

  private static long successes(Count count) {
    return count.attempts() - count.failures();
  }

  private static double rate(Count count) {
    return count.attempts() == 0 ? 100 : 100.0 * successes(count) / count.attempts();
  }
}
