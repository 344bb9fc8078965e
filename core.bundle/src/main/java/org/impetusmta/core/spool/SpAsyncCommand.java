package org.impetusmta.core.spool;

import java.util.List;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.api.scheduler.ThreadPool;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.api.spool.Spool.Statistics;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code sp_async stats}: what the spool and the thread pools that work for it have done and have
 * to do. Concurrent. Source: console_commands.sp_async.
 */
@Component(service = ConsoleCommand.class)
public final class SpAsyncCommand implements ConsoleCommand {
  private static final List<String> POOLS =
      List.of("SwapIn", "SwapOut", "Unlink", "Batch_Unlink", "SpoolIn");

  private final Spool spool;
  private final Scheduler scheduler;

  @Activate
  public SpAsyncCommand(@Reference Spool spool, @Reference Scheduler scheduler) {
    this.spool = spool;
    this.scheduler = scheduler;
  }

  @Override
  public String name() {
    return "sp_async";
  }

  @Override
  public String synopsis() {
    return "stats";
  }

  @Override
  public String summary() {
    return "Figures of the spool's work in the background";
  }

  @Override
  public List<String> complete(List<String> arguments) {
    return arguments.size() <= 1 ? List.of("stats") : List.of();
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    if (!invocation.arguments().equals(List.of("stats"))) {
      throw new ConsoleException("usage: " + name() + " " + synopsis());
    }
    Statistics now = spool.statistics();
    invocation.printf("%-12s %8s %8s %11s", "Pool", "Waiting", "Running", "Concurrency");
    for (String name : POOLS) {
      ThreadPool pool = scheduler.pool(name);
      invocation.printf(
          "%-12s %8d %8d %11d", name, pool.waiting(), pool.running(), pool.concurrency());
    }
    line(invocation, "Messages kept", now.messages());
    line(invocation, "Messages stored", now.stored());
    line(invocation, "Messages removed", now.unlinked());
    line(invocation, "Stores failed", now.failures());
    line(invocation, "Commits", now.commits());
    line(invocation, "Syncs", now.syncs());
    line(invocation, "Bytes written", now.bytesWritten());
    line(invocation, "Bodies read", now.reads());
    line(invocation, "Bytes read", now.bytesRead());
    line(invocation, "Bytes on disk", now.diskBytes());
    invocation.printf("%-17s: %s", "Writable", spool.writable() ? "yes" : "no");
  }

  private static void line(ConsoleInvocation invocation, String name, long figure) {
    invocation.printf("%-17s: %d", name, figure);
  }
}
