package org.impetusmta.core.queue;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.delivery.DeliveryMethod;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.core.message.ExcludedKeys;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.core.route.Host;
import org.impetusmta.core.route.Route;
import org.impetusmta.core.route.RouteOptions;
import org.impetusmta.core.route.Target;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one queue moving: brings due mail to the active queue, wakes or opens connections while
 * mail waits, and decides what happens when nothing can be reached. Connections grow gradually: no
 * more are being opened than are established.
 *
 * <p>When every host has failed, the message whose turn it is fails transiently; after {@code
 * mx_failures_to_delay} failures in a row or {@code connect_timeout_to_delay} all active mail is
 * delayed. Thread-safety: single, confined to the loop of its queue.
 */
final class Maintainer {
  static final Reply NO_VALID_HOSTS =
      new Reply(451, "4.4.1", "[internal] No valid hosts (unable to make any connections)");
  static final Reply NO_ADDRESS = new Reply(454, "4.4.4", "[internal] no MX or A for domain");
  static final Reply NULL_MX =
      new Reply(550, "5.4.4", "[internal] NULL MX domain does not accept mail");
  static final Reply LOOKUP_FAILED = new Reply(554, "5.4.4", "[internal] Domain Lookup Failed");
  private static final Logger LOG = LoggerFactory.getLogger(Maintainer.class);

  private final MailQueue queue;
  private final QueueLoop home;
  private final List<OutboundConnection> connections = new ArrayList<>(1);
  private final ArrayDeque<OutboundConnection> idle = new ArrayDeque<>(1);
  private final Deque<Sweep> sweeps = new ArrayDeque<>(1);
  private volatile int connectionCount;
  private int pending;
  private int woken;

  private long generation = -1;
  private @Nullable QueueOptions options;
  private @Nullable RouteOptions routeOptions;
  private @Nullable RetrySchedule retrySchedule;
  private int maxResidentOfBinding;
  private ExcludedKeys excludedKeys = ExcludedKeys.NONE;
  private boolean trim;

  private @Nullable Route route;
  private boolean routing;
  private int failuresInRow;
  private long failingSince;
  private long movedMillis;

  private EventLoop.@Nullable Timer timer;
  private long timerAt = Long.MAX_VALUE;
  private boolean plan;

  /** The next connection may be one of the reserve. */
  private boolean reserve;

  Maintainer(MailQueue queue, QueueLoop home) {
    this.queue = queue;
    this.home = home;
  }

  // ---- options ----

  /** The options in force. */
  QueueOptions options() {
    Generation current = home.server().generation();
    QueueOptions known = options;
    if (known == null || current.number() != generation) {
      known = refresh(current);
    }
    return known;
  }

  private QueueOptions refresh(Generation current) {
    LoopMailQueues server = home.server();
    QueueOptions fresh = current.options(QueueOptions.class, queue.path());
    trim |= options != null && fresh.maxResidentActiveQueue() != options.maxResidentActiveQueue();
    maxResidentOfBinding =
        current
            .options(BindingQueueOptions.class, queue.path())
            .maxResidentMessages()
            .or(server.options()::maxResidentMessagesPerBinding)
            .orElse(0);
    excludedKeys = server.excludedKeys(queue.path());
    generation = current.number();
    options = fresh;
    retrySchedule = RetrySchedule.of(fresh);
    routeOptions = current.options(RouteOptions.class, queue.path());
    route = null;
    return fresh;
  }

  RetrySchedule retrySchedule() {
    options();
    RetrySchedule schedule = retrySchedule;
    if (schedule == null) {
      throw new IllegalStateException("options without a retry schedule");
    }
    return schedule;
  }

  /** Bodies that the queue's binding may have in memory; 0: no limit. */
  int maxResidentOfBinding() {
    options();
    return maxResidentOfBinding;
  }

  /** What is not written to the spool. */
  ExcludedKeys excludedKeys() {
    options();
    return excludedKeys;
  }

  private RouteOptions routeOptions() {
    options();
    RouteOptions found = routeOptions;
    if (found == null) {
      throw new IllegalStateException("options without a route");
    }
    return found;
  }

  /** Whether no mail goes out now: suspended, or the server stops. */
  boolean resting() {
    return !home.server().delivering() || options().suspendDelivery();
  }

  // ---- a turn ----

  /** Looks after the queue; called on the loop's own turn, never within a call of a method. */
  void maintain(long now) {
    Sweep sweep = sweeps.peek();
    if (sweep != null) {
      slice(sweep);
    }
    if (queue.waiting() == 0 || now - movedMillis >= home.server().scanIntervalMillis()) {
      boolean more = queue.moveDue(now);
      movedMillis = more ? 0 : now;
      if (more) {
        home.touch(queue);
      }
    }
    boolean resting = resting();
    if (trim) {
      trim = false;
      queue.trim();
    }
    if (resting) {
      List.copyOf(idle).forEach(OutboundConnection::quit);
    } else {
      if (!idle.isEmpty()) {
        queue.readAhead();
      }
      wakeIdle();
      if (sweeps.isEmpty()) {
        open(now);
      }
    }
    reserve = false;
    setTimer(now);
  }

  private void wakeIdle() {
    while (!idle.isEmpty() && queue.available() > woken) {
      OutboundConnection connection = idle.pollLast();
      if (connection != null) {
        home.notIdle(connection);
        connection.wake();
      }
    }
  }

  private void open(long now) {
    while (idle.isEmpty() && queue.waiting() > woken && mayOpen()) {
      DeliveryMethod method = home.server().method(options().deliveryMethod(), queue.domain());
      if (method == null) {
        return;
      }
      if (method.isLocal()) {
        Route.Choice here = new Route.Choice(method.name(), Host.HERE);
        if (!home.acquire(queue, options(), here)) {
          return;
        }
        open(method, here, now);
        continue;
      }
      Route to = route(now);
      if (to == null || !leadsSomewhere(to)) {
        return;
      }
      Optional<Route.Choice> choice = choose(to, now);
      if (choice.isEmpty() || !home.acquire(queue, options(), choice.get())) {
        return;
      }
      open(method, choice.get(), now);
    }
  }

  /** Whether the connection that is wanted now may be one of the reserve. */
  boolean mayUseReserve() {
    return reserve;
  }

  /** In its next turn the queue may take one connection of the reserve, if it still has none. */
  void offerReserve() {
    reserve = connections.isEmpty();
  }

  private boolean mayOpen() {
    int open = connections.size();
    int established = open - pending;
    int beginners = Math.max(established, hosts() > 1 ? 2 : 1);
    int messages = queue.waiting() + queue.inFlightNow();
    return pending < beginners && open < options().connectionGoal(messages);
  }

  private int hosts() {
    Route known = route;
    int count = 0;
    if (known != null) {
      for (Route.Exchanger exchanger : known.exchangers()) {
        count += exchanger.hosts().size();
      }
    }
    return count;
  }

  private void open(DeliveryMethod method, Route.Choice choice, long now) {
    OutboundConnection connection =
        new OutboundConnection(
            home.server().nextConnection(), queue, method, home.server().generation(), choice, now);
    reserve = false;
    connections.add(connection);
    pending++;
    connectionCount = connections.size();
    connection.open();
  }

  private void setTimer(long now) {
    long at = queue.nextDue();
    if (queue.waiting() > 0 && home.server().delivering()) {
      long scan = now + home.server().scanIntervalMillis();
      at = scan;
      Route known = route;
      if (connections.isEmpty() && known != null && known.valid(now)) {
        at =
            Math.min(
                at,
                known.outcome() == Route.Outcome.FOUND
                    ? nextUsable(known, now)
                    : known.expiresMillis());
      }
    }
    boolean anew = plan;
    plan = false;
    if (at == Long.MAX_VALUE || (!anew && timer != null && timerAt <= at && timerAt > now)) {
      return;
    }
    if (timer != null && home.server().options().clearMailQueueMaintainers()) {
      timer.cancel();
    }
    long due = Math.max(at, now + 1);
    timerAt = due;
    timer = home.loop().schedule(() -> timer(due), Duration.ofMillis(due - now));
  }

  /** What was planned is planned anew, or once more, at the end of the turn. */
  void plan() {
    plan = true;
  }

  private void timer(long due) {
    if (timerAt == due) {
      timer = null;
      timerAt = Long.MAX_VALUE;
    }
    home.touch(queue);
  }

  /** When the first failed host may be tried again. */
  private long nextUsable(Route known, long now) {
    long retry = routeOptions().hostFailureRetry().toMillis();
    long first = Long.MAX_VALUE;
    for (Route.Exchanger exchanger : known.exchangers()) {
      for (Host host : exchanger.hosts()) {
        long failed = host.failedMillis();
        if (failed != 0 && failed + retry > now) {
          first = Math.min(first, failed + retry);
        }
      }
    }
    return first;
  }

  // ---- where to ----

  /** What is looked up for this queue now. */
  Target target() {
    return Target.of(queue.domain(), routeOptions());
  }

  /** The route last used; null before the first. */
  @Nullable Route lastRoute() {
    return route;
  }

  private @Nullable Route route(long now) {
    Route known = route;
    if (known != null && known.valid(now)) {
      return known;
    }
    if (routing) {
      return null;
    }
    Target target;
    try {
      target = target();
    } catch (IllegalArgumentException e) {
      LOG.error("the gateway of {} cannot be used: {}", queue.domain(), e.getMessage());
      return null;
    }
    Optional<Route> cached = home.server().router().cached(target);
    if (cached.isPresent()) {
      route = cached.get();
      return cached.get();
    }
    routing = true;
    home.server().router().find(target, home.loop(), this::found);
    return null;
  }

  private void found(Route found) {
    routing = false;
    route = found;
    long now = home.server().now();
    if (found.outcome() == Route.Outcome.TEMPORARY && connections.isEmpty()) {
      unreachable(NO_VALID_HOSTS, Stage.NOT_CONNECTED, null, now);
    }
    home.touch(queue);
  }

  /** Deals with a route without hosts. */
  private boolean leadsSomewhere(Route to) {
    return switch (to.outcome()) {
      case FOUND -> true;
      case NULL_MX -> sweepActive(NULL_MX);
      case NO_ADDRESS -> sweepActive(NO_ADDRESS);
      case NO_SUCH_DOMAIN ->
          to.failures() >= routeOptions().dnsFailuresToPurge() && sweepActive(LOOKUP_FAILED);
      // it is looked up again when it expires
      case TEMPORARY -> false;
    };
  }

  /**
   * The usable address of the lowest preference that has the fewest connections of this queue; the
   * order of equals is the route's, which is random.
   */
  private Optional<Route.Choice> choose(Route to, long now) {
    Set<Host> vetoed = new HashSet<>();
    Reply veto = null;
    while (true) {
      Optional<Route.Choice> best = best(to, now, vetoed, true);
      if (best.isEmpty()) {
        if (veto != null) {
          sweepActive(veto);
        }
        return Optional.empty();
      }
      Optional<Reply> refused = home.server().veto(queue.domain(), best.get());
      if (refused.isEmpty()) {
        return best;
      }
      veto = refused.get();
      vetoed.add(best.get().host());
    }
  }

  /**
   * @param within whether hosts at their limit of connections are passed by
   */
  private Optional<Route.Choice> best(Route to, long now, Set<Host> without, boolean within) {
    long retry = routeOptions().hostFailureRetry().toMillis();
    Route.Choice best = null;
    int bestLoad = 0;
    int preference = 0;
    for (Route.Exchanger exchanger : to.exchangers()) {
      if (best != null && exchanger.preference() > preference) {
        break;
      }
      for (Host host : exchanger.hosts()) {
        if (!host.usable(now, retry)
            || without.contains(host)
            || (within && !home.hasRoom(queue, new Route.Choice(exchanger.name(), host)))) {
          continue;
        }
        int load = load(host);
        if (best == null || load < bestLoad) {
          best = new Route.Choice(exchanger.name(), host);
          bestLoad = load;
          preference = exchanger.preference();
        }
      }
    }
    return Optional.ofNullable(best);
  }

  /** The address that the next connection would go to, for the console. */
  Optional<Host> nextHost(Route to, long now) {
    return best(to, now, Set.of(), false).map(Route.Choice::host);
  }

  private int load(Host host) {
    int load = 0;
    for (OutboundConnection connection : connections) {
      if (connection.hostRecord() == host) {
        load++;
      }
    }
    return load;
  }

  /** Lets every host be tried again: an operator wants it. */
  void forgiveHosts() {
    Route known = route;
    if (known != null) {
      known.exchangers().forEach(exchanger -> exchanger.hosts().forEach(Host::forgive));
    }
  }

  // ---- connections report ----

  int connectionCount() {
    return connectionCount;
  }

  int failuresInRow() {
    return failuresInRow;
  }

  List<OutboundConnection> connections() {
    return connections;
  }

  void connected() {
    pending--;
    failuresInRow = 0;
    failingSince = 0;
    home.server().counters().outboundConnections.increment();
    home.touch(queue);
  }

  void idle(OutboundConnection connection) {
    idle.addLast(connection);
    home.idle(connection);
    home.touch(queue);
  }

  void notIdle(OutboundConnection connection) {
    idle.remove(connection);
    home.notIdle(connection);
  }

  void woken(int change) {
    woken += change;
  }

  void closed(OutboundConnection connection, Stage stage, Optional<Reply> cause) {
    if (connection.wasConnected()) {
      home.server().counters().outboundConnections.decrement();
    } else {
      pending--;
    }
    connections.remove(connection);
    connectionCount = connections.size();
    home.release(queue, connection.choice());
    if (connection.useless(cause) && home.server().delivering()) {
      long now = home.server().now();
      if (!connection.blameless()) {
        connection.hostRecord().failed(now);
      }
      Reply reply =
          (connection.wasConnected() || connection.blameless())
                  && cause.isPresent()
                  && cause.get().isTransient()
              ? cause.get()
              : NO_VALID_HOSTS;
      String remote = connection.wasConnected() ? connection.hostRecord().text() : null;
      Route known = route;
      failuresInRow++;
      boolean elsewhere =
          !connection.blameless() && known != null && best(known, now, Set.of(), false).isPresent();
      if (connections.isEmpty() && !elsewhere) {
        unreachable(reply, connection.wasConnected() ? stage : Stage.NOT_CONNECTED, remote, now);
      } else if (failingSince == 0) {
        failingSince = now;
      }
    }
    home.connectionClosed();
    home.touch(queue);
  }

  /** No host is left: the message whose turn it is fails, or all of them. */
  private void unreachable(Reply reply, Stage stage, @Nullable String remote, long now) {
    if (failingSince == 0) {
      failingSince = now;
    }
    int most = options().mxFailuresToDelay();
    if ((most > 0 && failuresInRow >= most)
        || now - failingSince >= options().connectTimeoutToDelay().toMillis()) {
      sweepActive(NO_VALID_HOSTS);
      return;
    }
    MailMessage head = queue.pollHead();
    if (head != null) {
      home.server().disposition().transientFailure(queue, head, stage, reply, 0, remote, false);
    }
  }

  // ---- sweeps ----

  /** Fails all active mail with {@code reply}; false for the convenience of callers. */
  private boolean sweepActive(Reply reply) {
    if (sweeps.isEmpty()) {
      sweep(new Sweep(reply, queue.waiting(), false, false));
    }
    return false;
  }

  /** Fails all mail, for an operator. */
  CompletableFuture<Integer> sweepAll(Reply reply, boolean quiet) {
    Sweep sweep = new Sweep(reply, queue.waiting() + queue.delayedNow(), true, quiet);
    sweep(sweep);
    return sweep.done();
  }

  private void sweep(Sweep sweep) {
    sweeps.add(sweep);
    home.touch(queue);
  }

  private void slice(Sweep sweep) {
    Disposition disposition = home.server().disposition();
    boolean bounces = sweep.reply().isPermanent() && !sweep.quiet();
    for (int i = 0; i < Sweep.SLICE && !sweep.finished(); i++) {
      if (bounces && home.bounceLine().full()) {
        home.bounceLine().whenRoom(queue);
        return;
      }
      MailMessage next = sweep.delayedToo() ? queue.pollAny() : queue.pollHead();
      if (next == null) {
        break;
      }
      sweep.one();
      if (sweep.reply().isPermanent()) {
        disposition.permanentFailure(
            queue, next, Stage.NOT_CONNECTED, sweep.reply(), 0, null, sweep.quiet());
      } else {
        disposition.transientFailure(
            queue, next, Stage.NOT_CONNECTED, sweep.reply(), 0, null, true);
      }
    }
    // what is being swapped in comes back with a touch
    if (sweep.finished()
        || (queue.waiting() == 0 && !sweep.delayedToo())
        || (queue.waiting() == 0 && queue.delayedNow() == 0)) {
      sweeps.remove(sweep);
      sweep.end();
    }
    if (!sweeps.isEmpty() && !queue.onlySwapping()) {
      home.touch(queue);
    }
  }

  /** Ends every connection, or those of one method. */
  void quit(@Nullable DeliveryMethod method) {
    for (OutboundConnection connection : List.copyOf(connections)) {
      if (method == null || connection.method() == method) {
        connection.quit();
      }
    }
  }
}
