package org.impetusmta.module.ds_core;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Function;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Scopes;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.datasource.Datasource;
import org.impetusmta.api.datasource.Datasources;

/**
 * The datasources by name. Those that a generation adds are found as soon as it is looked at, for
 * the modules that it adds with them; what it changes and takes away stays as it is until it is in
 * force. Finding is concurrent; generations come one at a time.
 */
final class Catalog implements Datasources {
  private static final Set<String> PREDEFINED_POOLS =
      Set.of(
          "swapout",
          "swapin",
          "unlink",
          "batch_unlink",
          "close",
          "cpu",
          "io",
          "spoolin",
          "log",
          "console",
          "http");

  private final NamedDatasource.Surroundings around;

  /** Makes a datasource known to the rest of the server; what it returns takes that back. */
  private final Function<NamedDatasource, Runnable> announce;

  private final Map<String, NamedDatasource> all = new ConcurrentSkipListMap<>();
  private final Map<String, Runnable> announced = new TreeMap<>();
  private final Set<String> added = new HashSet<>();
  private Map<String, DatasourceOptions> pending = Map.of();

  Catalog(NamedDatasource.Surroundings around, Function<NamedDatasource, Runnable> announce) {
    this.around = around;
    this.announce = announce;
  }

  @Override
  public Optional<Datasource> find(String name) {
    return Optional.ofNullable(all.get(name));
  }

  @Override
  public List<Datasource> all() {
    return List.copyOf(all.values());
  }

  List<NamedDatasource> named() {
    return List.copyOf(all.values());
  }

  /**
   * Looks at a generation.
   *
   * @throws ConfigException where something is wrong with a stanza
   */
  void prepare(Generation next) throws ConfigException {
    Map<String, DatasourceOptions> stanzas = new TreeMap<>();
    for (Stanza stanza : next.stanzas("datasource")) {
      String name = stanza.instance().orElse("");
      DatasourceOptions options =
          next.options(DatasourceOptions.class, new ScopePath.Within(stanza));
      NamedDatasource known = all.get(name);
      if (known == null || !known.options().equals(options)) {
        check(next, stanza, name, options);
      }
      stanzas.put(name, options);
    }
    stanzas.forEach(
        (name, options) -> {
          if (!all.containsKey(name)) {
            all.put(name, new NamedDatasource(name, options, around));
            added.add(name);
          }
        });
    pending = stanzas;
  }

  private void check(Generation next, Stanza stanza, String name, DatasourceOptions options)
      throws ConfigException {
    String where = stanza.position() + ": in datasource \"" + name + "\": ";
    if (options.uri().isEmpty()) {
      throw new ConfigException(where + "uri is needed, expected uri = ( \"DRIVER:…\" )");
    }
    for (String uri : options.uri()) {
      String driver = Drivers.nameOf(uri);
      try {
        around
            .drivers()
            .find(driver)
            .orElseThrow(() -> new IllegalArgumentException(unknown(uri, driver)))
            .check(driver, uri.substring(uri.indexOf(':') + 1).strip());
      } catch (IllegalArgumentException e) {
        throw new ConfigException(where + "uri: " + e.getMessage(), e);
      }
    }
    if (!hasPool(next, options.pool())) {
      throw new ConfigException(
          where
              + "pool = \"%s\": expected a pool that is predefined, or of a ThreadPool stanza"
                  .formatted(options.pool()));
    }
  }

  /** Without the rest of the URI, which may have a password. */
  private String unknown(String uri, String driver) {
    List<String> names = new ArrayList<>(around.drivers().names());
    return driver.isEmpty()
        ? "found no driver before a colon, expected DRIVER:…"
        : "found the driver \"%s\", of which there is no module that is loaded%s"
            .formatted(
                uri.substring(0, uri.indexOf(':')),
                names.isEmpty() ? "" : "; loaded are: " + String.join(", ", names));
  }

  private static boolean hasPool(Generation next, String pool) {
    return PREDEFINED_POOLS.contains(pool.toLowerCase(Locale.ROOT))
        || next.stanzas(Scopes.THREADPOOL).stream()
            .anyMatch(stanza -> stanza.instance().orElse("").equalsIgnoreCase(pool));
  }

  /** The generation that was looked at last is in force. */
  void commit() {
    added.clear();
    for (Map.Entry<String, NamedDatasource> entry : List.copyOf(all.entrySet())) {
      DatasourceOptions options = pending.get(entry.getKey());
      if (options == null) {
        all.remove(entry.getKey());
        withdraw(entry.getKey());
        entry.getValue().close();
      } else {
        entry.getValue().take(options);
        announced.computeIfAbsent(entry.getKey(), _ -> announce.apply(entry.getValue()));
      }
    }
  }

  /** It was refused. */
  void rollback() {
    for (String name : added) {
      NamedDatasource refused = all.remove(name);
      if (refused != null) {
        refused.close();
      }
    }
    added.clear();
  }

  private void withdraw(String name) {
    Runnable goodbye = announced.remove(name);
    if (goodbye != null) {
      goodbye.run();
    }
  }

  void close() {
    List.copyOf(announced.keySet()).forEach(this::withdraw);
    all.values().forEach(NamedDatasource::close);
    all.clear();
  }
}
