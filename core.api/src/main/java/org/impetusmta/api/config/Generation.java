package org.impetusmta.api.config;

import java.util.List;
import java.util.Optional;
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

  /**
   * Where the value of an option at {@code path} is said. What shares one limit by reference (a
   * throttle) is what has the same origin.
   *
   * @param option its name, as in {@code ecelerity.conf}, in lower case
   * @return empty where nobody says it, or where this configuration has no files
   * @throws IllegalArgumentException when {@code type} is no declared option set with that option
   */
  default Optional<Origin> origin(Class<? extends Record> type, String option, ScopePath path) {
    return Optional.empty();
  }

  /**
   * The scope that says an option.
   *
   * @param scope as it is typed at the console, {@code binding "b" domain "example.com"}, or {@code
   *     global}; the same in every generation that has it
   * @param position {@code file:line}
   */
  record Origin(String scope, String position) {}

  /** The stanzas at the top called {@code name} (lower case), in order. */
  List<Stanza> stanzas(String name);
}
