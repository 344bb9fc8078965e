package org.impetusmta.module.ds_ldap;

import com.unboundid.ldap.sdk.LDAPConnection;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Connections that nobody uses at the moment, bound as their target says. Concurrent: what is taken
 * is the taker's alone; sockets are closed outside the lock.
 */
final class ConnectionCache {
  private final int size;
  private final long lifeNanos;
  private final LongSupplier nanoTime;

  /** Guarded by this, as is all below; the last put first. */
  private final Deque<Idle> idle = new ArrayDeque<>();

  private boolean closed;
  private long hits;
  private long misses;
  private long stores;
  private long flushed;
  private long expired;
  private long evicted;

  /** An open connection and when it was opened. */
  record Idle(Target target, LDAPConnection connection, long opened) {}

  /** How it is now, and what happened since it began. */
  record Figures(
      int size,
      int entries,
      long hits,
      long misses,
      long stores,
      long flushed,
      long expired,
      long evicted) {}

  ConnectionCache(int size, long lifeSeconds, LongSupplier nanoTime) {
    this.size = size;
    this.lifeNanos = TimeUnit.SECONDS.toNanos(lifeSeconds);
    this.nanoTime = nanoTime;
  }

  /** Takes the connection of a target that was used last. */
  Optional<Idle> take(Target target) {
    List<Idle> old = new ArrayList<>();
    Idle found = null;
    synchronized (this) {
      expire(old);
      for (Iterator<Idle> each = idle.iterator(); each.hasNext() && found == null; ) {
        Idle one = each.next();
        if (one.target().equals(target)) {
          each.remove();
          found = one;
        }
      }
      if (found == null) {
        misses++;
      } else {
        hits++;
      }
    }
    close(old);
    return Optional.ofNullable(found);
  }

  /** Puts a connection in; the one that was not used for the longest makes room. */
  void put(Idle connection) {
    List<Idle> old = new ArrayList<>();
    synchronized (this) {
      if (closed || size == 0) {
        old.add(connection);
      } else {
        idle.addFirst(connection);
        stores++;
        expire(old);
        while (idle.size() > size) {
          old.add(idle.removeLast());
          evicted++;
        }
      }
    }
    close(old);
  }

  /** Guarded by this. */
  private void expire(List<Idle> old) {
    long now = nanoTime.getAsLong();
    for (Iterator<Idle> each = idle.iterator(); each.hasNext(); ) {
      Idle one = each.next();
      if (now - one.opened() >= lifeNanos) {
        each.remove();
        old.add(one);
        expired++;
      }
    }
  }

  /** Closes all of them; how many that were. */
  int flush() {
    List<Idle> old;
    synchronized (this) {
      old = List.copyOf(idle);
      idle.clear();
      flushed += old.size();
    }
    close(old);
    return old.size();
  }

  /** As {@link #flush}, for good. */
  void end() {
    synchronized (this) {
      closed = true;
    }
    flush();
  }

  long now() {
    return nanoTime.getAsLong();
  }

  Figures figures() {
    List<Idle> old = new ArrayList<>();
    Figures now;
    synchronized (this) {
      expire(old);
      now = new Figures(size, idle.size(), hits, misses, stores, flushed, expired, evicted);
    }
    close(old);
    return now;
  }

  private static void close(List<Idle> old) {
    old.forEach(one -> one.connection().close());
  }
}
