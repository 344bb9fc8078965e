package org.impetusmta.module.outbound_audit;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.console.Report;
import org.impetusmta.api.hook.LogDelivery;
import org.impetusmta.api.hook.LogPermanentFailure;
import org.impetusmta.api.hook.LogReception;
import org.impetusmta.api.hook.LogTransientFailure;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.AsciiDomain;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.audit.Monitor;
import org.impetusmta.module.outbound_audit.DomainSeries.Shown;
import org.impetusmta.module.outbound_audit.DomainSeries.What;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Counts what became of mail, by its domain and in all. Events come on the log thread; the console
 * holds it up for as long as it copies. Concurrent. Source: modules.outbound_audit.
 */
@Module(
    name = "outbound_audit",
    kind = Module.Kind.DELIVERY,
    description = "Outbound traffic analytics")
@Component(
    factory = Module.FACTORY + "outbound_audit",
    service = {
      LogReception.class,
      LogDelivery.class,
      LogTransientFailure.class,
      LogPermanentFailure.class,
      ConsoleCommand.class
    })
public final class OutboundAudit
    implements LogReception, LogDelivery, LogTransientFailure, LogPermanentFailure, ConsoleCommand {
  /** Domains that have windows, or are counted until they may have some. */
  static final int MOST_DOMAINS = 100_000;

  private static final String GLOBAL = "global";

  private final String instance;
  private final Options options;
  private final List<Monitor> monitors;
  private final InstantSource clock;

  /** All below is guarded by this. */
  private final Map<String, DomainSeries> domains = new LinkedHashMap<>(16, 0.75f, true);

  /** How many messages there were of domains that have no windows yet; the last used comes last. */
  private final Map<String, Integer> small = new LinkedHashMap<>(16, 0.75f, true);

  private final TreeSet<String> list = new TreeSet<>();
  private boolean listed;
  private DomainSeries global;

  /** The stanza. */
  @OptionSet("outbound_audit")
  public record Options(
      @Option(doc = "domains whose windows are kept, whatever threshold says")
          List<String> domainlist,
      @Option(value = "false", doc = "whether there are windows for each domain, not global alone")
          boolean monitorDomains,
      @Option(doc = "windows, \"seconds,number\" each") List<String> monitors,
      @Option(
              value = "0",
              min = 0,
              doc = "messages that a domain must have had before its windows are kept")
          int threshold) {}

  /**
   * @throws ConfigException when an option is none
   */
  @Activate
  public OutboundAudit(Map<String, Object> properties, @Reference Scheduler scheduler)
      throws ConfigException {
    this(
        ModuleStanza.of(properties).options(Options.class),
        ModuleStanza.of(properties).instance(),
        scheduler.clock());
  }

  OutboundAudit(Options options, String instance, InstantSource clock) throws ConfigException {
    this.options = options;
    this.instance = instance;
    this.clock = clock;
    this.monitors = Monitor.parse("outbound_audit \"" + instance + "\"", options.monitors());
    this.global = new DomainSeries(monitors);
    for (String words : options.domainlist()) {
      for (String domain : words.split("[,\\s]+")) {
        if (!domain.isEmpty()) {
          list.add(key(domain));
        }
      }
    }
    this.listed = !list.isEmpty();
  }

  private static String key(String domain) {
    return AsciiDomain.of(domain);
  }

  private long seconds() {
    return Math.floorDiv(clock.millis(), 1_000L);
  }

  // what happens

  @Override
  public void logReception(LogEvent.Reception event) {
    count(event.message().recipient().routingDomain(), What.RECEPTION, 0);
  }

  @Override
  public void logDelivery(LogEvent.Delivery event) {
    count(event.routingDomain(), What.DELIVERY, event.tookMillis());
  }

  @Override
  public void logTransientFailure(LogEvent.Failure event) {
    count(event.routingDomain(), What.TRANSIENT_FAILURE, 0);
  }

  @Override
  public void logPermanentFailure(LogEvent.Failure event) {
    count(event.routingDomain(), What.PERMANENT_FAILURE, 0);
  }

  private synchronized void count(String routingDomain, What what, long tookMillis) {
    long now = seconds();
    global.add(what, tookMillis, now);
    if (!options.monitorDomains()) {
      return;
    }
    String domain = routingDomain.toLowerCase(Locale.ROOT);
    DomainSeries series = domains.get(domain);
    if (series == null && wanted(domain, what)) {
      series = new DomainSeries(monitors);
      domains.put(domain, series);
      bound(domains);
    }
    if (series != null) {
      series.add(what, tookMillis, now);
    }
  }

  /** Whether a domain has had enough messages; one is counted when it is received. */
  private boolean wanted(String domain, What what) {
    if (listed) {
      return list.contains(domain);
    }
    if (options.threshold() == 0) {
      return true;
    }
    int messages = what == What.RECEPTION ? 1 : 0;
    if (small.merge(domain, messages, Integer::sum) > options.threshold()) {
      small.remove(domain);
      return true;
    }
    bound(small);
    return false;
  }

  /** The one that was used least recently makes room. */
  private static void bound(Map<String, ?> map) {
    if (map.size() > MOST_DOMAINS) {
      map.remove(map.keySet().iterator().next());
    }
  }

  // the console

  @Override
  public String name() {
    return "outbound_audit:" + instance;
  }

  @Override
  public String synopsis() {
    return "show all | show domain domain | show domains | show global | clear all"
        + " | clear domain domain | domain_list add|delete domain | domain_list";
  }

  @Override
  public String summary() {
    return "Shows and clears what is counted of domains";
  }

  @Override
  public boolean hasJson() {
    return true;
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    List<String> words = invocation.arguments();
    String verb = String.join(" ", words.stream().limit(2).toList()).toLowerCase(Locale.ROOT);
    Optional<String> domain = words.size() == 3 ? Optional.of(key(words.get(2))) : Optional.empty();
    if (words.size() > 3
        || (domain.isEmpty() && (verb.endsWith(" domain") || verb.startsWith("domain_list ")))) {
      throw new ConsoleException("expected: " + name() + " " + synopsis());
    }
    Report report = new Report();
    run(verb, domain, report);
    invocation.print(report);
  }

  private synchronized void run(String verb, Optional<String> domain, Report report)
      throws ConsoleException {
    switch (verb + domain.map(_ -> " D").orElse("")) {
      case "show all" -> {
        windows(GLOBAL, global, report);
        new TreeMap<>(domains).forEach((name, series) -> windows(name, series, report));
      }
      case "show global" -> windows(GLOBAL, global, report);
      case "show domains" ->
          report.value(
              "domains",
              new ArrayList<>(
                  new TreeMap<>(domains)
                      .entrySet().stream()
                          .filter(one -> one.getValue().hasData(seconds()))
                          .map(Map.Entry::getKey)
                          .peek(report::line)
                          .toList()));
      case "show domain D" -> {
        DomainSeries series = domains.get(domain.orElseThrow());
        if (series == null) {
          throw new ConsoleException("nothing is known of " + domain.get());
        }
        windows(domain.get(), series, report);
      }
      case "clear all" -> {
        global = new DomainSeries(monitors);
        domains.clear();
        small.clear();
        report.value("cleared", "all").line("All statistics cleared");
      }
      case "clear domain D" -> {
        domains.remove(domain.orElseThrow());
        small.remove(domain.get());
        report.value("cleared", domain.get()).linef("Statistics of %s cleared", domain.get());
      }
      case "domain_list" ->
          report.value("domain_list", List.copyOf(list)).line(String.join(" ", list));
      case "domain_list add D" -> {
        list.add(domain.orElseThrow());
        listed = true;
        report.value("added", domain.get()).linef("%s added", domain.get());
      }
      case "domain_list delete D" -> {
        if (!list.remove(domain.orElseThrow())) {
          throw new ConsoleException(domain.get() + " is not in the list");
        }
        domains.remove(domain.get());
        report.value("deleted", domain.get()).linef("%s deleted", domain.get());
      }
      default -> throw new ConsoleException("expected: " + name() + " " + synopsis());
    }
  }

  private void windows(String domain, DomainSeries series, Report report) {
    report.rows("windows");
    for (Shown window : series.shown(seconds())) {
      report
          .row("windows")
          .value("domain", domain)
          .value("window_seconds", window.interval())
          .value("window", window.window())
          .value("receptions", window.receptions())
          .value("deliveries", window.deliveries())
          .value("delivery_seconds", window.seconds())
          .value("transient_failures", window.transientFailures())
          .value("permanent_failures", window.permanentFailures())
          .linef(
              "%s %d/%d: r: %d d: %d dt: %.2f t: %d f: %d",
              domain,
              window.interval(),
              window.window(),
              window.receptions(),
              window.deliveries(),
              window.seconds(),
              window.transientFailures(),
              window.permanentFailures());
    }
  }
}
