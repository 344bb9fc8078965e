package org.impetusmta.api.cidr;

import java.time.Duration;
import java.util.Optional;

/**
 * What a list is made of. Immutable. Source: lua.ref.msys.cidr.define, sieve.ref.cidrdb.
 *
 * @param source where its blocks come from
 * @param refresh how often it is read anew; zero: when it is told to
 * @param interpolate whether {@code $} in a value becomes the address that was asked for
 * @param defaultValue the answer about an address that no block holds; empty: none
 */
public record CidrDefinition(
    Source source, Duration refresh, boolean interpolate, Optional<String> defaultValue) {
  /** How often a list is read anew where nobody says. */
  public static final Duration REFRESH = Duration.ofMinutes(30);

  /** Where blocks come from. */
  public sealed interface Source {}

  /** None: they are put in by {@link CidrLists#put}. */
  public record Empty() implements Source {}

  /**
   * A query to a datasource.
   *
   * @param cacheName the datasource's name
   * @param cidrColumn name of the column of blocks, or its place from 1; empty: the first
   * @param valueColumn name of the column of values, or its place from 1; empty: a block that holds
   *     the address answers {@code true}
   */
  public record FromDatasource(
      String cacheName, String query, Optional<String> cidrColumn, Optional<String> valueColumn)
      implements Source {}

  /**
   * A file as rbldnsd has it.
   *
   * @param uri a path, or what an I/O wrapper opens
   * @param text whether the TXT part of an entry is its value, rather than the A part
   */
  public record Rbldnsd(String uri, boolean text) implements Source {}
}
