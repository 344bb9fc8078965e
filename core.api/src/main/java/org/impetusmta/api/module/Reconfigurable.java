package org.impetusmta.api.module;

import org.impetusmta.api.config.ConfigException;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A module that takes a new generation without being made anew, as listeners do to keep their
 * sockets. Other modules get a new instance when their stanza changed. Register it as one of the
 * component's services.
 */
@ConsumerType
public interface Reconfigurable {
  /**
   * Looks at the next generation before it is in force, and prepares for it without effect on the
   * running one.
   *
   * @throws ConfigException to refuse it: the running generation stays
   */
  void prepare(ModuleStanza next) throws ConfigException;

  /** The prepared generation is in force. Must not fail. */
  void commit(ModuleStanza now);

  /** The prepared generation was refused by somebody: give up what {@link #prepare} made. */
  default void rollback(ModuleStanza refused) {}
}
