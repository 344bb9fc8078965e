package org.impetusmta.module.ds_core;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.testkit.smtp.FlatGeneration;

/** Datasource stanzas and what they say. Immutable. */
record Conf(Map<String, DatasourceOptions> datasources, List<String> pools)
    implements Generation, ModuleStanza {
  static final Conf EMPTY = new Conf(Map.of(), List.of());

  /** The defaults of the manual, and URIs. */
  static DatasourceOptions options(String... uris) {
    return new DatasourceOptions(
        new CharsetName(StandardCharsets.ISO_8859_1),
        Duration.ofSeconds(3600),
        1000,
        100,
        false,
        "IO",
        true,
        List.of(uris),
        Duration.ofMillis(200),
        Duration.ofSeconds(30),
        10,
        Duration.ofSeconds(300),
        Duration.ofSeconds(5));
  }

  static DatasourceOptions cache(DatasourceOptions of, int size, long life, boolean none) {
    return new DatasourceOptions(
        of.assumeCharset(),
        Duration.ofSeconds(life),
        size,
        of.maxRows(),
        none,
        of.pool(),
        of.serialized(),
        of.uri(),
        of.connectTimeout(),
        of.queryTimeout(),
        of.maxConnections(),
        of.idleTimeout(),
        of.retryDead());
  }

  static DatasourceOptions with(
      DatasourceOptions of, int maxRows, String pool, boolean serialized, int connections) {
    return new DatasourceOptions(
        of.assumeCharset(),
        of.cacheLife(),
        of.cacheSize(),
        maxRows,
        of.noCache(),
        pool,
        serialized,
        of.uri(),
        of.connectTimeout(),
        of.queryTimeout(),
        connections,
        of.idleTimeout(),
        of.retryDead());
  }

  Conf and(String name, DatasourceOptions options) {
    Map<String, DatasourceOptions> more = new LinkedHashMap<>(datasources);
    more.put(name, options);
    return new Conf(more, pools);
  }

  @Override
  public long number() {
    return 1;
  }

  @Override
  public long reloads() {
    return 1;
  }

  @Override
  public <T extends Record> T options(Class<T> type, ScopePath path) {
    String name = ((ScopePath.Within) path).stanza().instance().orElseThrow();
    return type.cast(Objects.requireNonNull(datasources.get(name)));
  }

  @Override
  public List<Stanza> stanzas(String name) {
    List<Stanza> all = new ArrayList<>();
    if (name.equals("datasource")) {
      datasources.keySet().forEach(known -> all.add(plain(name, known)));
    } else if (name.equals("threadpool")) {
      pools.forEach(pool -> all.add(plain(name, pool)));
    }
    return all;
  }

  private static Stanza plain(String name, String instance) {
    return new FlatGeneration.Plain(name, Optional.of(instance), List.of());
  }

  @Override
  public String module() {
    return "ds_core";
  }

  @Override
  public String instance() {
    return "ds_core";
  }

  @Override
  public Stanza stanza() {
    return new FlatGeneration.Plain("ds_core", Optional.empty(), List.of());
  }

  @Override
  public Generation generation() {
    return this;
  }

  @Override
  public <T extends Record> T options(Class<T> type) {
    throw new IllegalArgumentException(type.getName());
  }
}
