package org.impetusmta.core.config;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.impetusmta.api.config.Cidr;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.core.config.option.ConfigValue;
import org.impetusmta.core.config.option.ScopeRules;
import org.jspecify.annotations.Nullable;

/**
 * A stanza with everything in it, or the whole configuration (the global scope, whose name is
 * empty). Entries keep the order they were written in. A stanza that is written in several places
 * is one scope; an option said twice has its last value. Immutable: a change makes a copy of the
 * scopes on the way to it. Equal to a scope that says the same, wherever it stands.
 */
final class ConfigScope implements ConfigEntry, Stanza {
  /** Few entries are found faster by looking at each. */
  private static final int INDEX_FROM = 9;

  private static final Position NOWHERE = new Position("default", 1, 1);

  /** The global scope of an empty file. */
  static final ConfigScope EMPTY =
      new ConfigScope("", Optional.empty(), ScopeRules.GLOBAL, NOWHERE, 0, List.of());

  private final String written;
  private final String name;
  private final Optional<String> instance;
  private final String kind;
  private final Position position;
  private final int order;
  private final ConfigEntry[] entries;
  private final @Nullable Map<String, ConfigEntry> index;
  private final Map<String, List<ConfigScope>> children;
  private volatile @Nullable ScopeMatches matches;
  private int hash;

  /**
   * @param written the stanza's name as the operator wrote it
   * @param kind what kind of scope it is, see {@link ScopeRules}
   * @param position where it was opened first
   * @param order larger than that of the stanzas before it
   * @param entries told apart by {@link #key(ConfigEntry)}
   */
  ConfigScope(
      String written,
      Optional<String> instance,
      String kind,
      Position position,
      int order,
      List<ConfigEntry> entries) {
    this.written = written.intern();
    this.name = written.toLowerCase(Locale.ROOT).intern();
    this.instance = instance;
    this.kind = kind;
    this.position = position;
    this.order = order;
    this.entries = entries.toArray(ConfigEntry[]::new);
    this.index = entries.size() < INDEX_FROM ? null : index(this.entries);
    this.children = children(this.entries);
  }

  /** What tells an entry from the others in its scope. */
  static String key(ConfigEntry entry) {
    return switch (entry) {
      case ConfigOption option -> option.name();
      case ConfigScope scope -> key(scope.name, scope.instance);
    };
  }

  /** The key of a stanza. No option has it: option names hold no braces. */
  static String key(String name, Optional<String> instance) {
    return name + '{' + instance.map(text -> sameInstance(name, text)).orElse("");
  }

  /**
   * Two instance names mean the same stanza when this is equal: domains and hosts ignore case, a
   * peer is its network block, {@code :25} is {@code *:25}, all else is compared as written.
   */
  static String sameInstance(String stanza, String instance) {
    return switch (stanza) {
      case "domain", "host" -> isRegex(instance) ? instance : instance.toLowerCase(Locale.ROOT);
      case "listen" -> instance.startsWith(":") ? "*" + instance : instance;
      case "peer" -> peerBlock(instance);
      default -> instance;
    };
  }

  private static String peerBlock(String instance) {
    try {
      return Cidr.parse(instance).toString();
    } catch (IllegalArgumentException _) {
      return instance; // the validator refuses it
    }
  }

  /** Whether a domain or host is a regular expression, {@code /…/}. */
  static boolean isRegex(String instance) {
    return instance.length() > 1 && instance.startsWith("/") && instance.endsWith("/");
  }

  /** Whether its instance name is a pattern, so that its place among others matters. */
  boolean isPattern() {
    return isPattern(name, instance);
  }

  /** Whether a stanza of that name, lower case, and instance is a pattern. */
  static boolean isPattern(String stanza, Optional<String> instance) {
    return (stanza.equals("domain") || stanza.equals("host"))
        && instance.map(ConfigScope::isRegex).orElse(false);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String written() {
    return written;
  }

  @Override
  public Optional<String> instance() {
    return instance;
  }

  @Override
  public Position where() {
    return position;
  }

  @Override
  public String position() {
    return position.file() + ":" + position.line();
  }

  @Override
  public int order() {
    return order;
  }

  /** The order of the last stanza in here. */
  private int lastOrder() {
    int last = order;
    for (ConfigEntry entry : entries) {
      if (entry instanceof ConfigScope scope) {
        last = Math.max(last, scope.order);
      }
    }
    return last;
  }

  @Override
  public List<Stanza> children(String wanted) {
    return List.copyOf(scopes(wanted));
  }

  /** What kind of scope it is, see {@link ScopeRules}. */
  String kind() {
    return kind;
  }

  /** Options and stanzas in the order they were written in. */
  List<ConfigEntry> entries() {
    return List.of(entries);
  }

  /** The stanzas called {@code wanted}, lower case, in order. */
  List<ConfigScope> scopes(String wanted) {
    return children.getOrDefault(wanted, List.of());
  }

  /** The option of that name, lower case, if it is said here. */
  @Nullable ConfigOption option(String wanted) {
    return find(wanted) instanceof ConfigOption found ? found : null;
  }

  /** The stanza of that name, lower case, and instance. */
  Optional<ConfigScope> scope(String wanted, Optional<String> wantedInstance) {
    return find(key(wanted, wantedInstance)) instanceof ConfigScope found
        ? Optional.of(found)
        : Optional.empty();
  }

  private @Nullable ConfigEntry find(String key) {
    if (index != null) {
      return index.get(key);
    }
    for (ConfigEntry entry : entries) {
      // an option's key is its name: nothing is allocated for what hot look-ups pass by
      String name = entry.name();
      if (entry instanceof ConfigOption ? name.equals(key) : isKeyOf(entry, name, key)) {
        return entry;
      }
    }
    return null;
  }

  private static boolean isKeyOf(ConfigEntry scope, String name, String key) {
    return key.length() > name.length()
        && key.charAt(name.length()) == '{'
        && key.startsWith(name)
        && key(scope).equals(key);
  }

  /** What is found in here by matching. */
  ScopeMatches matches() {
    ScopeMatches made = matches;
    if (made == null) {
      made = ScopeMatches.of(this);
      matches = made;
    }
    return made;
  }

  /** This scope with an entry put in the place of its predecessor, or last. */
  ConfigScope with(ConfigEntry added) {
    String key = key(added);
    List<ConfigEntry> changed = new ArrayList<>(entries.length + 1);
    boolean replaced = false;
    for (ConfigEntry entry : entries) {
      boolean same = key(entry).equals(key);
      changed.add(same ? added : entry);
      replaced |= same;
    }
    if (!replaced) {
      changed.add(added);
    }
    return new ConfigScope(written, instance, kind, position, order, changed);
  }

  /** This scope without an option. */
  ConfigScope without(String option) {
    List<ConfigEntry> changed = new ArrayList<>(entries.length);
    for (ConfigEntry entry : entries) {
      if (!(entry instanceof ConfigOption) || !entry.name().equals(option)) {
        changed.add(entry);
      }
    }
    return new ConfigScope(written, instance, kind, position, order, changed);
  }

  /** This scope without any option, in it or in the stanzas inside it. */
  ConfigScope cleared() {
    List<ConfigEntry> stanzas = new ArrayList<>();
    for (ConfigEntry entry : entries) {
      if (entry instanceof ConfigScope scope) {
        stanzas.add(scope.cleared());
      }
    }
    return new ConfigScope(written, instance, kind, position, order, stanzas);
  }

  /** This scope with a change to the scope at {@code path}, which is made if it is not there. */
  ConfigScope changed(List<ConfigPath.Step> path, UnaryOperator<ConfigScope> change) {
    if (path.isEmpty()) {
      return change.apply(this);
    }
    ConfigPath.Step step = path.getFirst();
    ConfigScope child =
        scope(step.name(), step.instance())
            .orElseGet(
                () ->
                    new ConfigScope(
                        step.written(),
                        step.instance(),
                        ScopeRules.key(kind, step.name()),
                        Change.AT_CONSOLE,
                        lastOrder() + 1,
                        List.of()));
    return with(child.changed(path.subList(1, path.size()), change));
  }

  /** {@code Listen ":25"}, {@code Esmtp_Listener}: how the stanza was opened. */
  String heading() {
    if (instance.isEmpty()) {
      return written;
    }
    StringBuilder out = new StringBuilder(written).append(' ');
    new ConfigValue.Text(instance.get(), '"').print(out, "");
    return out.toString();
  }

  @Override
  public boolean equals(Object other) {
    return this == other
        || (other instanceof ConfigScope scope
            && hashCode() == scope.hashCode()
            && kind.equals(scope.kind)
            && key(this).equals(key(scope))
            && Arrays.equals(entries, scope.entries));
  }

  @Override
  public int hashCode() {
    int known = hash;
    if (known == 0) {
      known = 31 * key(this).hashCode() + Arrays.hashCode(entries);
      hash = known;
    }
    return known;
  }

  @Override
  public String toString() {
    return name.isEmpty() ? "the global scope" : heading();
  }

  private static Map<String, ConfigEntry> index(ConfigEntry[] entries) {
    Map<String, ConfigEntry> index = HashMap.newHashMap(entries.length);
    for (ConfigEntry entry : entries) {
      index.put(key(entry), entry);
    }
    return index;
  }

  private static Map<String, List<ConfigScope>> children(ConfigEntry[] entries) {
    Map<String, List<ConfigScope>> found = new LinkedHashMap<>();
    for (ConfigEntry entry : entries) {
      if (entry instanceof ConfigScope scope) {
        found.computeIfAbsent(scope.name, _ -> new ArrayList<>()).add(scope);
      }
    }
    found.replaceAll((_, scopes) -> List.copyOf(scopes));
    return found.isEmpty() ? Map.of() : found;
  }
}
