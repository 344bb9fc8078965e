package org.impetusmta.module.cidrdb;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.impetusmta.api.cidr.CidrDefinition;
import org.impetusmta.api.config.Cidr;
import org.impetusmta.api.datasource.Datasource;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.Datasources;
import org.impetusmta.api.datasource.Query;
import org.impetusmta.api.datasource.Rows;
import org.impetusmta.api.io.IoLimits;
import org.impetusmta.api.io.IoUri;
import org.impetusmta.api.io.IoWrappers;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the blocks of a list from where its definition says. Blocks; concurrent. */
final class BlockSource {
  private static final Logger LOG = LoggerFactory.getLogger(BlockSource.class);

  /** What an entry without a value answers. */
  static final String TRUE = "true";

  private static final IoLimits LIMITS = new IoLimits(Duration.ofMinutes(5), 1L << 30);

  private final IoWrappers io;
  private final Supplier<Optional<Datasources>> datasources;

  BlockSource(IoWrappers io, Supplier<Optional<Datasources>> datasources) {
    this.io = io;
    this.datasources = datasources;
  }

  /**
   * Reads.
   *
   * @throws IOException whose message says what kept it from that
   */
  Blocks read(String name, CidrDefinition.Source source) throws IOException {
    return switch (source) {
      case CidrDefinition.Empty none -> Blocks.NONE;
      case CidrDefinition.FromDatasource from -> rows(name, from);
      case CidrDefinition.Rbldnsd file -> file(name, file);
    };
  }

  private Blocks file(String name, CidrDefinition.Rbldnsd file) throws IOException {
    Optional<IoUri> uri = IoUri.of(file.uri());
    try (InputStream octets =
            uri.isPresent()
                ? io.read(uri.get(), LIMITS)
                : Files.newInputStream(Path.of(file.uri()));
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(octets, StandardCharsets.UTF_8))) {
      return RbldnsdFile.read(lines, file.text(), "list " + name);
    }
  }

  private Blocks rows(String name, CidrDefinition.FromDatasource from) throws IOException {
    Datasource source =
        datasources
            .get()
            .flatMap(all -> all.find(from.cacheName()))
            .orElseThrow(
                () -> new IOException("there is no Datasource \"" + from.cacheName() + "\""));
    Rows rows;
    try {
      // what the cache has may be as old as what is to be replaced
      source.flush();
      rows = source.query(Query.of(from.query())).whole();
      // nor is it asked for again soon, and it may be large
      source.flush();
    } catch (DatasourceException failure) {
      throw new IOException(failure.getMessage(), failure);
    }
    int cidr = rows.isEmpty() ? 0 : column(rows, from.cidrColumn().orElse("1"));
    int value =
        rows.isEmpty() || from.valueColumn().isEmpty()
            ? -1
            : column(rows, from.valueColumn().get());
    Blocks.Builder blocks = new Blocks.Builder();
    int bad = 0;
    for (List<@Nullable String> row : rows.cells()) {
      String text = row.get(cidr);
      String worth = value < 0 ? TRUE : row.get(value);
      if (text == null || !add(blocks, text.strip(), worth == null ? "" : worth)) {
        bad++;
      }
    }
    if (bad > 0 && blocks.size() == 0) {
      throw new IOException("no row has a network block in column " + (cidr + 1));
    }
    if (bad > 0) {
      LOG.warn("list {}: {} rows have no network block", name, bad);
    }
    return blocks.build();
  }

  private static boolean add(Blocks.Builder blocks, String text, String value) {
    boolean excluded = text.startsWith("!");
    String block = excluded ? text.substring(1).strip() : text;
    if (block.indexOf(':') < 0) {
      Optional<Ip4Range> range = Ip4Range.parse(block);
      range.ifPresent(found -> found.blocks().forEach(one -> put(blocks, one, excluded, value)));
      return range.isPresent();
    }
    try {
      put(blocks, Cidr.parse(block), excluded, value);
      return true;
    } catch (IllegalArgumentException none) {
      LOG.debug("no block", none);
      return false;
    }
  }

  private static void put(Blocks.Builder blocks, Cidr block, boolean excluded, String value) {
    if (excluded) {
      blocks.exclude(block);
    } else {
      blocks.add(block, value);
    }
  }

  /** A column by name, or by its place from 1. */
  private static int column(Rows rows, String wanted) throws IOException {
    int index = rows.indexOf(wanted);
    if (index < 0 && wanted.matches("\\d{1,4}")) {
      index = Integer.parseInt(wanted) - 1;
    }
    if (index < 0 || index >= rows.columns().size()) {
      throw new IOException("the answer has no column " + wanted);
    }
    return index;
  }
}
