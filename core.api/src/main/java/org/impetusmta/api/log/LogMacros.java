package org.impetusmta.api.log;

import java.util.Optional;
import java.util.Set;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Macros of log formats that a module or a partner adds; a service. A format that lists {@link
 * #namespace} may write {@code %NAME}, or {@code %NAME{argument}}. Concurrent. Source:
 * modules.custom_logger, namespace.
 *
 * <p>A module says its namespace in {@link org.impetusmta.api.module.Module#logMacros} too, so that
 * it starts before the loggers that use it.
 */
@ConsumerType
public interface LogMacros {
  /** What formats list to use them, {@code outbound_tls}. */
  String namespace();

  /** The macros' names: letters and {@code _}, without {@code %}. */
  Set<String> names();

  /**
   * The value of a macro for an event; empty text where the event has none. It is escaped by
   * whoever writes it.
   *
   * @param name one of {@link #names}
   * @param argument what stands in braces behind it
   */
  String value(String name, Optional<String> argument, LogEvent event);
}
