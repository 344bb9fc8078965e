package org.impetusmta.jlog;

import java.util.Comparator;

/**
 * The place of a record: its segment, and the how manieth record of it, from 1; a checkpoint with
 * the marker 0 stands before the first one. Printed {@code 0000000a:00000001}. Immutable.
 *
 * @param log number of the segment, 32 bits
 * @param marker 32 bits
 */
public record JlogId(long log, long marker) implements Comparable<JlogId> {
  private static final Comparator<JlogId> ORDER =
      Comparator.comparingLong(JlogId::log).thenComparingLong(JlogId::marker);

  @Override
  public int compareTo(JlogId other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return "%08x:%08x".formatted(log, marker);
  }
}
