package org.impetusmta.core.module;

import java.util.List;
import java.util.Set;
import org.impetusmta.api.module.Module;
import org.osgi.framework.Bundle;

/**
 * What the manifest of an installed bundle says of a module. Immutable.
 *
 * @param name the stanza's name in lower case
 * @param component the component class
 * @param autoload whether an option of its own starts it
 * @param schemes of the URIs that it opens
 * @param smtpExtension the keyword of the SMTP extension that it adds; empty: none
 * @param drivers what URIs of data sources that it asks begin with, before the colon
 * @param requires the names of the modules that it needs
 * @param order the place of its kind when modules start: loggers first, listeners last
 */
record KnownModule(
    String name,
    Module.Kind kind,
    String description,
    boolean singleton,
    boolean autoload,
    String component,
    Set<String> schemes,
    String smtpExtension,
    Set<String> drivers,
    Set<String> requires,
    Bundle bundle,
    int order) {
  /** Before all kinds: what adds macros to logs, drivers of data sources. */
  static final int FIRST = -1;

  static final List<Module.Kind> START_ORDER =
      List.of(
          Module.Kind.LOGGER,
          Module.Kind.IO_SYSTEM,
          Module.Kind.SINGLETON,
          Module.Kind.AUTH,
          Module.Kind.VALIDATE,
          Module.Kind.DELIVERY,
          Module.Kind.LISTENER);

  /** Whether its stanza may say {@code enabled}; that of a listener is said of each listen. */
  boolean mayBePassive() {
    return kind != Module.Kind.LISTENER;
  }

  /** The API line of {@code module list}. */
  String api() {
    String text = kind.name();
    return text.charAt(0) + text.substring(1).toLowerCase(java.util.Locale.ROOT);
  }
}
