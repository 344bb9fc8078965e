package org.impetusmta.api.message;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A small map over an array {@code key, value, key, value, …}: dictionaries have about ten keys, so
 * looking at each is as fast as hashing, and an entry costs two references. Immutable.
 */
final class Pairs extends AbstractMap<String, String> {
  private final String[] pairs;
  private final int length;

  /**
   * @param pairs not changed afterwards
   * @param length how many elements count
   */
  Pairs(String[] pairs, int length) {
    this.pairs = pairs;
    this.length = length;
  }

  @Override
  public int size() {
    return length / 2;
  }

  @Override
  public @Nullable String get(@Nullable Object key) {
    for (int i = 0; i < length; i += 2) {
      if (pairs[i].equals(key)) {
        return pairs[i + 1];
      }
    }
    return null;
  }

  @Override
  public boolean containsKey(@Nullable Object key) {
    return get(key) != null;
  }

  @Override
  public void forEach(BiConsumer<? super String, ? super String> visitor) {
    for (int i = 0; i < length; i += 2) {
      visitor.accept(pairs[i], pairs[i + 1]);
    }
  }

  @Override
  public Set<Map.Entry<String, String>> entrySet() {
    return new Entries();
  }

  private final class Entries extends AbstractSet<Map.Entry<String, String>> {
    @Override
    public int size() {
      return Pairs.this.size();
    }

    @Override
    public Iterator<Map.Entry<String, String>> iterator() {
      return new Iterator<>() {
        private int at;

        @Override
        public boolean hasNext() {
          return at < length;
        }

        @Override
        public Map.Entry<String, String> next() {
          if (at >= length) {
            throw new NoSuchElementException();
          }
          at += 2;
          return Map.entry(pairs[at - 2], pairs[at - 1]);
        }
      };
    }
  }
}
