package org.impetusmta.core.module;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.module.Reconfigurable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the next generation changes of the modules: which instances it adds, which it removes, which
 * take up another stanza. Made while the old ones work, then carried out or given up. Single: the
 * loader's, under its lock.
 */
final class ModuleChange {
  private static final Logger LOG = LoggerFactory.getLogger(ModuleChange.class);

  private final RunningModules running;
  private final ModuleCatalog catalog;
  private final List<ModuleInstance> added = new ArrayList<>();
  private final List<ModuleInstance> removed = new ArrayList<>();
  private final List<Map.Entry<ModuleInstance, StanzaOfModule>> reconfigured = new ArrayList<>();
  private ModuleSigners signers = ModuleSigners.ANYBODY;

  /** Nothing yet. */
  ModuleChange(RunningModules running, ModuleCatalog catalog) {
    this.running = running;
    this.catalog = catalog;
  }

  /**
   * Looks at a generation and makes what is new in it.
   *
   * @param unloaded what does not start again until the next reload
   * @throws ConfigException when something cannot be made; {@link #giveUp} then
   */
  void prepare(Generation next, WantedModules wanted, Set<String> unloaded) throws ConfigException {
    signers = ModuleSigners.of(next);
    List<StanzaOfModule> stanzas = wanted.of(next, unloaded);
    for (ModuleInstance instance : running.all()) {
      if (!(instance.stanza.stanza() instanceof StanzaOfModule.Empty)
          && stanzas.stream().noneMatch(instance.stanza::isSame)) {
        removed.add(instance);
      } else {
        catalog.requireAdmitted(instance.module, signers);
      }
    }
    for (StanzaOfModule stanza : stanzas) {
      prepare(stanza);
    }
  }

  private void prepare(StanzaOfModule stanza) throws ConfigException {
    Optional<ModuleInstance> old = running.of(stanza);
    if (old.isPresent()) {
      Reconfigurable reconfigurable = old.get().reconfigurable();
      if (reconfigurable != null) {
        old.get().requireHooks(stanza);
        reconfigurable.prepare(stanza);
        reconfigured.add(Map.entry(old.get(), stanza));
        return;
      }
      if (old.get().stanza.stanza().equals(stanza.stanza())) {
        return;
      }
      removed.add(old.get());
    }
    added.add(running.create(catalog.require(stanza.module()), stanza, signers));
  }

  /** The generation is in force. */
  void carryOut() {
    catalog.admit(signers);
    reconfigured.forEach(entry -> running.reconfigure(entry.getKey(), entry.getValue()));
    running.exchange(added, removed);
  }

  /** The generation was refused. */
  void giveUp() {
    for (Map.Entry<ModuleInstance, StanzaOfModule> entry : reconfigured) {
      Reconfigurable reconfigurable = entry.getKey().reconfigurable();
      try {
        if (reconfigurable != null) {
          reconfigurable.rollback(entry.getValue());
        }
      } catch (RuntimeException | LinkageError e) {
        LOG.error("module {} did not give up what it prepared", entry.getKey().title(), e);
      }
    }
    added.forEach(running::dispose);
  }
}
