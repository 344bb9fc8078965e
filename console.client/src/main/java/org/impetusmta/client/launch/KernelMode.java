package org.impetusmta.client.launch;

import java.util.Locale;

/** What the kernel is started for; it knows the same names. Immutable. */
enum KernelMode {
  SERVE,
  CHECK,
  DUMP,
  OPTIONS,
  SCHEMA,
  REFERENCE;

  /** The value of the framework property {@code impetus.mode}. */
  String property() {
    return name().toLowerCase(Locale.ROOT);
  }
}
