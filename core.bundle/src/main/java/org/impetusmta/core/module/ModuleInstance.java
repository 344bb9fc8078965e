package org.impetusmta.core.module;

import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.datasource.DatasourceDriver;
import org.impetusmta.api.datasource.Datasources;
import org.impetusmta.api.delivery.DeliveryMethod;
import org.impetusmta.api.io.IoWrapper;
import org.impetusmta.api.module.Reconfigurable;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.ComponentInstance;

/**
 * A component instance that the loader made for a stanza. Immutable but for the stanza, which a
 * {@link Reconfigurable} takes over from the next generation; single: only the loader touches it,
 * under its lock.
 */
final class ModuleInstance {
  final KnownModule module;
  final String key;
  final ComponentInstance<Object> component;
  private final StanzaOfModule startedWith;
  StanzaOfModule stanza;

  ModuleInstance(
      KnownModule module, String key, StanzaOfModule stanza, ComponentInstance<Object> component) {
    this.module = module;
    this.key = key;
    this.startedWith = stanza;
    this.stanza = stanza;
    this.component = component;
  }

  /** A generation is in force that this instance has taken up, or that says the same of it. */
  void follow(Generation now) {
    startedWith.follow(now);
    stanza.follow(now);
  }

  /** Whether the server leaves its hooks alone. */
  boolean passive() {
    return module.mayBePassive() && !stanza.options(PassiveOptions.class).enabled();
  }

  @Nullable Reconfigurable reconfigurable() {
    return component.getInstance() instanceof Reconfigurable r ? r : null;
  }

  /**
   * What others use by its name, not by its hooks, cannot be loaded passively.
   *
   * @throws ConfigException when {@code next} says so of one
   */
  void requireHooks(StanzaOfModule next) throws ConfigException {
    Object used = component.getInstance();
    boolean byName =
        used instanceof IoWrapper
            || used instanceof DeliveryMethod
            || used instanceof DatasourceDriver
            || used instanceof Datasources;
    if (byName && module.mayBePassive() && !next.options(PassiveOptions.class).enabled()) {
      throw new ConfigException(
          "%s: in %s: found enabled = false, which is for modules with hooks; expected true"
              .formatted(next.stanza().position(), module.name()));
    }
  }

  /** {@code name:instance}, or the name alone for singletons. */
  String title() {
    return module.singleton() ? module.name() : module.name() + ":" + stanza.instance();
  }
}
