package org.impetusmta.core.module;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
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
import org.impetusmta.api.config.Stanza;
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
  private final List<Path> folders;
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
    final List<ModuleInstance> added = new ArrayList<>();
    final List<ModuleInstance> removed = new ArrayList<>();
    final List<Map.Entry<ModuleInstance, StanzaOfModule>> reconfigured = new ArrayList<>();
  }

  @SuppressWarnings("NullAway.Init")
  public ModuleLoader(
      BundleContext context,
      ComponentLog componentLog,
      ConfigEngine engine,
      OptionCatalog options,
      List<Path> folders) {
    this.context = context;
    this.componentLog = componentLog;
    this.engine = engine;
    this.catalog = new ModuleCatalog(context, options);
    this.folders = folders;
  }

  /** Makes the modules of all folders and the options of the bundles that run known. */
  public void discover() throws IOException {
    for (Bundle bundle : context.getBundles()) {
      catalog.know(bundle);
    }
    for (Path folder : folders) {
      catalog.scan(folder);
    }
  }

  /**
   * Starts what the generation in force asks for. Called once, when the services of the core are
   * there.
   */
  public synchronized void start(HookRegistry hookRegistry, EventLogThread log)
      throws ConfigException {
    hooks = hookRegistry;
    eventLog = log;
    hooks.publish(keys(running), Set.of()); // I/O wrappers that an include needed
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
      List<StanzaOfModule> wanted = wanted(next);
      for (ModuleInstance instance : running) {
        if (!(instance.stanza.stanza() instanceof StanzaOfModule.Empty)
            && find(wanted, instance).isEmpty()) {
          change.removed.add(instance);
        }
      }
      for (StanzaOfModule stanza : wanted) {
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
        reconfigurable.prepare(stanza);
        change.reconfigured.add(Map.entry(old.get(), stanza));
        return;
      }
      if (old.get().stanza.stanza().equals(stanza.stanza())) {
        return;
      }
      change.removed.add(old.get());
    }
    KnownModule module = catalog.find(stanza.module()).orElseThrow();
    change.added.add(create(module, stanza));
  }

  @Override
  public synchronized void commit(Generation now) {
    Change change = pending;
    pending = new Change();
    reloads = now.reloads();
    for (Map.Entry<ModuleInstance, StanzaOfModule> entry : change.reconfigured) {
      entry.getKey().stanza = entry.getValue();
      Reconfigurable reconfigurable = entry.getKey().reconfigurable();
      if (reconfigurable != null) {
        reconfigurable.commit(entry.getValue());
      }
    }
    exchange(change.added, change.removed);
    running.forEach(instance -> instance.follow(now));
  }

  @Override
  public synchronized void rollback(Generation refused) {
    Change change = pending;
    pending = new Change();
    for (Map.Entry<ModuleInstance, StanzaOfModule> entry : change.reconfigured) {
      Reconfigurable reconfigurable = entry.getKey().reconfigurable();
      if (reconfigurable != null) {
        reconfigurable.rollback(entry.getValue());
      }
    }
    change.added.forEach(this::dispose);
  }

  /** The instances that a generation asks for, in the order in which they are to start. */
  private List<StanzaOfModule> wanted(Generation generation) throws ConfigException {
    List<StanzaOfModule> wanted = new ArrayList<>();
    List<KnownModule> modules = new ArrayList<>(catalog.all().values());
    modules.sort(Comparator.comparingInt(KnownModule::order));
    for (KnownModule module : modules) {
      if (unloaded.contains(module.name())) {
        continue;
      }
      List<Stanza> stanzas = generation.stanzas(module.name());
      if (module.singleton() && stanzas.size() > 1) {
        throw new ConfigException(
            stanzas.get(1).position() + ": there is a " + module.name() + " stanza already");
      }
      for (Stanza stanza : stanzas) {
        wanted.add(stanzaOf(module, stanza, generation));
      }
      // any scope may name any delivery method at any time, so each is ready
      if (stanzas.isEmpty()
          && (module.kind() == Module.Kind.DELIVERY || isCalledFor(module, generation))) {
        wanted.add(stanzaOf(module, new StanzaOfModule.Empty(module.name()), generation));
      }
    }
    return wanted;
  }

  /**
   * Whether an option of the module is said somewhere, and that starts it, or the SMTP extension
   * that it adds is listed somewhere.
   */
  private boolean isCalledFor(KnownModule module, Generation generation) {
    return (module.autoload() && ConfigEngine.says(generation, catalog.optionsOf(module)))
        || (!module.smtpExtension().isEmpty()
            && ConfigEngine.lists(generation, "smtp_extensions", module.smtpExtension()));
  }

  private static StanzaOfModule stanzaOf(KnownModule module, Stanza stanza, Generation generation) {
    return new StanzaOfModule(
        module.name(), stanza.instance().orElse(module.name()), stanza, generation);
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
  private ModuleInstance create(KnownModule module, StanzaOfModule stanza) throws ConfigException {
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
      hooks.publish(keys(added), keys(removed));
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
    Generation generation = said.of(module.name());
    List<Stanza> stanzas = generation.stanzas(module.name());
    Stanza stanza =
        stanzas.isEmpty() ? new StanzaOfModule.Empty(module.name()) : stanzas.getFirst();
    ModuleInstance instance = create(module, stanzaOf(module, stanza, generation));
    unloaded.remove(module.name());
    if (started) {
      exchange(List.of(instance), List.of());
    } else {
      running.add(instance);
    }
    return instance;
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
    unloaded.remove(module.name());
    Generation now = engine.current();
    List<StanzaOfModule> stanzas = new ArrayList<>();
    now.stanzas(module.name()).forEach(stanza -> stanzas.add(stanzaOf(module, stanza, now)));
    if (stanzas.isEmpty()) {
      stanzas.add(stanzaOf(module, new StanzaOfModule.Empty(module.name()), now));
    }
    return titles(start(module, stanzas, List.of()));
  }

  /** Stops all instances of a module, then its bundle. */
  public synchronized List<String> unload(String name) throws ConfigException {
    KnownModule module = known(name);
    List<ModuleInstance> instances = instances(module);
    if (instances.isEmpty()) {
      throw new ConfigException("module " + module.name() + " is not loaded");
    }
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

  /** Reads a module's jar again and puts the new revision in the place of the old one. */
  public synchronized List<String> update(String name) throws ConfigException {
    KnownModule old = known(name);
    List<ModuleInstance> instances = instances(old);
    Bundle oldBundle = old.bundle();
    String source = ModuleCatalog.source(oldBundle);
    Bundle newBundle = null;
    catalog.forget(oldBundle);
    try (InputStream jar = URI.create(source).toURL().openStream()) {
      newBundle = context.installBundle(ModuleCatalog.revision(++counter, source), jar);
      catalog.know(newBundle);
      KnownModule module = known(name);
      List<StanzaOfModule> stanzas = new ArrayList<>();
      for (ModuleInstance instance : instances) {
        Generation now = engine.current();
        stanzas.add(
            new StanzaOfModule(name, instance.stanza.instance(), instance.stanza.stanza(), now));
      }
      List<ModuleInstance> started =
          module.kind() == Module.Kind.LISTENER
              ? takeOver(module, stanzas, instances)
              : start(module, stanzas, instances);
      oldBundle.uninstall();
      refresh();
      return titles(started);
    } catch (IOException | BundleException | ConfigException | RuntimeException e) {
      if (newBundle != null) {
        catalog.forget(newBundle);
        discard(newBundle);
      }
      catalog.know(oldBundle);
      throw new ConfigException(
          "the old revision of module " + name + " stays: " + ComponentLog.reason(e), e);
    }
  }

  private void discard(Bundle bundle) {
    try {
      bundle.uninstall();
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
    } catch (BundleException | IllegalStateException e) {
      throw new ConfigException("cannot install " + uri + ": " + ComponentLog.reason(e), e);
    }
  }

  /**
   * Replaces a listener: an address can be had once, so the old instances go first; they come back
   * when the new ones cannot be made.
   */
  private List<ModuleInstance> takeOver(
      KnownModule module, List<StanzaOfModule> stanzas, List<ModuleInstance> replaced)
      throws ConfigException {
    exchange(List.of(), replaced);
    try {
      return start(module, stanzas, List.of());
    } catch (ConfigException | RuntimeException e) {
      for (ModuleInstance instance : replaced) {
        start(instance.module, List.of(instance.stanza), List.of());
      }
      throw e;
    }
  }

  private List<ModuleInstance> start(
      KnownModule module, List<StanzaOfModule> stanzas, List<ModuleInstance> replaced)
      throws ConfigException {
    List<ModuleInstance> added = new ArrayList<>();
    try {
      for (StanzaOfModule stanza : stanzas) {
        added.add(create(module, stanza));
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
      for (Path folder : folders) {
        catalog.scan(folder);
      }
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
      String description) {}

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
              instance.title(), module.name(), name, module.api(), bundle, module.description()));
    }
    return list;
  }

  /** The names of all modules that could be loaded. */
  public List<String> names() {
    return List.copyOf(catalog.all().keySet());
  }
}
