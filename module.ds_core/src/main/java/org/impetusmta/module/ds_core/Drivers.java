package org.impetusmta.module.ds_core;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import org.impetusmta.api.datasource.DatasourceDriver;

/** The drivers that are there now; they come and go as modules do. Concurrent. */
final class Drivers {
  private final List<DatasourceDriver> all = new CopyOnWriteArrayList<>();

  void add(DatasourceDriver driver) {
    all.add(driver);
  }

  void remove(DatasourceDriver driver) {
    all.remove(driver);
  }

  boolean has(DatasourceDriver driver) {
    return all.contains(driver);
  }

  /** The driver of that name; where a module is being replaced, the new one. */
  Optional<DatasourceDriver> find(String name) {
    return all.reversed().stream().filter(driver -> driver.names().contains(name)).findFirst();
  }

  Set<String> names() {
    Set<String> names = new TreeSet<>();
    all.forEach(driver -> names.addAll(driver.names()));
    return names;
  }

  /** What a URI has before its first colon, in lower case; empty where there is none. */
  static String nameOf(String uri) {
    return uri.substring(0, Math.max(0, uri.indexOf(':'))).strip().toLowerCase(Locale.ROOT);
  }
}
