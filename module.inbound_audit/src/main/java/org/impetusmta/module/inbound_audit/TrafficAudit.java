package org.impetusmta.module.inbound_audit;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.audit.AuditSeries;
import org.impetusmta.api.audit.AuditWatch;
import org.impetusmta.api.audit.InboundAudit;
import org.impetusmta.api.audit.Series;
import org.impetusmta.api.audit.SeriesDefinition;
import org.impetusmta.api.config.Cidr;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.hook.DecInboundConnections;
import org.impetusmta.api.hook.IncInboundConnections;
import org.impetusmta.api.hook.LogReception;
import org.impetusmta.api.hook.LogRejection;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.module.Reconfigurable;
import org.impetusmta.api.reception.AcceptConstruct;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.audit.Monitor;
import org.impetusmta.audit.SeriesJournal;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * Counts what clients do: connections when they are accepted, receptions for each recipient, and
 * rejections, both when they are logged. Keeps series of {@code persist} over a restart, writes
 * those of {@code serialize} to files. Concurrent. Source: modules.inbound_audit.
 */
@Module(
    name = "inbound_audit",
    kind = Module.Kind.VALIDATE,
    singleton = "true",
    description = "Inbound traffic analytics")
@Component(
    factory = Module.FACTORY + "inbound_audit",
    service = {
      InboundAudit.class,
      TrafficAudit.class,
      IncInboundConnections.class,
      DecInboundConnections.class,
      LogReception.class,
      LogRejection.class,
      AuditWatch.class,
      Reconfigurable.class
    })
public final class TrafficAudit
    implements InboundAudit,
        IncInboundConnections,
        DecInboundConnections,
        LogReception,
        LogRejection,
        AuditWatch,
        Reconfigurable {
  private final AuditSeries series;
  private final Scheduler scheduler;
  private final OpenSessions sessions = new OpenSessions();
  private volatile Settings settings;
  private volatile Traffic traffic;

  /** By series; guarded by this, as is all below. */
  private final Map<SeriesDefinition, SeriesJournal> journals = new HashMap<>();

  private EventLoop.@Nullable Timer timer;
  private boolean ended;

  /** The stanza. */
  @OptionSet("inbound_audit")
  public record Options(
      @Option(
              value = "/var/log/ecelerity/audit_series_logs",
              doc = "folder of the files of series with the flag serialize, one a window")
          String logDir,
      @Option(
              value = "300",
              min = 1,
              doc = "how often windows that are over are forgotten and series are kept on disk")
          Duration maintenanceInterval,
      @Option(doc = "windows for show ip and policy, \"seconds,number\" each")
          List<String> monitors,
      @Option(
              value = "/var/log/ecelerity/audit_series_persist",
              doc = "folder of the files that series with the flag persist outlive the server in")
          String serializeDir) {}

  /** The stanza, looked at. */
  private record Settings(
      Path logDir, Duration maintenance, List<Monitor> monitors, Path serializeDir) {
    static Settings of(Options options) throws ConfigException {
      return new Settings(
          folder("log_dir", options.logDir()),
          options.maintenanceInterval(),
          Monitor.parse("inbound_audit", options.monitors()),
          folder("serialize_dir", options.serializeDir()));
    }

    private static Path folder(String option, String text) throws ConfigException {
      try {
        Path folder = Path.of(text);
        if (folder.isAbsolute()) {
          return folder;
        }
      } catch (InvalidPathException e) {
        throw new ConfigException(
            "in inbound_audit: %s = \"%s\": no path".formatted(option, text), e);
      }
      throw new ConfigException(
          "in inbound_audit: %s = \"%s\": expected the whole path of a folder"
              .formatted(option, text));
    }
  }

  /**
   * @throws ConfigException when an option is none
   */
  @Activate
  public TrafficAudit(
      Map<String, Object> properties, @Reference AuditSeries series, @Reference Scheduler scheduler)
      throws ConfigException {
    this(ModuleStanza.of(properties).options(Options.class), series, scheduler);
  }

  TrafficAudit(Options options, AuditSeries series, Scheduler scheduler) throws ConfigException {
    this.series = series;
    this.scheduler = scheduler;
    this.settings = Settings.of(options);
    this.traffic = new Traffic(settings.monitors(), series);
    scheduler.pool("IO").execute(this::begin);
  }

  private synchronized void begin() {
    if (!ended) {
      series.all().forEach(this::begin);
      await();
    }
  }

  private synchronized void begin(Series one) {
    if (ended) {
      return;
    }
    kept().restore(one);
    if (one.definition().serialize() && !journals.containsKey(one.definition())) {
      SeriesJournal journal =
          new SeriesJournal(
              settings.logDir(), one.definition().interval(), scheduler, ZoneId.systemDefault());
      journal.add(one);
      journals.put(one.definition(), journal);
    }
  }

  private KeptSeries kept() {
    return new KeptSeries(settings.serializeDir(), series, scheduler.clock());
  }

  private void await() {
    timer =
        scheduler
            .loops()
            .getFirst()
            .schedule(() -> scheduler.pool("IO").execute(this::maintain), settings.maintenance());
  }

  private synchronized void maintain() {
    if (!ended) {
      series.maintain();
      kept().save();
      await();
    }
  }

  @Override
  public void defined(Series one) {
    scheduler.pool("IO").execute(() -> begin(one));
  }

  @Override
  public void added(SeriesDefinition definition, String key, long delta) {}

  @Override
  public void removed(SeriesDefinition definition, String key) {}

  @Deactivate
  void end() {
    synchronized (this) {
      ended = true;
      EventLoop.Timer waiting = timer;
      if (waiting != null) {
        waiting.cancel();
      }
      kept().save();
      journals.values().forEach(SeriesJournal::end);
      journals.clear();
    }
  }

  // a new configuration

  @Override
  public void prepare(ModuleStanza next) throws ConfigException {
    Settings _ = Settings.of(next.options(Options.class));
  }

  @Override
  public void commit(ModuleStanza now) {
    try {
      configure(now.options(Options.class));
    } catch (ConfigException e) {
      throw new IllegalStateException("looked at by prepare", e);
    }
  }

  void configure(Options options) throws ConfigException {
    Settings next = Settings.of(options);
    Traffic counted = new Traffic(next.monitors(), series);
    synchronized (this) {
      boolean elsewhere = !next.logDir().equals(settings.logDir());
      settings = next;
      traffic = counted;
      EventLoop.Timer waiting = timer;
      if (waiting != null) {
        waiting.cancel();
        await();
      }
      if (elsewhere) {
        List<SeriesJournal> before = List.copyOf(journals.values());
        journals.clear();
        scheduler
            .pool("IO")
            .execute(
                () -> {
                  before.forEach(SeriesJournal::end);
                  series.all().forEach(this::begin);
                });
      }
    }
  }

  // what happens

  @Override
  public void incInboundConnections(AcceptConstruct connection) {
    connection
        .remoteAddress()
        .map(Cidr::of)
        .ifPresent(
            address -> {
              sessions.opened(connection, address);
              traffic.add(Event.CONNECTION, address);
            });
  }

  @Override
  public void decInboundConnections(AcceptConstruct connection) {
    sessions.closed(connection);
  }

  @Override
  public void logReception(LogEvent.Reception event) {
    if (!event.message().connectionId().equals(MessageId.NONE)) {
      address(event.message().sourceAddress())
          .ifPresent(address -> traffic.add(Event.RECEPTION, address));
    }
  }

  @Override
  public void logRejection(LogEvent.Rejection event) {
    String remote = event.remote();
    int port = remote.lastIndexOf(':');
    address(port < 0 ? remote : remote.substring(0, port))
        .ifPresent(address -> traffic.add(Event.REJECTION, address));
  }

  /** Empty where it is none: a client on a Unix socket has no address. */
  private static Optional<Cidr> address(String text) {
    try {
      return Optional.of(Cidr.parse(text));
    } catch (IllegalArgumentException none) {
      return Optional.empty();
    }
  }

  // what others ask

  @Override
  public List<String> monitors() {
    return traffic.monitors().stream().map(Monitor::toString).toList();
  }

  @Override
  public long count(Event event, String monitor, Cidr block, int first, int last, boolean cluster) {
    return traffic.count(event, Monitor.parse(monitor), block, first, last, cluster);
  }

  @Override
  public double estimate(Event event, String monitor, Cidr block, boolean cluster) {
    return traffic.estimate(event, Monitor.parse(monitor), block, cluster);
  }

  @Override
  public void merge(Event event, Cidr address, long delta) {
    traffic.merge(event, address, delta, Math.floorDiv(scheduler.clock().millis(), 1_000L));
  }

  @Override
  public long sessions(String service, Cidr block) {
    return sessions.count(service, block);
  }

  Traffic traffic() {
    return traffic;
  }

  AuditSeries series() {
    return series;
  }

  /** Where the console's {@code load} looks for files. */
  Path serializeDir() {
    return settings.serializeDir();
  }
}
