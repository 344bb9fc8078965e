package org.impetusmta.spool.hashed;

import java.util.Arrays;
import org.impetusmta.api.message.MessageId;

/** Many ids, in the order of their times, at eight octets each. Thread-safety: none. */
final class IdOrder {
  private long[] keys = new long[1024];
  private int size;

  void add(MessageId id) {
    if (size == keys.length) {
      keys = Arrays.copyOf(keys, 2 * size);
    }
    // seconds, counter, process; the sign bit makes it an order of signed numbers
    keys[size++] = Long.rotateLeft(id.bits(), 32) ^ Long.MIN_VALUE;
  }

  void sort() {
    Arrays.sort(keys, 0, size);
  }

  int size() {
    return size;
  }

  MessageId get(int index) {
    return new MessageId(Long.rotateLeft(keys[index] ^ Long.MIN_VALUE, 32));
  }
}
