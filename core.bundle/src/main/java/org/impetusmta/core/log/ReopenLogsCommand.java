package org.impetusmta.core.log;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code reopen logs}: every logger closes and reopens its files, which rotation has moved aside.
 * Answers when it is done. Source: console_commands.reopen_logs.
 */
@Component(service = ConsoleCommand.class)
public final class ReopenLogsCommand implements ConsoleCommand {
  private static final int PATIENCE_SECONDS = 30;

  private final EventLogThread eventLog;

  @Activate
  public ReopenLogsCommand(@Reference EventLogThread eventLog) {
    this.eventLog = eventLog;
  }

  @Override
  public String name() {
    return "reopen logs";
  }

  @Override
  public String synopsis() {
    return "";
  }

  @Override
  public String summary() {
    return "close and reopen all log files";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    try {
      eventLog.reopen().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      invocation.println("Logs reopened.");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ConsoleException("interrupted; the logs will be reopened all the same");
    } catch (ExecutionException | TimeoutException e) {
      throw new ConsoleException(
          "the logs were not reopened within "
              + PATIENCE_SECONDS
              + " s: "
              + eventLog.waiting()
              + " events wait before");
    }
  }
}
