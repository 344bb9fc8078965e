package org.impetusmta.core.module;

import java.util.List;
import java.util.Optional;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.module.ModuleStanza;

/**
 * A module instance's stanza in a generation. An instance outlives generations that say the same of
 * it, so its stanza follows the one in force: else each instance would keep the configuration that
 * it was started with. Concurrent.
 */
final class StanzaOfModule implements ModuleStanza {
  private final String module;
  private final String instance;
  private final Stanza stanza;
  private volatile Generation generation;

  StanzaOfModule(String module, String instance, Stanza stanza, Generation generation) {
    this.module = module;
    this.instance = instance;
    this.stanza = stanza;
    this.generation = generation;
  }

  @Override
  public String module() {
    return module;
  }

  @Override
  public String instance() {
    return instance;
  }

  @Override
  public Stanza stanza() {
    return stanza;
  }

  @Override
  public Generation generation() {
    return generation;
  }

  /** Whether the other speaks of the same instance, whatever it says of it. */
  boolean isSame(StanzaOfModule other) {
    return module.equals(other.module) && instance.equals(other.instance);
  }

  /** A generation that says the same of this instance is in force. */
  void follow(Generation now) {
    generation = now;
  }

  @Override
  public <T extends Record> T options(Class<T> type) {
    return generation.options(type, new ScopePath.Within(stanza));
  }

  /** The stanza of a module that was loaded without one: everything has its default. */
  record Empty(String name) implements Stanza {
    @Override
    public Optional<String> instance() {
      return Optional.empty();
    }

    @Override
    public List<Stanza> children(String name) {
      return List.of();
    }

    @Override
    public int order() {
      return Integer.MAX_VALUE;
    }

    @Override
    public String position() {
      return "module load " + name;
    }
  }
}
