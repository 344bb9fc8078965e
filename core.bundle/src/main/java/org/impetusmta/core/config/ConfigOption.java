package org.impetusmta.core.config;

import java.util.Locale;
import org.impetusmta.core.config.option.ConfigValue;

/**
 * One {@code name = value} in the tree. Equal to an option that says the same, wherever it stands.
 * Immutable.
 */
final class ConfigOption implements ConfigEntry {
  private final String written;
  private final String name;
  private final ConfigValue value;
  private final Position position;
  private int hash;

  /**
   * @param written the name as the operator wrote it
   * @param position where the name stands
   */
  ConfigOption(String written, ConfigValue value, Position position) {
    // few names, said often
    this.written = written.intern();
    this.name = written.toLowerCase(Locale.ROOT).intern();
    this.value = value;
    this.position = position;
  }

  /** The name in lower case. */
  @Override
  public String name() {
    return name;
  }

  /** The name as the operator wrote it. */
  @Override
  public String written() {
    return written;
  }

  ConfigValue value() {
    return value;
  }

  @Override
  public Position where() {
    return position;
  }

  @Override
  public boolean equals(Object other) {
    return this == other
        || (other instanceof ConfigOption option
            && name.equals(option.name)
            && value.equals(option.value));
  }

  @Override
  public int hashCode() {
    int known = hash;
    if (known == 0) {
      known = 31 * name.hashCode() + value.hashCode();
      hash = known;
    }
    return known;
  }

  @Override
  public String toString() {
    return written + " = " + value.printed("");
  }
}
