package org.impetusmta.core.queue;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.delivery.DeliveryMethod;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.core.route.Route;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The mail queues that one event loop owns. Other threads put arriving mail into its inbox; one
 * task per burst takes it out, and then each queue that something happened to has its turn.
 *
 * <p>Thread-safety: {@link #arrive}, {@link #queues} and the figures are concurrent, all else is
 * confined to the loop.
 */
final class QueueLoop {
  private static final Logger LOG = LoggerFactory.getLogger(QueueLoop.class);
  private static final Duration HOUSEKEEPING = Duration.ofSeconds(60);

  /** Messages at the head of a queue that keep their bodies longest. */
  private static final int HEAD = 8;

  /** How long a queue without mail is remembered, for its figures. */
  private static final long FORGET_MILLIS = Duration.ofMinutes(10).toMillis();

  private final LoopMailQueues server;
  private final EventLoop loop;
  private final Queue<Arrival> inbox = new MpscUnboundedAtomicArrayQueue<>(256);
  private final SpoolInQueue spoolIn = new SpoolInQueue();
  private final AtomicBoolean posted = new AtomicBoolean();

  /** Binding, then domain. Written by the loop, read by all. */
  private final Map<String, Map<String, MailQueue>> queues = new ConcurrentHashMap<>();

  private final ArrayDeque<MailQueue> touched = new ArrayDeque<>();
  private final Set<MailQueue> starved = new LinkedHashSet<>();

  /** How many are starved, for other loops. */
  private volatile int starving;

  /** Whether one of them has no connection at all. */
  private volatile boolean hungry;

  /** Connections without mail, those that have had none for longest first. */
  private final Set<OutboundConnection> idle = new LinkedHashSet<>();

  /** Queues whose hosts all had as many connections as they may have. */
  private final Set<MailQueue> crowdedOut = new LinkedHashSet<>();

  /** Whether there are any, for other loops. */
  private volatile boolean crowded;

  private final Siblings siblings;
  private final BounceLine bounceLine = new BounceLine(this);
  private final List<Drain> drains = new ArrayList<>();
  private int unsettled;
  private boolean reservePlanned;
  private final Transfails transfails;

  /** Messages that are being swapped in. */
  private int reading;

  /** Queues that wait until there is memory to read. */
  private final Set<MailQueue> parched = new LinkedHashSet<>();

  private final AtomicLong active = new AtomicLong();
  private final AtomicLong delayed = new AtomicLong();

  QueueLoop(LoopMailQueues server, EventLoop loop, Siblings siblings) {
    this.server = server;
    this.loop = loop;
    this.siblings = siblings;
    this.transfails = new Transfails(server);
  }

  /** Mail on its way to its queue. */
  record Arrival(MailMessage message, String domain) {}

  private record Drain(@Nullable DeliveryMethod method, CompletableFuture<Void> done) {}

  LoopMailQueues server() {
    return server;
  }

  EventLoop loop() {
    return loop;
  }

  /** Connections that one queue may have of another. */
  Siblings siblings() {
    return siblings;
  }

  /** The notifications that its queues have made. */
  BounceLine bounceLine() {
    return bounceLine;
  }

  /** Begins to look for queues that can be forgotten. */
  void start() {
    loop.schedule(this::housekeeping, HOUSEKEEPING);
    watchMemory();
  }

  // ---- arrivals and turns ----

  /** From any thread: {@code message} belongs to the loop from here on. */
  void arrive(MailMessage message, String domain) {
    inbox.add(new Arrival(message, domain));
    post();
  }

  /** On the loop: {@code queue} gets a turn. */
  void touch(MailQueue queue) {
    if (queue.touch()) {
      touched.add(queue);
      post();
    }
  }

  /** The mail that an earlier process left and that is queued bit by bit. */
  SpoolInQueue spoolIn() {
    return spoolIn;
  }

  /** From any thread: there is something to do. */
  void post() {
    if (!posted.get() && posted.compareAndSet(false, true)) {
      loop.execute(this::turn);
    }
  }

  private void turn() {
    posted.set(false);
    long now = server.now();
    for (Arrival arrival = inbox.poll(); arrival != null; arrival = inbox.poll()) {
      insert(arrival, now);
    }
    if (spoolIn.take(arrival -> insert(arrival, now), server.options().diskQueueDrainRate())) {
      post();
    }
    if (transfails.size() > 0 && transfails.drain()) {
      post();
    }
    // what is touched meanwhile has its turn in another task
    for (int left = touched.size(); left > 0; left--) {
      MailQueue queue = touched.removeFirst();
      queue.untouch();
      try {
        queue.maintainer().maintain(now);
      } catch (RuntimeException e) {
        LOG.error("maintaining {} on {} failed", queue.domain(), queue.binding(), e);
      }
      queue.publish(now);
    }
  }

  private void insert(Arrival arrival, long now) {
    MailMessage message = arrival.message();
    try {
      queue(message, arrival.domain(), now).insert(message, now);
    } catch (RuntimeException e) {
      LOG.error("message {} stays in the spool, queueing failed", message.id(), e);
      server.finished();
    }
  }

  /** Transient failures that wait to be dealt with. */
  Transfails transfails() {
    return transfails;
  }

  // ---- memory ----

  /** Messages are being read, or have been. */
  void reading(int change) {
    reading += change;
    if (reading == 0) {
      wet();
    }
  }

  /** Whether a queue may read although memory is short; one that may not is tried again. */
  boolean mayRead(MailQueue queue) {
    if (reading > 0) {
      parched.add(queue);
      return false;
    }
    return true;
  }

  /** Whether a queue waits until there is memory to read its mail. */
  boolean isParched(MailQueue queue) {
    return parched.contains(queue);
  }

  /** The queue that has waited longest may read. */
  private void wet() {
    var first = parched.iterator();
    if (first.hasNext()) {
      MailQueue next = first.next();
      first.remove();
      touch(next);
    }
  }

  /** How many steps {@link #relieve} has. */
  static final int RELIEF_STEPS = 4;

  /**
   * Gives up bodies until memory is below the goal.
   *
   * @param step 0: of delayed mail; then of what is behind the heads of active queues; then of all
   *     but the first; then of all but what connections take next
   */
  void relieve(int step) {
    Memory memory = server.memory();
    for (MailQueue queue : queues()) {
      if (!memory.aboveGoal()) {
        return;
      }
      switch (step) {
        case 0 -> queue.swapOutDelayed(Integer.MAX_VALUE);
        case 1 -> queue.swapOutActive(HEAD, memory::aboveGoal);
        case 2 -> queue.swapOutActive(1, memory::aboveGoal);
        default -> queue.swapOutActive(queue.connectionCount() > 0 ? 1 : 0, memory::aboveGoal);
      }
    }
  }

  private void checkMemory() {
    if (server.memory().aboveGoal()) {
      server.relief().begin();
    } else {
      parched.forEach(this::touch);
      parched.clear();
    }
    if (loop.index() == 0) {
      server.relief().check();
    }
    watchMemory();
  }

  private void watchMemory() {
    if (!server.stopped()) {
      loop.schedule(this::checkMemory, server.options().mailQueueCheckVmInterval());
    }
  }

  private MailQueue queue(MailMessage message, String domain, long now) {
    Map<String, MailQueue> domains =
        queues.computeIfAbsent(message.binding(), b -> new ConcurrentHashMap<>());
    MailQueue queue = domains.get(domain);
    if (queue == null) {
      queue = new MailQueue(this, message.bindingGroup(), message.binding(), domain);
      queue.publish(now);
      domains.put(domain, queue);
    }
    return queue;
  }

  // ---- limits ----

  /**
   * Takes one of the outbound connections of the server, the binding and the host; a queue that
   * gets none is tried again.
   */
  boolean acquire(MailQueue queue, QueueOptions options, Route.Choice choice) {
    int all =
        server
            .generation()
            .options(QueueOptions.class, ScopePath.GLOBAL)
            .serverMaxOutboundConnections();
    int own = options.serverMaxOutboundConnections();
    int most =
        queue.maintainer().mayUseReserve()
            ? (int)
                Math.min(
                    Integer.MAX_VALUE,
                    (long) all + server.options().serverReserveOutboundConnections())
            : all;
    // a binding that says nothing has the limit of the server, and the reserve beyond it
    boolean got = server.limit().tryAcquire(queue.binding(), own == all ? most : own, most);
    if (!got) {
      boolean fresh = starved.add(queue);
      starving = starved.size();
      if (queue.connectionCount() == 0) {
        hungry = true;
        makeRoom(fresh, queue.binding());
      }
      if (server.limit().exhausted(all)) {
        planReserve();
      }
      return false;
    }
    if (!server.hostConnections().tryAcquire(server.generation(), queue.path(), choice)) {
      server.limit().release(queue.binding());
      crowd(queue);
      return false;
    }
    if (!queue.maintainer().settings().shaping().acquire(choice)) {
      server.limit().release(queue.binding());
      server.hostConnections().release(queue.path(), choice);
      return false;
    }
    return true;
  }

  private void crowd(MailQueue queue) {
    crowdedOut.add(queue);
    crowded = true;
  }

  /** A queue without any connection takes the place of an idle one, wherever that is. */
  private void makeRoom(boolean fresh, String binding) {
    if (fresh && !endIdle(binding)) {
      for (QueueLoop other : server.loops()) {
        if (other != this) {
          other.loop.execute(() -> other.endIdle(binding));
        }
      }
    }
  }

  /** A connection has no mail; it ends, on a turn of its own, where a queue has none at all. */
  void idle(OutboundConnection connection) {
    idle.add(connection);
    siblings.idle(connection).ifPresent(this::touch);
    for (QueueLoop any : server.loops()) {
      if (any.hungry) {
        loop.execute(() -> endIdle(connection.binding()));
        break;
      }
    }
  }

  /** A connection has mail again, or has ended. */
  void notIdle(OutboundConnection connection) {
    idle.remove(connection);
    siblings.notIdle(connection);
  }

  /**
   * Ends the connection that has been idle for longest, so that a queue without any gets its place:
   * one of the same binding if there is one. False where none is idle.
   */
  private boolean endIdle(String binding) {
    OutboundConnection found = null;
    for (OutboundConnection connection : idle) {
      if (connection.binding().equals(binding)) {
        found = connection;
        break;
      }
      found = found == null ? connection : found;
    }
    if (found == null) {
      return false;
    }
    notIdle(found);
    found.quit();
    return true;
  }

  private void planReserve() {
    if (!reservePlanned) {
      reservePlanned = true;
      loop.schedule(this::reserve, server.options().reserveMaintenanceInterval());
    }
  }

  /** Queues without any connection may have one of the reserve. */
  private void reserve() {
    reservePlanned = false;
    for (MailQueue queue : List.copyOf(starved)) {
      if (queue.connectionCount() == 0) {
        starved.remove(queue);
        starving = starved.size();
        queue.maintainer().offerReserve();
        touch(queue);
      }
    }
  }

  /** Whether the host may have a connection more; a queue that is told no is tried again. */
  boolean hasRoom(MailQueue queue, Route.Choice choice) {
    boolean room = server.hostConnections().mayOpen(server.generation(), queue.path(), choice);
    if (!room) {
      crowd(queue);
    }
    return room;
  }

  void release(MailQueue queue, Route.Choice choice) {
    server.limit().release(queue.binding());
    server.hostConnections().release(queue.path(), choice);
    queue.maintainer().settings().shaping().release(choice);
    for (QueueLoop any : server.loops()) {
      if (any == this) {
        uncrowd();
      } else if (any.crowded) {
        any.loop.execute(any::uncrowd);
      }
    }
    if (!feed()) {
      for (QueueLoop other : server.loops()) {
        if (other != this && other.starving > 0) {
          other.loop.execute(other::feed);
          break;
        }
      }
    }
  }

  private void uncrowd() {
    crowded = false;
    crowdedOut.forEach(this::touch);
    crowdedOut.clear();
  }

  /** Gives the queue that waits longest for a connection a turn; false where none waits. */
  private boolean feed() {
    var first = starved.iterator();
    if (!first.hasNext()) {
      hungry = false;
      return false;
    }
    MailQueue next = first.next();
    first.remove();
    starving = starved.size();
    hungry &= starving > 0;
    touch(next);
    return true;
  }

  // ---- ending ----

  /**
   * Ends all connections, or those of one method; the future is completed when they are gone and,
   * where it is all, no bounce is on its way to the spool and no failure waits.
   */
  CompletableFuture<Void> drain(@Nullable DeliveryMethod method) {
    Drain drain = new Drain(method, new CompletableFuture<>());
    loop.execute(
        () -> {
          drains.add(drain);
          if (method == null) {
            bounceLine.end();
          }
          queues().forEach(queue -> queue.maintainer().connections().quit(method));
          drained();
        });
    return drain.done();
  }

  void connectionClosed() {
    if (!drains.isEmpty()) {
      drained();
    }
  }

  void unsettled(int change) {
    unsettled += change;
    if (!drains.isEmpty()) {
      drained();
    }
  }

  private void drained() {
    drains.removeIf(
        drain -> {
          boolean gone =
              queues().stream()
                  .flatMap(queue -> queue.maintainer().connections().all().stream())
                  .noneMatch(c -> drain.method() == null || c.method() == drain.method());
          if (gone && (drain.method() != null || unsettled == 0)) {
            drain.done().complete(null);
            return true;
          }
          return false;
        });
  }

  // ---- figures ----

  /** On the loop, the only writer. */
  void count(int moreActive, int moreDelayed) {
    if (moreActive != 0) {
      active.lazySet(active.get() + moreActive);
    }
    if (moreDelayed != 0) {
      delayed.lazySet(delayed.get() + moreDelayed);
    }
  }

  long active() {
    return active.get();
  }

  long delayed() {
    return delayed.get();
  }

  /** All queues, for any thread. */
  Collection<MailQueue> queues() {
    List<MailQueue> all = new ArrayList<>();
    queues.values().forEach(domains -> all.addAll(domains.values()));
    return all;
  }

  /** Gives every queue with something to do a turn: options or delivery methods changed. */
  void touchAll() {
    for (MailQueue queue : queues()) {
      if (queue.waiting() > 0 || queue.connectionCount() > 0 || queue.residentDelayed() > 0) {
        queue.maintainer().plan();
        touch(queue);
      }
    }
  }

  private void housekeeping() {
    long now = server.now();
    for (Map<String, MailQueue> domains : queues.values()) {
      domains
          .values()
          .removeIf(queue -> queue.empty() && now - queue.idleSinceMillis() > FORGET_MILLIS);
    }
    if (!server.stopped()) {
      loop.schedule(this::housekeeping, HOUSEKEEPING);
    }
  }
}
