package org.impetusmta.core.queue;

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
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Reply;
import org.impetusmta.core.route.Host;
import org.impetusmta.core.route.Route;
import org.impetusmta.core.route.RouteOptions;
import org.impetusmta.core.route.Target;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * The mail of a domain as the console sees and steers it: where it goes, why it waits, what is done
 * to all of it. What is known of a domain besides is {@link DomainDetails}'.
 *
 * <p>Concurrent; blocks, so thread pools only.
 */
@Component(service = DomainConsole.class)
public final class DomainConsole {
  private static final Reply PURGED = new Reply(554, "", "Message manually purged.");

  private final LoopMailQueues server;
  private final QueueQuestions questions;

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
  public DomainConsole(@Reference LoopMailQueues server) {
    this.server = server;
    this.questions = new QueueQuestions(server);
  }

  public long now() {
    return server.now();
  }

  /** All outbound connections, in the order in which they were opened. */
  public List<ConnectionState> outbound() throws ConsoleException {
    List<ConnectionState> all = new ArrayList<>();
    for (MailQueue queue : server.queues()) {
      if (queue.connectionCount() > 0) {
        all.addAll(QueueQuestions.on(queue, () -> connections(queue)));
      }
    }
    all.sort(Comparator.comparingLong(ConnectionState::serial));
    return all;
  }

  private List<ConnectionState> connections(MailQueue queue) {
    long now = server.now();
    return queue.maintainer().connections().all().stream()
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
    List<MailQueue> queues = questions.queuesOf(domain);
    List<ConnectionState> connections = new ArrayList<>();
    Route route = null;
    List<ExchangerState> exchangers = List.of();
    Optional<String> rollsUpTo = Optional.empty();
    int failuresInRow = 0;
    for (MailQueue queue : queues) {
      connections.addAll(QueueQuestions.on(queue, () -> connections(queue)));
      failuresInRow =
          Math.max(
              failuresInRow, QueueQuestions.on(queue, () -> queue.maintainer().failuresInRow()));
      if (route == null) {
        Optional<Route> used =
            QueueQuestions.on(
                queue, () -> Optional.ofNullable(queue.maintainer().nextHop().lastRoute()));
        if (used.isPresent()) {
          Route known = used.get();
          route = known;
          exchangers = QueueQuestions.on(queue, () -> exchangers(queue, known));
          rollsUpTo = QueueQuestions.on(queue, () -> queue.maintainer().rollsUpTo());
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
    for (MailQueue queue : questions.queuesOf(name)) {
      states.add(QueueQuestions.on(queue, () -> explain(queue)));
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

  // ---- what is done to its mail

  private Collection<MailQueue> named(String domain) {
    return domain.equalsIgnoreCase("all") ? server.queues() : questions.queuesOf(domain);
  }

  /**
   * Makes all delayed mail of a domain, or of {@code all}, active; says how much it was.
   *
   * @param binding empty: of all bindings
   */
  public int flush(String domain, Optional<String> binding) throws ConsoleException {
    int moved = 0;
    for (MailQueue queue : named(domain)) {
      if (binding.map(queue.binding()::equals).orElse(true)
          && (queue.delayedSize() > 0 || queue.activeSize() > 0)) {
        moved += QueueQuestions.on(queue, queue::flush);
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
            QueueQuestions.on(queue, () -> queue.maintainer().sweeps().all(PURGED, quiet));
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
}
