package org.impetusmta.core.queue;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.message.Reply;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.core.queue.shape.ConnectionCap;
import org.impetusmta.core.queue.shape.Throttle;
import org.impetusmta.core.route.Host;
import org.impetusmta.core.route.Route;
import org.jspecify.annotations.Nullable;

/**
 * Why the mail of a queue waits and until when: asks the objects that decide, in the order in which
 * {@link Maintainer} asks them, and changes nothing. Stateless; on the loop of the queue.
 */
public final class WaitReasons {
  private final MailQueue queue;
  private final Maintainer maintainer;
  private final LoopMailQueues server;
  private final Generation generation;
  private final QueueOptions options;
  private final long now;
  private final List<Reason> reasons = new ArrayList<>();

  /**
   * One reason.
   *
   * @param kind one word
   * @param until when it ends, milliseconds since 1970, where that is known
   */
  public record Reason(String kind, String text, OptionalLong until) {}

  private WaitReasons(MailQueue queue, long now) {
    this.queue = queue;
    this.maintainer = queue.maintainer();
    this.server = queue.home().server();
    this.generation = server.generation();
    this.options = maintainer.settings().options();
    this.now = now;
  }

  /** Why the active mail of a queue waits; never empty. */
  static List<Reason> active(MailQueue queue, long now) {
    WaitReasons asked = new WaitReasons(queue, now);
    asked.all();
    return asked.reasons;
  }

  /** Why one message of a queue waits. */
  static List<Reason> of(MailQueue queue, MailMessage message, boolean delayed, long now) {
    WaitReasons asked = new WaitReasons(queue, now);
    if (delayed) {
      asked.until(
          "back-off",
          "retry %d; the last attempt said: %s"
              .formatted(message.retries(), message.lastReply().replace('\n', ' ')),
          message.nextAttemptMillis());
      asked.stopped();
    } else {
      asked.all();
    }
    return asked.reasons;
  }

  private void add(String kind, String text) {
    reasons.add(new Reason(kind, text, OptionalLong.empty()));
  }

  private void until(String kind, String text, long millis) {
    reasons.add(
        new Reason(
            kind, text, millis == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(millis)));
  }

  private String origin(Class<? extends Record> type, String option) {
    return generation
        .origin(type, option, queue.path())
        .map(origin -> origin.scope() + " (" + origin.position() + ")")
        .orElse("the default");
  }

  private void all() {
    if (stopped()) {
      return;
    }
    Reply sweeping = maintainer.sweeps().reply();
    if (sweeping != null) {
      add("failing", "all mail is failing with: " + sweeping);
      return;
    }
    memory();
    Route route = maintainer.nextHop().lastRoute();
    if (!leads(route)) {
      return;
    }
    throttles(route);
    if (maintainer.connections().count() == 0) {
      hosts(route);
    }
    connections(route);
    if (reasons.isEmpty()) {
      add(
          "turn",
          "nothing holds it: %d connections, %d of them being opened, take %d messages in order"
              .formatted(
                  maintainer.connections().count(),
                  maintainer.connections().pending(),
                  queue.waiting()));
    }
  }

  /** What stops all mail of the queue. */
  private boolean stopped() {
    if (!server.delivering()) {
      add(
          "stopped",
          server.stopped() ? "the server is stopping" : "the server delivers nothing (-n queue)");
      return true;
    }
    if (maintainer.settings().discarding()) {
      add("blackhole", "blackhole of " + origin(DiscardOptions.class, "blackhole"));
      return true;
    }
    if (options.suspendDelivery()) {
      add("suspended", "suspend_delivery of " + origin(QueueOptions.class, "suspend_delivery"));
      return true;
    }
    if (maintainer.settings().held()) {
      add("suspended", "default_binding holds the mail of binding " + queue.binding());
      return true;
    }
    if (maintainer.source().suspended()) {
      add(
          "source address",
          "this machine has no address that bind_address of binding %s names"
              .formatted(queue.binding()));
      return true;
    }
    if (!server.methods().has(options.deliveryMethod())) {
      add("method", "delivery method " + options.deliveryMethod() + " is not loaded");
      return true;
    }
    return false;
  }

  private void memory() {
    if (queue.home().isParched(queue)) {
      add("memory", "its bodies are on disk, and memory is above memory_goal");
    } else if (queue.onlySwapping()) {
      add("memory", "its bodies are being read from the disk");
    }
  }

  /** Whether the route leads to hosts. */
  private boolean leads(@Nullable Route route) {
    if (maintainer.nextHop().lookingUp()) {
      add(
          "lookup",
          "the hosts of " + maintainer.nextHop().target().name() + " are being looked up");
      return false;
    }
    if (route == null) {
      return true;
    }
    switch (route.outcome()) {
      case FOUND -> {
        return true;
      }
      case TEMPORARY ->
          until("dns", "the DNS gave no answer; it is asked again", route.expiresMillis());
      case NO_SUCH_DOMAIN ->
          until(
              "dns",
              "the domain does not exist: answer %d of %d, then its mail fails"
                  .formatted(
                      route.failures(), maintainer.settings().routeOptions().dnsFailuresToPurge()),
              route.expiresMillis());
      case NO_ADDRESS -> add("dns", Maintainer.NO_ADDRESS.toString());
      case NULL_MX -> add("dns", Maintainer.NULL_MX.toString());
      case PROHIBITED -> add("dns", Maintainer.PROHIBITED.toString());
    }
    return false;
  }

  private void throttles(@Nullable Route route) {
    for (Throttle.Place place : maintainer.settings().shaping().holding(route, now)) {
      Throttle throttle = place.throttle();
      until(
          "throttle",
          "%s = %s of %s: %d of %d used; %d wait for it%s"
              .formatted(
                  throttle.kind().option(),
                  throttle.rate(),
                  throttle.scope(),
                  throttle.used(now),
                  throttle.rate().count(),
                  throttle.waiting(),
                  place.waits() ? ", " + place.ahead() + " before this one" : ""),
          throttle.freeAt(now));
    }
    long held = maintainer.settings().shaping().heldUntil(now);
    if (held != Long.MAX_VALUE) {
      until("module", "a module holds it back", held);
    }
  }

  /** The hosts that failed, where none is left. */
  private void hosts(@Nullable Route route) {
    if (route == null) {
      return;
    }
    long retry = maintainer.settings().routeOptions().hostFailureRetry().toMillis();
    List<Reason> failed = new ArrayList<>();
    for (Route.Exchanger exchanger : route.exchangers()) {
      for (Host host : exchanger.hosts()) {
        if (host.usable(now, retry)) {
          return;
        }
        failed.add(
            new Reason(
                "no hosts",
                "%s [%s] failed %d s ago"
                    .formatted(exchanger.name(), host.text(), (now - host.failedMillis()) / 1_000),
                OptionalLong.of(host.failedMillis() + retry)));
      }
    }
    reasons.addAll(failed);
  }

  private void connections(@Nullable Route route) {
    int open = maintainer.connections().count();
    int most = maintainer.settings().shaping().ownMost();
    if (open >= most && most == options.maxOutboundConnections()) {
      add(
          "connections",
          "max_outbound_connections of %s: %d of %d are open"
              .formatted(origin(QueueOptions.class, "max_outbound_connections"), open, most));
    }
    for (ConnectionCap cap : maintainer.settings().shaping().reached(route)) {
      add(
          "connections",
          "scope_max_outbound_connections of %s: %d of %d are open"
              .formatted(cap.scope(), cap.open(), cap.most()));
    }
    int all =
        generation.options(QueueOptions.class, ScopePath.GLOBAL).serverMaxOutboundConnections();
    if (server.limit().exhausted(all)) {
      add(
          "connections",
          "server_max_outbound_connections: the server has %d of %d"
              .formatted(server.limit().connections(), all));
    }
    int own = options.serverMaxOutboundConnections();
    int ofBinding = server.limit().connections(queue.binding());
    if (own != all && ofBinding >= own) {
      add(
          "connections",
          "server_max_outbound_connections of %s: the binding has %d of %d"
              .formatted(
                  origin(QueueOptions.class, "server_max_outbound_connections"), ofBinding, own));
    }
    if (route != null && open < most) {
      hostLimits(route);
    }
  }

  private void hostLimits(Route route) {
    for (Route.Exchanger exchanger : route.exchangers()) {
      for (Host host : exchanger.hosts()) {
        Route.Choice choice = new Route.Choice(exchanger.name(), host, exchanger.secure());
        if (!server.hostConnections().mayOpen(generation, queue.path(), choice)) {
          add(
              "connections",
              "max_outbound_connections of host \"%s\": [%s] has all that it may have"
                  .formatted(exchanger.name(), host.text()));
        }
      }
    }
  }
}
