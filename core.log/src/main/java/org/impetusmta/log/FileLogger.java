package org.impetusmta.log;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.hook.LogFlush;
import org.impetusmta.api.hook.LogReopen;
import org.impetusmta.api.io.IoUri;
import org.impetusmta.api.io.IoWrappers;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What modules that write logs have in common: they open all of them before they take over, so that
 * a configuration whose logs cannot be opened is refused; they write when the event log runs dry,
 * or 64 KiB at a time; they reopen their logs when they are told to, and have a console command for
 * it. A subclass opens its logs in its constructor, in the order opposite to that in which they are
 * to be closed, writes lines in its hooks, and calls {@link #closeAll} at its end.
 *
 * <p>Thread-safety: concurrent; hooks come from the log thread alone, but the end of the server may
 * come from another, so that hooks are {@code synchronized}.
 */
public abstract class FileLogger implements LogFlush, LogReopen, ConsoleCommand {
  private static final Logger LOG = LoggerFactory.getLogger(FileLogger.class);
  private static final int REOPEN_SECONDS = 10;

  private final String module;
  private final String instance;
  private final IoWrappers io;
  private final InstantSource clock;
  private final boolean micros;
  private final List<LogFile> files = new ArrayList<>();
  private final AtomicReference<Optional<CompletableFuture<Boolean>>> reopenAsked =
      new AtomicReference<>(Optional.empty());

  /**
   * @param module the name of the module, of its stanzas and of its console command
   * @param instance the name of the stanza
   * @param micros whether times have microseconds
   */
  protected FileLogger(
      String module, String instance, IoWrappers io, InstantSource clock, boolean micros) {
    this.module = module;
    this.instance = instance;
    this.io = io;
    this.clock = clock;
    this.micros = micros;
  }

  /**
   * Opens a log; where it cannot be, those that were opened before are closed.
   *
   * @param option what names it, for errors
   * @param target a path, or a URI that an I/O wrapper opens for appending
   * @param mode permissions of a file that is created
   */
  protected final LogFile open(String option, String target, int mode) throws ConfigException {
    try {
      LogFile file =
          LogFile.open(
              target(target, mode),
              clock,
              problem -> report(option, problem),
              () -> LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1)));
      LOG.info("{} is open", file);
      file.line().fine(micros);
      files.add(file);
      return file;
    } catch (IOException | InvalidPathException e) {
      closeAll();
      throw new ConfigException(
          "in %s \"%s\": %s = \"%s\": cannot be opened: %s"
              .formatted(module, instance, option, target, e),
          e);
    }
  }

  private LogSink.Target target(String text, int mode) throws IOException {
    Optional<IoUri> uri = IoUri.of(text);
    if (uri.isPresent() && !uri.get().scheme().equals("file")) {
      return new WrapperSink.Named(io, uri.get());
    }
    String path = uri.isPresent() ? uri.get().rest() : text;
    if (path.isBlank()) {
      throw new IOException("expected the path of a file, or a URI");
    }
    return new FileSink.Named(Path.of(path), mode);
  }

  private void report(String option, String problem) {
    LOG.error("{} \"{}\": {}", module, instance, problem);
    problem(option, problem);
  }

  /**
   * The log that an option names has trouble, or has none any more; it was said already on stderr
   * and the console, which on the log thread reaches no logger, so that it cannot feed itself.
   */
  protected void problem(String option, String problem) {}

  /** Comes at least once a second, before lines are written; the place for what is due by time. */
  protected void beforeWrite() {}

  @Override
  public final synchronized void logFlush() {
    reopenAsked.getAndSet(Optional.empty()).ifPresent(asked -> asked.complete(reopen()));
    beforeWrite();
    files.forEach(LogFile::write);
  }

  @Override
  public final synchronized void logReopen() {
    reopen();
  }

  private boolean reopen() {
    boolean all = true;
    for (LogFile file : files) {
      all &= file.reopen();
    }
    return all;
  }

  /** Writes and closes everything. */
  protected final synchronized void closeAll() {
    files.reversed().forEach(LogFile::close);
    files.clear();
  }

  // ---- MODULE:INSTANCE help | reopen logs

  @Override
  public final String name() {
    return module + ":" + instance;
  }

  @Override
  public String synopsis() {
    return "help | reopen logs";
  }

  @Override
  public String summary() {
    return "commands of this logger";
  }

  @Override
  public List<String> complete(List<String> arguments) {
    return switch (arguments.size()) {
      case 0, 1 -> List.of("help", "reopen");
      case 2 -> arguments.getFirst().equals("reopen") ? List.of("logs") : List.of();
      default -> List.of();
    };
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    switch (String.join(" ", invocation.arguments())) {
      case "help", "" -> {
        invocation.println("reopen logs");
        invocation.println("\tClose and reopen log files");
      }
      case "reopen logs" -> {
        if (!reopenSoon()) {
          throw new ConsoleException("not all log files could be reopened; see paniclog");
        }
        invocation.println("Logs reopened.");
      }
      default -> throw new ConsoleException("usage: " + name() + " " + synopsis());
    }
  }

  /** Has the log thread reopen the files at its next flush, and waits for it. */
  private boolean reopenSoon() throws ConsoleException {
    Optional<CompletableFuture<Boolean>> mine = Optional.of(new CompletableFuture<>());
    CompletableFuture<Boolean> asked =
        reopenAsked.updateAndGet(other -> other.isPresent() ? other : mine).orElseThrow();
    try {
      return asked.get(REOPEN_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ConsoleException("interrupted; the logs will be reopened all the same");
    } catch (ExecutionException | TimeoutException e) {
      throw new ConsoleException(
          "the log thread was busy for " + REOPEN_SECONDS + " s; the logs will be reopened");
    }
  }
}
