package org.impetusmta.module.seedlist;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.impetusmta.api.datasource.Datasource;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.Datasources;
import org.impetusmta.api.datasource.Query;
import org.impetusmta.api.message.Address;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The addresses that get copies: lines of a file, or the column {@code address} of the table {@code
 * SCHEMA.seeds}. They are read for each campaign. Blocks; concurrent.
 */
final class Seeds {
  static final int MOST = 10_000;
  private static final Logger LOG = LoggerFactory.getLogger(Seeds.class);

  private final Optional<Path> file;
  private final Supplier<Optional<Datasources>> datasources;
  private final String cacheName;
  private final String query;

  /**
   * @param schema a name that SQL takes as it is
   */
  Seeds(
      Optional<Path> file,
      Supplier<Optional<Datasources>> datasources,
      String cacheName,
      String schema) {
    this.file = file;
    this.datasources = datasources;
    this.cacheName = cacheName;
    this.query = "SELECT address FROM " + schema + ".seeds";
  }

  /**
   * Reads them.
   *
   * @throws IOException where they cannot be read
   */
  Set<Address> read() throws IOException {
    Set<Address> seeds = new LinkedHashSet<>();
    if (file.isPresent()) {
      try (Stream<String> lines = Files.lines(file.get(), StandardCharsets.UTF_8)) {
        lines.forEach(line -> add(line, seeds));
      } catch (java.io.UncheckedIOException bad) {
        throw new IOException(file.get() + ": " + bad.getMessage(), bad);
      }
    } else {
      column().forEach(line -> add(line, seeds));
    }
    return seeds;
  }

  private List<String> column() throws IOException {
    Datasource source =
        datasources
            .get()
            .flatMap(all -> all.find(cacheName))
            .orElseThrow(
                () ->
                    new IOException(
                        "no seedlist_file, and there is no Datasource \"" + cacheName + "\""));
    try {
      return source.query(Query.of(query)).whole().column(0);
    } catch (DatasourceException failure) {
      throw new IOException(failure.getMessage(), failure);
    }
  }

  private static void add(String line, Set<Address> seeds) {
    String text = line.strip();
    if (text.isEmpty() || text.startsWith("#") || seeds.size() >= MOST) {
      return;
    }
    Address address = Address.of(text.replaceAll("^<|>$", ""));
    boolean fits =
        !address.localpart().isEmpty()
            && !address.domain().isEmpty()
            && text.length() <= 320
            && text.chars().allMatch(c -> c > ' ' && c != 0x7f);
    if (fits) {
      seeds.add(address);
    } else {
      LOG.warn("a seed is no address and left out, {} characters", text.length());
    }
  }
}
