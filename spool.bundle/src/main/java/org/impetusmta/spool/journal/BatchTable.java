package org.impetusmta.spool.journal;

import org.jspecify.annotations.Nullable;

/**
 * Batches by serial, for a recovery that knows millions: open addressing, eight to sixteen octets a
 * batch. Thread-safety: none.
 */
final class BatchTable {
  private static final int FIRST_SIZE = 1024;
  private static final long SPREAD = 0x9E3779B97F4A7C15L;

  private @Nullable StoredBatch[] slots = new @Nullable StoredBatch[FIRST_SIZE];
  private int size;

  int size() {
    return size;
  }

  @Nullable StoredBatch get(long serial) {
    return slots[find(serial)];
  }

  /** Takes a batch; returns the one whose place it took. */
  @Nullable StoredBatch put(StoredBatch batch) {
    if (2 * (size + 1) > slots.length) {
      grow();
    }
    int at = find(batch.serial());
    StoredBatch former = slots[at];
    slots[at] = batch;
    if (former == null) {
      size++;
    }
    return former;
  }

  void remove(long serial) {
    int at = find(serial);
    if (slots[at] == null) {
      return;
    }
    slots[at] = null;
    size--;
    // those behind it that it kept from their place move up
    int mask = slots.length - 1;
    int next = (at + 1) & mask;
    StoredBatch moving = slots[next];
    while (moving != null) {
      slots[next] = null;
      slots[find(moving.serial())] = moving;
      next = (next + 1) & mask;
      moving = slots[next];
    }
  }

  private int find(long serial) {
    int mask = slots.length - 1;
    int at = (int) ((serial * SPREAD) >>> 32) & mask;
    while (true) {
      StoredBatch there = slots[at];
      if (there == null || there.serial() == serial) {
        return at;
      }
      at = (at + 1) & mask;
    }
  }

  private void grow() {
    @Nullable StoredBatch[] before = slots;
    slots = new @Nullable StoredBatch[2 * before.length];
    for (StoredBatch batch : before) {
      if (batch != null) {
        slots[find(batch.serial())] = batch;
      }
    }
  }
}
