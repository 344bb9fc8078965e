package org.impetusmta.core.module;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Hashtable;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.datasource.DatasourceDriver;
import org.impetusmta.api.datasource.Datasources;
import org.impetusmta.api.delivery.DeliveryMethod;
import org.impetusmta.api.io.IoWrapper;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.module.Reconfigurable;
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
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.ComponentException;
import org.osgi.service.component.ComponentFactory;
import org.osgi.service.component.ComponentInstance;
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
  private final ComponentLog componentLog;
  private final ConfigEngine engine;
  private final ModuleCatalog catalog;
  private final WantedModules wanted;
  private final Path own;
  private final Path partners;
  private final List<ModuleInstance> running = new ArrayList<>();
  private final Set<String> unloaded = new HashSet<>();
  private HookRegistry hooks;
  private EventLogThread eventLog;
  private Change pending = new Change();
  private boolean started;
  private long reloads;
  private long counter;

  /** What the next generation will change: made in prepare, carried out in commit. */
  private static final class Change {
    ModuleSigners signers = ModuleSigners.ANYBODY;
    final List<ModuleInstance> added = new ArrayList<>();
    final List<ModuleInstance> removed = new ArrayList<>();
    final List<Map.Entry<ModuleInstance, StanzaOfModule>> reconfigured = new ArrayList<>();
  }

  /**
   * @param own the folder of the modules that came with the distribution
   * @param partners the folder of those that did not
   */
  @SuppressWarnings("NullAway.Init")
  public ModuleLoader(
      BundleContext context,
      ComponentLog componentLog,
      ConfigEngine engine,
      OptionCatalog options,
      Path own,
      Path partners) {
    this.context = context;
    this.componentLog = componentLog;
    this.engine = engine;
    this.catalog = new ModuleCatalog(context, options);
    this.wanted = new WantedModules(catalog);
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
  public synchronized void start(HookRegistry hookRegistry, EventLogThread log)
      throws ConfigException {
    hooks = hookRegistry;
    eventLog = log;
    hooks.publish(active(running), Set.of()); // I/O wrappers that an include needed
    started = true;
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
    List<ModuleInstance> going = new ArrayList<>(running.reversed());
    going.removeIf(instance -> !kinds.contains(instance.module.kind()));
    going.forEach(this::dispose);
    running.removeAll(going);
  }

  // ---- generations

  @Override
  public synchronized void prepare(Generation next) throws ConfigException {
    if (next.reloads() != reloads) {
      unloaded.clear();
    }
    Change change = new Change();
    pending = change;
    try {
      change.signers = ModuleSigners.of(next);
      List<StanzaOfModule> stanzas = wanted.of(next, unloaded);
      for (ModuleInstance instance : running) {
        if (!(instance.stanza.stanza() instanceof StanzaOfModule.Empty)
            && find(stanzas, instance).isEmpty()) {
          change.removed.add(instance);
        } else {
          catalog.requireAdmitted(instance.module, change.signers);
        }
      }
      for (StanzaOfModule stanza : stanzas) {
        prepare(stanza, change);
      }
    } catch (ConfigException | RuntimeException e) {
      rollback(next);
      throw e;
    }
  }

  private void prepare(StanzaOfModule stanza, Change change) throws ConfigException {
    Optional<ModuleInstance> old = running.stream().filter(i -> same(i.stanza, stanza)).findFirst();
    if (old.isPresent()) {
      Reconfigurable reconfigurable = old.get().reconfigurable();
      if (reconfigurable != null) {
        requireHooks(old.get().module, stanza, reconfigurable);
        reconfigurable.prepare(stanza);
        change.reconfigured.add(Map.entry(old.get(), stanza));
        return;
      }
      if (old.get().stanza.stanza().equals(stanza.stanza())) {
        return;
      }
      change.removed.add(old.get());
    }
    change.added.add(create(known(stanza.module()), stanza, change.signers));
  }

  /** What others use by its name, not by its hooks, cannot be loaded passively. */
  private static void requireHooks(KnownModule module, StanzaOfModule stanza, Object component)
      throws ConfigException {
    boolean used =
        component instanceof IoWrapper
            || component instanceof DeliveryMethod
            || component instanceof DatasourceDriver
            || component instanceof Datasources;
    if (used && module.mayBePassive() && !stanza.options(PassiveOptions.class).enabled()) {
      throw new ConfigException(
          "%s: in %s: found enabled = false, which is for modules with hooks; expected true"
              .formatted(stanza.stanza().position(), module.name()));
    }
  }

  @Override
  public synchronized void commit(Generation now) {
    Change change = pending;
    pending = new Change();
    reloads = now.reloads();
    catalog.admit(change.signers);
    for (Map.Entry<ModuleInstance, StanzaOfModule> entry : change.reconfigured) {
      commit(entry.getKey(), entry.getValue());
    }
    exchange(change.added, change.removed);
    running.forEach(instance -> instance.follow(now));
  }

  /** A defect of one module is its own: the others take the generation all the same. */
  private void commit(ModuleInstance instance, StanzaOfModule stanza) {
    boolean passive = instance.passive();
    instance.stanza = stanza;
    Reconfigurable reconfigurable = instance.reconfigurable();
    try {
      if (reconfigurable != null) {
        reconfigurable.commit(stanza);
      }
    } catch (RuntimeException | LinkageError e) {
      LOG.error("module {} did not take up the new configuration", instance.title(), e);
    }
    if (passive != instance.passive()) {
      Set<String> key = Set.of(instance.key);
      hooks.publish(passive ? key : Set.of(), passive ? Set.of() : key);
    }
  }

  @Override
  public synchronized void rollback(Generation refused) {
    Change change = pending;
    pending = new Change();
    for (Map.Entry<ModuleInstance, StanzaOfModule> entry : change.reconfigured) {
      Reconfigurable reconfigurable = entry.getKey().reconfigurable();
      try {
        if (reconfigurable != null) {
          reconfigurable.rollback(entry.getValue());
        }
      } catch (RuntimeException | LinkageError e) {
        LOG.error("module {} did not give up what it prepared", entry.getKey().title(), e);
      }
    }
    change.added.forEach(this::dispose);
  }

  private static boolean same(StanzaOfModule one, StanzaOfModule other) {
    return one.module().equals(other.module()) && one.instance().equals(other.instance());
  }

  private static Optional<StanzaOfModule> find(
      List<StanzaOfModule> wanted, ModuleInstance instance) {
    return wanted.stream().filter(stanza -> same(stanza, instance.stanza)).findFirst();
  }

  // ---- instances

  /** Makes an instance whose hooks are not in force yet. */
  private ModuleInstance create(KnownModule module, StanzaOfModule stanza, ModuleSigners signers)
      throws ConfigException {
    catalog.requireAdmitted(module, signers);
    String key = module.name() + "#" + ++counter;
    Hashtable<String, Object> properties = new Hashtable<>();
    properties.put(ModuleStanza.PROPERTY, stanza);
    properties.put(HookRegistry.MODULE, module.name());
    properties.put(HookRegistry.INSTANCE, key);
    properties.put(HookRegistry.ORDER, stanza.stanza().order());
    componentLog.forget();
    try {
      module.bundle().start(Bundle.START_TRANSIENT);
      ComponentInstance<Object> component = factory(module).newInstance(properties);
      try {
        requireHooks(module, stanza, component.getInstance());
      } catch (ConfigException e) {
        component.dispose();
        throw e;
      }
      return new ModuleInstance(module, key, stanza, component);
    } catch (BundleException | ComponentException | IllegalStateException e) {
      Throwable cause = componentLog.failure().orElse(e);
      String reason = ComponentLog.reason(cause);
      String position = stanza.stanza().position().toString();
      throw new ConfigException(
          reason.startsWith(position)
              ? reason
              : position + ": module " + module.name() + ": " + reason,
          cause);
    }
  }

  private ComponentFactory<Object> factory(KnownModule module) {
    String filter = "(component.factory=" + Module.FACTORY + module.name() + ")";
    try {
      for (ServiceReference<ComponentFactory<Object>> reference : references(filter)) {
        if (module.bundle().equals(reference.getBundle())) {
          return context.getService(reference);
        }
      }
    } catch (InvalidSyntaxException e) {
      throw new IllegalStateException("module name " + module.name() + " makes no filter", e);
    }
    throw new IllegalStateException(
        "its component "
            + module.component()
            + " is not available; is a service that it references missing?");
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private List<ServiceReference<ComponentFactory<Object>>> references(String filter)
      throws InvalidSyntaxException {
    return (List) List.copyOf(context.getServiceReferences(ComponentFactory.class, filter));
  }

  /** Old and new instances change places; nothing is called while none of them is there. */
  private void exchange(List<ModuleInstance> added, List<ModuleInstance> removed) {
    if (added.isEmpty() && removed.isEmpty()) {
      return;
    }
    boolean loggers =
        !removed.isEmpty() && removed.stream().anyMatch(i -> i.module.kind() == Module.Kind.LOGGER);
    if (loggers) {
      eventLog.pause();
    }
    try {
      hooks.publish(active(added), keys(removed));
      if (!removed.isEmpty()) {
        hooks.awaitQuiet();
      }
      removed.forEach(this::dispose);
      running.removeAll(removed);
      running.addAll(added);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for hooks to end", e);
    } finally {
      if (loggers) {
        eventLog.resume();
      }
    }
  }

  /** The keys of those whose hooks are called. */
  private static Set<String> active(List<ModuleInstance> instances) {
    return keys(instances.stream().filter(instance -> !instance.passive()).toList());
  }

  private static Set<String> keys(List<ModuleInstance> instances) {
    Set<String> keys = new HashSet<>();
    instances.forEach(instance -> keys.add(instance.key));
    return keys;
  }

  private void dispose(ModuleInstance instance) {
    try {
      instance.component.dispose();
    } catch (RuntimeException e) {
      LOG.error("module {} did not stop properly", instance.title(), e);
    }
  }

  // ---- I/O wrappers

  /**
   * The I/O wrapper of a module, which is started for it if it does not run. That may be before
   * {@link #start}, when the configuration is still being read.
   *
   * @param said what the configuration says of the module, if it has to be started
   */
  synchronized IoWrapper wrapper(KnownModule module, UriReader.SoFar said) throws ConfigException {
    Optional<ModuleInstance> found = instances(module).stream().findFirst();
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
      boolean runs = running.stream().anyMatch(i -> i.module.name().equals(stanza.module()));
      boolean another = last != null && last.module.equals(module);
      if (runs || another) {
        continue;
      }
      last = create(known(stanza.module()), stanza, catalog.signers());
      if (started) {
        exchange(List.of(last), List.of());
      } else {
        running.add(last);
      }
    }
    unloaded.remove(module.name());
    return java.util.Objects.requireNonNull(last, "the module asked for does not run");
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
    KnownModule module = known(name);
    if (running.stream().anyMatch(instance -> instance.module.equals(module))) {
      throw new ConfigException("module " + module.name() + " is loaded already");
    }
    Generation now = engine.current();
    List<StanzaOfModule> stanzas = new ArrayList<>(wanted.with(module, now));
    stanzas.removeIf(
        stanza -> running.stream().anyMatch(i -> i.module.name().equals(stanza.module())));
    List<String> titles = titles(start(stanzas, List.of()));
    stanzas.forEach(stanza -> unloaded.remove(stanza.module()));
    return titles;
  }

  /** Stops all instances of a module, then its bundle. */
  public synchronized List<String> unload(String name) throws ConfigException {
    KnownModule module = known(name);
    List<ModuleInstance> instances = instances(module);
    if (instances.isEmpty()) {
      throw new ConfigException("module " + module.name() + " is not loaded");
    }
    requireNotNeeded(module);
    unloaded.add(module.name());
    exchange(List.of(), instances);
    try {
      if (running.stream()
          .noneMatch(instance -> instance.module.bundle().equals(module.bundle()))) {
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
    Bundle oldBundle = known(name).bundle();
    List<ModuleInstance> instances =
        running.stream().filter(instance -> instance.module.bundle().equals(oldBundle)).toList();
    Bundle newBundle = null;
    catalog.retire(oldBundle);
    try {
      newBundle = catalog.reinstall(++counter, oldBundle);
      boolean listener = known(name).kind() == Module.Kind.LISTENER;
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
    KnownModule named = known(name);
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
      instances.addAll(instances(module));
    }
    exchange(List.of(), instances);
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
    for (ModuleInstance instance : running) {
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
    exchange(List.of(), replaced);
    try {
      return start(stanzas, List.of());
    } catch (ConfigException | RuntimeException e) {
      List<ModuleInstance> back = new ArrayList<>();
      for (ModuleInstance instance : replaced) {
        back.add(create(instance.module, instance.stanza, ModuleSigners.ANYBODY));
      }
      exchange(back, List.of());
      throw e;
    }
  }

  private List<ModuleInstance> start(List<StanzaOfModule> stanzas, List<ModuleInstance> replaced)
      throws ConfigException {
    List<ModuleInstance> added = new ArrayList<>();
    try {
      for (StanzaOfModule stanza : stanzas) {
        added.add(create(known(stanza.module()), stanza, catalog.signers()));
      }
    } catch (ConfigException | RuntimeException e) {
      added.forEach(this::dispose);
      throw e;
    }
    exchange(added, replaced);
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

  private KnownModule known(String name) throws ConfigException {
    return catalog
        .find(name)
        .orElseThrow(
            () ->
                new ConfigException(
                    "there is no module \"%s\"; known are: %s"
                        .formatted(
                            name.toLowerCase(Locale.ROOT),
                            String.join(", ", catalog.all().keySet()))));
  }

  private List<ModuleInstance> instances(KnownModule module) {
    return running.stream().filter(instance -> instance.module.equals(module)).toList();
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
    for (ModuleInstance instance : running) {
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
    KnownModule module = known(name);
    return ModuleInfo.lines(module, instances(module), catalog, registry);
  }

  /** The names of all modules that could be loaded. */
  public List<String> names() {
    return List.copyOf(catalog.all().keySet());
  }
}
