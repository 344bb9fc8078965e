package org.impetusmta.core.queue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Scopes;
import org.impetusmta.api.config.ServerName;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.delivery.DeliveryMethod;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.hook.DeliveryResponse;
import org.impetusmta.api.hook.GetMessageRoutingDomain;
import org.impetusmta.api.hook.SecondaryBindAddress;
import org.impetusmta.api.hook.VetoHostConnection;
import org.impetusmta.api.log.EventLog;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.core.bounce.BounceOptions;
import org.impetusmta.core.bounce.BounceRenderingOptions;
import org.impetusmta.core.bounce.SuppressedRecipients;
import org.impetusmta.core.config.ConfigParticipant;
import org.impetusmta.core.hook.HookEntry;
import org.impetusmta.core.hook.HookList;
import org.impetusmta.core.hook.Hooks;
import org.impetusmta.core.message.ExcludedKeys;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.core.message.MessageIds;
import org.impetusmta.core.message.WaitingDictionaries;
import org.impetusmta.core.metrics.Counters;
import org.impetusmta.core.queue.shape.ConnectionCaps;
import org.impetusmta.core.queue.shape.Throttles;
import org.impetusmta.core.route.Route;
import org.impetusmta.core.route.RouteOptions;
import org.impetusmta.core.route.Router;
import org.impetusmta.core.route.Target;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All mail queues of the server, spread over its event loops: each (binding, domain) belongs to one
 * loop, whose {@link QueueLoop} holds its {@link MailQueue}. Holds what the queues share.
 *
 * <p>The framework property {@code impetus.skip} with {@code queue} in it keeps all mail where it
 * is. Concurrent.
 */
@Component(
    service = {MailQueues.class, LoopMailQueues.class, ConfigParticipant.class},
    immediate = true)
public final class LoopMailQueues implements MailQueues, ConfigParticipant {
  private static final Logger LOG = LoggerFactory.getLogger(LoopMailQueues.class);
  private static final Duration STOP = Duration.ofSeconds(5);

  private static final long ROOM_MILLIS = 1_000;

  private final Configuration configuration;
  private final Spool spool;
  private final Scheduler scheduler;
  private final Counters counters;
  private final MessageIds ids;
  private final Router router;
  private final Bounces bounces;
  private final Disposition disposition;
  private final WaitingDictionaries dictionaries = new WaitingDictionaries();
  private final Relief relief;
  private final Memory memory;
  private final Residency residency;
  private final ServerOptions options;
  private final boolean keepsDictionaries;
  private final OutboundLimit limit = new OutboundLimit();
  private final HostConnections hostConnections = new HostConnections();
  private final Throttles throttles;
  private final ConnectionCaps connectionCaps = new ConnectionCaps();
  private final ThrottleHooks throttleHooks;
  private final BindingCounts bindingCounts = new BindingCounts();
  private final SourceAddresses sources;
  private final BindingChoice bindingChoice;
  private final HookList<SecondaryBindAddress> secondaryAddresses;
  private final List<QueueLoop> loops;
  private final Map<String, DeliveryMethod> methods = new ConcurrentHashMap<>();
  private final List<DeliveryMethod> local = new CopyOnWriteArrayList<>();
  private final Set<String> missed = ConcurrentHashMap.newKeySet();
  private final HookList<GetMessageRoutingDomain> routingDomain;
  private final HookList<VetoHostConnection> vetoes;
  private final HookList<DeliveryResponse> responses;
  private final DialogueTraces traces;
  private final LongAdder queued = new LongAdder();
  private final LongAdder spooledIn = new LongAdder();
  private volatile boolean spoolInDone;
  private final AtomicLong connections = new AtomicLong();
  private volatile boolean delivering;
  private volatile boolean stopped;

  @Activate
  public LoopMailQueues(
      BundleContext context,
      @Reference Configuration configuration,
      @Reference Spool spool,
      @Reference Scheduler scheduler,
      @Reference Hooks hooks,
      @Reference EventLog log,
      @Reference Counters counters,
      @Reference MessageIds ids,
      @Reference Router router) {
    this(
        configuration,
        spool,
        scheduler,
        hooks,
        log,
        counters,
        ids,
        router,
        generation -> generation.options(ServerName.class, ScopePath.GLOBAL).external(),
        !skips(context.getProperty("impetus.skip")),
        Memory.usable(Runtime.getRuntime().maxMemory()),
        true);
  }

  /**
   * @param hostname the name of this host in bounces
   * @param delivering whether mail is delivered at all
   * @param heapOctets the largest heap
   * @param watchesHeap whether collections are listened to
   */
  LoopMailQueues(
      Configuration configuration,
      Spool spool,
      Scheduler scheduler,
      Hooks hooks,
      EventLog log,
      Counters counters,
      MessageIds ids,
      Router router,
      Function<Generation, String> hostname,
      boolean delivering,
      long heapOctets,
      boolean watchesHeap) {
    this.configuration = configuration;
    this.spool = spool;
    this.scheduler = scheduler;
    this.counters = counters;
    this.ids = ids;
    this.delivering = delivering;
    this.relief = new Relief(this, heapOctets, watchesHeap);
    this.memory = relief.memory();
    this.residency = new Residency(memory);
    this.options = new ServerOptions(configuration, memory);
    this.keepsDictionaries = options.now().keepMessageDictsInMemory();
    this.router = router;
    this.routingDomain = hooks.list(GetMessageRoutingDomain.class);
    this.secondaryAddresses = hooks.list(SecondaryBindAddress.class);
    this.sources =
        new SourceAddresses(
            configuration,
            scheduler,
            secondaryAddresses,
            new LocalAddresses(
                configuration
                    .current()
                    .options(MultiVipOptions.class, ScopePath.GLOBAL)
                    .useIflistCache()),
            this::touchAll);
    this.bindingChoice = new BindingChoice(configuration, sources, hooks);
    this.vetoes = hooks.list(VetoHostConnection.class);
    this.throttles = new Throttles(scheduler.clock());
    this.throttleHooks = new ThrottleHooks(hooks);
    this.responses = hooks.list(DeliveryResponse.class);
    this.traces = new DialogueTraces(configuration, scheduler);
    this.bounces = new Bounces(this, spool, log, counters, ids, hooks, hostname);
    this.disposition = new Disposition(this, spool, log, counters, bounces);
    List<QueueLoop> all = new ArrayList<>();
    for (EventLoop loop : scheduler.loops()) {
      all.add(new QueueLoop(this, loop, new Siblings(this, hooks)));
    }
    this.loops = List.copyOf(all);
    this.loops.forEach(QueueLoop::start);
    this.sources.configured(bindingChoice.table());
    if (!delivering) {
      LOG.warn("mail is queued and not delivered: started without the service queue");
    }
  }

  private static boolean skips(@Nullable String property) {
    return property != null
        && List.of(property.toLowerCase(Locale.ROOT).split("[,\\s]+")).contains("queue");
  }

  // ---- delivery methods ----

  @Reference(
      service = DeliveryMethod.class,
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC)
  void addMethod(DeliveryMethod method) {
    String name = method.name().toLowerCase(Locale.ROOT);
    methods.put(name, method);
    if (method.isLocal()) {
      local.add(method);
    }
    missed.remove(name);
    touchAll();
  }

  /** Blocks, for a bounded time, until the connections of {@code method} have ended. */
  void removeMethod(DeliveryMethod method) {
    methods.remove(method.name().toLowerCase(Locale.ROOT), method);
    local.remove(method);
    await(drain(method), STOP, "connections of delivery method " + method.name());
  }

  /**
   * The method that takes the mail of {@code domain}: the local one that claims it, else the one
   * called {@code name}; null where it is not loaded.
   */
  @Nullable DeliveryMethod method(String name, String domain) {
    if (!local.isEmpty()) {
      for (DeliveryMethod method : local) {
        if (method.claims(domain)) {
          return method;
        }
      }
    }
    String key = name.toLowerCase(Locale.ROOT);
    DeliveryMethod method = methods.get(key);
    if (method == null && missed.add(key)) {
      LOG.warn("mail waits: delivery method {} is not loaded", key);
    }
    return method;
  }

  /** Whether the method called {@code name} is loaded. */
  boolean hasMethod(String name) {
    return methods.containsKey(name.toLowerCase(Locale.ROOT));
  }

  // ---- mail ----

  @Override
  public void enqueue(MailMessage message) {
    String domain = routingDomain(message);
    message.settle(dictionaries);
    queued.increment();
    bindingCounts.of(message.binding()).received.increment();
    memory.add(Memory.MESSAGE);
    loop(message.binding(), domain).arrive(message, domain);
  }

  @Override
  public Optional<Reply> bound(MailMessage message) {
    return bindingChoice.bound(message);
  }

  /** A message that has left its queue goes to another. */
  void move(MailMessage message, String domain) {
    loop(message.binding(), domain).arrive(message, domain);
  }

  /** Queues a message of an earlier process; waits while too many are on their way. */
  private void spooledIn(MailMessage message) {
    bindingChoice.restored(message);
    String domain = message.reroutedTo().orElseGet(() -> routingDomain(message));
    message.settle(dictionaries);
    dictionaries.share(message);
    QueueLoop loop = loop(message.binding(), domain);
    try {
      QueueLoop.Arrival arrival = new QueueLoop.Arrival(message, domain);
      while (!loop.spoolIn().offer(arrival, ROOM_MILLIS)) {
        if (stopped) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      LOG.error("message {} stays in the spool until the next start", message.id());
      return;
    }
    queued.increment();
    memory.add(Memory.MESSAGE);
    loop.post();
  }

  @Override
  public Envelope envelope(MailMessage message) {
    if (!options.exclude()) {
      return message.envelope();
    }
    return message.envelope(
        excludedKeys(
            new ScopePath.Sending(
                message.bindingGroup(), message.binding(), message.recipient().routingDomain())));
  }

  /** What is not written to the spool of mail for {@code path}. */
  ExcludedKeys excludedKeys(ScopePath.Sending path) {
    return options.excludedKeys(path);
  }

  @Override
  public Optional<MailMessage> notification(MailMessage failed, Reply reply) {
    return disposition.notification(failed, reply);
  }

  private String routingDomain(MailMessage message) {
    for (HookEntry<GetMessageRoutingDomain> entry : routingDomain.entries()) {
      try {
        Optional<String> domain = entry.hook().getMessageRoutingDomain(message);
        if (domain.isPresent()) {
          return domain.get().toLowerCase(Locale.ROOT);
        }
      } catch (RuntimeException e) {
        LOG.error("{} failed to route message {}", entry.module(), message.id(), e);
      }
    }
    return message.recipient().routingDomain();
  }

  private QueueLoop loop(String binding, String domain) {
    return loops.get(scheduler.owner(binding, domain).index());
  }

  @Override
  public CompletableFuture<Spool.Recovery> spoolIn() {
    CompletableFuture<Spool.Recovery> done = new CompletableFuture<>();
    scheduler
        .pool("SpoolIn")
        .execute(
            () -> {
              try {
                Spool.Recovery recovery =
                    spool.recover(
                        (entry, envelope, state, length) -> {
                          ids.seen(envelope.id());
                          spooledIn.increment();
                          spooledIn(new MailMessage(entry, envelope, state, length));
                        });
                LOG.info(
                    "spooled in {} messages, {} damaged records set aside",
                    recovery.messages(),
                    recovery.damagedRecords());
                spoolInDone = true;
                done.complete(recovery);
              } catch (IOException | RuntimeException e) {
                LOG.error("spooling in failed", e);
                done.completeExceptionally(e);
              }
            });
    return done;
  }

  /** Messages that an earlier process left and that came back so far. */
  long spooledIn() {
    return spooledIn.sum();
  }

  /** Whether all of them are back. */
  boolean spoolInDone() {
    return spoolInDone;
  }

  /** A message left its queue for good. */
  void finished() {
    queued.decrement();
    memory.give(Memory.MESSAGE);
  }

  // ---- memory ----

  @Override
  public Memory memory() {
    return memory;
  }

  Relief relief() {
    return relief;
  }

  // ---- end ----

  @Deactivate
  void deactivate() {
    stop(STOP);
    relief.close();
  }

  @Override
  public void stop(Duration atMost) {
    await(beginStop(), atMost, "outbound connections");
  }

  /** No new connection; those that are open end after what is in flight. */
  CompletableFuture<Void> beginStop() {
    delivering = false;
    stopped = true;
    return drain(null);
  }

  private CompletableFuture<Void> drain(@Nullable DeliveryMethod method) {
    return CompletableFuture.allOf(
        loops.stream().map(loop -> loop.drain(method)).toArray(CompletableFuture<?>[]::new));
  }

  private static void await(CompletableFuture<Void> drained, Duration atMost, String what) {
    try {
      drained.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      LOG.warn("{} have not ended after {} s; their mail stays queued", what, atMost.toSeconds());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      LOG.error("waiting for {} failed", what, e);
    }
  }

  // ---- configuration ----

  @Override
  public void prepare(Generation next) throws ConfigException {
    BindingTable.check(next);
    check(next, ScopePath.GLOBAL, "global");
    Rollups.check(next);
    SuppressedRecipients.check(
        next.options(SuppressedRecipients.Options.class, ScopePath.GLOBAL), "global");
    checkSecondaryAddresses(next);
    for (Stanza stanza : sendingStanzas(next)) {
      check(next, new ScopePath.Within(stanza), stanza.position() + ": in " + stanza.name());
    }
  }

  /** Every stanza that speaks of mail going out, but the global one. */
  static List<Stanza> sendingStanzas(Generation next) {
    List<Stanza> all = new ArrayList<>(next.stanzas(Scopes.DOMAIN));
    for (Stanza binding : next.stanzas(Scopes.BINDING)) {
      all.add(binding);
      all.addAll(binding.children(Scopes.DOMAIN));
    }
    for (Stanza group : next.stanzas(Scopes.BINDING_GROUP)) {
      all.add(group);
      all.addAll(group.children(Scopes.DOMAIN));
      for (Stanza binding : group.children(Scopes.BINDING)) {
        all.add(binding);
        all.addAll(binding.children(Scopes.DOMAIN));
      }
    }
    return all;
  }

  /** Every host stanza, in whatever stanza it stands. */
  static List<Stanza> hostStanzas(Generation next) {
    List<Stanza> all = new ArrayList<>(next.stanzas(Scopes.HOST));
    for (Stanza binding : next.stanzas(Scopes.BINDING)) {
      all.addAll(binding.children(Scopes.HOST));
    }
    for (Stanza group : next.stanzas(Scopes.BINDING_GROUP)) {
      all.addAll(group.children(Scopes.HOST));
      for (Stanza binding : group.children(Scopes.BINDING)) {
        all.addAll(binding.children(Scopes.HOST));
      }
    }
    return all;
  }

  private static void check(Generation next, ScopePath path, String where) throws ConfigException {
    RetrySchedule.check(next.options(QueueOptions.class, path), where);
    BounceOptions.check(next.options(BounceOptions.class, path), where);
    Exclusions.check(next.options(ExclusionOptions.class, path), where);
    try {
      BindAddress.parse(next.options(BindAddressOptions.class, path).bindAddress());
    } catch (IllegalArgumentException e) {
      throw new ConfigException(where + ": bind_address is " + e.getMessage(), e);
    }
    try {
      Target.of("domain", next.options(RouteOptions.class, path));
    } catch (IllegalArgumentException e) {
      throw new ConfigException(where + ": gateway or routes: " + e.getMessage(), e);
    }
  }

  private void checkSecondaryAddresses(Generation next) throws ConfigException {
    for (HookEntry<SecondaryBindAddress> entry : secondaryAddresses.entries()) {
      for (BindingTable.Slot slot : new BindingTable(next).slots()) {
        Optional<String> said =
            entry
                .hook()
                .secondaryBindAddress(next, new ScopePath.Sending(slot.group(), slot.name(), ""));
        try {
          said.ifPresent(BindAddress::parse);
        } catch (IllegalArgumentException e) {
          throw new ConfigException(
              "binding " + slot.name() + ": " + entry.module() + " is " + e.getMessage(), e);
        }
      }
    }
  }

  @Override
  public void commit(Generation now) {
    options.now();
    throttles.forgetBefore(now.number() - 1);
    connectionCaps.forgetBefore(now.number() - 1);
    sources.configured(bindingChoice.table());
    sources.lookAgain();
    touchAll();
  }

  private void touchAll() {
    loops.forEach(loop -> loop.loop().execute(loop::touchAll));
  }

  /** The options of the server in force. */
  ServerQueueOptions options() {
    return options.now();
  }

  /** Whether the body of a message is too large to wait in memory. */
  boolean isLarge(MailMessage message) {
    return options.isLarge(message.size());
  }

  long scanIntervalMillis() {
    return options().delayedQueueScanInterval().toMillis();
  }

  boolean keepsDictionaries() {
    return keepsDictionaries;
  }

  /** How bounces are made. */
  BounceRenderingOptions rendering() {
    return options.rendering();
  }

  boolean expensiveBatchAssessment() {
    return options().expensiveBatchAssessment();
  }

  // ---- what the queues share ----

  Bounces bounces() {
    return bounces;
  }

  WaitingDictionaries dictionaries() {
    return dictionaries;
  }

  Generation generation() {
    return configuration.current();
  }

  Scheduler scheduler() {
    return scheduler;
  }

  Spool spool() {
    return spool;
  }

  Counters counters() {
    return counters;
  }

  Router router() {
    return router;
  }

  Disposition disposition() {
    return disposition;
  }

  Residency residency() {
    return residency;
  }

  OutboundLimit limit() {
    return limit;
  }

  SourceAddresses sources() {
    return sources;
  }

  BindingChoice bindingChoice() {
    return bindingChoice;
  }

  BindingCounts bindingCounts() {
    return bindingCounts;
  }

  HostConnections hostConnections() {
    return hostConnections;
  }

  Throttles throttles() {
    return throttles;
  }

  ConnectionCaps connectionCaps() {
    return connectionCaps;
  }

  ThrottleHooks throttleHooks() {
    return throttleHooks;
  }

  /** Domains whose mail is queued under another. */
  Rollups rollups() {
    return options.rollups();
  }

  boolean shapesHosts() {
    return options.shapesHosts();
  }

  @Override
  public boolean refuses(String domain) {
    // which binding it will be is not known before the end of the message
    return options.discards()
        && generation()
            .options(DiscardOptions.class, new ScopePath.Sending("", "", domain))
            .refuses();
  }

  boolean delivering() {
    return delivering;
  }

  boolean stopped() {
    return stopped;
  }

  long now() {
    return scheduler.clock().millis();
  }

  /** The time of an event that happens now. */
  long nowMicros() {
    return LogEvent.micros(scheduler.clock().instant());
  }

  long nextConnection() {
    return connections.incrementAndGet();
  }

  /** What the logs call an outbound connection. */
  MessageId nextConnectionId() {
    return ids.next();
  }

  /** Who follows outbound dialogues. */
  public DialogueTraces traces() {
    return traces;
  }

  /** What modules make of the reply of a failed attempt. */
  Reply response(Delivery delivery, MailMessage message, Stage stage, Reply said) {
    Reply reply = said;
    for (HookEntry<DeliveryResponse> entry : responses.entries()) {
      try {
        Reply other = entry.hook().deliveryResponse(delivery, message, stage, reply);
        if (other.isPermanent() || other.isTransient()) {
          reply = other;
        } else {
          LOG.warn("{} made {} of {}: left as it was", entry.module(), other, reply);
        }
      } catch (RuntimeException e) {
        LOG.error("{} failed in delivery_response of {}", entry.module(), message.id(), e);
      }
    }
    return reply;
  }

  /** Why no connection may be made to {@code choice}; empty where nobody objects. */
  Optional<Reply> veto(String domain, Route.Choice choice) {
    for (HookEntry<VetoHostConnection> entry : vetoes.entries()) {
      try {
        Optional<Reply> reply =
            entry.hook().vetoHostConnection(domain, choice.name(), choice.host().address());
        if (reply.isPresent()) {
          return reply.get().isPermanent() || reply.get().isTransient()
              ? reply
              : Optional.of(Maintainer.NO_VALID_HOSTS);
        }
      } catch (RuntimeException e) {
        LOG.error("{} failed in veto_host_connection of {}", entry.module(), domain, e);
        return Optional.of(Maintainer.NO_VALID_HOSTS);
      }
    }
    return Optional.empty();
  }

  // ---- figures ----

  /** All queues. */
  Collection<MailQueue> queues() {
    List<MailQueue> all = new ArrayList<>();
    loops.forEach(loop -> all.addAll(loop.queues()));
    return all;
  }

  List<QueueLoop> loops() {
    return loops;
  }

  /** Messages that wait for a connection. */
  long activeSize() {
    return loops.stream().mapToLong(QueueLoop::active).sum();
  }

  /** Messages that wait for their next attempt. */
  long delayedSize() {
    return loops.stream().mapToLong(QueueLoop::delayed).sum();
  }

  /** All messages, those in flight and those on their way to a queue among them. */
  long totalSize() {
    return Math.max(0, queued.sum());
  }
}
