package org.impetusmta.api.message;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A validation context dictionary: text keys and text values that policy reads and writes. There is
 * one for the connection and one for the message; both are spooled with the message. Keys are
 * case-sensitive and kept in the order in which they were first set.
 *
 * <p>Thread-safety: single; owned by the session, later by the message. Source:
 * policy.context.variables.
 */
public final class Context {
  private static final String[] EMPTY = new String[0];

  /**
   * Key, value, key, value, …; only the first {@code 2 * size} elements count. Copied before it is
   * changed where a copy or a snapshot has it too: the messages of a batch have much in common.
   */
  private String[] pairs = EMPTY;

  private boolean common;
  private int size;
  private boolean changed;

  /** What {@link #asMap} gave out, as long as it is so. */
  private @Nullable Pairs snapshot;

  /** The value of {@code key}, if set. */
  public Optional<String> get(String key) {
    int at = indexOf(key);
    return at < 0 ? Optional.empty() : Optional.of(pairs[at + 1]);
  }

  /** Sets {@code key}, replacing an earlier value in its place. */
  public void set(String key, String value) {
    changed = true;
    int at = indexOf(key);
    if (at >= 0 && pairs[at + 1].equals(value)) {
      return;
    }
    if (at < 0 && 2 * size == pairs.length) {
      pairs = Arrays.copyOf(pairs, Math.max(8, 2 * pairs.length));
      common = false;
      snapshot = null;
    } else {
      own();
    }
    if (at < 0) {
      at = 2 * size++;
      pairs[at] = key;
    }
    pairs[at + 1] = value;
  }

  private void own() {
    if (common) {
      pairs = pairs.clone();
      common = false;
    }
    snapshot = null;
  }

  /** Removes {@code key} if it is set. */
  public void remove(String key) {
    int at = indexOf(key);
    if (at >= 0) {
      changed = true;
      own();
      System.arraycopy(pairs, at + 2, pairs, at, 2 * size - at - 2);
      size--;
    }
  }

  /** Removes everything, as happens to the message dictionary at the end of each transaction. */
  public void clear() {
    changed |= size > 0;
    pairs = EMPTY;
    size = 0;
    common = false;
    snapshot = null;
  }

  /** Whether anything was set or removed since the last {@link #markUnchanged}. */
  public boolean isChanged() {
    return changed;
  }

  /** What it holds now is known elsewhere, as in the spool. For the core. */
  public void markUnchanged() {
    changed = false;
  }

  /** How many keys are set. */
  public int size() {
    return size;
  }

  /** Visits every pair in order. */
  public void forEach(BiConsumer<String, String> visitor) {
    for (int i = 0; i < 2 * size; i += 2) {
      visitor.accept(pairs[i], pairs[i + 1]);
    }
  }

  /** A copy that later changes to this one do not touch. */
  public Context copy() {
    Context copy = new Context();
    if (size > 0) {
      copy.pairs = pairs;
      copy.size = size;
      copy.common = true;
      copy.snapshot = snapshot;
      common = true;
    }
    return copy;
  }

  /** An unmodifiable snapshot in order; the same one until something is set or removed. */
  public Map<String, String> asMap() {
    if (size == 0) {
      return Map.of();
    }
    Pairs now = snapshot;
    if (now == null) {
      common = true;
      now = new Pairs(pairs, 2 * size);
      snapshot = now;
    }
    return now;
  }

  /** Most keys are the same constants as were set, so the texts are looked into last. */
  @SuppressWarnings("ReferenceEquality")
  private int indexOf(String key) {
    for (int i = 0; i < 2 * size; i += 2) {
      if (pairs[i] == key) {
        return i;
      }
    }
    int hash = key.hashCode();
    for (int i = 0; i < 2 * size; i += 2) {
      if (pairs[i].hashCode() == hash && pairs[i].equals(key)) {
        return i;
      }
    }
    return -1;
  }
}
