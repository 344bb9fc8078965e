package org.impetusmta.core.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.impetusmta.core.config.option.ConfigValue;
import org.impetusmta.core.config.option.OptionCatalog;
import org.impetusmta.core.config.option.ScopeRules;
import org.jspecify.annotations.Nullable;

/**
 * What is in force although no file says it, and what {@code config begin from scratch} begins
 * with: the predefined thread pools, {@code Debug_Flags} and {@code TimestampFormat}. The values
 * are the defaults that the declarations have, except for the sizes of the pools. It can be
 * overridden, not unset. Stateless. Source: console_commands.config, conf.ref.threadpool,
 * conf.ref.debug_flags.
 */
public final class ImplicitConfiguration {
  /**
   * A thread pool that exists without a stanza.
   *
   * @param backlog jobs that may wait, 0 for no limit
   */
  public record Pool(String name, int concurrency, int backlog) {}

  /** The pools of conf.ref.threadpool. */
  public static final List<Pool> POOLS =
      List.of(
          new Pool("SwapOut", 5, 0),
          new Pool("SwapIn", 5, 0),
          new Pool("Unlink", 6, 100),
          new Pool("Batch_Unlink", 4, 0),
          new Pool("Close", 0, 0),
          new Pool("CPU", 4, 0),
          new Pool("IO", 50, 0),
          new Pool("SpoolIn", 1, 0));

  private static final Position IMPLICIT = new Position("implicit", 1, 1);
  private static final String THREADPOOL = "threadpool";
  private static final String DEBUG_FLAGS = "debug_flags";

  private ImplicitConfiguration() {}

  /** Whether nobody said the entry. */
  static boolean isImplicit(ConfigEntry entry) {
    return entry.where() == IMPLICIT;
  }

  /** A configuration that says nothing else; of the options that are declared. */
  static ConfigScope of(OptionCatalog catalog) {
    List<ConfigEntry> entries = new ArrayList<>();
    pools(catalog, entries);
    List<ConfigEntry> flags = new ArrayList<>();
    for (String level : catalog.options(DEBUG_FLAGS)) {
      flags.addAll(declared(catalog, DEBUG_FLAGS, level, null));
    }
    if (!flags.isEmpty()) {
      entries.add(scope("Debug_Flags", Optional.empty(), entries.size(), flags));
    }
    entries.addAll(declared(catalog, ScopeRules.GLOBAL, "timestampformat", "TimestampFormat"));
    return new ConfigScope("", Optional.empty(), ScopeRules.GLOBAL, IMPLICIT, 0, entries);
  }

  private static void pools(OptionCatalog catalog, List<ConfigEntry> entries) {
    for (Pool pool : POOLS) {
      List<ConfigEntry> said = new ArrayList<>();
      number(catalog, "concurrency", pool.concurrency(), said);
      if (pool.backlog() > 0) {
        number(catalog, "backlog", pool.backlog(), said);
      }
      if (!said.isEmpty()) {
        entries.add(scope("ThreadPool", Optional.of(pool.name()), entries.size(), said));
      }
    }
  }

  private static void number(
      OptionCatalog catalog, String name, int value, List<ConfigEntry> said) {
    catalog
        .find(THREADPOOL, name)
        .ifPresent(
            option ->
                said.add(
                    new ConfigOption(
                        option.displayName(),
                        ConfigValue.Text.bare(Integer.toString(value)),
                        IMPLICIT)));
  }

  /** An option with its default, if it is declared and has one. */
  private static List<ConfigOption> declared(
      OptionCatalog catalog, String scope, String name, @Nullable String written) {
    return catalog
        .find(scope, name)
        .flatMap(
            option ->
                option
                    .shownDefault()
                    .map(
                        value ->
                            new ConfigOption(
                                written == null ? option.displayName() : written, value, IMPLICIT)))
        .stream()
        .toList();
  }

  private static ConfigScope scope(
      String written, Optional<String> instance, int before, List<ConfigEntry> entries) {
    String kind = ScopeRules.key(ScopeRules.GLOBAL, written.toLowerCase(java.util.Locale.ROOT));
    return new ConfigScope(written, instance, kind, IMPLICIT, before + 1, entries);
  }

  /** The scope with what {@code implicit} says of it put back in where it is missing. */
  static ConfigScope restored(ConfigScope scope, ConfigScope implicit) {
    ConfigScope restored = scope;
    for (ConfigEntry entry : implicit.entries()) {
      restored =
          switch (entry) {
            case ConfigOption option ->
                restored.option(option.name()) == null ? restored.with(option) : restored;
            case ConfigScope inner ->
                restored.with(
                    restored
                        .scope(inner.name(), inner.instance())
                        .map(found -> restored(found, inner))
                        .orElse(inner));
          };
    }
    return restored;
  }
}
