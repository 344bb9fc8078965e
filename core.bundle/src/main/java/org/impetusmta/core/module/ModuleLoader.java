package org.impetusmta.core.module;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.io.IoWrapper;
import org.impetusmta.api.module.Module;
import org.impetusmta.core.config.ConfigEngine;
import org.impetusmta.core.config.ConfigParticipant;
import org.impetusmta.core.config.UriReader;
import org.impetusmta.core.config.option.OptionCatalog;
import org.impetusmta.core.hook.HookRegistry;
import org.impetusmta.core.log.ComponentLog;
import org.impetusmta.core.log.EventLogThread;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts, stops and replaces modules while mail flows. Which modules there are it learns from the
 * manifests of the jars in {@code modules/} and {@code partners/}; which run, from the stanzas of
 * the generation in force.
 *
 * <p>Every change goes the same way: the new instances are made while the old ones work, then both
 * sets of hooks change places in one step, then the loader waits until no call is inside an old
 * one, then the old ones are disposed of. A new instance that cannot be made changes nothing. Only
 * the update of a listener goes another way, see {@link #takeOver}. Thread-safety: concurrent; one
 * change at a time.
 */
public final class ModuleLoader implements ConfigParticipant {
  private static final Logger LOG = LoggerFactory.getLogger(ModuleLoader.class);

  private final BundleContext context;
  private final ConfigEngine engine;
  private final ModuleCatalog catalog;
  private final WantedModules wanted;
  private final Path own;
  private final Path partners;
  private final RunningModules running;

  /** What does not start again until the next reload. */
  private final Set<String> unloaded = new HashSet<>();

  /** What the next generation will change: made in prepare, carried out in commit. */
  private ModuleChange pending;

  private long reloads;
  private long revisions;

  /**
   * @param own the folder of the modules that came with the distribution
   * @param partners the folder of those that did not
   */
  public ModuleLoader(
      BundleContext context,
      ComponentLog componentLog,
      ConfigEngine engine,
      OptionCatalog options,
      Path own,
      Path partners) {
    this.context = context;
    this.engine = engine;
    this.catalog = new ModuleCatalog(context, options);
    this.wanted = new WantedModules(catalog);
    this.running = new RunningModules(context, componentLog, catalog);
    this.pending = new ModuleChange(running, catalog);
    this.own = own;
    this.partners = partners;
  }

  /**
   * Makes the modules of all folders and the options of the bundles that run known.
   *
   * @param configuration which says whose partners are let in; it is checked later
   */
  public void discover(Path configuration) throws IOException {
    for (Bundle bundle : context.getBundles()) {
      catalog.know(bundle);
    }
    catalog.scan(own, true);
    try {
      if (Files.exists(configuration)) {
        catalog.admit(
            ModuleSigners.of(engine.peek(configuration, ModuleSigners.OPTION).orElse("")));
      }
      catalog.scan(partners, false);
    } catch (ConfigException e) {
      // the configuration will not load either, and that says why
      LOG.debug("{} is not looked at", partners, e);
    }
  }

  /**
   * Looks at what a generation says of modules in general.
   *
   * @throws ConfigException when it is wrong
   */
  public static void check(Generation generation) throws ConfigException {
    ModuleSigners.of(generation);
  }

  /**
   * Starts what the generation in force asks for. Called once, when the services of the core are
   * there.
   */
  public synchronized void start(HookRegistry hooks, EventLogThread log) throws ConfigException {
    running.start(hooks, log); // I/O wrappers that an include needed run already
    Generation now = engine.current();
    prepare(now);
    commit(now);
  }

  /** The package that each module's loggers are in, by the module's name. */
  public Map<String, String> packages() {
    Map<String, String> packages = new HashMap<>();
    catalog
        .all()
        .forEach(
            (name, module) -> {
              int dot = module.component().lastIndexOf('.');
              packages.put(name, module.component().substring(0, Math.max(0, dot)));
            });
    return packages;
  }

  /** Stops the instances of {@code kinds}, the last started first. */
  public synchronized void stop(Set<Module.Kind> kinds) {
    running.stop(kinds);
  }

  // ---- generations

  @Override
  public synchronized void prepare(Generation next) throws ConfigException {
    if (next.reloads() != reloads) {
      unloaded.clear();
    }
    pending = new ModuleChange(running, catalog);
    try {
      pending.prepare(next, wanted, unloaded);
    } catch (ConfigException | RuntimeException e) {
      rollback(next);
      throw e;
    }
  }

  @Override
  public synchronized void commit(Generation now) {
    ModuleChange change = pending;
    pending = new ModuleChange(running, catalog);
    reloads = now.reloads();
    change.carryOut();
    running.follow(now);
  }

  @Override
  public synchronized void rollback(Generation refused) {
    ModuleChange change = pending;
    pending = new ModuleChange(running, catalog);
    change.giveUp();
  }

  // ---- I/O wrappers

  /**
   * The I/O wrapper of a module, which is started for it if it does not run. That may be before
   * {@link #start}, when the configuration is still being read.
   *
   * @param said what the configuration says of the module, if it has to be started
   */
  synchronized IoWrapper wrapper(KnownModule module, UriReader.SoFar said) throws ConfigException {
    Optional<ModuleInstance> found = running.of(module).stream().findFirst();
    ModuleInstance instance = found.isPresent() ? found.get() : startForUse(module, said);
    if (instance.component.getInstance() instanceof IoWrapper wrapper) {
      return wrapper;
    }
    throw new ConfigException(
        "module " + module.name() + " is no I/O wrapper, though its manifest names schemes");
  }

  private ModuleInstance startForUse(KnownModule module, UriReader.SoFar said)
      throws ConfigException {
    ModuleInstance last = null;
    for (StanzaOfModule stanza : wanted.with(module, said.of(module.name()))) {
      boolean another = last != null && last.module.equals(module);
      if (running.runs(stanza.module()) || another) {
        continue;
      }
      last = create(stanza);
      running.add(last);
    }
    unloaded.remove(module.name());
    return Objects.requireNonNull(last, "the module asked for does not run");
  }

  ModuleCatalog catalog() {
    return catalog;
  }

  @Override
  public String toString() {
    return "the module loader";
  }

  // ---- the console's module commands

  /** Starts a module: the stanzas that name it, or one instance with all defaults. */
  public synchronized List<String> load(String name) throws ConfigException {
    rescan();
    KnownModule module = catalog.require(name);
    if (!running.of(module).isEmpty()) {
      throw new ConfigException("module " + module.name() + " is loaded already");
    }
    Generation now = engine.current();
    List<StanzaOfModule> stanzas = new ArrayList<>(wanted.with(module, now));
    stanzas.removeIf(stanza -> running.runs(stanza.module()));
    List<String> titles = titles(start(stanzas, List.of()));
    stanzas.forEach(stanza -> unloaded.remove(stanza.module()));
    return titles;
  }

  /** Stops all instances of a module, then its bundle. */
  public synchronized List<String> unload(String name) throws ConfigException {
    KnownModule module = catalog.require(name);
    List<ModuleInstance> instances = running.of(module);
    if (instances.isEmpty()) {
      throw new ConfigException("module " + module.name() + " is not loaded");
    }
    requireNotNeeded(module);
    unloaded.add(module.name());
    running.exchange(List.of(), instances);
    try {
      if (running.of(module.bundle()).isEmpty()) {
        module.bundle().stop(Bundle.STOP_TRANSIENT);
      }
    } catch (BundleException e) {
      throw new ConfigException(
          "module " + module.name() + " did not stop: " + ComponentLog.reason(e), e);
    }
    return titles(instances);
  }

  /**
   * Reads a module's jar again and puts the new revision in the place of the old one: of that
   * module, and of the others that are in the same jar.
   */
  public synchronized List<String> update(String name) throws ConfigException {
    Bundle oldBundle = catalog.require(name).bundle();
    List<ModuleInstance> instances = running.of(oldBundle);
    Bundle newBundle = null;
    catalog.retire(oldBundle);
    try {
      newBundle = catalog.reinstall(++revisions, oldBundle);
      boolean listener = catalog.require(name).kind() == Module.Kind.LISTENER;
      Generation now = engine.current();
      List<StanzaOfModule> stanzas = new ArrayList<>();
      for (ModuleInstance instance : instances) {
        stanzas.add(
            new StanzaOfModule(
                instance.module.name(), instance.stanza.instance(), instance.stanza.stanza(), now));
      }
      List<ModuleInstance> fresh =
          listener ? takeOver(stanzas, instances) : start(stanzas, instances);
      catalog.drop(oldBundle);
      refresh();
      return titles(fresh);
    } catch (BundleException | ConfigException | RuntimeException e) {
      if (newBundle != null) {
        catalog.forget(newBundle);
        discard(newBundle);
      }
      catalog.know(oldBundle);
      throw new ConfigException(
          "the old revision of module " + name + " stays: " + ComponentLog.reason(e), e);
    }
  }

  /** Takes a module, and all that its bundle holds, out of the server. */
  public synchronized List<String> uninstall(String name) throws ConfigException {
    KnownModule named = catalog.require(name);
    Bundle bundle = named.bundle();
    List<KnownModule> modules =
        catalog.all().values().stream().filter(m -> m.bundle().equals(bundle)).toList();
    if (!catalog.isInstalled(bundle)) {
      throw new ConfigException("module " + named.name() + " is part of the core");
    }
    List<ModuleInstance> instances = new ArrayList<>();
    for (KnownModule module : modules) {
      requireNotNeeded(module);
      if (wanted.isNamedBy(engine.current(), module)) {
        throw new ConfigException(
            "the configuration in force names module " + module.name() + "; remove it there first");
      }
      instances.addAll(running.of(module));
    }
    running.exchange(List.of(), instances);
    try {
      catalog.uninstall(bundle);
    } catch (BundleException e) {
      throw new ConfigException(
          "module " + name + " was not uninstalled: " + ComponentLog.reason(e), e);
    }
    modules.forEach(module -> unloaded.remove(module.name()));
    refresh();
    return modules.stream().map(KnownModule::name).toList();
  }

  private void requireNotNeeded(KnownModule module) throws ConfigException {
    for (ModuleInstance instance : running.all()) {
      if (instance.module.requires().contains(module.name())
          && !instance.module.bundle().equals(module.bundle())) {
        throw new ConfigException(
            "module %s requires %s: unload it first"
                .formatted(instance.module.name(), module.name()));
      }
    }
  }

  private void discard(Bundle bundle) {
    try {
      catalog.drop(bundle);
    } catch (BundleException e) {
      LOG.error("cannot uninstall {}", bundle.getLocation(), e);
    }
  }

  /** Drops the wiring, and with it the class loader, of every bundle that was uninstalled. */
  private void refresh() {
    Bundle framework = context.getBundle(org.osgi.framework.Constants.SYSTEM_BUNDLE_LOCATION);
    framework.adapt(org.osgi.framework.wiring.FrameworkWiring.class).refreshBundles(null);
  }

  /**
   * Makes a bundle from anywhere known; it starts when a stanza or {@code module load} asks for it.
   */
  public synchronized List<String> install(String uri) throws ConfigException {
    try {
      Bundle bundle =
          catalog.install(
              uri.contains(":") ? uri : Path.of(uri).toAbsolutePath().toUri().toString());
      List<String> names = new ArrayList<>();
      catalog.all().values().stream()
          .filter(m -> m.bundle().equals(bundle))
          .forEach(m -> names.add(m.name()));
      return names;
    } catch (BundleException | ConfigException | IllegalStateException e) {
      throw new ConfigException("cannot install " + uri + ": " + ComponentLog.reason(e), e);
    }
  }

  /**
   * Replaces a listener: an address can be had once, so the old instances go first; they come back
   * when the new ones cannot be made.
   */
  private List<ModuleInstance> takeOver(List<StanzaOfModule> stanzas, List<ModuleInstance> replaced)
      throws ConfigException {
    running.exchange(List.of(), replaced);
    try {
      return start(stanzas, List.of());
    } catch (ConfigException | RuntimeException e) {
      List<ModuleInstance> back = new ArrayList<>();
      for (ModuleInstance instance : replaced) {
        back.add(running.create(instance.module, instance.stanza, ModuleSigners.ANYBODY));
      }
      running.exchange(back, List.of());
      throw e;
    }
  }

  private List<ModuleInstance> start(List<StanzaOfModule> stanzas, List<ModuleInstance> replaced)
      throws ConfigException {
    List<ModuleInstance> added = new ArrayList<>();
    try {
      for (StanzaOfModule stanza : stanzas) {
        added.add(create(stanza));
      }
    } catch (ConfigException | RuntimeException e) {
      added.forEach(running::dispose);
      throw e;
    }
    running.exchange(added, replaced);
    return added;
  }

  private void rescan() throws ConfigException {
    try {
      catalog.scan(own, true);
      catalog.scan(partners, false);
    } catch (IOException e) {
      throw new ConfigException("cannot read the module folders: " + e.getMessage(), e);
    }
  }

  private ModuleInstance create(StanzaOfModule stanza) throws ConfigException {
    return running.create(catalog.require(stanza.module()), stanza, catalog.signers());
  }

  private static List<String> titles(List<ModuleInstance> instances) {
    return instances.stream().map(ModuleInstance::title).toList();
  }

  /** What {@code module list} prints of an instance. */
  public record Listed(
      String title,
      String module,
      Optional<String> instance,
      String api,
      String name,
      String description,
      boolean enabled) {}

  /** The instances that run, in the order in which they were started. */
  public synchronized List<Listed> list() {
    List<Listed> list = new ArrayList<>();
    for (ModuleInstance instance : running.all()) {
      KnownModule module = instance.module;
      Optional<String> name =
          module.singleton() ? Optional.empty() : Optional.of(instance.stanza.instance());
      String bundle = module.bundle().getSymbolicName() + " " + module.bundle().getVersion();
      list.add(
          new Listed(
              instance.title(),
              module.name(),
              name,
              module.api(),
              bundle,
              module.description(),
              !instance.passive()));
    }
    return list;
  }

  /** All that there is to say of one module, for {@code module info}. */
  public synchronized List<String> info(String name, HookRegistry registry) throws ConfigException {
    KnownModule module = catalog.require(name);
    return ModuleInfo.lines(module, running.of(module), catalog, registry);
  }

  /** The names of all modules that could be loaded. */
  public List<String> names() {
    return List.copyOf(catalog.all().keySet());
  }
}
