package org.impetusmta.core.log;

import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.hook.AaaLog;
import org.impetusmta.api.hook.LogDelivery;
import org.impetusmta.api.hook.LogDetails;
import org.impetusmta.api.hook.LogError;
import org.impetusmta.api.hook.LogFlush;
import org.impetusmta.api.hook.LogHttpRequest;
import org.impetusmta.api.hook.LogOutOfBandBounce;
import org.impetusmta.api.hook.LogPermanentFailure;
import org.impetusmta.api.hook.LogReception;
import org.impetusmta.api.hook.LogRejection;
import org.impetusmta.api.hook.LogReopen;
import org.impetusmta.api.hook.LogSpoolImport;
import org.impetusmta.api.hook.LogTransientFailure;
import org.impetusmta.api.log.EventLog;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.core.hook.HookEntry;
import org.impetusmta.core.hook.HookList;
import org.impetusmta.core.hook.Hooks;
import org.impetusmta.core.message.MailMessage;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * The event log: event loops append, one thread hands every event to the logger hooks, in order and
 * once. Appending costs an array slot; the thread is woken with a system call only when it sleeps,
 * and it sleeps only after a nap in which nothing came, so that a busy server neither pays a
 * wake-up nor a write for each line.
 *
 * <p>{@link LogFlush} is called whenever the queue runs dry, every {@value #FLUSH_EVERY} events
 * while it does not, and at least once a second, for heartbeats. While the log is paused events
 * wait and no logger hook runs. Concurrent.
 */
@Component(
    service = {EventLog.class, EventLogThread.class},
    immediate = true)
public final class EventLogThread implements EventLog {
  /** Events between two flushes while the queue does not run dry. */
  static final int FLUSH_EVERY = 1000;

  private static final long NAP_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final Duration CLOSING = Duration.ofSeconds(30);

  private final HookList<LogReception> receptions;
  private final HookList<LogDelivery> deliveries;
  private final HookList<LogTransientFailure> transientFailures;
  private final HookList<LogPermanentFailure> permanentFailures;
  private final HookList<LogOutOfBandBounce> bounces;
  private final HookList<LogRejection> rejections;
  private final HookList<LogSpoolImport> imports;
  private final HookList<AaaLog> accounting;
  private final HookList<LogHttpRequest> requests;
  private final HookList<LogError> errors;
  private final HookList<LogFlush> flushes;
  private final HookList<LogReopen> reopens;
  private final HookList<LogDetails> details;
  private final int backlog;
  private final boolean micros;
  private final HookFailures failures;
  private final Consumer<String> lastResort;
  private final Thread thread;

  /** LogEvents and Marks. The variant without Unsafe, which later JDKs take away. */
  private final MpscUnboundedAtomicArrayQueue<Object> queue =
      new MpscUnboundedAtomicArrayQueue<>(1024);

  /** The thread sleeps or is about to; whoever clears it wakes the thread. */
  private final AtomicBoolean asleep = new AtomicBoolean();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition quiet = lock.newCondition();
  private final Condition resumed = lock.newCondition();

  /** Guarded by the lock. */
  private int pauses;

  /** Whether {@code pauses > 0}; written under the lock. */
  private volatile boolean paused;

  /** Whether the thread may be inside a hook; guarded by the lock. */
  private boolean busy = true;

  private volatile @Nullable Spool spool;
  private volatile boolean stopping;
  private volatile boolean closed;

  /** Confined to the thread. */
  private long lastFlush = System.nanoTime();

  /** Confined to the thread. */
  private int unflushed;

  /** A request that takes its place among the events. */
  private record Mark(boolean reopen, CompletableFuture<Void> done) {}

  /** The event log of the server. */
  @Activate
  public EventLogThread(@Reference Hooks hooks, @Reference Configuration configuration) {
    this(
        hooks,
        LogPool.backlog(configuration.current()),
        configuration
            .current()
            .options(TimestampFormat.Options.class, ScopePath.GLOBAL)
            .logHiresTimestamp(),
        new HookFailures(System::nanoTime),
        System.err::println);
    Logback.panicLog().connect(this);
  }

  /**
   * @param lastResort where events are described that come after the log was closed
   */
  EventLogThread(Hooks hooks, int backlog, HookFailures failures, Consumer<String> lastResort) {
    this(hooks, backlog, false, failures, lastResort);
  }

  private EventLogThread(
      Hooks hooks,
      int backlog,
      boolean micros,
      HookFailures failures,
      Consumer<String> lastResort) {
    this.micros = micros;
    this.receptions = hooks.list(LogReception.class);
    this.deliveries = hooks.list(LogDelivery.class);
    this.transientFailures = hooks.list(LogTransientFailure.class);
    this.permanentFailures = hooks.list(LogPermanentFailure.class);
    this.bounces = hooks.list(LogOutOfBandBounce.class);
    this.rejections = hooks.list(LogRejection.class);
    this.imports = hooks.list(LogSpoolImport.class);
    this.accounting = hooks.list(AaaLog.class);
    this.requests = hooks.list(LogHttpRequest.class);
    this.errors = hooks.list(LogError.class);
    this.flushes = hooks.list(LogFlush.class);
    this.reopens = hooks.list(LogReopen.class);
    this.details = hooks.list(LogDetails.class);
    this.backlog = backlog;
    this.failures = failures;
    this.lastResort = lastResort;
    this.thread = Thread.ofPlatform().name("log").daemon(true).unstarted(this::run);
    thread.start();
  }

  /** Where loggers find what of a message is not in memory. */
  public void spool(Spool where) {
    spool = where;
  }

  @Override
  public void append(LogEvent event) {
    post(details.isEmpty() ? event : detailed(event));
  }

  /** The event with a copy of its message, as far as loggers look at it. */
  private LogEvent detailed(LogEvent event) {
    boolean dictionaries = false;
    boolean bodies = false;
    for (HookEntry<LogDetails> entry : details.entries()) {
      dictionaries |= entry.hook().dictionaries();
      bodies |= entry.hook().bodies();
    }
    if (!dictionaries && !bodies) {
      return event;
    }
    return switch (event) {
      case LogEvent.Reception e ->
          new LogEvent.Reception(
              e.timeMicros(), copy(e.message(), bodies), e.bindingGroup(), e.binding());
      case LogEvent.Delivery e ->
          new LogEvent.Delivery(
              e.timeMicros(),
              copy(e.message(), bodies),
              e.routingDomain(),
              e.bytes(),
              e.bindingGroup(),
              e.binding(),
              e.retries(),
              e.remoteAddress(),
              e.reply(),
              e.tls(),
              e.tookMillis(),
              e.connectionId());
      case LogEvent.Failure e ->
          new LogEvent.Failure(
              e.timeMicros(),
              e.permanent(),
              copy(e.message(), bodies),
              e.routingDomain(),
              e.bytes(),
              e.bindingGroup(),
              e.binding(),
              e.stage(),
              e.retries(),
              e.remoteAddress(),
              e.reply(),
              e.tls(),
              e.connectionId());
      case LogEvent.OutOfBandBounce e ->
          new LogEvent.OutOfBandBounce(
              e.timeMicros(), copy(e.message(), bodies), e.report(), e.bindingGroup(), e.binding());
      default -> event;
    };
  }

  private Message copy(Message message, boolean bodies) {
    return message instanceof MailMessage mail ? new LoggedMessage(mail, spool, bodies) : message;
  }

  private void post(Object entry) {
    queue.offer(entry);
    // the entry must be visible before asleep is read: see rest()
    VarHandle.fullFence();
    if (asleep.get() && asleep.compareAndSet(true, false)) {
      LockSupport.unpark(thread);
    }
    if (closed) {
      abandon();
    }
  }

  @Override
  public boolean overloaded() {
    return queue.size() > backlog;
  }

  @Override
  public boolean highResolution() {
    return micros;
  }

  /** Events that wait. */
  public int waiting() {
    return queue.size();
  }

  /** Whether a module writes diagnostics. */
  public boolean takesDiagnostics() {
    return !errors.isEmpty();
  }

  /** Whether the caller is the log thread, inside a logger hook. */
  public boolean inLogThread() {
    return Thread.currentThread() == thread;
  }

  /**
   * Holds the events back. Returns when no logger hook is running; none runs until {@link #resume}
   * was called as often as this.
   *
   * @throws IllegalStateException on the log thread
   */
  public void pause() {
    if (inLogThread()) {
      throw new IllegalStateException("the log thread cannot wait for itself");
    }
    lock.lock();
    try {
      pauses++;
      paused = true;
      LockSupport.unpark(thread);
      while (busy) {
        quiet.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Ends one {@link #pause}. */
  public void resume() {
    lock.lock();
    try {
      if (pauses == 0) {
        throw new IllegalStateException("resume without pause");
      }
      pauses--;
      paused = pauses > 0;
      resumed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Has every logger close and reopen its files, after the events that wait now. */
  public CompletableFuture<Void> reopen() {
    return mark(true);
  }

  /**
   * Waits until everything that was appended before has been handed over and flushed.
   *
   * @return false when that took longer than {@code patience}
   */
  public boolean flush(Duration patience) throws InterruptedException {
    try {
      mark(false).get(patience.toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException("a mark cannot fail", e);
    }
  }

  private CompletableFuture<Void> mark(boolean reopen) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    post(new Mark(reopen, done));
    LockSupport.unpark(thread);
    return done;
  }

  /** Hands over and flushes what waits, then ends the thread. */
  @Deactivate
  void close() throws InterruptedException {
    PanicLog.disconnect(this);
    stopping = true;
    LockSupport.unpark(thread);
    if (!thread.join(CLOSING)) {
      lastResort.accept(
          "the log did not end within "
              + CLOSING.toSeconds()
              + " s: "
              + waiting()
              + " events wait");
      return;
    }
    closed = true;
    abandon();
  }

  /** Describes what came too late; single consumer because the thread has ended. */
  private synchronized void abandon() {
    for (Object late = queue.poll(); late != null; late = queue.poll()) {
      switch (late) {
        case Mark mark -> mark.done.complete(null);
        case LogEvent.Reception e -> lastResort.accept("not logged: R " + e.message().id());
        case LogEvent.Delivery e -> lastResort.accept("not logged: D " + e.message().id());
        case LogEvent.Failure e ->
            lastResort.accept(
                "not logged: "
                    + (e.permanent() ? "P " : "T ")
                    + e.message().id()
                    + " "
                    + PanicLog.printable(e.reply().toString()));
        default -> lastResort.accept("not logged: " + PanicLog.printable(late.toString()));
      }
    }
  }

  // ---- the log thread

  private void run() {
    boolean worked = false;
    while (true) {
      if (paused) {
        standAside();
      }
      Object next = queue.poll();
      if (next != null) {
        worked = true;
        handle(next);
        if (++unflushed >= FLUSH_EVERY) {
          flushHooks();
        }
        continue;
      }
      if (unflushed > 0 || System.nanoTime() - lastFlush >= IDLE_NANOS) {
        flushHooks();
      }
      if (stopping && queue.isEmpty()) {
        break;
      }
      rest(worked);
      worked = false;
    }
    lock.lock();
    try {
      busy = false;
      quiet.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * After work a nap, from which nobody wakes the thread; after a nap without work sleep, from
   * which an event wakes it. No wake-up is lost: producers put, then look at {@code asleep}; the
   * thread sets {@code asleep}, then looks at the queue; both with a fence between.
   */
  private void rest(boolean worked) {
    if (stopping || paused) {
      return;
    }
    if (worked) {
      LockSupport.parkNanos(this, NAP_NANOS);
      return;
    }
    asleep.set(true);
    VarHandle.fullFence();
    if (queue.isEmpty() && !paused && !stopping) {
      LockSupport.parkNanos(this, IDLE_NANOS);
    }
    asleep.set(false);
  }

  private void standAside() {
    lock.lock();
    try {
      busy = false;
      quiet.signalAll();
      while (pauses > 0) {
        resumed.awaitUninterruptibly();
      }
      busy = true;
    } finally {
      lock.unlock();
    }
  }

  private void handle(Object next) {
    switch (next) {
      case LogEvent.Reception e -> {
        call(receptions, LogReception::logReception, e);
        done(e.message());
      }
      case LogEvent.Delivery e -> {
        call(deliveries, LogDelivery::logDelivery, e);
        done(e.message());
      }
      case LogEvent.Failure e -> {
        if (e.permanent()) {
          call(permanentFailures, LogPermanentFailure::logPermanentFailure, e);
        } else {
          call(transientFailures, LogTransientFailure::logTransientFailure, e);
        }
        done(e.message());
      }
      case LogEvent.OutOfBandBounce e -> {
        call(bounces, LogOutOfBandBounce::logOutOfBandBounce, e);
        done(e.message());
      }
      case LogEvent.Rejection e -> call(rejections, LogRejection::logRejection, e);
      case LogEvent.Import e -> call(imports, LogSpoolImport::logSpoolImport, e);
      case LogEvent.Accounting e -> call(accounting, AaaLog::aaaLog, e);
      case LogEvent.HttpExchange e -> call(requests, LogHttpRequest::logHttpRequest, e);
      case LogEvent.Diagnostic e -> call(errors, LogError::logError, e);
      case Mark mark -> {
        if (mark.reopen) {
          call(reopens, (hook, nothing) -> hook.logReopen(), mark);
        }
        flushHooks();
        mark.done.complete(null);
      }
      default -> throw new IllegalStateException("not an event: " + next);
    }
  }

  private static void done(Message message) {
    if (message instanceof LoggedMessage logged) {
      logged.done();
    }
  }

  private void flushHooks() {
    call(flushes, (hook, nothing) -> hook.logFlush(), this);
    unflushed = 0;
    lastFlush = System.nanoTime();
  }

  /** Calls every implementation; one that throws keeps no other from the event. */
  private <T, E> void call(HookList<T> hooks, BiConsumer<T, E> hook, @Nullable E event) {
    for (HookEntry<T> entry : hooks.entries()) {
      try {
        hook.accept(entry.hook(), event);
      } catch (Throwable thrown) { // not even an Error of one module may end everybody's log
        failures.report(entry.module(), thrown);
      }
    }
  }
}
