package org.impetusmta.core.net;

import java.util.List;
import java.util.function.Supplier;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code thread pool stats reset}. Concurrent. Source: changelog 4.3.0. */
@Component(service = ConsoleCommand.class)
public final class ThreadPoolStatsResetCommand implements ConsoleCommand {
  private final Supplier<List<WorkerPool>> pools;

  @Activate
  public ThreadPoolStatsResetCommand(@Reference NettyScheduler scheduler) {
    this(scheduler::workers);
  }

  ThreadPoolStatsResetCommand(Supplier<List<WorkerPool>> pools) {
    this.pools = pools;
  }

  @Override
  public String name() {
    return "thread pool stats reset";
  }

  @Override
  public String synopsis() {
    return "";
  }

  @Override
  public String summary() {
    return "Zeroes the figures of all thread pools";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    if (!invocation.arguments().isEmpty()) {
      throw new ConsoleException("nothing follows this command: " + invocation.text());
    }
    pools.get().forEach(pool -> pool.figures().reset());
    invocation.println("Thread pool statistics reset");
  }
}
