package org.impetusmta.api.config;

import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A stanza of the configuration, {@code name "instance" { … }}, read-only. Two stanzas are equal when they say the same,
 * wherever they stand. Safe for any thread.
 */
@ProviderType
public interface Stanza {
  /** The stanza's name in lower case. */
  String name();

  /** The instance name, where there is one. */
  Optional<String> instance();

  /** The stanzas inside it that are called {@code name} (lower case), in order. */
  List<Stanza> children(String name);

  /** Its place among all stanzas of the configuration: modules are called in this order. */
  int order();

  /** Where it stands, {@code file:line}, for messages to the operator. */
  String position();
}
