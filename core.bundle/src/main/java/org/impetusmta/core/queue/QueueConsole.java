package org.impetusmta.core.queue;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.Inet6Address;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.core.metrics.Counters;
import org.impetusmta.core.route.Host;
import org.impetusmta.core.route.MxRate;
import org.impetusmta.core.route.Route;
import org.impetusmta.core.route.RouteOptions;
import org.impetusmta.core.route.Target;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * The mail queues as the console sees and steers them. Figures are read where they stand; anything
 * else is asked of the loop that owns it, with a deadline.
 *
 * <p>Concurrent; blocks, so thread pools only.
 */
@Component(service = QueueConsole.class)
public final class QueueConsole {
  private static final long DEADLINE_SECONDS = 10;

  /** Messages looked through before a loop turns to other work. */
  private static final int SEARCH_SLICE = 20_000;

  private static final Reply PURGED = new Reply(554, "", "Message manually purged.");
  private static final Reply FAILED = new Reply(554, "", "manually failed.");

  private final LoopMailQueues server;
  private final Counters counters;
  private final long startedMillis;
  private volatile long resetMillis;

  /** Where a message was found. */
  public enum Place {
    ACTIVE,
    DELAYED
  }

  /** The figures of all bindings' queues for one domain. */
  public record DomainFigures(
      String domain, int connections, long active, long delayed, long delivered) {}

  /** A message in a list. */
  public record QueuedMessage(
      Place place,
      String binding,
      MessageId id,
      long receivedMillis,
      Address sender,
      Address recipient) {}

  /** All about one message. */
  public record MessageDetails(
      MessageId id,
      long receivedMillis,
      long nextAttemptMillis,
      int retries,
      String protocol,
      String sourceAddress,
      Address sender,
      Address recipient,
      String lastReply,
      int size,
      SpoolEntry entry,
      Optional<Body> body,
      List<WaitReasons.Reason> reasons) {}

  /** Why the mail of one queue waits. */
  public record QueueState(
      String bindingGroup,
      String binding,
      long active,
      long delayed,
      long inFlight,
      int connections,
      List<WaitReasons.Reason> reasons) {}

  /** An outbound connection. */
  public record ConnectionState(
      long serial,
      String binding,
      String domain,
      String address,
      boolean ip6,
      Stage stage,
      long millis) {}

  /** An address of a route. */
  public record HostState(Host host, boolean next, boolean failed, boolean ip6) {}

  /**
   * One MX host of a route.
   *
   * @param secure whether DNSSEC proves all that led to it
   */
  public record ExchangerState(
      int preference, String name, long ttl, boolean secure, List<HostState> hosts) {}

  /**
   * All about one domain.
   *
   * @param rollsUpTo the domain that its mail is queued under
   */
  public record DomainState(
      Optional<Route> route,
      Optional<String> rollsUpTo,
      List<ExchangerState> exchangers,
      long ttl,
      int failuresInRow,
      long active,
      long delayed,
      long delivered,
      long failed,
      List<ConnectionState> connections) {}

  @Activate
  public QueueConsole(@Reference LoopMailQueues server, @Reference Counters counters) {
    this(server, counters, server.now() - ManagementFactory.getRuntimeMXBean().getUptime());
  }

  QueueConsole(LoopMailQueues server, Counters counters, long startedMillis) {
    this.server = server;
    this.counters = counters;
    this.startedMillis = startedMillis;
    this.resetMillis = startedMillis;
  }

  // ---- figures ----

  public Counters counters() {
    return counters;
  }

  public long activeSize() {
    return server.activeSize();
  }

  public long delayedSize() {
    return server.delayedSize();
  }

  /** All mail: active, delayed, in flight and on its way to a queue. */
  public long totalSize() {
    return server.totalSize();
  }

  /** Mail whose bodies were left to the spool. */
  public long destagedSize() {
    return Math.max(0, server.totalSize() - server.residency().resident());
  }

  /** Messages whose bodies are in memory. */
  public int residentMessages() {
    return server.residency().resident();
  }

  /** How far spooling in is, {@code " 29/ 29"}: messages that came back, of how many. */
  public String spoolInProgress() {
    long back = server.spooledIn();
    return String.format(
        Locale.ROOT,
        "%6d/%6d",
        back,
        server.spoolInDone() ? back : Math.max(back, server.spool().statistics().messages()));
  }

  /** The limit of MX lookups. */
  public MxRate mxRate() {
    return server.router().mxRate();
  }

  /** Routes known. */
  public int activeDomains() {
    return server.router().size();
  }

  /** Seconds since the counters were reset. */
  public long secondsSinceReset() {
    return Math.max(0, (server.now() - resetMillis) / 1_000);
  }

  /** Seconds since the server started. */
  public long uptimeSeconds() {
    return Math.max(0, (server.now() - startedMillis) / 1_000);
  }

  /** Zeroes the counters. */
  public void reset() {
    counters.reset();
    server.bindingCounts().reset();
    resetMillis = server.now();
  }

  public long now() {
    return server.now();
  }

  /** All queues, in no order. */
  public Collection<MailQueue> unsorted() {
    return server.queues();
  }

  /** All queues, by binding group, binding and domain. */
  public List<MailQueue> queues() {
    return server.queues().stream()
        .sorted(
            Comparator.comparing(MailQueue::bindingGroup)
                .thenComparing(MailQueue::binding)
                .thenComparing(MailQueue::domain))
        .toList();
  }

  /** The figures of all domains, by name. */
  public List<DomainFigures> domains() {
    java.util.TreeMap<String, DomainFigures> domains = new java.util.TreeMap<>();
    for (MailQueue queue : server.queues()) {
      domains.merge(
          queue.domain(),
          new DomainFigures(
              queue.domain(),
              queue.connectionCount(),
              queue.activeSize(),
              queue.delayedSize(),
              queue.deliveries()),
          (a, b) ->
              new DomainFigures(
                  a.domain(),
                  a.connections() + b.connections(),
                  a.active() + b.active(),
                  a.delayed() + b.delayed(),
                  a.delivered() + b.delivered()));
    }
    return List.copyOf(domains.values());
  }

  private List<MailQueue> queuesOf(String domain) {
    String name = domain.toLowerCase(Locale.ROOT);
    return queues().stream().filter(queue -> queue.domain().equals(name)).toList();
  }

  // ---- asking loops ----

  private <T> T await(CompletableFuture<T> answer) throws ConsoleException {
    try {
      return answer.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new ConsoleException("no answer within " + DEADLINE_SECONDS + " seconds");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ConsoleException("interrupted");
    } catch (ExecutionException e) {
      throw new ConsoleException("failed: " + e.getCause());
    }
  }

  private <T> T on(MailQueue queue, Supplier<T> question) throws ConsoleException {
    return await(CompletableFuture.supplyAsync(question, queue.home().loop()));
  }

  /** Asks the queues of every loop in slices; the first answer that is not null counts. */
  private <T> Optional<T> search(Function<MailQueue, @Nullable T> question)
      throws ConsoleException {
    CompletableFuture<Optional<T>> answer = new CompletableFuture<>();
    List<CompletableFuture<Void>> ends = new ArrayList<>();
    for (QueueLoop loop : server.loops()) {
      CompletableFuture<Void> end = new CompletableFuture<>();
      ends.add(end);
      loop.loop().execute(() -> slice(loop, List.copyOf(loop.queues()), 0, question, answer, end));
    }
    CompletableFuture.allOf(ends.toArray(new CompletableFuture<?>[0]))
        .whenComplete(
            (all, failure) -> {
              if (failure == null) {
                answer.complete(Optional.empty());
              } else {
                answer.completeExceptionally(failure);
              }
            });
    return await(answer);
  }

  private static <T> void slice(
      QueueLoop loop,
      List<MailQueue> queues,
      int from,
      Function<MailQueue, @Nullable T> question,
      CompletableFuture<Optional<T>> answer,
      CompletableFuture<Void> end) {
    try {
      int looked = 0;
      int next = from;
      while (next < queues.size() && looked < SEARCH_SLICE && !answer.isDone()) {
        MailQueue queue = queues.get(next++);
        looked += 1 + queue.waiting() + queue.delayedNow();
        T found = question.apply(queue);
        if (found != null) {
          answer.complete(Optional.of(found));
        }
      }
      if (next < queues.size() && !answer.isDone()) {
        int then = next;
        loop.loop().execute(() -> slice(loop, queues, then, question, answer, end));
      } else {
        end.complete(null);
      }
    } catch (RuntimeException e) {
      end.completeExceptionally(e);
    }
  }

  // ---- messages ----

  /**
   * The messages of a domain, active ones first.
   *
   * @param binding empty: of all bindings
   */
  public List<QueuedMessage> messages(
      Optional<String> binding, String domain, int limit, int offset) throws ConsoleException {
    List<QueuedMessage> page = new ArrayList<>();
    int skip = offset;
    for (MailQueue queue : queuesOf(domain)) {
      if (binding.isPresent() && !queue.binding().equals(binding.get())) {
        continue;
      }
      int skipHere = skip;
      int want = limit - page.size();
      List<QueuedMessage> found = on(queue, () -> page(queue, want, skipHere));
      page.addAll(found);
      skip = Math.max(0, skip - queue.activeSize() - queue.delayedSize());
      if (page.size() >= limit) {
        break;
      }
    }
    return page;
  }

  private static List<QueuedMessage> page(MailQueue queue, int limit, int offset) {
    List<QueuedMessage> page = new ArrayList<>();
    int[] seen = {0};
    queue.forEachActive(message -> add(page, seen, limit, offset, Place.ACTIVE, queue, message));
    queue.forEachDelayed(message -> add(page, seen, limit, offset, Place.DELAYED, queue, message));
    return page;
  }

  private static void add(
      List<QueuedMessage> page,
      int[] seen,
      int limit,
      int offset,
      Place place,
      MailQueue queue,
      MailMessage message) {
    if (seen[0]++ >= offset && page.size() < limit) {
      page.add(
          new QueuedMessage(
              place,
              queue.binding(),
              message.id(),
              message.receivedMillis(),
              message.sender(),
              message.recipient()));
    }
  }

  /** All about the message {@code id}. */
  public MessageDetails details(MessageId id) throws ConsoleException {
    Optional<MessageDetails> found =
        search(
            queue -> {
              List<MessageDetails> same = new ArrayList<>(1);
              queue.forEachActive(message -> add(same, id, queue, message, false));
              queue.forEachDelayed(message -> add(same, id, queue, message, true));
              return same.isEmpty() ? null : same.getFirst();
            });
    return found.orElseThrow(() -> notQueued(id));
  }

  /** Whether a message waits in a queue or is being delivered. */
  public boolean isQueued(MessageId id) throws ConsoleException {
    return search(
            queue -> {
              boolean[] found = new boolean[1];
              java.util.function.Consumer<MailMessage> look =
                  message -> found[0] |= message.id().equals(id);
              queue.forEachActive(look);
              queue.forEachDelayed(look);
              queue.maintainer().connections().forEach(c -> c.taken().forEach(look));
              queue.maintainer().passedOn().all().forEach(entry -> look.accept(entry.message()));
              return found[0] ? id : null;
            })
        .isPresent();
  }

  private void add(
      List<MessageDetails> same,
      MessageId id,
      MailQueue queue,
      MailMessage message,
      boolean delayed) {
    if (message.id().equals(id)) {
      same.add(details(message, WaitReasons.of(queue, message, delayed, server.now())));
    }
  }

  private static MessageDetails details(MailMessage message, List<WaitReasons.Reason> reasons) {
    return new MessageDetails(
        message.id(),
        message.receivedMillis(),
        message.nextAttemptMillis(),
        message.retries(),
        message.protocol(),
        message.sourceAddress(),
        message.sender(),
        message.recipient(),
        message.lastReply(),
        message.size(),
        message.spoolEntry(),
        message.resident() ? Optional.of(message.body()) : Optional.empty(),
        reasons);
  }

  /** The octets of a message that was found. */
  public Body body(MessageDetails details) throws ConsoleException {
    if (details.body().isPresent()) {
      return details.body().get();
    }
    try {
      return server.spool().read(details.entry());
    } catch (IOException e) {
      throw new ConsoleException("the body cannot be read: " + e.getMessage());
    }
  }

  private static ConsoleException notQueued(MessageId id) {
    return new ConsoleException(
        "Message " + id + " is not queued here, or is being delivered at this moment");
  }

  /** Fails a message for good. */
  public void fail(MessageId id, boolean quiet) throws ConsoleException {
    taken(
        id,
        (queue, message) -> {
          server
              .disposition()
              .permanentFailure(queue, message, Stage.NOT_CONNECTED, FAILED, 0, null, quiet);
          queue.home().touch(queue);
        });
  }

  /** Puts a message first in its active queue. */
  public void retry(MessageId id) throws ConsoleException {
    taken(
        id,
        (queue, message) -> {
          message.due();
          queue.maintainer().nextHop().forgiveHosts();
          queue.insertFirst(message);
        });
  }

  /** Takes a message out of its queue and does {@code next} with it, on its loop. */
  private void taken(MessageId id, BiConsumer<MailQueue, MailMessage> next)
      throws ConsoleException {
    Optional<MessageId> found =
        search(
            queue -> {
              MailMessage message = queue.remove(id);
              if (message == null) {
                return null;
              }
              next.accept(queue, message);
              return id;
            });
    if (found.isEmpty()) {
      throw notQueued(id);
    }
  }

  // ---- domains ----

  private Collection<MailQueue> named(String domain) {
    return domain.equalsIgnoreCase("all") ? server.queues() : queuesOf(domain);
  }

  /** Makes all delayed mail of a domain, or of {@code all}, active; says how much it was. */
  public int flush(String domain) throws ConsoleException {
    return flush(domain, Optional.empty());
  }

  /** The same for one binding. */
  public int flush(String domain, Optional<String> binding) throws ConsoleException {
    int moved = 0;
    for (MailQueue queue : named(domain)) {
      if (binding.map(queue.binding()::equals).orElse(true)
          && (queue.delayedSize() > 0 || queue.activeSize() > 0)) {
        moved += on(queue, queue::flush);
      }
    }
    return moved;
  }

  /** Fails all mail of a domain, or of {@code all}; says how much it was. */
  public int failDomain(String domain, boolean quiet) throws ConsoleException {
    int failed = 0;
    for (MailQueue queue : named(domain)) {
      if (queue.delayedSize() > 0 || queue.activeSize() > 0) {
        CompletableFuture<Integer> swept =
            on(queue, () -> queue.maintainer().sweeps().all(PURGED, quiet));
        try {
          failed += swept.get(10, TimeUnit.MINUTES);
        } catch (TimeoutException e) {
          throw new ConsoleException(queue.domain() + " is still being purged");
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new ConsoleException("interrupted");
        } catch (ExecutionException e) {
          throw new ConsoleException("failed: " + e.getCause());
        }
      }
    }
    return failed;
  }

  /** All outbound connections, in the order in which they were opened. */
  public List<ConnectionState> outbound() throws ConsoleException {
    List<ConnectionState> all = new ArrayList<>();
    for (MailQueue queue : server.queues()) {
      if (queue.connectionCount() > 0) {
        all.addAll(on(queue, () -> connections(queue)));
      }
    }
    all.sort(Comparator.comparingLong(ConnectionState::serial));
    return all;
  }

  private List<ConnectionState> connections(MailQueue queue) {
    long now = server.now();
    return queue.maintainer().connections().stream()
        .map(
            c ->
                new ConnectionState(
                    c.serial(),
                    queue.binding(),
                    queue.domain(),
                    c.hostRecord().text(),
                    c.address().getAddress() instanceof Inet6Address,
                    c.stage(),
                    now - c.sinceMillis()))
        .toList();
  }

  /** Routes, queues and connections of a domain. */
  public DomainState domain(String name) throws ConsoleException {
    String domain = name.toLowerCase(Locale.ROOT);
    List<MailQueue> queues = queuesOf(domain);
    List<ConnectionState> connections = new ArrayList<>();
    Route route = null;
    List<ExchangerState> exchangers = List.of();
    Optional<String> rollsUpTo = Optional.empty();
    int failuresInRow = 0;
    for (MailQueue queue : queues) {
      connections.addAll(on(queue, () -> connections(queue)));
      failuresInRow = Math.max(failuresInRow, on(queue, () -> queue.maintainer().failuresInRow()));
      if (route == null) {
        Optional<Route> used =
            on(queue, () -> Optional.ofNullable(queue.maintainer().nextHop().lastRoute()));
        if (used.isPresent()) {
          Route known = used.get();
          route = known;
          exchangers = on(queue, () -> exchangers(queue, known));
          rollsUpTo = on(queue, () -> queue.maintainer().rollsUpTo());
        }
      }
    }
    if (route == null) {
      route = cached(domain).orElse(null);
      exchangers = route == null ? List.of() : exchangers(route, null);
    }
    if (route == null && queues.isEmpty()) {
      throw new ConsoleException("Domain '" + domain + "' is not known");
    }
    connections.sort(Comparator.comparingLong(ConnectionState::serial));
    long now = server.now();
    return new DomainState(
        Optional.ofNullable(route),
        rollsUpTo,
        exchangers,
        route == null ? 0 : ttl(route.expiresMillis(), now),
        failuresInRow,
        queues.stream().mapToLong(MailQueue::activeSize).sum(),
        queues.stream().mapToLong(MailQueue::delayedSize).sum(),
        queues.stream().mapToLong(MailQueue::deliveries).sum(),
        queues.stream().mapToLong(MailQueue::failures).sum(),
        connections);
  }

  /** Why the mail of a domain waits, queue by queue. */
  public List<QueueState> explain(String name) throws ConsoleException {
    List<QueueState> states = new ArrayList<>();
    for (MailQueue queue : queuesOf(name)) {
      states.add(on(queue, () -> explain(queue)));
    }
    if (states.isEmpty()) {
      throw new ConsoleException("No mail is queued for domain '" + name + "'");
    }
    return states;
  }

  private QueueState explain(MailQueue queue) {
    long now = server.now();
    List<WaitReasons.Reason> reasons = new ArrayList<>();
    if (queue.waiting() > 0) {
      reasons.addAll(WaitReasons.active(queue, now));
    }
    if (queue.delayedNow() > 0) {
      reasons.add(
          new WaitReasons.Reason(
              "back-off",
              queue.delayedNow() + " messages failed for now; the first is tried again",
              OptionalLong.of(queue.nextDue())));
    }
    return new QueueState(
        queue.bindingGroup(),
        queue.binding(),
        queue.waiting(),
        queue.delayedNow(),
        queue.inFlightNow(),
        queue.connectionCount(),
        reasons);
  }

  private Optional<Route> cached(String domain) {
    RouteOptions options =
        server
            .generation()
            .options(RouteOptions.class, new ScopePath.Sending("default", "default", domain));
    Target target = Target.of(domain, options);
    return target.mx() ? server.router().cached(target) : Optional.empty();
  }

  private List<ExchangerState> exchangers(MailQueue queue, Route route) {
    return exchangers(
        route, queue.maintainer().nextHop().nextHost(route, server.now()).orElse(null));
  }

  /**
   * @param next the address that the next connection would go to; null: it is not known
   */
  private List<ExchangerState> exchangers(Route route, @Nullable Host next) {
    long now = server.now();
    return route.exchangers().stream()
        .map(
            e ->
                new ExchangerState(
                    e.preference(),
                    e.name(),
                    ttl(e.expiresMillis(), now),
                    e.secure(),
                    e.hosts().stream()
                        .map(
                            h ->
                                new HostState(
                                    h,
                                    h == next,
                                    h.failedMillis() != 0,
                                    h.address().getAddress() instanceof Inet6Address))
                        .toList()))
        .toList();
  }

  /** Seconds; 0 for what does not come from the DNS. */
  private static long ttl(long expiresMillis, long now) {
    return expiresMillis == Long.MAX_VALUE ? 0 : Math.max(0, (expiresMillis - now) / 1_000);
  }
}
