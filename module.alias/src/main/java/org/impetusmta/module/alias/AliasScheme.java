package org.impetusmta.module.alias;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.Datasources;
import org.impetusmta.api.datasource.ParameterMap;
import org.impetusmta.api.datasource.Query;
import org.impetusmta.api.datasource.Rows;
import org.impetusmta.api.message.Address;

/**
 * One {@code Scheme}: a query that has the addresses which an address stands for. The address is a
 * parameter's value, never part of the query's text. Immutable.
 */
record AliasScheme(
    String name, String cache, String query, ParameterMap map, Optional<String> column) {
  private static final Set<String> MACROS = Set.of("rcptto", "localpart", "domain");

  /** A local part of 64 octets and a domain of 255 (RFC 5321 section 4.5.3.1), and the sign. */
  private static final int LONGEST = 320;

  /** The options of the stanza. */
  @OptionSet("alias::scheme")
  public record Options(
      @Option(doc = "the Datasource that is asked; needed") Optional<String> cache,
      @Option(doc = "what it is asked; needed") Optional<String> query,
      @Option(doc = "what the query's parameters are given: %{rcptto} %{localpart} %{domain}")
          Optional<Map<String, String>> map,
      @Option(doc = "the column that has the addresses; needed where the query has several")
          Optional<String> column) {}

  /**
   * Looks at what a stanza says.
   *
   * @throws ConfigException when it lacks something
   */
  static AliasScheme of(Stanza stanza, Generation generation) throws ConfigException {
    String name =
        stanza
            .instance()
            .filter(text -> !text.isBlank())
            .orElseThrow(
                () ->
                    new ConfigException(
                        stanza.position() + ": in alias: expected Scheme \"name\" { }"));
    String where = stanza.position() + ": in alias: scheme \"" + name + "\"";
    Options options = generation.options(Options.class, new ScopePath.Within(stanza));
    String cache = needed(where, "cache", options.cache());
    String query = needed(where, "query", options.query());
    boolean known =
        generation.stanzas("datasource").stream()
            .anyMatch(source -> source.instance().filter(cache::equals).isPresent());
    if (!known) {
      throw new ConfigException(
          "%s: cache = \"%s\": expected the name of a Datasource".formatted(where, cache));
    }
    try {
      return new AliasScheme(
          name,
          cache,
          query,
          ParameterMap.parse(options.map().orElse(Map.of()), MACROS),
          options.column());
    } catch (IllegalArgumentException e) {
      throw new ConfigException(where + ": " + e.getMessage(), e);
    }
  }

  private static String needed(String where, String option, Optional<String> value)
      throws ConfigException {
    return value
        .filter(text -> !text.isBlank())
        .orElseThrow(() -> new ConfigException(where + ": " + option + " is needed"));
  }

  /**
   * The addresses that {@code recipient} stands for, none where it stands for itself. Never blocks;
   * completes at once where the cache of the source has the answer, with a DatasourceException
   * where there is none to be had.
   */
  CompletionStage<List<Address>> expand(Address recipient, Datasources datasources) {
    Query asked =
        Query.of(
            query,
            map.expand(
                macro ->
                    switch (macro) {
                      case "localpart" -> recipient.localpart();
                      case "domain" -> recipient.domain();
                      default -> recipient.toString();
                    }));
    return datasources
        .find(cache)
        .map(source -> source.ask(asked).thenApply(this::read))
        .orElseGet(
            () ->
                CompletableFuture.failedStage(
                    new DatasourceException("there is no Datasource \"" + cache + "\"")));
  }

  private List<Address> read(Rows rows) {
    try {
      return addresses(rows);
    } catch (DatasourceException e) {
      throw new CompletionException(e);
    }
  }

  private List<Address> addresses(Rows rows) throws DatasourceException {
    if (rows.whole().isEmpty()) {
      return List.of();
    }
    int index = column.isPresent() ? rows.indexOf(column.get()) : 0;
    if (index < 0 || (column.isEmpty() && rows.columns().size() != 1)) {
      throw new DatasourceException(
          column.isPresent()
              ? "the answer has no column " + column.get()
              : "the answer has several columns: which has the addresses, column says");
    }
    List<Address> found = new ArrayList<>();
    for (String cell : rows.column(index)) {
      String text = cell.strip();
      if (!text.isEmpty()) {
        found.add(address(text));
      }
    }
    return found;
  }

  private static Address address(String text) throws DatasourceException {
    Address address = Address.of(text);
    boolean valid =
        text.length() <= LONGEST
            && !address.localpart().isEmpty()
            && !address.domain().isEmpty()
            && isPlain(text)
            && (address.localpart().startsWith("\"") || text.indexOf(' ') < 0)
            && address.domain().indexOf(' ') < 0;
    if (!valid) {
      throw new DatasourceException("the answer has something that is no address");
    }
    return address;
  }

  private static boolean isPlain(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isISOControl(c) || c == '<' || c == '>') {
        return false;
      }
    }
    return true;
  }
}
