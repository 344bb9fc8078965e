package org.impetusmta.spool.hashed;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts the work that was asked for and is not done, in rounds, so that somebody can wait for what
 * came before him without being held up by what comes after. Concurrent.
 */
final class PendingWork {
  private volatile Round round = new Round();
  private final List<Round> ended = new ArrayList<>();

  /** Work of one stretch of time. */
  static final class Round {
    /** Work that is not done, and one while the round may be entered. */
    private final AtomicInteger open = new AtomicInteger(1);

    private final CompletableFuture<Void> done = new CompletableFuture<>();

    private boolean enter() {
      int before;
      do {
        before = open.get();
        if (before == 0) {
          return false;
        }
      } while (!open.compareAndSet(before, before + 1));
      return true;
    }

    /** A piece of work is done. */
    void leave() {
      if (open.decrementAndGet() == 0) {
        done.complete(null);
      }
    }
  }

  /** A piece of work is asked for; it must {@link Round#leave leave} what this returns. */
  Round enter() {
    Round current = round;
    while (!current.enter()) {
      Thread.onSpinWait(); // it ended this very moment: the next one is about to be there
      current = round;
    }
    return current;
  }

  /** Waits until all is done that was entered before. */
  void await() throws IOException {
    List<Round> all;
    synchronized (ended) {
      Round last = round;
      round = new Round();
      ended.add(last);
      last.leave();
      all = List.copyOf(ended);
    }
    try {
      for (Round each : all) {
        each.done.get();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while the spool was at work", e);
    } catch (ExecutionException e) {
      throw new IOException(e);
    }
    synchronized (ended) {
      ended.removeAll(all);
    }
  }
}
