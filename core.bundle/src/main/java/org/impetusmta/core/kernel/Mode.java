package org.impetusmta.core.kernel;

import java.util.Locale;
import org.impetusmta.api.config.ConfigException;

/**
 * What a process of the kernel is for, as the framework property {@code impetus.mode} says. All but
 * {@link #SERVE} answer with a text and start nothing. Immutable.
 */
enum Mode {
  /** Be the server. */
  SERVE,
  /** Load the configuration and say that it is accepted. */
  CHECK,
  /** Load the configuration and print it as XML. */
  DUMP,
  /** Load the configuration and print the global values of options, one a line. */
  OPTIONS,
  /** Print every option that is known. */
  SCHEMA,
  /** Print the reference page of all options. */
  REFERENCE;

  static Mode of(String property) throws ConfigException {
    try {
      return valueOf(property.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new ConfigException("impetus.mode is " + property, e);
    }
  }
}
