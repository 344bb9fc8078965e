package org.impetusmta.api.config;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * One immutable state of the configuration. Sessions and deliveries pin the generation that they
 * began with; a change makes the next one. Safe for any thread.
 */
@ProviderType
public interface Generation {
  /** Counts up from 1 with every change. */
  long number();

  /**
   * Counts up with every reload from files; a session that finds a newer one ends with 421 4.3.2
   * between messages.
   */
  long reloads();

  /**
   * The values of an option set in force at {@code path}. Resolved once for each set and path and
   * then kept: hold on to the record, do not call this per message.
   *
   * @throws IllegalArgumentException when {@code type} is no declared option set
   */
  <T extends Record> T options(Class<T> type, ScopePath path);

  /** The stanzas at the top called {@code name} (lower case), in order. */
  List<Stanza> stanzas(String name);
}
