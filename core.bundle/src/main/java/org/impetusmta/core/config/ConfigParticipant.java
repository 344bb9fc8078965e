package org.impetusmta.core.config;

import java.util.List;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Generation;

/**
 * Somebody whom a change of the configuration concerns: the module loader, the scheduler, the
 * queues. All participants look at the next generation before any of them sees it in force. Called
 * on the thread that commits, one commit at a time.
 */
public interface ConfigParticipant {
  /**
   * Looks at the next generation; without effect on the running one.
   *
   * @throws ConfigException to refuse it
   */
  void prepare(Generation next) throws ConfigException;

  /** The prepared generation is in force. Must not fail. */
  void commit(Generation now);

  /** The prepared generation was refused by somebody. */
  default void rollback(Generation refused) {}

  /**
   * What a generation wants and only a restart brings, one line each, beyond options that changed
   * in a scope which was there before: those are found by their declaration.
   */
  default List<String> waitingForRestart(Generation generation) {
    return List.of();
  }
}
