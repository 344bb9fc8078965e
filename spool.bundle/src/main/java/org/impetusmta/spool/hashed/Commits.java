package org.impetusmta.spool.hashed;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.impetusmta.api.scheduler.EventLoop;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commits what was written: in the order in which it was stored, as many batches at a time as are
 * ready, one sync for each folder, then one task of answers for each loop. Whichever thread of
 * SwapOut finds nobody committing does it; the others go on writing.
 *
 * <p>Thread-safety: {@link #enter} and {@link #run} are concurrent.
 */
final class Commits {
  private static final Logger LOG = LoggerFactory.getLogger(Commits.class);
  private static final int MOST_BATCHES = 1000;

  /** Folders of updates and removals that are synced along with a commit. */
  private static final int MOST_CHANGED = 16;

  private final HashedFiles files;
  private final HashedFigures figures;
  private final Health health;
  private final Runnable wellAgain;
  private final Queue<StoreJob> order = new ConcurrentLinkedQueue<>();
  private final AtomicInteger calls = new AtomicInteger();
  private volatile boolean abandoned;

  Commits(HashedFiles files, HashedFigures figures, Health health, Runnable wellAgain) {
    this.files = files;
    this.figures = figures;
    this.health = health;
    this.wellAgain = wellAgain;
  }

  /** Gives a batch its place. */
  void enter(StoreJob job) {
    order.add(job);
  }

  /** Nothing more is committed, as if the process had died. */
  void abandon() {
    abandoned = true;
  }

  /** Commits what is ready, unless somebody else is at it, who then does. */
  void run() {
    if (calls.getAndIncrement() != 0) {
      return;
    }
    int seen = 1;
    do {
      List<StoreJob> ready = ready();
      while (!ready.isEmpty()) {
        commit(ready);
        ready = ready();
      }
      seen = calls.addAndGet(-seen);
    } while (seen != 0);
  }

  private List<StoreJob> ready() {
    List<StoreJob> ready = new ArrayList<>();
    StoreJob next = order.peek();
    while (next != null && next.isEnded() && ready.size() < MOST_BATCHES) {
      ready.add(order.remove());
      next = order.peek();
    }
    return ready;
  }

  private void commit(List<StoreJob> batches) {
    if (abandoned) {
      batches.forEach(StoreJob::done);
      return;
    }
    Set<Integer> leaves = new HashSet<>();
    for (StoreJob batch : batches) {
      if (batch.failure() == null) {
        batch.publish(files, leaves);
      }
    }
    if (files.force()) {
      sync(batches, leaves);
    } else {
      leaves.forEach(files::changed);
    }
    boolean anyStored = false;
    for (StoreJob batch : batches) {
      IOException failure = batch.failure();
      if (failure != null) {
        batch.undo(files);
        figures.failures.increment();
        if (!(failure instanceof FileAlreadyExistsException)) {
          health.failed(failure);
        }
      } else {
        figures.stored.add(batch.count());
        figures.diskBytes.add(batch.octets());
        anyStored = true;
      }
    }
    figures.commits.increment();
    answer(batches);
    if (anyStored && health.worked()) {
      wellAgain.run();
    }
  }

  private void sync(List<StoreJob> batches, Set<Integer> leaves) {
    Map<Integer, IOException> failed = new HashMap<>();
    for (int leaf : leaves) {
      try {
        files.sync(leaf);
      } catch (IOException e) {
        failed.put(leaf, e);
      }
    }
    failed.forEach(
        (leaf, cause) ->
            batches.stream().filter(batch -> batch.isIn(leaf)).forEach(batch -> batch.fail(cause)));
    if (leaves.isEmpty()) {
      return;
    }
    for (int leaf : files.dirty(MOST_CHANGED)) {
      try {
        files.sync(leaf);
      } catch (IOException e) {
        LOG.warn("updates and removals in {} may not survive", files.layout().folder(leaf), e);
      }
    }
  }

  private static void answer(List<StoreJob> batches) {
    Map<EventLoop, List<StoreJob>> loops = new HashMap<>();
    for (StoreJob batch : batches) {
      loops.computeIfAbsent(batch.loop(), loop -> new ArrayList<>()).add(batch);
    }
    loops.forEach(
        (loop, own) -> {
          try {
            loop.execute(() -> own.forEach(Commits::tell));
          } catch (RejectedExecutionException e) {
            LOG.warn("event loop {} takes no answers of the spool any more", loop.index(), e);
          }
        });
    batches.forEach(StoreJob::done);
  }

  private static void tell(StoreJob batch) {
    try {
      batch.answer();
    } catch (RuntimeException e) {
      // one session's mistake must not cost the others their answer
      LOG.error("a store listener failed", e);
    }
  }
}
