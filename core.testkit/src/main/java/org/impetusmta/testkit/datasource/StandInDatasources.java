package org.impetusmta.testkit.datasource;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.impetusmta.api.datasource.Datasource;
import org.impetusmta.api.datasource.Datasources;

/** The data sources of a test, in memory. Concurrent. */
public final class StandInDatasources implements Datasources {
  private final Map<String, StandInDatasource> sources = new TreeMap<>();

  /** Makes a source known, in place of the one of that name. */
  public synchronized StandInDatasource add(String name) {
    StandInDatasource source = new StandInDatasource(name);
    sources.put(name, source);
    return source;
  }

  /** Forgets a source, as if its stanza were gone. */
  public synchronized void remove(String name) {
    sources.remove(name);
  }

  @Override
  public synchronized Optional<Datasource> find(String name) {
    return Optional.ofNullable(sources.get(name));
  }

  @Override
  public synchronized List<Datasource> all() {
    return new ArrayList<>(sources.values());
  }
}
