package org.impetusmta.core.module;

import java.util.List;
import java.util.Optional;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.module.ModuleStanza;

/** A module instance's stanza in a generation. Immutable. */
record StanzaOfModule(String module, String instance, Stanza stanza, Generation generation) implements ModuleStanza {
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
