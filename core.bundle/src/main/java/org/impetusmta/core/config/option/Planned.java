package org.impetusmta.core.config.option;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * The options and stanzas of the manual that are known but not in force, as the two tables beside
 * this class list them. Whoever puts one in force declares it and takes its line out of the table;
 * until then a declaration hides it. Immutable.
 */
final class Planned {
  private final List<PlannedOption> options;
  private final List<PlannedStanza> stanzas;
  private final Map<String, Map<String, PlannedOption>> optionsByScope = new LinkedHashMap<>();
  private final Map<String, Map<String, PlannedStanza>> stanzasByPlace = new LinkedHashMap<>();

  private Planned(List<PlannedOption> options, List<PlannedStanza> stanzas) {
    this.options = options;
    this.stanzas = stanzas;
    for (PlannedOption option : options) {
      for (String key : option.keys()) {
        optionsByScope.computeIfAbsent(key, _ -> new LinkedHashMap<>()).put(option.name(), option);
      }
    }
    for (PlannedStanza stanza : stanzas) {
      for (String place : stanza.places()) {
        stanzasByPlace
            .computeIfAbsent(place, _ -> new LinkedHashMap<>())
            .put(stanza.name(), stanza);
      }
    }
  }

  /** The tables of this release. */
  static Planned ofRelease() {
    return Release.TABLES;
  }

  /** Read once. */
  private static final class Release {
    static final Planned TABLES =
        new Planned(
            read("planned-options.tsv", 9, Planned::option),
            read("planned-stanzas.tsv", 5, Planned::stanza));
  }

  /** The lines of a table beside this class, but for its header. */
  static <T> List<T> read(String resource, int columns, Function<String[], T> row) {
    try (InputStream in = Planned.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("there is no " + resource + " in the bundle");
      }
      BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
      return lines
          .lines()
          .skip(1)
          .map(
              line -> {
                String[] cells = line.split("\t", -1);
                if (cells.length != columns) {
                  throw new IllegalStateException(resource + ": " + line);
                }
                return row.apply(cells);
              })
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static PlannedOption option(String[] cells) {
    List<String> scopes = Arrays.asList(cells[1].split(","));
    return new PlannedOption(
        cells[0],
        scopes,
        ScopeRules.scopeKeys(scopes),
        cells[2],
        cells[3],
        cells[4],
        Boolean.parseBoolean(cells[5]),
        cells[6],
        cells[7],
        cells[8]);
  }

  private static PlannedStanza stanza(String[] cells) {
    return new PlannedStanza(cells[0], Set.of(cells[1].split(",")), cells[2], cells[3], cells[4]);
  }

  List<PlannedOption> options() {
    return options;
  }

  List<PlannedStanza> stanzas() {
    return stanzas;
  }

  /** The option in a scope. */
  Optional<PlannedOption> option(String scopeKey, String name) {
    return Optional.ofNullable(in(scopeKey).get(name))
        .or(() -> Optional.ofNullable(in(ScopeRules.general(scopeKey)).get(name)));
  }

  /** The names of the options of a scope. */
  Set<String> optionNames(String scopeKey) {
    Set<String> names = new TreeSet<>(in(scopeKey).keySet());
    names.addAll(in(ScopeRules.general(scopeKey)).keySet());
    return names;
  }

  private Map<String, PlannedOption> in(String scopeKey) {
    return optionsByScope.getOrDefault(scopeKey, Map.of());
  }

  /** The stanza in a scope. */
  Optional<PlannedStanza> stanza(String parentKey, String name) {
    return Optional.ofNullable(stanzasByPlace.getOrDefault(parentKey, Map.of()).get(name));
  }

  /** The names of the stanzas that may stand in a scope. */
  Set<String> stanzaNames(String parentKey) {
    return stanzasByPlace.getOrDefault(parentKey, Map.of()).keySet();
  }
}
