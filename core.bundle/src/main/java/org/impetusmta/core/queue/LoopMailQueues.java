package org.impetusmta.core.queue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
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
import org.impetusmta.api.config.ServerName;
import org.impetusmta.api.delivery.DeliveryMethod;
import org.impetusmta.api.hook.SecondaryBindAddress;
import org.impetusmta.api.log.EventLog;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.core.bounce.BounceRenderingOptions;
import org.impetusmta.core.config.ConfigParticipant;
import org.impetusmta.core.hook.HookList;
import org.impetusmta.core.hook.Hooks;
import org.impetusmta.core.message.ExcludedKeys;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.core.message.MessageIds;
import org.impetusmta.core.message.WaitingDictionaries;
import org.impetusmta.core.metrics.Counters;
import org.impetusmta.core.queue.shape.ConnectionCaps;
import org.impetusmta.core.queue.shape.Throttles;
import org.impetusmta.core.route.Router;
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
  private final DeliveryMethods methods = new DeliveryMethods();
  private final DeliveryHooks deliveryHooks;
  private final DialogueTraces traces;
  private final LongAdder queued = new LongAdder();
  private final SpoolIn spoolIn;
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
    this.spoolIn = new SpoolIn(this, ids);
    this.delivering = delivering;
    this.relief = new Relief(this, heapOctets, watchesHeap);
    this.memory = relief.memory();
    this.residency = new Residency(memory);
    this.options = new ServerOptions(configuration, memory);
    this.keepsDictionaries = options.now().keepMessageDictsInMemory();
    this.router = router;
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
    this.throttles = new Throttles(scheduler.clock());
    this.throttleHooks = new ThrottleHooks(hooks);
    this.deliveryHooks = new DeliveryHooks(hooks);
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
    methods.add(method);
    touchAll();
  }

  /** Blocks, for a bounded time, until the connections of {@code method} have ended. */
  void removeMethod(DeliveryMethod method) {
    methods.remove(method);
    await(drain(method), STOP, "connections of delivery method " + method.name());
  }

  // ---- mail ----

  @Override
  public void enqueue(MailMessage message) {
    String domain = deliveryHooks.routingDomain(message);
    message.settle(dictionaries);
    begun();
    bindingCounts.of(message.binding()).received.increment();
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

  /** The loop that owns the queue of mail to {@code domain}. */
  QueueLoop loop(String binding, String domain) {
    return loops.get(scheduler.owner(binding, domain).index());
  }

  @Override
  public CompletableFuture<Spool.Recovery> spoolIn() {
    return spoolIn.begin();
  }

  /** Mail of an earlier process on its way back. */
  SpoolIn returning() {
    return spoolIn;
  }

  /** A message is on its way to its queue. */
  void begun() {
    queued.increment();
    memory.add(Memory.MESSAGE);
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
    SendingStanzas.check(next, secondaryAddresses);
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

  DeliveryMethods methods() {
    return methods;
  }

  DeliveryHooks hooks() {
    return deliveryHooks;
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
