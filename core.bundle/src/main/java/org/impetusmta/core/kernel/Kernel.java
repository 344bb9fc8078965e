package org.impetusmta.core.kernel;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Scopes;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.io.IoWrappers;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.core.config.ConfigEngine;
import org.impetusmta.core.config.ConfigParticipant;
import org.impetusmta.core.config.ConfigPath;
import org.impetusmta.core.config.ConfigXml;
import org.impetusmta.core.config.option.ConfigValue;
import org.impetusmta.core.config.option.OptionCatalog;
import org.impetusmta.core.config.option.OptionReference;
import org.impetusmta.core.config.option.OptionSchema;
import org.impetusmta.core.console.Authorizer;
import org.impetusmta.core.hook.HookRegistry;
import org.impetusmta.core.log.ComponentLog;
import org.impetusmta.core.log.Diagnostics;
import org.impetusmta.core.log.EventLogThread;
import org.impetusmta.core.log.Logback;
import org.impetusmta.core.log.PanicLog;
import org.impetusmta.core.message.MessageIds;
import org.impetusmta.core.metrics.Counters;
import org.impetusmta.core.module.LoadedIoWrappers;
import org.impetusmta.core.module.ModuleCommand;
import org.impetusmta.core.module.ModuleLoader;
import org.impetusmta.core.net.NettyScheduler;
import org.impetusmta.core.queue.MailQueues;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.SynchronousBundleListener;
import org.osgi.framework.Version;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Brings the server up and down in order. Up: configuration, the services of the core (they wait
 * for {@link Configuration}), the modules that the configuration names with the listeners last,
 * then what an earlier process left in the spool, while mail is accepted already. Down, when the
 * framework stops: listeners, deliveries, the event log's last lines, all other modules.
 *
 * <p>It runs once the launcher says that every bundle is started, by registering a future as a
 * service; the kernel completes it with the line that tells the operator how to reach the server,
 * or with the reason why there is none. Framework properties: {@code impetus.conf} (file), {@code
 * impetus.home} (folder), {@code impetus.modules} (folder of the modules, if not that of the home),
 * {@code impetus.skip} (services of {@code -n}), {@code impetus.options} (names of options to print
 * the values of, separated by commas), {@code impetus.mode} (a {@link Mode}: what to do instead of
 * serving).
 */
@Component(
    service = {},
    immediate = true)
public final class Kernel {
  private static final Logger LOG = LoggerFactory.getLogger(Kernel.class);
  private static final Logger SIGNALS =
      LoggerFactory.getLogger("org.impetusmta.core.kernel.Signals");

  private static final String MODE = "impetus.mode";
  private static final String SERVING = "serve";

  private final BundleContext context;
  private final Path home;
  private final PanicLog panicLog;
  private final ComponentLog componentLog = new ComponentLog();
  private @Nullable ModuleLoader loader;
  private @Nullable PidFile pidFile;
  private @Nullable Privileges privileges;

  @Activate
  public Kernel(
      @Reference(target = "(impetus.launcher=true)") CompletableFuture<String> ready,
      BundleContext context) {
    this.context = context;
    this.home = Path.of(property("impetus.home", "."));
    boolean foreground = Boolean.parseBoolean(property("impetus.foreground", "false"));
    PanicLog.Stderr stderr = foreground ? PanicLog.Stderr.ALWAYS : PanicLog.Stderr.UNTIL_LOGGED;
    panicLog = new PanicLog(System.err, stderr);
    boolean serves = property(MODE, SERVING).equals(SERVING);
    Logback.install(panicLog, serves ? Level.INFO : Level.WARN);
    context.registerService(org.osgi.service.log.LoggerFactory.class, componentLog, null);
    try {
      ready.complete(start());
    } catch (ConfigException | IOException | RuntimeException e) {
      LOG.debug("start failed", e);
      if (pidFile != null) {
        pidFile.remove();
      }
      ready.completeExceptionally(explained(e));
    }
  }

  /** Adds to a file that may not be touched who it is that may not. */
  private Exception explained(Exception failure) {
    Optional<String> user = privileges == null ? Optional.empty() : privileges.user();
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (user.isPresent() && cause instanceof AccessDeniedException denied) {
        return new ConfigException(
            "%s; the server runs as user %s: give %s to %s, or the folder that it is to be made in"
                .formatted(failure.getMessage(), user.get(), denied.getFile(), user.get()),
            failure);
      }
    }
    return failure;
  }

  /** What root made, and the server goes on with as another user. */
  private List<Path> ofTheServer(String pid) {
    List<Path> files = new ArrayList<>();
    if (!pid.isEmpty()) {
      files.add(Path.of(pid));
    }
    String cache = context.getProperty(Constants.FRAMEWORK_STORAGE);
    if (cache != null) {
      files.add(Path.of(cache));
    }
    return files;
  }

  /** What must be found under the same names in a chroot. */
  private List<Path> neededInChroot() {
    return List.of(
        home.resolve("bundles"),
        home.resolve("modules"),
        home.resolve("lib"),
        conf(),
        Path.of(System.getProperty("java.home"), "lib", "modules"),
        Path.of(System.getProperty("java.io.tmpdir")),
        Path.of("/proc/self/task"),
        Path.of("/dev/urandom"),
        Path.of("/etc/resolv.conf"));
  }

  private String property(String name, String otherwise) {
    String value = context.getProperty(name);
    return value == null ? otherwise : value;
  }

  private String start() throws ConfigException, IOException {
    OptionCatalog options = new OptionCatalog();
    Mode mode = Mode.of(property(MODE, SERVING));
    ConfigEngine engine =
        mode == Mode.SERVE
            ? new ConfigEngine(options, java.time.InstantSource.system())
            : ConfigEngine.forReading(options);
    ModuleLoader modules =
        new ModuleLoader(
            context,
            componentLog,
            engine,
            options,
            Path.of(property("impetus.modules", home.resolve("modules").toString())),
            home.resolve("partners"));
    modules.discover(conf());
    LoadedIoWrappers wrappers = new LoadedIoWrappers(modules, engine);
    context.registerService(IoWrappers.class, wrappers, null);
    engine.readUrisThrough(wrappers);
    Diagnostics diagnostics = new Diagnostics(panicLog, modules::packages);
    return switch (mode) {
      case SCHEMA -> OptionSchema.of(options).tsv();
      case REFERENCE -> OptionReference.of(OptionSchema.of(options));
      case CHECK -> {
        load(engine, diagnostics);
        yield "configuration accepted";
      }
      case DUMP -> {
        load(engine, diagnostics);
        yield ConfigXml.of(engine);
      }
      case OPTIONS -> {
        load(engine, diagnostics);
        yield values(engine);
      }
      case SERVE -> {
        load(engine, diagnostics);
        yield serve(engine, options, modules, diagnostics);
      }
    };
  }

  private Path conf() {
    return Path.of(property("impetus.conf", "etc/ecelerity.conf"));
  }

  /** The global values of the options that {@code impetus.options} names, one a line. */
  private String values(ConfigEngine engine) {
    StringBuilder values = new StringBuilder();
    for (String option : List.of(property("impetus.options", "").split(","))) {
      values.append(
          engine
              .view()
              .eval(ConfigPath.GLOBAL, option)
              .map(value -> value instanceof ConfigValue.Text text ? text.text() : value.typed())
              .orElse(""));
      values.append('\n');
    }
    return values.toString();
  }

  /** Loads the configuration, and asks those who are participants only of a server. */
  private void load(ConfigEngine engine, Diagnostics diagnostics) throws ConfigException {
    engine.load(conf());
    ModuleLoader.check(engine.current());
    diagnostics.prepare(engine.current());
    NettyScheduler.check(engine.current());
    Privileges.check(engine.current());
    Authorizer.check(engine.current());
  }

  private String serve(
      ConfigEngine engine, OptionCatalog options, ModuleLoader modules, Diagnostics diagnostics)
      throws ConfigException, IOException {
    Generation generation = engine.current();
    diagnostics.commit(generation);
    engine.addParticipant(diagnostics);
    String pidfile = generation.options(KernelOptions.class, ScopePath.GLOBAL).pidfile();
    pidFile = pidfile.isEmpty() ? null : PidFile.write(Path.of(pidfile));
    Privileges dropped = Privileges.begin(generation, ofTheServer(pidfile), neededInChroot());
    privileges = dropped;
    engine.addParticipant(dropped);

    context.registerService(Counters.class, new Counters(), null);
    context.registerService(
        MessageIds.class,
        new MessageIds(java.time.InstantSource.system(), ProcessHandle.current().pid()),
        null);
    context.registerService(OptionCatalog.class, options, null);
    context.registerService(
        new String[] {Configuration.class.getName(), ConfigEngine.class.getName()}, engine, null);

    Services services = new Services(context, componentLog);
    HookRegistry hooks = services.require(HookRegistry.class);
    EventLogThread eventLog = services.require(EventLogThread.class);
    services.requireAll();
    services.find(Spool.class).ifPresent(eventLog::spool);
    loader = modules;
    context.addBundleListener((SynchronousBundleListener) this::frameworkStops);
    for (ServiceReference<ConfigParticipant> reference :
        services.references(ConfigParticipant.class)) {
      ConfigParticipant participant = context.getService(reference);
      participant.prepare(generation);
      participant.commit(generation);
      engine.addParticipant(participant);
    }
    Scheduler scheduler = services.require(Scheduler.class);
    dropped.raise(scheduler.loops());
    modules.start(hooks, eventLog);
    engine.addParticipant(modules);
    dropped.end(scheduler.loops());
    if (scheduler instanceof NettyScheduler netty) {
      netty.serve();
    }
    ModuleCommand.register(context, modules, hooks);
    services.require(MailQueues.class).spoolIn();
    diagnostics.ready();
    return readyLine(generation);
  }

  private String readyLine(Generation generation) {
    List<String> smtp = listens(generation, Scopes.ESMTP_LISTENER);
    List<String> console = listens(generation, Scopes.CONTROL_LISTENER);
    Version version = context.getBundle().getVersion();
    StringBuilder line =
        new StringBuilder("Impetus ")
            .append(version.getMajor() + "." + version.getMinor() + "." + version.getMicro())
            .append(" is ready:");
    line.append(" SMTP on ").append(smtp.isEmpty() ? "no address" : String.join(" and ", smtp));
    line.append(", console on ")
        .append(console.isEmpty() ? "no socket" : String.join(" and ", console));
    if (!smtp.isEmpty()) {
      line.append("; try: swaks --server ").append(smtp.getFirst());
      line.append(" --from you@example.com --to them@example.com");
    }
    return line.toString();
  }

  private static List<String> listens(Generation generation, String listener) {
    List<String> addresses = new ArrayList<>();
    for (Stanza stanza : generation.stanzas(listener)) {
      stanza.children(Scopes.LISTEN).forEach(listen -> listen.instance().ifPresent(addresses::add));
    }
    return addresses;
  }

  /**
   * The framework begins to stop: everything still works, so nothing is lost that had been taken.
   */
  private void frameworkStops(BundleEvent event) {
    ModuleLoader modules = loader;
    if (event.getType() != BundleEvent.STOPPING
        || event.getBundle().getBundleId() != 0
        || modules == null) {
      return;
    }
    loader = null;
    SIGNALS.info("the framework was told to stop");
    modules.stop(EnumSet.of(Module.Kind.LISTENER));
    Services services = new Services(context, componentLog);
    services.find(MailQueues.class).ifPresent(queues -> queues.stop(Duration.ofSeconds(5)));
    modules.stop(EnumSet.of(Module.Kind.DELIVERY));
    flushLog(services);
    modules.stop(EnumSet.allOf(Module.Kind.class));
    PidFile file = pidFile;
    if (file != null) {
      file.remove();
    }
  }

  private static void flushLog(Services services) {
    try {
      if (services.find(EventLogThread.class).isPresent()
          && !services.find(EventLogThread.class).get().flush(Duration.ofSeconds(5))) {
        LOG.error("the last lines of the logs were not written within 5 s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
