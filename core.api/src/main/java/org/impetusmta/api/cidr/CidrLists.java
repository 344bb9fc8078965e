package org.impetusmta.api.cidr;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.impetusmta.api.config.Cidr;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Named lists of network blocks, IPv4 and IPv6; an OSGi service of module cidrdb. Of the blocks
 * that hold an address the longest prefix answers. Lookups never block and go on while a list is
 * read anew: the new one takes the old one's place when it is whole, and a list that cannot be read
 * keeps what it had. Concurrent.
 */
@ProviderType
public interface CidrLists {
  /**
   * Defines a list, in place of one of that name, and begins to read it. Never blocks; a list that
   * is defined again as it was is not read again.
   *
   * @return completed when it has been read, or with what kept it from that
   * @throws IllegalArgumentException where it can be no list, or the configuration has one of that
   *     name
   */
  CompletableFuture<Void> define(String name, CidrDefinition definition);

  /**
   * Puts a block into a list of source {@link CidrDefinition.Empty}.
   *
   * @throws IllegalArgumentException where there is none
   */
  void put(String name, Cidr block, String value);

  /**
   * Asks a list.
   *
   * @return the value of the block, {@code true} where blocks have none, the default, or empty
   * @throws IllegalArgumentException where there is no list of that name
   * @throws IllegalStateException where it was never read: who asks for a client defers
   */
  Optional<String> query(String name, InetAddress address);

  /**
   * Whether a block of the list holds the address.
   *
   * @throws IllegalArgumentException where there is no list of that name
   * @throws IllegalStateException where it was never read: who asks for a client defers
   */
  boolean contains(String name, InetAddress address);

  /**
   * Reads a list anew. Never blocks.
   *
   * @return completed when the new blocks answer, or with what kept them from that
   * @throws IllegalArgumentException where there is no list of that name
   */
  CompletableFuture<Void> reload(String name);

  /** All lists, in the order of their names. */
  List<Status> lists();

  /**
   * How a list is now.
   *
   * @param entries blocks
   * @param refreshSeconds how often it is read anew; 0: when it is told to
   * @param secondsLeft until it is; empty: it is not planned
   * @param failure why the last reading failed; empty: it did not
   */
  record Status(
      String name,
      long entries,
      long refreshSeconds,
      OptionalLong secondsLeft,
      Optional<String> failure) {}
}
