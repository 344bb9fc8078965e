package org.impetusmta.core.config;

/** What stands in a scope: an option or a stanza. Immutable. */
sealed interface ConfigEntry permits ConfigOption, ConfigScope {
  /** The name in lower case. */
  String name();

  /** The name as the operator wrote it. */
  String written();

  /** Where it was said, for a stanza said more than once: first. */
  Position where();
}
