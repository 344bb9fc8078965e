package org.impetusmta.core.config;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.metrics.CacheWatch;
import org.impetusmta.core.config.option.ConfigValue;
import org.impetusmta.core.config.option.EngineOptions;
import org.impetusmta.core.config.option.OptionCatalog;
import org.impetusmta.core.config.option.OptionDeclaration;
import org.impetusmta.core.config.option.OptionShape;
import org.jspecify.annotations.Nullable;

/**
 * One validated configuration. What was asked for is remembered twice: under the path it was asked
 * with, so that asking again is one lookup, and under the scopes that had a say, so that all paths
 * that come to the same scopes share one record. Concurrent.
 */
final class ConfigGeneration implements Generation, OptionCatalog.Follower {
  private final long number;
  private final long reloads;
  private final Instant made;
  private final ConfigScope root;
  private final OptionCatalog catalog;
  private final int matchCacheSize;
  private final int otherCacheSize;
  private final long matchCacheNanos;
  private final MatchFigures matches = new MatchFigures();
  private final Map<Class<? extends Record>, Resolved<?>> resolved = new ConcurrentHashMap<>();

  /**
   * @param root passed by the validator
   */
  ConfigGeneration(
      long number, long reloads, Instant made, ConfigScope root, OptionCatalog catalog) {
    this.number = number;
    this.reloads = reloads;
    this.made = made;
    this.root = root;
    this.catalog = catalog;
    OptionShape<EngineOptions> shape = catalog.shape(EngineOptions.class);
    if (shape == null) {
      throw new IllegalStateException("the catalogue lacks the engine's own options");
    }
    EngineOptions own = new Resolved<>(shape, 1, 1, 0).at(ScopePath.GLOBAL);
    this.matchCacheSize = own.matchCacheSize();
    this.otherCacheSize = own.genericGetterCacheSize().orElse(matchCacheSize);
    this.matchCacheNanos = own.matchCacheLife().toNanos();
    catalog.register(this);
  }

  @Override
  public long number() {
    return number;
  }

  @Override
  public long reloads() {
    return reloads;
  }

  /** When it was made. */
  Instant made() {
    return made;
  }

  ConfigScope root() {
    return root;
  }

  @Override
  @SuppressWarnings("unchecked") // what is resolved is kept under its own class
  public <T extends Record> T options(Class<T> type, ScopePath path) {
    Resolved<?> known = resolved.get(type);
    if (known == null) {
      known = resolve(type);
    }
    return ((Resolved<T>) known).at(path);
  }

  private <T extends Record> Resolved<?> resolve(Class<T> type) {
    OptionShape<T> shape = catalog.shape(type);
    if (shape == null) {
      throw new IllegalArgumentException(type.getName() + " is no declared option set");
    }
    return resolved.computeIfAbsent(
        type, _ -> new Resolved<>(shape, matchCacheSize, otherCacheSize, matchCacheNanos));
  }

  @Override
  public void forget(Class<? extends Record> type) {
    resolved.remove(type);
  }

  /** How good its caches of lookups are, together. */
  CacheWatch.Figures matches() {
    long capacity = 0;
    long entries = 0;
    for (Resolved<?> one : resolved.values()) {
      capacity += one.sending.capacity() + one.others.capacity();
      entries += one.sending.size() + one.others.size();
    }
    return matches.of(capacity, entries);
  }

  /** Whether one of these options, in lower case, is said in some scope. */
  public boolean says(Set<String> options) {
    return says(root, options);
  }

  private static boolean says(ConfigScope scope, Set<String> options) {
    for (ConfigEntry entry : scope.entries()) {
      boolean found =
          switch (entry) {
            case ConfigOption option -> options.contains(option.name());
            case ConfigScope inner -> says(inner, options);
          };
      if (found) {
        return true;
      }
    }
    return false;
  }

  /** What the URIs of all Datasource stanzas begin with, before the first colon, in lower case. */
  public Set<String> drivers() {
    Set<String> drivers = new HashSet<>();
    for (ConfigScope datasource : root.scopes("datasource")) {
      ConfigOption uris = datasource.option("uri");
      if (uris != null) {
        drivers(uris.value(), drivers);
      }
    }
    return drivers;
  }

  private static void drivers(ConfigValue value, Set<String> drivers) {
    switch (value) {
      case ConfigValue.Text uri -> {
        int colon = uri.text().indexOf(':');
        if (colon > 0) {
          drivers.add(uri.text().substring(0, colon).strip().toLowerCase(Locale.ROOT));
        }
      }
      case ConfigValue.Items list -> list.items().forEach(item -> drivers(item, drivers));
      case ConfigValue.Dictionary _ -> {}
    }
  }

  /** Whether the list {@code option}, in lower case, has {@code word} in some scope. */
  public boolean lists(String option, String word) {
    return lists(root, option, word);
  }

  private static boolean lists(ConfigScope scope, String option, String word) {
    for (ConfigEntry entry : scope.entries()) {
      boolean found =
          switch (entry) {
            case ConfigOption said -> said.name().equals(option) && said.value().lists(word);
            case ConfigScope inner -> lists(inner, option, word);
          };
      if (found) {
        return true;
      }
    }
    return false;
  }

  @Override
  public Optional<Origin> origin(Class<? extends Record> type, String option, ScopePath path) {
    OptionShape<?> shape = catalog.shape(type);
    if (shape == null) {
      throw new IllegalArgumentException(type.getName() + " is no declared option set");
    }
    OptionDeclaration declared =
        shape.options().stream()
            .filter(known -> known.name().equals(option))
            .findFirst()
            .orElseThrow(
                () -> new IllegalArgumentException(type.getName() + " has no option " + option));
    Fallback.Link link = Fallback.of(root, path).who(declared);
    ConfigOption said = link == null ? null : link.find(declared);
    if (link == null || said == null) {
      return Optional.empty();
    }
    Position where = said.where();
    return Optional.of(new Origin(link.typed(), where.file() + ":" + where.line()));
  }

  @Override
  public List<Stanza> stanzas(String name) {
    return root.children(name);
  }

  @Override
  public String toString() {
    return "generation " + number;
  }

  /** The records of one option set in this generation. */
  private final class Resolved<T extends Record> {
    private final OptionShape<T> shape;

    /** Of bindings and domains. */
    private final MatchCache<ScopePath, T> sending;

    /** Of all other paths. */
    private final MatchCache<ScopePath, T> others;

    private final Map<List<ConfigScope>, T> byScopes = new ConcurrentHashMap<>();

    /** Lists and dictionaries that were converted, for each option's place in the set. */
    private final Map<ConfigOption, Object>[] aggregates;

    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of generic maps
    Resolved(OptionShape<T> shape, int sendingSize, int othersSize, long lifeNanos) {
      this.shape = shape;
      this.sending = new MatchCache<>(sendingSize, lifeNanos, System::nanoTime, matches);
      this.others = new MatchCache<>(othersSize, lifeNanos, System::nanoTime, matches);
      this.aggregates = new Map[shape.options().size()];
      for (int i = 0; i < aggregates.length; i++) {
        aggregates[i] = new ConcurrentHashMap<>();
      }
    }

    T at(ScopePath path) {
      MatchCache<ScopePath, T> byPath =
          path instanceof ScopePath.Sending || path instanceof ScopePath.Host ? sending : others;
      T found = byPath.get(path);
      if (found == null) {
        found = resolve(path);
        byPath.put(path, found);
      }
      return found;
    }

    private T resolve(ScopePath path) {
      Fallback fallback = Fallback.of(root, path);
      List<ConfigScope> asked = new ArrayList<>();
      for (Fallback.Link link : fallback.links()) {
        for (OptionDeclaration option : shape.options()) {
          if (link.find(option) != null) {
            asked.add(link.scope());
            break;
          }
        }
      }
      return byScopes.computeIfAbsent(List.copyOf(asked), _ -> create(fallback));
    }

    private T create(Fallback fallback) {
      List<OptionDeclaration> options = shape.options();
      @Nullable Object[] values = new Object[options.size()];
      for (int i = 0; i < values.length; i++) {
        OptionDeclaration option = options.get(i);
        ConfigOption said = fallback.find(option);
        values[i] =
            said == null
                ? option.defaultValue().map(option.type()::convert).orElse(null)
                : convert(option, said, i);
      }
      return shape.create(values);
    }

    private Object convert(OptionDeclaration option, ConfigOption said, int place) {
      return option.type().aggregate()
          ? aggregates[place].computeIfAbsent(said, _ -> option.type().convert(said.value()))
          : option.type().convert(said.value());
    }
  }
}
