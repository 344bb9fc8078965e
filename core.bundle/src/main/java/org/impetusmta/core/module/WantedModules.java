package org.impetusmta.core.module;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.module.Module;
import org.impetusmta.core.config.ConfigEngine;

/**
 * Which modules a generation asks for: by a stanza, by an option that its bundle declares, by an
 * SMTP extension that is listed, by the URI of a data source, or because another module requires
 * it. (A URI scheme starts its module by itself, see {@link LoadedIoWrappers}.) Concurrent, as the
 * catalog.
 */
final class WantedModules {
  private final ModuleCatalog catalog;

  WantedModules(ModuleCatalog catalog) {
    this.catalog = catalog;
  }

  /**
   * The instances that a generation asks for, in the order in which they are to start.
   *
   * @param unloaded what does not start again until the next reload
   * @throws ConfigException when a required module is not there, or a singleton is there twice
   */
  List<StanzaOfModule> of(Generation generation, Set<String> unloaded) throws ConfigException {
    List<KnownModule> modules = new ArrayList<>(catalog.all().values());
    modules.sort(Comparator.comparingInt(KnownModule::order));
    Map<String, List<StanzaOfModule>> wanted = new LinkedHashMap<>();
    for (KnownModule module : modules) {
      if (!unloaded.contains(module.name())) {
        List<StanzaOfModule> instances = instances(module, generation);
        // any scope may name any delivery method at any time, so each is ready
        if (instances.isEmpty()
            && (module.kind() == Module.Kind.DELIVERY || isCalledFor(module, generation))) {
          instances = List.of(withoutStanza(module, generation));
        }
        if (!instances.isEmpty()) {
          add(module, instances, generation, wanted, List.of());
        }
      }
    }
    return wanted.values().stream().flatMap(List::stream).toList();
  }

  /** The instances of one module, with those of the modules that it requires in front. */
  List<StanzaOfModule> with(KnownModule module, Generation generation) throws ConfigException {
    Map<String, List<StanzaOfModule>> wanted = new LinkedHashMap<>();
    add(module, instancesOrOne(module, generation), generation, wanted, List.of());
    return wanted.values().stream().flatMap(List::stream).toList();
  }

  private void add(
      KnownModule module,
      List<StanzaOfModule> instances,
      Generation generation,
      Map<String, List<StanzaOfModule>> wanted,
      List<String> neededBy)
      throws ConfigException {
    if (wanted.containsKey(module.name())) {
      return;
    }
    List<String> path = new ArrayList<>(neededBy);
    path.add(module.name());
    for (String name : module.requires()) {
      if (path.contains(name)) {
        throw new ConfigException(
            "modules require each other: " + String.join(" -> ", path) + " -> " + name);
      }
      KnownModule required =
          catalog
              .find(name)
              .orElseThrow(
                  () ->
                      new ConfigException(
                          instances.getFirst().stanza().position()
                              + ": module "
                              + module.name()
                              + " requires the module "
                              + name
                              + ", which is not there"));
      add(required, instancesOrOne(required, generation), generation, wanted, path);
    }
    wanted.put(module.name(), instances);
  }

  /** One for each stanza. */
  private static List<StanzaOfModule> instances(KnownModule module, Generation generation)
      throws ConfigException {
    List<Stanza> stanzas = generation.stanzas(module.name());
    if (module.singleton() && stanzas.size() > 1) {
      throw new ConfigException(
          stanzas.get(1).position() + ": there is a " + module.name() + " stanza already");
    }
    return stanzas.stream().map(stanza -> stanzaOf(module, stanza, generation)).toList();
  }

  private static List<StanzaOfModule> instancesOrOne(KnownModule module, Generation generation)
      throws ConfigException {
    List<StanzaOfModule> instances = instances(module, generation);
    return instances.isEmpty() ? List.of(withoutStanza(module, generation)) : instances;
  }

  /**
   * Whether an option of the module is said somewhere, and that starts it, or the SMTP extension
   * that it adds is listed somewhere, or the URI of a data source begins with a driver of it.
   */
  private boolean isCalledFor(KnownModule module, Generation generation) {
    return (module.autoload() && ConfigEngine.says(generation, catalog.optionsOf(module)))
        || (!module.smtpExtension().isEmpty()
            && ConfigEngine.lists(generation, "smtp_extensions", module.smtpExtension()))
        || !Collections.disjoint(module.drivers(), ConfigEngine.drivers(generation));
  }

  /** Whether a generation says something that needs the module to be there. */
  boolean isNamedBy(Generation generation, KnownModule module) {
    return !generation.stanzas(module.name()).isEmpty() || isCalledFor(module, generation);
  }

  private static StanzaOfModule withoutStanza(KnownModule module, Generation generation) {
    return stanzaOf(module, new StanzaOfModule.Empty(module.name()), generation);
  }

  private static StanzaOfModule stanzaOf(KnownModule module, Stanza stanza, Generation generation) {
    return new StanzaOfModule(
        module.name(), stanza.instance().orElse(module.name()), stanza, generation);
  }
}
