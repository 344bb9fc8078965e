package org.impetusmta.core.reception;

import java.net.SocketAddress;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.ServerName;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.log.EventLog;
import org.impetusmta.api.reception.Reception;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.core.hook.Hooks;
import org.impetusmta.core.message.MessageIds;
import org.impetusmta.core.metrics.Counters;
import org.impetusmta.core.mime.CoreMessageOperations;
import org.impetusmta.core.queue.MailQueues;
import org.impetusmta.core.queue.shape.Throttles;
import org.osgi.framework.Bundle;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Reception: what every inbound session shares, and the sessions that are open. The phases are
 * {@link InboundConversation}'s and {@link MailTransactions}', what follows the final dot is {@link
 * ContentPhases}'s. Concurrent.
 */
@Component(
    service = {Reception.class, CoreReception.class},
    immediate = true)
public final class CoreReception implements Reception {
  final Configuration configuration;
  final Spool spool;
  final ReceptionHooks hooks;
  final MailQueues queues;
  final EventLog log;
  final Scheduler scheduler;
  final Counters counters;
  final MessageIds ids;
  final TraceHeader trace;
  final SessionNotices notices;

  private final Throttles throttles;
  private final Set<InboundConversation> open = ConcurrentHashMap.newKeySet();
  private final AtomicLong accepted = new AtomicLong();
  private volatile RulesOfGeneration rules;

  /** Rules are made once for each record of options that sessions of a generation met. */
  private record RulesOfGeneration(long generation, ConcurrentHashMap<Options, RelayRules> known) {}

  /**
   * A record of options as a key. A generation makes one for each combination of scopes and hands
   * it out again, so it is compared as an object: lists of thousands of hosts are not hashed for
   * each connection.
   */
  private record Options(ReceptionOptions values) {
    @Override
    @SuppressWarnings("ReferenceEquality") // as said
    public boolean equals(Object other) {
      return other instanceof Options options && options.values == values;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(values);
    }
  }

  @Activate
  public CoreReception(
      @Reference Configuration configuration,
      @Reference Spool spool,
      @Reference Hooks hooks,
      @Reference MailQueues queues,
      @Reference EventLog log,
      @Reference Scheduler scheduler,
      @Reference Counters counters,
      @Reference MessageIds ids) {
    this.configuration = configuration;
    this.spool = spool;
    this.hooks = ReceptionHooks.of(hooks);
    this.notices = new SessionNotices(hooks);
    this.queues = queues;
    this.log = log;
    this.scheduler = scheduler;
    this.counters = counters;
    this.ids = ids;
    this.throttles = new Throttles(scheduler.clock());
    this.trace = new TraceHeader(version());
    this.rules = new RulesOfGeneration(configuration.current().number(), new ConcurrentHashMap<>());
  }

  private static String version() {
    Bundle bundle = FrameworkUtil.getBundle(CoreReception.class);
    return bundle == null ? "development" : bundle.getVersion().toString();
  }

  @Override
  public InboundSession accept(
      String protocol,
      ScopePath.Receiving scope,
      SocketAddress local,
      SocketAddress remote,
      EventLoop loop) {
    Generation generation = configuration.current();
    InboundPathway pathway = new InboundPathway(this, generation, scope);
    InboundConversation session =
        new InboundConversation(
            this,
            protocol,
            generation,
            pathway,
            Endpoint.of(local),
            Endpoint.of(remote),
            loop,
            InboundThrottle.of(throttles, generation, scope, pathway.options(), loop));
    CoreMessageOperations.defaultCharset(generation, scope)
        .ifPresent(name -> session.context().set(CoreMessageOperations.DEFAULT_CHARSET, name));
    open.add(session);
    counters.inboundConnections.increment();
    return session;
  }

  long nextNumber() {
    return accepted.incrementAndGet();
  }

  void closed(InboundConversation session) {
    if (open.remove(session)) {
      counters.inboundConnections.decrement();
    }
  }

  /** The sessions that are open; for the console, from any thread. */
  Set<InboundConversation> open() {
    return open;
  }

  /** The relay rules of these options. */
  RelayRules rules(Generation generation, ReceptionOptions options) {
    RulesOfGeneration now = rules;
    if (now.generation != generation.number()) {
      throttles.forgetBefore(generation.number());
      now = new RulesOfGeneration(generation.number(), new ConcurrentHashMap<>());
      rules = now;
    }
    Options key = new Options(options);
    RelayRules known = now.known.get(key);
    return known != null
        ? known
        : now.known.computeIfAbsent(key, asked -> new RelayRules(asked.values()));
  }

  /** What Received header fields call this host. */
  static String receivedHostname(Generation generation, ReceptionOptions options) {
    return options
        .receivedHostname()
        .filter(name -> !name.isEmpty())
        .orElseGet(() -> generation.options(ServerName.class, ScopePath.GLOBAL).external());
  }

  /** The group that the stanzas put {@code pathway} into; {@code default} where none does. */
  static String pathwayGroup(Generation generation, String pathway) {
    for (Stanza group : generation.stanzas("pathway_group")) {
      for (Stanza member : group.children("pathway")) {
        if (member.instance().equals(Optional.of(pathway))) {
          return group.instance().orElse("default");
        }
      }
    }
    return "default";
  }
}
