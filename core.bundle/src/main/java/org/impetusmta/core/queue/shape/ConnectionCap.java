package org.impetusmta.core.queue.shape;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.impetusmta.api.config.Generation.Origin;
import org.impetusmta.api.scheduler.EventLoop;

/**
 * {@code scope_max_outbound_connections} of one scope: the connections of all queues, or to all
 * hosts, that fall back to it, counted together over all loops. Each connection that ends calls the
 * one who has waited longest. Concurrent, no locks.
 */
public final class ConnectionCap {
  private final Origin origin;
  private final AtomicInteger open = new AtomicInteger();
  private final ConcurrentLinkedQueue<Seat> line = new ConcurrentLinkedQueue<>();
  private volatile int most;
  private volatile long generation;

  ConnectionCap(Origin origin, int most, long generation) {
    this.origin = origin;
    this.most = most;
    this.generation = generation;
  }

  void follow(int limit, long newer) {
    if (newer > generation) {
      generation = newer;
      boolean more = limit > most;
      most = limit;
      for (Seat seat = more ? line.poll() : null; seat != null; seat = line.poll()) {
        seat.call();
      }
    }
  }

  long generation() {
    return generation;
  }

  boolean untouched() {
    return open.get() == 0 && line.isEmpty();
  }

  /** The scope that says it, as it is typed at the console. */
  public String scope() {
    return origin.scope();
  }

  public int most() {
    return most;
  }

  /** Connections that are counted. */
  public int open() {
    return open.get();
  }

  /** Whether there is room for one more. */
  public boolean hasRoom() {
    return open.get() < most;
  }

  /** Counts one more where there is room. */
  public boolean tryAcquire() {
    int now = open.get();
    while (now < most) {
      if (open.compareAndSet(now, now + 1)) {
        return true;
      }
      now = open.get();
    }
    return false;
  }

  /** Counts connections that are open anyway: they fall back to this scope from here on. */
  public void add(int connections) {
    open.addAndGet(connections);
  }

  /** Counts so many fewer. */
  public void release(int connections) {
    open.addAndGet(-connections);
    for (int i = 0; i < connections; i++) {
      callFirst();
    }
  }

  private void callFirst() {
    Seat first = line.poll();
    if (first != null) {
      first.call();
    }
  }

  /**
   * Somebody who may have to wait for a connection.
   *
   * @param turn what is run on {@code loop} when it may try again
   */
  public Seat seat(EventLoop loop, Runnable turn) {
    return new Seat(loop, turn);
  }

  /** One that waits. Concurrent. */
  public final class Seat {
    private final EventLoop loop;
    private final Runnable turn;
    private final AtomicBoolean waiting = new AtomicBoolean();

    private Seat(EventLoop loop, Runnable turn) {
      this.loop = loop;
      this.turn = turn;
    }

    public ConnectionCap cap() {
      return ConnectionCap.this;
    }

    /** Waits to be called. */
    public void await() {
      if (waiting.compareAndSet(false, true)) {
        line.add(this);
        if (hasRoom()) {
          callFirst(); // what was released meanwhile
        }
      }
    }

    private void call() {
      waiting.set(false);
      loop.execute(turn);
    }
  }
}
