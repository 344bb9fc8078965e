package org.impetusmta.core.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.core.config.option.ConfigValue;
import org.impetusmta.core.config.option.ScopeRules;
import org.jspecify.annotations.Nullable;

/**
 * Collects the entries of a scope while files are read: a stanza that was opened before goes on, an
 * option that was said before is replaced where it stood. Tells the {@link SourceMap} where it all
 * stands. Single.
 */
final class ScopeBuilder {
  private final String written;
  private final Optional<String> instance;
  private final Position position;
  private final String name;
  private final String kind;
  private final @Nullable ScopeBuilder parent;
  private final SourceMap map;
  private final ScopeSources sources;

  /** A {@link ConfigOption} or a {@link ScopeBuilder}, under its key. */
  private final Map<String, Object> entries = new LinkedHashMap<>();

  /** A global scope that stands for itself, in no file. */
  ScopeBuilder(Position position) {
    this(position, new SourceMap());
  }

  /** The global scope. */
  ScopeBuilder(Position position, SourceMap map) {
    this.written = "";
    this.kind = ScopeRules.GLOBAL;
    this.instance = Optional.empty();
    this.position = position;
    this.name = "";
    this.parent = null;
    this.map = map;
    this.sources = map.root();
  }

  private ScopeBuilder(
      String written, Optional<String> instance, String key, Position position, ScopeBuilder in) {
    this.written = written;
    this.name = written.toLowerCase(Locale.ROOT);
    this.kind = ScopeRules.key(in.kind, name);
    this.instance = instance;
    this.position = position;
    this.parent = in;
    this.map = in.map;
    this.sources = in.sources.inner(key);
  }

  /** An option that was said in a form that cannot be edited. */
  void add(ConfigOption option) {
    add(option, null);
  }

  /**
   * An option.
   *
   * @param span where it stands in the file that is being read
   */
  void add(ConfigOption option, ScopeSources.@Nullable Span span) {
    entries.put(option.name(), option);
    sources.add(new ScopeSources.Statement(option, map.reading(), map.next(), span));
  }

  /**
   * The stanza of that name and instance, made if this is its first opening, which is in a form
   * that cannot be edited.
   */
  ScopeBuilder stanza(String opened, Optional<String> openedInstance, Position at) {
    return stanza(opened, openedInstance, at, Opening.withoutSpan(map.reading()));
  }

  /** The stanza of that name and instance, made if this is its first opening. */
  ScopeBuilder stanza(
      String opened, Optional<String> openedInstance, Position at, Opening opening) {
    String key = ConfigScope.key(opened.toLowerCase(Locale.ROOT), openedInstance);
    ScopeBuilder scope =
        (ScopeBuilder)
            entries.computeIfAbsent(
                key, _ -> new ScopeBuilder(opened, openedInstance, key, at, this));
    scope.opened(opening);
    return scope;
  }

  /** This scope goes on here. */
  void opened(Opening opening) {
    sources.add(opening);
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

  /** The way to this scope. */
  ConfigPath path() {
    List<ConfigPath.Step> steps = new ArrayList<>();
    for (ScopeBuilder at = this; at != null && at.parent != null; at = at.parent) {
      steps.addFirst(new ConfigPath.Step(at.written, at.instance));
    }
    return new ConfigPath(steps);
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
