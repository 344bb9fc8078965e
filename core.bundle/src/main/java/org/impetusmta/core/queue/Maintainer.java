package org.impetusmta.core.queue;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.impetusmta.api.delivery.DeliveryMethod;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.core.route.Host;
import org.impetusmta.core.route.Route;
import org.jspecify.annotations.Nullable;

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
  static final Reply PROHIBITED = new Reply(551, "5.4.6", "[internal] Private/Loopback Address");
  static final Reply BLACKHOLED = new Reply(554, "5.7.0", "[internal] Blackholed");
  static final Reply LOOKUP_FAILED = new Reply(554, "5.4.4", "[internal] Domain Lookup Failed");
  static final Reply NO_SOURCE =
      new Reply(451, "4.4.1", "[internal] source address of the binding cannot be used");

  private final MailQueue queue;
  private final QueueLoop home;
  private final SourceAddress source;
  private final QueueConnections connections;
  private final Sweeps sweeps;
  private final QueueSettings settings;
  private final Shaping shaping;
  private final NextHop nextHop;
  private final PassedOn passedOn = new PassedOn();
  private final PassingOn passingOn;

  /** Since when mail waits for a source address; 0: it does not. */
  private long strandedSince;

  private int failuresInRow;
  private long failingSince;
  private long movedMillis;

  private EventLoop.@Nullable Timer timer;
  private long timerAt = Long.MAX_VALUE;
  private boolean plan;

  /** The route whose hosts are known to {@link Siblings}; null: it wants none of theirs. */
  private @Nullable Route wantedOf;

  /** The next connection may be one of the reserve. */
  private boolean reserve;

  Maintainer(MailQueue queue, QueueLoop home) {
    this.queue = queue;
    this.home = home;
    this.source = home.server().sources().of(queue.path());
    this.connections = new QueueConnections(home);
    this.sweeps = new Sweeps(queue, home);
    this.shaping = new Shaping(queue, home);
    this.settings = new QueueSettings(queue, home, shaping, this::settingsChanged);
    this.nextHop = new NextHop(queue, home, settings, source, connections, this::routeFound);
    this.passingOn =
        new PassingOn(queue, home, settings, shaping, nextHop, connections, passedOn, this::open);
  }

  /** What the configuration says of the queue. */
  QueueSettings settings() {
    return settings;
  }

  /** Where its mail goes. */
  NextHop nextHop() {
    return nextHop;
  }

  /** Mail that fails as a whole. */
  Sweeps sweeps() {
    return sweeps;
  }

  private void settingsChanged() {
    nextHop.forget();
  }

  private void routeFound(Route found) {
    if (found.outcome() == Route.Outcome.TEMPORARY && connections.none()) {
      unreachable(NO_VALID_HOSTS, Stage.NOT_CONNECTED, null, home.server().now());
    }
  }

  /** Whether no mail goes out now: suspended, thrown away, or the server stops. */
  boolean resting() {
    return !home.server().delivering()
        || settings.options().suspendDelivery()
        || settings.discarding()
        || settings.held()
        || source.suspended();
  }

  // ---- a turn ----

  /** Looks after the queue; called on the loop's own turn, never within a call of a method. */
  void maintain(long now) {
    sweeps.maintain();
    if (queue.waiting() == 0 || now - movedMillis >= home.server().scanIntervalMillis()) {
      boolean more = queue.moveDue(now);
      movedMillis = more ? 0 : now;
      if (more) {
        home.touch(queue);
      }
    }
    boolean resting = resting();
    if (settings.discarding() && sweeps.isEmpty() && queue.waiting() + queue.delayedNow() > 0) {
      sweeps.all(BLACKHOLED, false);
    }
    if (settings.takeTrim()) {
      queue.trim();
    }
    if (resting) {
      passingOn.takeBack();
      wantNot();
      connections.quitIdle();
      if (source.suspended()) {
        stranded(now);
      }
    } else if (!rollUp(now)) {
      strandedSince = 0;
      if (!passedOn.isEmpty()) {
        passingOn.serve(now);
      }
      if (!connections.noneIdle()) {
        queue.readAhead();
      }
      wakeIdle(now);
      if (sweeps.isEmpty() && queue.waiting() > 0) {
        open(now);
      } else {
        wantNot();
      }
      if (queue.waiting() == 0) {
        shaping.wantNothing();
      }
    }
    reserve = false;
    setTimer(now);
  }

  /** Mail that a host could not take as its sender demands. */
  PassedOn passedOn() {
    return passedOn;
  }

  /** Moves active mail to the queue that takes it by MX rollup; false where there is none. */
  private boolean rollUp(long now) {
    Rollups rollups = home.server().rollups();
    if (rollups.none() || queue.waiting() == 0) {
      return false;
    }
    DeliveryMethod method =
        home.server().methods().find(settings.options().deliveryMethod(), queue.domain());
    Route known = method == null || method.isLocal() ? null : nextHop.route(now);
    String to = known == null ? null : rollups.destination(queue.path(), known).orElse(null);
    if (to == null || !sweeps.isEmpty()) {
      return false;
    }
    wantNot();
    shaping.wantNothing();
    for (int i = 0; i < Sweep.SLICE; i++) {
      MailMessage next = queue.pollToMove();
      if (next == null) {
        return true;
      }
      home.server().move(next, to);
    }
    home.touch(queue);
    return true;
  }

  /** The domain that its mail is queued under, by the route last used. */
  Optional<String> rollsUpTo() {
    Route known = nextHop.lastRoute();
    return known == null
        ? Optional.empty()
        : home.server().rollups().destination(queue.path(), known);
  }

  /** Mail that has waited too long for its source address is delayed, as if no host answered. */
  private void stranded(long now) {
    if (queue.waiting() == 0 || settings.options().suspendDelivery() || settings.held()) {
      strandedSince = 0;
    } else if (strandedSince == 0) {
      strandedSince = now;
    } else if (now - strandedSince >= settings.options().connectTimeoutToDelay().toMillis()) {
      sweeps.active(NO_SOURCE);
    }
  }

  /** Where its connections come from. */
  SourceAddress source() {
    return source;
  }

  /** A connection may take its message, or find that it may not, while it is woken. */
  private void wakeIdle(long now) {
    for (int left = connections.idle();
        left > 0
            && !connections.noneIdle()
            && queue.available() > connections.woken()
            && connections.woken() < shaping.messages(now, connections.woken() + 1);
        left--) {
      connections.wakeLast();
    }
  }

  private void open(long now) {
    borrow(now);
    connect(now);
    boolean wanted = connections.noneIdle() && queue.waiting() > connections.woken() && belowGoal();
    Route known = nextHop.lastRoute();
    if (wanted && known != null && wantedOf != known) {
      wantNot();
      wantedOf = known;
      home.siblings().wants(queue, known);
    } else if (!wanted) {
      wantNot();
    }
  }

  /** Connections of siblings are of no use now. */
  private void wantNot() {
    Route known = wantedOf;
    if (known != null) {
      wantedOf = null;
      home.siblings().wantsNot(queue, known);
    }
  }

  /** Takes an idle connection of a sibling, one in a turn. */
  private void borrow(long now) {
    if (!home.siblings().mayLend()
        || !connections.noneIdle()
        || queue.waiting() <= connections.woken()
        || !belowGoal()
        || shaping.messages(now, 1) == 0) {
      return;
    }
    Route known = nextHop.route(now);
    if (known == null) {
      return;
    }
    Route.Choice best = nextHop.best(known, now, Set.of(), false).orElse(null);
    OutboundConnection found = best == null ? null : home.siblings().find(queue, known, best);
    if (found != null && found.queue().maintainer().lend(found, this)) {
      home.touch(queue);
    }
  }

  /** An idle connection goes to a sibling; false where its caps of connections forbid it. */
  private boolean lend(OutboundConnection connection, Maintainer to) {
    if (!settings.shaping().moveTo(to.settings.shaping(), connection.choice())) {
      return false;
    }
    home.siblings().tell(connection, queue, to.queue);
    connections.notIdle(connection);
    connections.remove(connection);
    connection.serve(to.queue);
    to.connections.add(connection);
    connection.wake();
    home.touch(queue);
    return true;
  }

  private void connect(long now) {
    while (connections.noneIdle() && queue.waiting() > connections.woken() && mayOpen()) {
      int promised = connections.woken() + connections.pending();
      if (promised >= shaping.messages(now, promised + 1) || !shaping.mayConnect(now)) {
        return;
      }
      DeliveryMethod method =
          home.server().methods().find(settings.options().deliveryMethod(), queue.domain());
      if (method == null) {
        return;
      }
      if (method.isLocal()) {
        Route.Choice here = new Route.Choice(method.name(), Host.HERE, false);
        if (!home.acquire(queue, settings.options(), here)) {
          return;
        }
        open(method, here, now);
        continue;
      }
      Route to = nextHop.route(now);
      if (to == null || !leadsSomewhere(to)) {
        return;
      }
      Optional<Route.Choice> choice = nextHop.choose(to, now, Set.of(), sweeps::active);
      if (choice.isEmpty()) {
        shaping.awaitHosts(to, now);
        return;
      }
      if (!home.acquire(queue, settings.options(), choice.get())) {
        return;
      }
      if (!shaping.takeConnection(choice.get(), now)) {
        home.release(queue, choice.get());
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
    reserve = connections.none();
  }

  private boolean mayOpen() {
    if (passedOn.full()) {
      return false;
    }
    int beginners = Math.max(connections.established(), nextHop.hosts() > 1 ? 2 : 1);
    return connections.pending() < beginners && belowGoal();
  }

  private boolean belowGoal() {
    int messages = queue.waiting() + queue.inFlightNow();
    return connections.count() < settings.options().connectionGoal(messages, shaping.ownMost());
  }

  private void open(DeliveryMethod method, Route.Choice choice, long now) {
    OutboundConnection connection =
        new OutboundConnection(
            home.server().nextConnection(),
            home.server().nextConnectionId(),
            queue,
            method,
            home.server().generation(),
            choice,
            now);
    reserve = false;
    connections.opening(connection);
    connection.open();
  }

  private void setTimer(long now) {
    long at = queue.nextDue();
    if (queue.waiting() > 0 && home.server().delivering()) {
      long scan = now + home.server().scanIntervalMillis();
      at = scan;
      Route known = nextHop.lastRoute();
      if (connections.none() && known != null && known.valid(now)) {
        at =
            Math.min(
                at,
                known.outcome() == Route.Outcome.FOUND
                    ? nextHop.nextUsable(known, now)
                    : known.expiresMillis());
      }
    }
    at = Math.min(at, shaping.heldUntil(now));
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

  /** Deals with a route without hosts. */
  private boolean leadsSomewhere(Route to) {
    return switch (to.outcome()) {
      case FOUND -> nextHop.reaches(to) || sweeps.active(NO_SOURCE);
      case NULL_MX -> sweeps.active(NULL_MX);
      case PROHIBITED -> sweeps.active(PROHIBITED);
      case NO_ADDRESS -> sweeps.active(NO_ADDRESS);
      case NO_SUCH_DOMAIN ->
          to.failures() >= settings.routeOptions().dnsFailuresToPurge()
              && sweeps.active(LOOKUP_FAILED);
      // it is looked up again when it expires
      case TEMPORARY -> false;
    };
  }

  // ---- connections report ----

  int failuresInRow() {
    return failuresInRow;
  }

  QueueConnections connections() {
    return connections;
  }

  void connected() {
    connections.settled();
    failuresInRow = 0;
    failingSince = 0;
    home.server().counters().outboundConnections.increment();
    queue.counts().connections.increment();
    home.touch(queue);
  }

  void idle(OutboundConnection connection) {
    connections.idle(connection);
    home.touch(queue);
  }

  void closed(OutboundConnection connection, Stage stage, Optional<Reply> cause) {
    if (connection.wasConnected()) {
      home.server().counters().outboundConnections.decrement();
      queue.counts().connections.decrement();
    } else {
      connections.settled();
    }
    connections.remove(connection);
    home.release(queue, connection.choice());
    if (connection.useless(cause) && home.server().delivering()) {
      long now = home.server().now();
      boolean refused = Refusals.isOne(cause);
      if (refused) {
        nextHop.refused(connection.hostRecord(), now);
      } else if (!connection.blameless()) {
        connection.hostRecord().failed(now);
      }
      Reply reply =
          (connection.wasConnected() || refused || connection.blameless())
                  && cause.isPresent()
                  && cause.get().isTransient()
              ? cause.get()
              : NO_VALID_HOSTS;
      String remote = connection.wasConnected() ? connection.hostRecord().text() : null;
      Route known = nextHop.lastRoute();
      failuresInRow++;
      boolean elsewhere =
          !connection.blameless()
              && known != null
              && nextHop.best(known, now, Set.of(), false).isPresent();
      if (connections.none() && !elsewhere) {
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
    int most = settings.options().mxFailuresToDelay();
    if ((most > 0 && failuresInRow >= most)
        || now - failingSince >= settings.options().connectTimeoutToDelay().toMillis()) {
      sweeps.active(NO_VALID_HOSTS);
      return;
    }
    MailMessage head = queue.pollHead();
    if (head != null) {
      home.server().disposition().transientFailure(queue, head, stage, reply, 0, remote, false);
    }
  }
}
