package org.impetusmta.bounce;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/** Where in one text the lists of a {@link RuleSet} were found. Single. */
final class Places {
  private final BitSet found = new BitSet();
  private final int[][] starts;
  private final int[][] ends;
  private final int[] counts;

  Places(int lists) {
    starts = new int[lists][];
    ends = new int[lists][];
    counts = new int[lists];
  }

  void add(int list, int start, int end) {
    int count = counts[list];
    if (count == 0) {
      found.set(list);
      starts[list] = new int[4];
      ends[list] = new int[4];
    } else if (count == starts[list].length) {
      starts[list] = Arrays.copyOf(starts[list], 2 * count);
      ends[list] = Arrays.copyOf(ends[list], 2 * count);
    }
    starts[list][count] = start;
    ends[list][count] = end;
    counts[list]++;
  }

  /** The lists that were found. */
  BitSet found() {
    return found;
  }

  /** Whether every chain is there, and none of {@code none}. */
  boolean match(List<List<Integer>> all, List<Integer> none) {
    for (int list : none) {
      if (found.get(list)) {
        return false;
      }
    }
    for (List<Integer> chain : all) {
      if (!follows(chain)) {
        return false;
      }
    }
    return true;
  }

  /** Whether the lists of a chain are there, each near behind the one before it. */
  private boolean follows(List<Integer> chain) {
    int first = chain.getFirst();
    if (counts[first] == 0) {
      return false;
    }
    int[] reached = Arrays.copyOf(ends[first], counts[first]);
    for (int list : chain.subList(1, chain.size())) {
      int[] next = new int[counts[list]];
      int count = 0;
      for (int i = 0; i < counts[list]; i++) {
        if (isNear(reached, starts[list][i])) {
          next[count++] = ends[list][i];
        }
      }
      if (count == 0) {
        return false;
      }
      reached = Arrays.copyOf(next, count);
    }
    return true;
  }

  private static boolean isNear(int[] reached, int start) {
    for (int end : reached) {
      if (start >= end && start - end <= RuleSet.NEAR) {
        return true;
      }
    }
    return false;
  }
}
