package org.impetusmta.audit;

import org.impetusmta.api.config.Cidr;

/**
 * Counts by key, of one window. Concurrent; adding takes no lock where the key is an address.
 *
 * @see AddressCounts
 * @see TextCounts
 */
sealed interface KeyCounts permits AddressCounts, TextCounts {
  /** Takes a key and its count. */
  @FunctionalInterface
  interface Visitor {
    void key(String key, long count);
  }

  /**
   * Adds.
   *
   * @return false where there was no room for the key: it counts in the total, and for such blocks
   *     around it as there was room for
   */
  boolean add(Key key, long delta);

  /** What was counted for a key; for all of a block. */
  long count(Key key);

  /** All that was counted. */
  long total();

  /** Forgets a key. */
  void remove(Key key);

  /** Visits keys with a count other than 0. */
  void forEach(Visitor visitor);

  /** As {@link #forEach}, and sets each count to 0 as it is told. Blocks keep theirs. */
  void drain(Visitor visitor);

  /** Entries that were taken from the budget; from now on none. */
  long close();

  /** Entries. */
  long size();

  /** A key of either kind. */
  sealed interface Key {}

  /** An address or block. */
  record Block(Cidr cidr) implements Key {}

  /** Text. */
  record Text(String text) implements Key {}
}
