package org.impetusmta.core.queue;

import java.net.Inet6Address;
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
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.delivery.DeliveryMethod;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.core.message.ExcludedKeys;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.core.route.DaneOptions;
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
  static final Reply PROHIBITED = new Reply(551, "5.4.6", "[internal] Private/Loopback Address");
  static final Reply BLACKHOLED = new Reply(554, "5.7.0", "[internal] Blackholed");
  static final Reply LOOKUP_FAILED = new Reply(554, "5.4.4", "[internal] Domain Lookup Failed");
  static final Reply NO_SOURCE =
      new Reply(451, "4.4.1", "[internal] source address of the binding cannot be used");
  private static final Logger LOG = LoggerFactory.getLogger(Maintainer.class);

  private final MailQueue queue;
  private final QueueLoop home;
  private final SourceAddress source;
  private final List<OutboundConnection> connections = new ArrayList<>(1);
  private final ArrayDeque<OutboundConnection> idle = new ArrayDeque<>(1);
  private final Deque<Sweep> sweeps = new ArrayDeque<>(1);
  private final Shaping shaping;
  private final PassedOn passedOn = new PassedOn();
  private volatile int connectionCount;
  private int pending;
  private int woken;

  private long generation = -1;
  private @Nullable QueueOptions options;
  private @Nullable RouteOptions routeOptions;

  /** Whether DNSSEC has a say in the route. */
  private boolean validated;

  private @Nullable RetrySchedule retrySchedule;
  private int maxResidentOfBinding;
  private ExcludedKeys excludedKeys = ExcludedKeys.NONE;
  private boolean trim;
  private boolean discards;

  /** It is the default binding, and {@code default_binding} holds its mail. */
  private boolean held;

  /** Since when mail waits for a source address; 0: it does not. */
  private long strandedSince;

  private @Nullable Route route;
  private boolean routing;

  /** The refreshes of routes when the route was asked for. */
  private long routedAt;

  private final Refusals refusals = new Refusals();
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
    this.shaping = new Shaping(queue, home);
    this.source = home.server().sources().of(queue.path());
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
    held =
        queue.binding().equals(BindingTable.DEFAULT)
            && current.options(MultiVipOptions.class, ScopePath.GLOBAL).defaultBinding()
                == MultiVipOptions.DefaultBinding.SUSPENDED;
    generation = current.number();
    options = fresh;
    retrySchedule = RetrySchedule.of(fresh);
    routeOptions = current.options(RouteOptions.class, queue.path());
    discards = current.options(DiscardOptions.class, queue.path()).discards();
    shaping.refresh(current, fresh);
    validated =
        current.options(DaneOptions.class, queue.path()).useDane()
            && !current.stanzas("dane").isEmpty();
    route = null;
    return fresh;
  }

  /** The limits that the queue shares with others. */
  Shaping shaping() {
    options();
    return shaping;
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

  RouteOptions routeOptions() {
    options();
    RouteOptions found = routeOptions;
    if (found == null) {
      throw new IllegalStateException("options without a route");
    }
    return found;
  }

  /** Whether no mail goes out now: suspended, thrown away, or the server stops. */
  boolean resting() {
    return !home.server().delivering()
        || options().suspendDelivery()
        || discards
        || held
        || source.suspended();
  }

  /** Whether {@code blackhole} fails the queue's mail. */
  boolean discarding() {
    options();
    return discards;
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
    if (discards && sweeps.isEmpty() && queue.waiting() + queue.delayedNow() > 0) {
      sweep(new Sweep(BLACKHOLED, queue.waiting() + queue.delayedNow(), true, false));
    }
    if (trim) {
      trim = false;
      queue.trim();
    }
    if (resting) {
      takeBackPassedOn();
      wantNot();
      List.copyOf(idle).forEach(OutboundConnection::quit);
      if (source.suspended()) {
        stranded(now);
      }
    } else if (!rollUp(now)) {
      strandedSince = 0;
      if (!passedOn.isEmpty()) {
        serveNext(now);
      }
      if (!idle.isEmpty()) {
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

  /** Finds the next host for mail that was passed on, or fails what all hosts have refused. */
  private void serveNext(long now) {
    Route known = route(now);
    if (known == null) {
      return; // it is being looked up
    }
    if (known.outcome() != Route.Outcome.FOUND) {
      takeBackPassedOn();
      return;
    }
    for (PassedOn.Entry entry : passedOn.all()) {
      if (best(known, now, entry.refusedBy(), false).isEmpty()) {
        noneLeft(entry, known);
      }
    }
    PassedOn.Entry next = passedOn.first();
    if (next == null || isUnderWay(next, now)) {
      return;
    }
    DeliveryMethod method = home.server().method(options().deliveryMethod(), queue.domain());
    if (method == null || !shaping.mayConnect(now)) {
      return; // there is a turn when a connection may be opened
    }
    Set<Host> without = new HashSet<>(next.refusedBy());
    Reply veto = null;
    Route.Choice choice = best(known, now, without, true).orElse(null);
    while (choice != null) {
      Optional<Reply> refused = home.server().veto(queue.domain(), choice);
      if (refused.isEmpty()) {
        break;
      }
      veto = refused.get();
      without.add(choice.host());
      choice = best(known, now, without, true).orElse(null);
    }
    if (choice == null && veto != null) {
      fail(next, Stage.NOT_CONNECTED, veto);
    } else if (choice != null && home.acquire(queue, options(), choice)) {
      if (shaping.takeConnection(choice, now)) {
        open(method, choice, now);
      } else {
        home.release(queue, choice);
      }
    }
  }

  /** Whether a connection will ask for it; an idle one is told. */
  private boolean isUnderWay(PassedOn.Entry next, long now) {
    for (OutboundConnection connection : connections) {
      if (!next.refusedBy().contains(connection.hostRecord())) {
        if (idle.contains(connection) && woken < shaping.messages(now, woken + 1)) {
          notIdle(connection);
          connection.wake();
        }
        return true;
      }
    }
    return false;
  }

  /** It fails with the reply of those who refused it, or for now where one could not be asked. */
  private void noneLeft(PassedOn.Entry entry, Route known) {
    boolean all =
        known.exchangers().stream()
            .flatMap(exchanger -> exchanger.hosts().stream())
            .allMatch(entry.refusedBy()::contains);
    if (all) {
      fail(entry, entry.stage(), entry.reply());
    } else {
      fail(entry, Stage.NOT_CONNECTED, NO_VALID_HOSTS);
    }
  }

  private void fail(PassedOn.Entry entry, Stage stage, Reply reply) {
    passedOn.forget(entry.message());
    queue.answered();
    Disposition disposition = home.server().disposition();
    if (reply.isPermanent()) {
      disposition.permanentFailure(queue, entry.message(), stage, reply, 0, null, false);
    } else {
      disposition.transientFailure(queue, entry.message(), stage, reply, 0, null, false);
    }
  }

  private void takeBackPassedOn() {
    List<PassedOn.Entry> all = passedOn.all();
    for (int i = all.size() - 1; i >= 0; i--) {
      passedOn.forget(all.get(i).message());
      queue.giveBack(all.get(i).message());
    }
  }

  /** Moves active mail to the queue that takes it by MX rollup; false where there is none. */
  private boolean rollUp(long now) {
    Rollups rollups = home.server().rollups();
    if (rollups.none() || queue.waiting() == 0) {
      return false;
    }
    DeliveryMethod method = home.server().method(options().deliveryMethod(), queue.domain());
    Route known = method == null || method.isLocal() ? null : route(now);
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
    Route known = route;
    return known == null
        ? Optional.empty()
        : home.server().rollups().destination(queue.path(), known);
  }

  /** Mail that has waited too long for its source address is delayed, as if no host answered. */
  private void stranded(long now) {
    if (queue.waiting() == 0 || options().suspendDelivery() || held) {
      strandedSince = 0;
    } else if (strandedSince == 0) {
      strandedSince = now;
    } else if (now - strandedSince >= options().connectTimeoutToDelay().toMillis()) {
      sweepActive(NO_SOURCE);
    }
  }

  /** Whether {@code default_binding} holds its mail. */
  boolean held() {
    options();
    return held;
  }

  /** Where its connections come from. */
  SourceAddress source() {
    return source;
  }

  /** A connection may take its message, or find that it may not, while it is woken. */
  private void wakeIdle(long now) {
    for (int left = idle.size();
        left > 0
            && !idle.isEmpty()
            && queue.available() > woken
            && woken < shaping.messages(now, woken + 1);
        left--) {
      OutboundConnection connection = idle.pollLast();
      if (connection != null) {
        home.notIdle(connection);
        connection.wake();
      }
    }
  }

  private void open(long now) {
    borrow(now);
    connect(now);
    boolean wanted = idle.isEmpty() && queue.waiting() > woken && belowGoal();
    Route known = route;
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
        || !idle.isEmpty()
        || queue.waiting() <= woken
        || !belowGoal()
        || shaping.messages(now, 1) == 0) {
      return;
    }
    Route known = route(now);
    if (known == null) {
      return;
    }
    Route.Choice best = best(known, now, Set.of(), false).orElse(null);
    OutboundConnection found = best == null ? null : home.siblings().find(queue, known, best);
    if (found != null && found.queue().maintainer().lend(found, this)) {
      home.touch(queue);
    }
  }

  /** An idle connection goes to a sibling; false where its caps of connections forbid it. */
  private boolean lend(OutboundConnection connection, Maintainer to) {
    if (!shaping().moveTo(to.shaping(), connection.choice())) {
      return false;
    }
    home.siblings().tell(connection, queue, to.queue);
    notIdle(connection);
    connections.remove(connection);
    connectionCount = connections.size();
    connection.serve(to.queue);
    to.connections.add(connection);
    to.connectionCount = to.connections.size();
    connection.wake();
    home.touch(queue);
    return true;
  }

  private void connect(long now) {
    while (idle.isEmpty() && queue.waiting() > woken && mayOpen()) {
      if (woken + pending >= shaping.messages(now, woken + pending + 1)
          || !shaping.mayConnect(now)) {
        return;
      }
      DeliveryMethod method = home.server().method(options().deliveryMethod(), queue.domain());
      if (method == null) {
        return;
      }
      if (method.isLocal()) {
        Route.Choice here = new Route.Choice(method.name(), Host.HERE, false);
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
      if (choice.isEmpty()) {
        shaping.awaitHosts(to, now);
        return;
      }
      if (!home.acquire(queue, options(), choice.get())) {
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
    reserve = connections.isEmpty();
  }

  private boolean mayOpen() {
    if (passedOn.full()) {
      return false;
    }
    int open = connections.size();
    int established = open - pending;
    int beginners = Math.max(established, hosts() > 1 ? 2 : 1);
    return pending < beginners && belowGoal();
  }

  private boolean belowGoal() {
    int messages = queue.waiting() + queue.inFlightNow();
    return connections.size() < options().connectionGoal(messages, shaping.ownMost());
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

  /** When the first failed host may be tried again. */
  private long nextUsable(Route known, long now) {
    long retry = routeOptions().hostFailureRetry().toMillis();
    long first = refusals.firstEnd(now);
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
    DeliveryMethod method = home.server().method(options().deliveryMethod(), queue.domain());
    Generation now = home.server().generation();
    int port =
        method == null
            ? routeOptions().remoteSmtpPort()
            : method.port(now, queue.path()).orElse(routeOptions().remoteSmtpPort());
    Target target = Target.of(queue.domain(), routeOptions(), port).validated(validated);
    return routeOptions().gateway().isPresent()
        ? target
        : home.server().router().listed(queue.domain(), target);
  }

  /** The route last used; null before the first. */
  @Nullable Route lastRoute() {
    return route;
  }

  private @Nullable Route route(long now) {
    Route known = route;
    long refreshes = home.server().router().refreshes();
    if (known != null && known.valid(now) && refreshes == routedAt) {
      return known;
    }
    routedAt = refreshes;
    if (routing) {
      return null;
    }
    Target target;
    try {
      target = target();
    } catch (IllegalArgumentException e) {
      LOG.error("gateway or routes of {} cannot be used: {}", queue.domain(), e.getMessage());
      return null;
    }
    Optional<Route> cached = home.server().router().cached(target);
    if (cached.isPresent()) {
      route = cached.get();
      return cached.get();
    }
    routing = true;
    home.server()
        .router()
        .find(
            target,
            home.loop(),
            routeOptions().fullyResolveBeforeSmtp() ? part -> {} : this::foundPart,
            this::found);
    return null;
  }

  /** Some hosts have addresses: with {@code fully_resolve_before_smtp} off that is enough. */
  private void foundPart(Route part) {
    route = part;
    home.touch(queue);
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
      case FOUND -> reaches(to) || sweepActive(NO_SOURCE);
      case NULL_MX -> sweepActive(NULL_MX);
      case PROHIBITED -> sweepActive(PROHIBITED);
      case NO_ADDRESS -> sweepActive(NO_ADDRESS);
      case NO_SUCH_DOMAIN ->
          to.failures() >= routeOptions().dnsFailuresToPurge() && sweepActive(LOOKUP_FAILED);
      // it is looked up again when it expires
      case TEMPORARY -> false;
    };
  }

  /** Whether the binding has a source address of the family of any host. */
  private boolean reaches(Route to) {
    return source.any()
        || to.exchangers().stream()
            .flatMap(exchanger -> exchanger.hosts().stream())
            .anyMatch(host -> source.reaches(host.address().getAddress()));
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
    boolean ipv6First = home.server().router().prefersIpv6();
    boolean bestIsLater = false;
    int bestLoad = 0;
    int preference = 0;
    for (Route.Exchanger exchanger : to.exchangers()) {
      if (best != null && exchanger.preference() > preference) {
        break;
      }
      for (Host host : exchanger.hosts()) {
        if (!host.usable(now, retry)
            || refusals.holds(host, now)
            || without.contains(host)
            || !source.reaches(host.address().getAddress())
            || (within
                && !hasRoom(new Route.Choice(exchanger.name(), host, exchanger.secure()), now))) {
          continue;
        }
        int load = load(host);
        boolean later = ipv6First && !(host.address().getAddress() instanceof Inet6Address);
        if (best == null || (later == bestIsLater ? load < bestLoad : bestIsLater)) {
          bestIsLater = later;
          best = new Route.Choice(exchanger.name(), host, exchanger.secure());
          bestLoad = load;
          preference = exchanger.preference();
        }
      }
    }
    return Optional.ofNullable(best);
  }

  private boolean hasRoom(Route.Choice choice, long now) {
    return home.hasRoom(queue, choice) && !shaping.holds(choice, now);
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
    refusals.clear();
  }

  /** Whether an answer of the DNS is waited for. */
  boolean lookingUp() {
    return routing;
  }

  /** The reply that the queue's mail is failing with at this moment; null: it is not. */
  @Nullable Reply sweeping() {
    Sweep sweep = sweeps.peek();
    return sweep == null ? null : sweep.reply();
  }

  /** Connections that are being opened. */
  int pending() {
    return pending;
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
    queue.counts().connections.increment();
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
      queue.counts().connections.decrement();
    } else {
      pending--;
    }
    connections.remove(connection);
    connectionCount = connections.size();
    home.release(queue, connection.choice());
    if (connection.useless(cause) && home.server().delivering()) {
      long now = home.server().now();
      boolean refused = Refusals.isOne(cause);
      if (refused) {
        long retry = routeOptions().hostFailureRetry().toMillis();
        refusals.add(connection.hostRecord(), now, now + retry);
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
