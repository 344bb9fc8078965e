package org.impetusmta.core.console;

import java.time.Duration;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.scheduler.Scheduler;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code shutdown}: stops the framework, and with it every listener, queue and log, in order. The
 * operator is answered first: the stop begins a moment later, on a thread of the framework's.
 * Concurrent. Source: console_commands.shutdown.
 */
@Component(service = ConsoleCommand.class)
public final class Shutdown implements ConsoleCommand {
  private static final Logger LOG = LoggerFactory.getLogger(Shutdown.class);

  /** Time for the answer to reach the operator before the listener goes. */
  private static final Duration ANSWER_FIRST = Duration.ofMillis(100);

  /** Stops the server. */
  interface Stop {
    void run() throws BundleException;
  }

  private final Stop stop;
  private final Scheduler scheduler;

  @Activate
  public Shutdown(BundleContext context, @Reference Scheduler scheduler) {
    // stopping the system bundle returns at once: the framework does it on its own thread
    this(() -> context.getBundle(0).stop(), scheduler);
  }

  Shutdown(Stop stop, Scheduler scheduler) {
    this.stop = stop;
    this.scheduler = scheduler;
  }

  @Override
  public String name() {
    return "shutdown";
  }

  @Override
  public String synopsis() {
    return "";
  }

  @Override
  public String summary() {
    return "stop the server";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    if (!invocation.arguments().isEmpty()) {
      throw new ConsoleException("shutdown takes no arguments");
    }
    LOG.info("shutdown asked for by {}", invocation.session());
    invocation.println("Shutting down");
    scheduler.loops().getFirst().schedule(this::stop, ANSWER_FIRST);
  }

  private void stop() {
    try {
      stop.run();
    } catch (BundleException | IllegalStateException e) {
      LOG.error("the framework did not stop", e);
    }
  }
}
