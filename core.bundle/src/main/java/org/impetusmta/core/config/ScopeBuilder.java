package org.impetusmta.core.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Collects the entries of a scope while files are read: a stanza that was opened before goes on, an
 * option that was said before is replaced where it stood. Single.
 */
final class ScopeBuilder {
  private final String written;
  private final Optional<String> instance;
  private final Position position;
  private final String name;
  private final String kind;

  /** A {@link ConfigOption} or a {@link ScopeBuilder}, under its key. */
  private final Map<String, Object> entries = new LinkedHashMap<>();

  /** The global scope. */
  ScopeBuilder(Position position) {
    this("", Optional.empty(), ScopeRules.GLOBAL, position);
  }

  private ScopeBuilder(String written, Optional<String> instance, String kind, Position position) {
    this.written = written;
    this.kind = kind;
    this.instance = instance;
    this.position = position;
    this.name = written.toLowerCase(Locale.ROOT);
  }

  void add(ConfigOption option) {
    entries.put(option.name(), option);
  }

  /** The stanza of that name and instance, made if this is its first opening. */
  ScopeBuilder stanza(String opened, Optional<String> openedInstance, Position at) {
    String lower = opened.toLowerCase(Locale.ROOT);
    return (ScopeBuilder)
        entries.computeIfAbsent(
            ConfigScope.key(lower, openedInstance),
            _ -> new ScopeBuilder(opened, openedInstance, ScopeRules.key(kind, lower), at));
  }

  /** For messages: the stanza as opened. */
  String heading() {
    return name.isEmpty()
        ? "the global scope"
        : name + instance.map(text -> " \"" + text + "\"").orElse("");
  }

  /** How the modern form opens it, {@code ec_logger "main"}. */
  String opening() {
    StringBuilder out = new StringBuilder(written);
    instance.ifPresent(text -> new ConfigValue.Text(text, '"').print(out.append(' '), ""));
    return out.toString();
  }

  boolean isGlobal() {
    return kind.equals(ScopeRules.GLOBAL);
  }

  boolean isEmpty() {
    return entries.isEmpty();
  }

  /** Takes a stanza out again. */
  void drop(ScopeBuilder stanza) {
    entries.remove(ConfigScope.key(stanza.name, stanza.instance));
  }

  Position position() {
    return position;
  }

  Optional<ConfigOption> option(String wanted) {
    return entries.get(wanted) instanceof ConfigOption found
        ? Optional.of(found)
        : Optional.empty();
  }

  ConfigScope build() {
    return build(new int[1]);
  }

  /**
   * @param stanzas how many were built before
   */
  private ConfigScope build(int[] stanzas) {
    int order = stanzas[0]++;
    List<ConfigEntry> built = new ArrayList<>(entries.size());
    for (Object entry : entries.values()) {
      built.add(entry instanceof ScopeBuilder scope ? scope.build(stanzas) : (ConfigEntry) entry);
    }
    return new ConfigScope(written, instance, kind, position, order, built);
  }
}
