package org.impetusmta.module.ds_core;

import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.console.Report;
import org.impetusmta.api.datasource.CredentialStore;
import org.impetusmta.api.datasource.Datasource;
import org.impetusmta.api.datasource.DatasourceDriver;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.Datasources;
import org.impetusmta.api.datasource.Query;
import org.impetusmta.api.datasource.Rows;
import org.impetusmta.api.datasource.SharedAnswers;
import org.impetusmta.api.metrics.CacheWatch;
import org.impetusmta.api.metrics.MetricSource;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.module.Reconfigurable;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Datasource stanzas as a service: {@code ds_core flush NAME}, {@code ds_core stats}. Drivers,
 * stored passwords and what the nodes of a cluster share are services that come and go. Concurrent.
 * Source: modules.ds_core.
 */
@Module(
    name = "ds_core",
    kind = Module.Kind.SINGLETON,
    singleton = "true",
    autoload = "true",
    description = "Data sources by name, and the caches before them")
@Component(
    factory = Module.FACTORY + "ds_core",
    service = {Datasources.class, Reconfigurable.class, ConsoleCommand.class, MetricSource.class})
public final class DsCore implements Datasources, Reconfigurable, ConsoleCommand, MetricSource {
  private static final Logger LOG = LoggerFactory.getLogger(DsCore.class);
  private static final Duration TIDY = Duration.ofSeconds(30);

  private final Drivers drivers = new Drivers();
  private final Scheduler scheduler;
  private final EventLoop home;
  private final Catalog catalog;
  private final ModuleStanza first;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  private volatile @Nullable CredentialStore credentials;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  private volatile @Nullable SharedAnswers shared;

  /** Confined to the loop. */
  private EventLoop.@Nullable Timer timer;

  /** Confined to the loop. */
  private boolean ended;

  @Activate
  public DsCore(
      Map<String, Object> properties, BundleContext bundle, @Reference Scheduler scheduler) {
    this(
        ModuleStanza.of(properties),
        scheduler,
        Ticker.systemTicker(),
        watch -> {
          ServiceRegistration<?> told =
              bundle.registerService(CacheWatch.class, new Watched(watch), null);
          return told::unregister;
        });
  }

  DsCore(
      ModuleStanza first,
      Scheduler scheduler,
      Ticker ticker,
      java.util.function.Function<NamedDatasource, Runnable> announce) {
    this.first = first;
    this.scheduler = scheduler;
    this.home = scheduler.loops().getFirst();
    this.catalog =
        new Catalog(
            new NamedDatasource.Surroundings(
                drivers, scheduler, this::password, new Shared(), ticker),
            announce);
  }

  /** As {@code cache list} shows it. */
  private record Watched(NamedDatasource datasource) implements CacheWatch {
    @Override
    public String name() {
      return "ds_core:" + datasource.name();
    }

    @Override
    public Figures figures() {
      return datasource.figures();
    }
  }

  private Optional<String> password(String host, String user, String facility)
      throws DatasourceException {
    CredentialStore store = credentials;
    return store == null ? Optional.empty() : store.password(host, user, facility);
  }

  /** What the nodes share, where somebody joins them; its failures are not ours. */
  private final class Shared implements SharedAnswers {
    @Override
    public Optional<Rows> find(String datasource, Query query) {
      SharedAnswers nodes = shared;
      try {
        return nodes == null ? Optional.empty() : nodes.find(datasource, query);
      } catch (RuntimeException e) {
        LOG.error("datasource {}: answers of other nodes", datasource, e);
        return Optional.empty();
      }
    }

    @Override
    public void publish(String datasource, Query query, Rows answer) {
      SharedAnswers nodes = shared;
      try {
        if (nodes != null) {
          nodes.publish(datasource, query, answer);
        }
      } catch (RuntimeException e) {
        LOG.error("datasource {}: an answer for other nodes", datasource, e);
      }
    }

    @Override
    public void forget(String datasource) {
      SharedAnswers nodes = shared;
      try {
        if (nodes != null) {
          nodes.forget(datasource);
        }
      } catch (RuntimeException e) {
        LOG.error("datasource {}: flush of other nodes", datasource, e);
      }
    }
  }

  @Reference(
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  void bindDriver(DatasourceDriver driver) {
    drivers.add(driver);
  }

  void unbindDriver(DatasourceDriver driver) {
    drivers.remove(driver);
    catalog.named().forEach(datasource -> datasource.clear(driver.names()));
  }

  /**
   * Takes the first generation; drivers are bound by now.
   *
   * @throws ConfigException where a stanza is wrong
   */
  @Activate
  void begin() throws ConfigException {
    catalog.prepare(first.generation());
    catalog.commit();
    home.execute(this::sleep);
  }

  @Deactivate
  void end() {
    home.execute(
        () -> {
          ended = true;
          EventLoop.Timer waiting = timer;
          if (waiting != null) {
            waiting.cancel();
          }
        });
    catalog.close();
  }

  /** On the loop. */
  private void sleep() {
    if (!ended) {
      timer = home.schedule(this::tidy, TIDY);
    }
  }

  /** On the loop. */
  private void tidy() {
    try {
      scheduler.pool("IO").execute(() -> catalog.named().forEach(NamedDatasource::tidy));
    } catch (RejectedExecutionException full) {
      LOG.debug("idle connections stay a while longer", full);
    }
    sleep();
  }

  // ---- generations

  @Override
  public void prepare(ModuleStanza next) throws ConfigException {
    catalog.prepare(next.generation());
  }

  @Override
  public void commit(ModuleStanza now) {
    catalog.commit();
  }

  @Override
  public void rollback(ModuleStanza refused) {
    catalog.rollback();
  }

  // ---- who asks

  @Override
  public Optional<Datasource> find(String name) {
    return catalog.find(name);
  }

  @Override
  public List<Datasource> all() {
    return catalog.all();
  }

  @Override
  public void collect(Sink sink) {
    for (NamedDatasource datasource : catalog.named()) {
      CacheWatch.Figures now = datasource.figures();
      String[] label = {"datasource", datasource.name()};
      sink.gauge("datasource_cache_entries", "Answers in the cache", now.entries(), label);
      sink.counter("datasource_cache_hits", "Lookups that the cache answered", now.hits(), label);
      sink.counter("datasource_cache_misses", "Lookups that it did not", now.misses(), label);
      sink.counter(
          "datasource_cache_joined", "Lookups that waited for another's", now.pending(), label);
      sink.gauge("datasource_connections", "Open connections", datasource.connections(), label);
    }
  }

  // ---- ds_core flush NAME | stats

  @Override
  public String name() {
    return "ds_core";
  }

  @Override
  public String synopsis() {
    return "flush cache_name | stats [--json]";
  }

  @Override
  public String summary() {
    return "Shows and flushes the caches of datasources";
  }

  @Override
  public boolean hasJson() {
    return true;
  }

  @Override
  public List<String> complete(List<String> arguments) {
    String begun = arguments.getLast();
    List<String> could =
        arguments.size() < 2
            ? List.of("flush", "stats")
            : arguments.size() == 2 && arguments.getFirst().equals("flush")
                ? catalog.all().stream().map(Datasource::name).toList()
                : List.of();
    return could.stream().filter(word -> word.startsWith(begun)).toList();
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    List<String> words = invocation.arguments();
    String verb = words.isEmpty() ? "" : words.getFirst().toLowerCase(Locale.ROOT);
    if (verb.equals("stats") && words.size() == 1) {
      invocation.print(StatsTable.of(catalog.named()));
    } else if (verb.equals("flush") && words.size() == 2) {
      String name = words.get(1);
      Datasource datasource =
          catalog
              .find(name)
              .orElseThrow(() -> new ConsoleException("there is no datasource '" + name + "'"));
      long flushed = datasource.flush();
      invocation.print(
          new Report()
              .value("cache", name)
              .value("flushed", flushed)
              .linef("flushed %d entries from cache '%s'", flushed, name));
    } else {
      throw new ConsoleException("expected ds_core " + synopsis());
    }
  }
}
