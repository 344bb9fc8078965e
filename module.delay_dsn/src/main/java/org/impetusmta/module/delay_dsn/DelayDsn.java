package org.impetusmta.module.delay_dsn;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Scopes;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.hook.DelayDsnGenerate;
import org.impetusmta.api.hook.DelayDsnNext;
import org.impetusmta.api.hook.DelayDsnSendNotification;
import org.impetusmta.api.hook.HookPoints;
import org.impetusmta.api.hook.HookPoints.HookPoint;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.queue.QueueWatch;
import org.impetusmta.api.queue.WaitingMessage;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Warns senders of mail that waits. There is no timer for a message: one walk over the queues, on
 * their loops, looks for warnings that are due, and the next one begins when the first is, at the
 * latest a sixtieth of the shortest interval after it. What was sent is spooled with the message.
 *
 * <p>Thread-safety: concurrent; walks begin and end on one loop. Source: modules.delay_dsn.
 */
@Module(
    name = "delay_dsn",
    kind = Module.Kind.DELIVERY,
    description = "Warnings to the senders of delayed mail")
@Component(
    factory = Module.FACTORY + "delay_dsn",
    service = {ConsoleCommand.class})
public final class DelayDsn implements ConsoleCommand {
  private static final Logger LOG = LoggerFactory.getLogger(DelayDsn.class);

  /** The shortest time between two walks. */
  private static final long SHORTEST_MILLIS = 1_000;

  /** The longest: new mail, options and hooks are found by the next walk. */
  private static final long LONGEST_MILLIS = 60_000;

  private static final int CONSOLE_SECONDS = 30;

  private final String instance;
  private final QueueWatch queues;
  private final Scheduler scheduler;
  private final Configuration configuration;
  private final EventLoop home;
  private final HookPoint<DelayDsnGenerate> generate;
  private final HookPoint<DelayDsnNext> next;
  private final HookPoint<DelayDsnSendNotification> send;
  private EventLoop.@Nullable Timer timer;
  private boolean ended;

  /** When the walk before this one began. */
  private volatile long lastWalk;

  /** Options of delayed mail. */
  @OptionSet({Scopes.GLOBAL, Scopes.BINDING_GROUP, Scopes.BINDING, Scopes.DOMAIN})
  public record Options(
      @Option(value = "false", doc = "Whether the sender of mail that waits is warned")
          boolean generateDelayDsn,
      @Option(
              value = "3600",
              min = 1,
              doc = "Time to the first delay warning; it doubles with each")
          Duration delayDsnRetryInterval,
      @Option(
              value = "43200",
              min = 0,
              doc = "Longest time between two delay warnings for one message; 0: no limit")
          Duration delayDsnMaxRetryInterval) {}

  @Activate
  public DelayDsn(
      Map<String, Object> properties,
      @Reference QueueWatch queues,
      @Reference Scheduler scheduler,
      @Reference HookPoints hooks,
      @Reference Configuration configuration) {
    this(ModuleStanza.of(properties).instance(), queues, scheduler, hooks, configuration);
  }

  DelayDsn(
      String instance,
      QueueWatch queues,
      Scheduler scheduler,
      HookPoints hooks,
      Configuration configuration) {
    this.instance = instance;
    this.queues = queues;
    this.scheduler = scheduler;
    this.configuration = configuration;
    this.home = scheduler.loops().getFirst();
    this.lastWalk = scheduler.clock().millis();
    this.generate = hooks.of(DelayDsnGenerate.class);
    this.next = hooks.of(DelayDsnNext.class);
    this.send = hooks.of(DelayDsnSendNotification.class);
    home.execute(() -> walkAfter(SHORTEST_MILLIS));
  }

  @Deactivate
  void end() {
    home.execute(
        () -> {
          ended = true;
          EventLoop.Timer waiting = timer;
          if (waiting != null) {
            waiting.cancel();
          }
        });
  }

  private void walkAfter(long millis) {
    if (!ended) {
      timer = home.schedule(this::walk, Duration.ofMillis(millis));
    }
  }

  private void walk() {
    timer = null;
    long began = scheduler.clock().millis();
    queues
        .visit(Warnings::new)
        .whenCompleteAsync(
            (walks, failure) -> {
              lastWalk = began;
              if (failure != null) {
                LOG.error("delay_dsn \"{}\": a walk over the queues failed", instance, failure);
              }
              walkAfter(walks == null ? LONGEST_MILLIS : pause(walks));
            },
            home);
  }

  /** When to look again: at the first warning that is due, not too soon, not too late. */
  private long pause(List<Warnings> walks) {
    long now = scheduler.clock().millis();
    Options everywhere = configuration.current().options(Options.class, ScopePath.GLOBAL);
    long pause = LONGEST_MILLIS;
    if (everywhere.generateDelayDsn()) {
      // a queue may come into being
      pause = Math.min(pause, everywhere.delayDsnRetryInterval().toMillis());
    }
    long shortest = pause;
    for (Warnings walk : walks) {
      long left = walk.firstDue == Long.MAX_VALUE ? LONGEST_MILLIS : walk.firstDue - now;
      // what is received from now on is due after the shortest interval
      pause = Math.min(pause, Math.min(left, walk.shortestInterval));
      shortest = Math.min(shortest, walk.shortestInterval);
    }
    return Math.clamp(pause, Math.max(SHORTEST_MILLIS, shortest / 60), LONGEST_MILLIS);
  }

  /** Looks at the queues of one loop. Single, confined to it. */
  private abstract class Look implements QueueWatch.Visitor {
    final long now = scheduler.clock().millis();
    private final long walked = lastWalk;
    private boolean enabled;
    Schedule schedule = new Schedule(1, 1);
    long shortestInterval = Long.MAX_VALUE;

    @Override
    public boolean queue(QueueWatch.WatchedQueue queue) {
      Options options = queue.options(Options.class);
      enabled = options.generateDelayDsn();
      schedule = Schedule.of(options.delayDsnRetryInterval(), options.delayDsnMaxRetryInterval());
      boolean looks = enabled || !generate.isEmpty();
      if (looks) {
        shortestInterval = Math.min(shortestInterval, schedule.due(0, 0));
      }
      return looks;
    }

    @Override
    public void message(WaitingMessage waiting) {
      if (waiting.message().sender().isNull()) {
        return;
      }
      long due = schedule.due(waiting.message().receivedMillis(), waiting.warnings());
      boolean chosen = false;
      if (!next.isEmpty()) {
        Instant moment = Instant.ofEpochMilli(now);
        Instant answer =
            next.first(hook -> hook.delayDsnNextDelayDsn(waiting.message(), moment)).orElse(null);
        if (answer != null) {
          chosen = true;
          due = answer.toEpochMilli();
          // of a message that left its dictionary to the spool only this walk's share is new
          Instant last =
              waiting
                  .lastWarning()
                  .orElse(waiting.warnings() == 0 ? Instant.MIN : Instant.ofEpochMilli(walked));
          if (answer.getEpochSecond() <= last.getEpochSecond()
              || waiting.warnings() >= Schedule.MOST) {
            return;
          }
        }
      }
      due(waiting, due, chosen);
    }

    final boolean wanted(WaitingMessage waiting) {
      return generate.isEmpty()
          ? enabled
          : generate
              .first(hook -> hook.delayDsnGenerateDelayDsn(waiting.message()))
              .orElse(enabled);
    }

    /** A warning that is due at {@code at}. */
    abstract void due(WaitingMessage waiting, long at, boolean chosenByPolicy);
  }

  /** Sends what is due. */
  private final class Warnings extends Look {
    long firstDue = Long.MAX_VALUE;

    @Override
    void due(WaitingMessage waiting, long at, boolean chosenByPolicy) {
      if (at > now) {
        firstDue = Math.min(firstDue, at);
        return;
      }
      if (!wanted(waiting)) {
        return;
      }
      int count =
          chosenByPolicy
              ? waiting.warnings() + 1
              : schedule.dueBy(waiting.message().receivedMillis(), waiting.warnings(), now);
      if (send.first(
              hook ->
                  hook.delayDsnSendNotification(waiting.message())
                      ? java.util.Optional.of(true)
                      : java.util.Optional.<Boolean>empty())
          .isPresent()) {
        if (!waiting.warned(count)) {
          firstDue = now;
        }
      } else if (!waiting.warnSender(count)) {
        // too many at once: again with the next walk
        firstDue = now;
      }
    }
  }

  // ---- delay_dsn:INSTANCE help | show pending events

  @Override
  public String name() {
    return "delay_dsn:" + instance;
  }

  @Override
  public String synopsis() {
    return "help | show pending events";
  }

  @Override
  public String summary() {
    return "warnings of delayed mail that are to be sent";
  }

  @Override
  public List<String> complete(List<String> arguments) {
    return switch (arguments.size()) {
      case 0, 1 -> List.of("help", "show");
      case 2 -> arguments.getFirst().equals("show") ? List.of("pending") : List.of();
      case 3 -> arguments.get(1).equals("pending") ? List.of("events") : List.of();
      default -> List.of();
    };
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    switch (String.join(" ", invocation.arguments())) {
      case "help", "" -> {
        invocation.println("show pending events");
        invocation.println("\tThe next warning of each message that waits, the soonest first");
      }
      case "show pending events" -> show(invocation);
      default -> throw new ConsoleException("usage: " + name() + " " + synopsis());
    }
  }

  private void show(ConsoleInvocation invocation) throws ConsoleException {
    PendingEvents all = new PendingEvents();
    for (Pending walk : await(queues.visit(Pending::new))) {
      all.add(walk.events);
    }
    all.print(invocation);
  }

  private static <T> T await(CompletableFuture<T> walk) throws ConsoleException {
    try {
      return walk.get(CONSOLE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ConsoleException("interrupted");
    } catch (ExecutionException | TimeoutException e) {
      throw new ConsoleException("the queues could not be looked at: " + e);
    }
  }

  /** Gathers what is to come. */
  private final class Pending extends Look {
    final PendingEvents events = new PendingEvents();

    @Override
    void due(WaitingMessage waiting, long at, boolean chosenByPolicy) {
      if (at < Long.MAX_VALUE && wanted(waiting)) {
        events.add(
            new PendingEvents.Event(
                Math.max(at, now),
                waiting.message().id(),
                waiting.warnings() + 1,
                waiting.message().sender(),
                waiting.message().recipient()));
      }
    }
  }
}
