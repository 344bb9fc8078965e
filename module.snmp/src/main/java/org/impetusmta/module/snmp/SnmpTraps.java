package org.impetusmta.module.snmp;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.queue.QueueFigures;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * The stanza {@code SNMP_TRAPS}: traps of SNMPv2c at the start and the end of the module, which are
 * those of the server, and for as long as a watched figure has reached its threshold. Looks and
 * sends in the pool IO. Concurrent. Source: conf.ref.snmp.
 */
@Module(
    name = "snmp_traps",
    kind = Module.Kind.SINGLETON,
    singleton = "true",
    description = "SNMP traps: start, end, and queues that are too long")
@Component(factory = Module.FACTORY + "snmp_traps", service = SnmpTraps.class)
public final class SnmpTraps {
  private final Options options;
  private final Map<Watched, Long> thresholds;
  private final QueueFigures queues;
  private final Scheduler scheduler;
  private final Optional<TrapSender> sender;
  private final Map<Watched, Long> sentMillis = new EnumMap<>(Watched.class);
  private Optional<EventLoop.Timer> timer = Optional.empty();
  private boolean closed;

  /** The options of the stanza. */
  @OptionSet("snmp_traps")
  public record Options(
      @Option(value = "false", doc = "Whether traps are sent") boolean state,
      @Option(
              value = "60",
              min = 1,
              doc = "Least time between two traps of one kind, while its cause lasts")
          Duration trapInterval,
      @Option(value = "10", min = 1, doc = "How often the watched variables are looked at")
          Duration watchInterval,
      @Option(
              doc =
                  "Variables and the values at which a trap is sent: GlobalMailQueue, ActiveQueue,"
                      + " DelayedQueue, FailedMessages")
          Optional<Map<String, String>> watchVariables) {}

  /** The options of a destination, whose name is {@code ip_address:udp_port}. */
  @OptionSet({"snmp_traps::destination", "snmp_traps::trap_destination"})
  public record DestinationOptions(
      @Option(value = "public", doc = "The community that traps are sent to") String community) {}

  /**
   * Sends the trap of the start, and begins to watch.
   *
   * @throws ConfigException when a destination or a variable is none, or there is none of them
   */
  @Activate
  public SnmpTraps(
      Map<String, Object> properties,
      @Reference QueueFigures queues,
      @Reference Scheduler scheduler)
      throws ConfigException {
    this(
        ModuleStanza.of(properties).options(Options.class),
        destinations(ModuleStanza.of(properties)),
        queues,
        scheduler);
  }

  SnmpTraps(
      Options options,
      List<TrapSender.Destination> destinations,
      QueueFigures queues,
      Scheduler scheduler)
      throws ConfigException {
    this.options = options;
    this.queues = queues;
    this.scheduler = scheduler;
    this.thresholds = thresholds(options.watchVariables().orElse(Map.of()));
    if (!options.state()) {
      sender = Optional.empty();
      return;
    }
    if (destinations.isEmpty()) {
      throw new ConfigException("in snmp_traps: expected a Destination \"ip_address:udp_port\" {}");
    }
    try {
      sender = Optional.of(new TrapSender(destinations));
    } catch (IOException e) {
      throw new ConfigException("in snmp_traps: no socket to send from: " + e.getMessage());
    }
    send(TrapSender.start());
    watchLater();
  }

  private static List<TrapSender.Destination> destinations(ModuleStanza module)
      throws ConfigException {
    List<TrapSender.Destination> found = new ArrayList<>();
    for (String name : List.of("destination", "trap_destination")) {
      for (Stanza stanza : module.stanza().children(name)) {
        String community =
            module
                .generation()
                .options(DestinationOptions.class, new ScopePath.Within(stanza))
                .community();
        String address = stanza.instance().orElse("");
        found.add(
            new TrapSender.Destination(
                Endpoint.parse(stanza.position() + ": in snmp_traps: " + name, address),
                community));
      }
    }
    return found;
  }

  private static Map<Watched, Long> thresholds(Map<String, String> given) throws ConfigException {
    Map<Watched, Long> thresholds = new EnumMap<>(Watched.class);
    for (Map.Entry<String, String> one : given.entrySet()) {
      Watched watched =
          Watched.of(one.getKey())
              .orElseThrow(
                  () ->
                      new ConfigException(
                          "in snmp_traps: watch_variables: found %s, expected one of %s"
                              .formatted(
                                  one.getKey(),
                                  Arrays.stream(Watched.values())
                                      .map(Watched::option)
                                      .collect(Collectors.joining(", ")))));
      if (!one.getValue().matches("\\d{1,18}")) {
        throw new ConfigException(
            "in snmp_traps: watch_variables: %s = \"%s\": expected a number of messages"
                .formatted(one.getKey(), one.getValue()));
      }
      thresholds.put(watched, Long.parseLong(one.getValue()));
    }
    return thresholds;
  }

  private synchronized void watchLater() {
    if (!closed && !thresholds.isEmpty()) {
      timer =
          Optional.of(
              scheduler
                  .loops()
                  .getFirst()
                  .schedule(
                      () -> scheduler.pool("IO").execute(this::watch), options.watchInterval()));
    }
  }

  private void watch() {
    try {
      QueueFigures.Totals totals = queues.totals();
      long now = scheduler.clock().millis();
      thresholds.forEach(
          (watched, threshold) -> {
            long value = watched.value(totals);
            if (value < threshold) {
              sentMillis.remove(watched);
            } else if (due(watched, now)) {
              sentMillis.put(watched, now);
              send(watched.trap(value));
            }
          });
    } finally {
      watchLater();
    }
  }

  private boolean due(Watched watched, long now) {
    Long before = sentMillis.get(watched);
    return before == null || now - before >= options.trapInterval().toMillis() || now < before;
  }

  private void send(TrapSender.Trap trap) {
    sender.ifPresent(to -> to.send(trap));
  }

  @Deactivate
  void close() throws IOException {
    synchronized (this) {
      closed = true;
      timer.ifPresent(EventLoop.Timer::cancel);
    }
    if (sender.isPresent()) {
      send(TrapSender.end());
      sender.get().close();
    }
  }
}
