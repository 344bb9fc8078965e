package org.impetusmta.module.cidrdb;

import java.time.Duration;
import java.util.Optional;
import org.impetusmta.api.cidr.CidrDefinition;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;

/**
 * A list in the configuration, {@code cidr "name" { … }} inside {@code cidrdb}: the options that
 * msys.cidr.define has but optimize, for blocks are always sorted. Source:
 * lua.ref.msys.cidr.define; the stanza is beyond the manual, which leaves definitions to scripts.
 */
@OptionSet("cidrdb::cidr")
public record ListOptions(
    @Option(value = "rbldnsd", doc = "datasource, rbldnsd or empty") Type type,
    @Option(doc = "Path or URI of the file of rbldnsd") Optional<String> source,
    @Option(value = "a", doc = "a or txt: what of an entry of rbldnsd is its value") Value value,
    @Option(doc = "The Datasource that is asked") Optional<String> cachename,
    @Option(doc = "The query that gives the blocks") Optional<String> query,
    @Option(doc = "Name of the column of blocks, or its place from 1; unset: the first")
        Optional<String> cidrColumn,
    @Option(doc = "Name of the column of values, or its place from 1; unset: true")
        Optional<String> valueColumn,
    @Option(value = "1800", min = 0, doc = "Seconds after which it is read anew; 0: never")
        Duration refresh,
    @Option(value = "false", doc = "whether $ in a value becomes the address") boolean interpolate,
    @Option(doc = "The answer about an address that no block holds")
        Optional<String> defaultValue) {
  /** Where blocks come from. */
  public enum Type {
    DATASOURCE,
    RBLDNSD,
    EMPTY
  }

  /** What of an entry of rbldnsd is its value. */
  public enum Value {
    A,
    TXT
  }

  /**
   * The definition.
   *
   * @param where scope and position, for messages
   */
  CidrDefinition definition(String where) throws ConfigException {
    CidrDefinition.Source from =
        switch (type) {
          case EMPTY -> new CidrDefinition.Empty();
          case RBLDNSD -> {
            String file = said(source, "source", where);
            if (cachename.isPresent() || query.isPresent()) {
              throw new ConfigException(
                  where + ": cachename and query go with type = datasource, expected source alone");
            }
            yield new CidrDefinition.Rbldnsd(file, value == Value.TXT);
          }
          case DATASOURCE -> {
            if (source.isPresent()) {
              throw new ConfigException(
                  where + ": source goes with type = rbldnsd, expected cachename and query");
            }
            yield new CidrDefinition.FromDatasource(
                said(cachename, "cachename", where),
                said(query, "query", where),
                cidrColumn,
                valueColumn);
          }
        };
    return new CidrDefinition(from, refresh, interpolate, defaultValue);
  }

  private static String said(Optional<String> value, String option, String where)
      throws ConfigException {
    return value
        .filter(text -> !text.isBlank())
        .orElseThrow(() -> new ConfigException(where + ": expected " + option));
  }
}
