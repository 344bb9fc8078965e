package org.impetusmta.api.message;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;

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

  /** Key, value, key, value, …; only the first {@code 2 * size} elements count. */
  private String[] pairs = EMPTY;

  private int size;
  private boolean changed;

  /** The value of {@code key}, if set. */
  public Optional<String> get(String key) {
    int at = indexOf(key);
    return at < 0 ? Optional.empty() : Optional.of(pairs[at + 1]);
  }

  /** Sets {@code key}, replacing an earlier value in its place. */
  public void set(String key, String value) {
    changed = true;
    int at = indexOf(key);
    if (at < 0) {
      at = 2 * size++;
      if (at == pairs.length) {
        pairs = Arrays.copyOf(pairs, Math.max(8, 2 * pairs.length));
      }
      pairs[at] = key;
    }
    pairs[at + 1] = value;
  }

  /** Removes {@code key} if it is set. */
  public void remove(String key) {
    int at = indexOf(key);
    if (at >= 0) {
      changed = true;
      System.arraycopy(pairs, at + 2, pairs, at, 2 * size - at - 2);
      size--;
    }
  }

  /** Removes everything, as happens to the message dictionary at the end of each transaction. */
  public void clear() {
    changed |= size > 0;
    pairs = EMPTY;
    size = 0;
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
    copy.pairs = size == 0 ? EMPTY : Arrays.copyOf(pairs, 2 * size);
    copy.size = size;
    return copy;
  }

  /** An unmodifiable snapshot in order. */
  public Map<String, String> asMap() {
    return size == 0 ? Map.of() : new Pairs(Arrays.copyOf(pairs, 2 * size));
  }

  private int indexOf(String key) {
    for (int i = 0; i < 2 * size; i += 2) {
      if (pairs[i].equals(key)) {
        return i;
      }
    }
    return -1;
  }
}
