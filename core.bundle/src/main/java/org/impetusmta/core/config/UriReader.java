package org.impetusmta.core.config;

import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.io.IoUri;

/**
 * Reads what an include names by a URI that is not {@code file://}: the module loader, which knows
 * the I/O wrappers. Blocks; called by whoever loads or reloads the configuration, one at a time.
 */
public interface UriReader {
  /**
   * The whole text.
   *
   * @throws ConfigException with the reason; the message lacks the position
   */
  byte[] read(IoUri uri, SoFar soFar) throws ConfigException;

  /**
   * What the files have said before the include, which may be all that there is: the first
   * configuration is not in force before it was read to its end.
   */
  @FunctionalInterface
  interface SoFar {
    /**
     * A generation of one module's stanzas alone, checked.
     *
     * @throws ConfigException when what was said is wrong
     */
    Generation of(String module) throws ConfigException;
  }
}
