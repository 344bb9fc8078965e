package org.impetusmta.core.hook;

import java.time.Duration;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * The calls of one hook that its module has not answered yet, because it runs in a pool or has
 * suspended: a module is only stopped when it owes nothing, or when what it owes has been given up.
 * Concurrent.
 */
public final class OwedAnswers {
  private final IdentityHashMap<Object, Runnable> owed = new IdentityHashMap<>();

  /**
   * A call was not answered at once.
   *
   * @param giveUp decides it without the module; may come late, when it is answered already
   */
  public synchronized void add(Object call, Runnable giveUp) {
    owed.put(call, giveUp);
  }

  /** The call is answered, or nobody waits for it any more. */
  public synchronized void remove(Object call) {
    owed.remove(call);
    if (owed.isEmpty()) {
      notifyAll();
    }
  }

  /** How many calls there are. */
  public synchronized int count() {
    return owed.size();
  }

  /** Waits until all are answered; those that are not after {@code atMost} are given up. */
  public void settle(Duration atMost) throws InterruptedException {
    long until = System.nanoTime() + atMost.toNanos();
    List<Runnable> late;
    synchronized (this) {
      long left = atMost.toMillis();
      while (!owed.isEmpty() && left > 0) {
        wait(left);
        left = (until - System.nanoTime()) / 1_000_000;
      }
      late = List.copyOf(owed.values());
    }
    late.forEach(Runnable::run);
  }
}
