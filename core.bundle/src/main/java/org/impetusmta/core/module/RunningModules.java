package org.impetusmta.core.module;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.Hashtable;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.module.Reconfigurable;
import org.impetusmta.core.hook.HookRegistry;
import org.impetusmta.core.log.ComponentLog;
import org.impetusmta.core.log.EventLogThread;
import org.jspecify.annotations.Nullable;
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
 * The instances of modules that run, in the order in which they were started: how one is made, how
 * old ones and new ones change places, how one ends. Single: the loader's, under its lock.
 */
final class RunningModules {
  private static final Logger LOG = LoggerFactory.getLogger(RunningModules.class);

  private final BundleContext context;
  private final ComponentLog componentLog;
  private final ModuleCatalog catalog;
  private final List<ModuleInstance> running = new ArrayList<>();
  private long made;

  /** Null until the services of the core are there: what runs by then has no hooks in force. */
  private @Nullable InForce inForce;

  /** What is told of instances whose hooks come and go. */
  private record InForce(HookRegistry hooks, EventLogThread eventLog) {}

  RunningModules(BundleContext context, ComponentLog componentLog, ModuleCatalog catalog) {
    this.context = context;
    this.componentLog = componentLog;
    this.catalog = catalog;
  }

  /** The services of the core are there: hooks of what runs are in force from here on. */
  void start(HookRegistry hooks, EventLogThread eventLog) {
    inForce = new InForce(hooks, eventLog);
    hooks.publish(active(running), Set.of());
  }

  private InForce inForce() {
    InForce known = inForce;
    if (known == null) {
      throw new IllegalStateException("the services of the core are not there yet");
    }
    return known;
  }

  // ---- which there are

  List<ModuleInstance> all() {
    return Collections.unmodifiableList(running);
  }

  /** Those of a module. */
  List<ModuleInstance> of(KnownModule module) {
    return running.stream().filter(instance -> instance.module.equals(module)).toList();
  }

  /** Those of all modules of a bundle. */
  List<ModuleInstance> of(Bundle bundle) {
    return running.stream().filter(instance -> instance.module.bundle().equals(bundle)).toList();
  }

  /** The one that was made for a stanza, or for what it said before. */
  Optional<ModuleInstance> of(StanzaOfModule stanza) {
    return running.stream().filter(instance -> instance.stanza.isSame(stanza)).findFirst();
  }

  /** Whether a module of that name runs, whatever its revision. */
  boolean runs(String name) {
    return running.stream().anyMatch(instance -> instance.module.name().equals(name));
  }

  // ---- made, and in force

  /** Makes an instance whose hooks are not in force yet. */
  ModuleInstance create(KnownModule module, StanzaOfModule stanza, ModuleSigners signers)
      throws ConfigException {
    catalog.requireAdmitted(module, signers);
    String key = module.name() + "#" + ++made;
    Hashtable<String, Object> properties = new Hashtable<>();
    properties.put(ModuleStanza.PROPERTY, stanza);
    properties.put(HookRegistry.MODULE, module.name());
    properties.put(HookRegistry.INSTANCE, key);
    properties.put(HookRegistry.ORDER, stanza.stanza().order());
    componentLog.forget();
    try {
      module.bundle().start(Bundle.START_TRANSIENT);
      ComponentInstance<Object> component = factory(module).newInstance(properties);
      ModuleInstance instance = new ModuleInstance(module, key, stanza, component);
      try {
        instance.requireHooks(stanza);
      } catch (ConfigException e) {
        component.dispose();
        throw e;
      }
      return instance;
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

  /** One more that takes nobody's place; its hooks are in force as soon as any are. */
  void add(ModuleInstance instance) {
    if (inForce == null) {
      running.add(instance);
    } else {
      exchange(List.of(instance), List.of());
    }
  }

  /** Old and new instances change places; nothing is called while none of them is there. */
  void exchange(List<ModuleInstance> added, List<ModuleInstance> removed) {
    if (added.isEmpty() && removed.isEmpty()) {
      return;
    }
    InForce now = inForce();
    boolean loggers =
        !removed.isEmpty() && removed.stream().anyMatch(i -> i.module.kind() == Module.Kind.LOGGER);
    if (loggers) {
      now.eventLog().pause();
    }
    try {
      now.hooks().publish(active(added), keys(removed));
      if (!removed.isEmpty()) {
        now.hooks().awaitQuiet();
      }
      removed.forEach(this::dispose);
      running.removeAll(removed);
      running.addAll(added);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for hooks to end", e);
    } finally {
      if (loggers) {
        now.eventLog().resume();
      }
    }
  }

  /** An instance takes up what its stanza says now. A defect of one module is its own. */
  void reconfigure(ModuleInstance instance, StanzaOfModule stanza) {
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
      inForce().hooks().publish(passive ? key : Set.of(), passive ? Set.of() : key);
    }
  }

  /** All have taken up a generation, or it says the same of them. */
  void follow(Generation now) {
    running.forEach(instance -> instance.follow(now));
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

  // ---- ended

  /** Ends an instance whose hooks are not, or no longer, in force. */
  void dispose(ModuleInstance instance) {
    try {
      instance.component.dispose();
    } catch (RuntimeException e) {
      LOG.error("module {} did not stop properly", instance.title(), e);
    }
  }

  /** Stops the instances of {@code kinds}, the last started first. */
  void stop(Set<Module.Kind> kinds) {
    List<ModuleInstance> going = new ArrayList<>(running.reversed());
    going.removeIf(instance -> !kinds.contains(instance.module.kind()));
    going.forEach(this::dispose);
    running.removeAll(going);
  }
}
