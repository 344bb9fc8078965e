package org.impetusmta.module.ds_core;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.impetusmta.api.datasource.DatasourceConnection;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.Query;
import org.impetusmta.api.datasource.Rows;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Queries of hooks and scripts on their way to the source. A thread of the pool that comes to one
 * takes along those of the same text that wait behind it, where the connection can be asked several
 * at once: they share the way there and back, and the longer the queue, the less each costs. In a
 * rush they wait for each other as their {@link Pace} says; no thread waits with them. Where the
 * source is slow each goes alone, so that none waits for another; so does each of those that failed
 * together. Concurrent.
 */
final class Lookups {
  private static final Logger LOG = LoggerFactory.getLogger(Lookups.class);

  /** For how long a query may wait for those that are asked together with it. */
  private static final long LONGEST_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** So far back in the line is one looked for that goes with another. */
  private static final int FAR = 256;

  private final Owner owner;
  private final Scheduler scheduler;
  private final LongSupplier nanoTime;
  private final ReentrantLock lock = new ReentrantLock();

  // guarded by the lock: where queries wait, a job or a timer is coming, or a thread looks again
  private final ArrayDeque<Lookup> waiting = new ArrayDeque<>();
  private final Pace pace;
  private int jobs;
  private boolean timed;

  /** How many can be asked together now. */
  private volatile int together = 1;

  /** What a query has taken of late, the connection's time shared among those asked together. */
  private volatile long nanosEach;

  /** Whose queries they are. */
  interface Owner {
    /** Answers a query whose turn has come without the source, where that can be. */
    boolean settled(Lookup lookup);

    Sources sources();

    void answered(Lookup lookup, Rows rows);

    void failed(Lookup lookup, Throwable cause);
  }

  /** A query and who waits for it. */
  static final class Lookup {
    final Query query;
    final DatasourceOptions options;
    final CompletableFuture<Rows> answer = new CompletableFuture<>();

    /** The flushes of the cache when its turn came. */
    long epoch;

    /** It is not asked together with others. */
    private volatile boolean alone;

    Lookup(Query query, DatasourceOptions options) {
      this.query = query;
      this.options = options;
    }
  }

  Lookups(Owner owner, Scheduler scheduler, LongSupplier nanoTime) {
    this.owner = owner;
    this.scheduler = scheduler;
    this.nanoTime = nanoTime;
    this.pace = new Pace(nanoTime.getAsLong());
  }

  /** Has a query asked when its turn comes; it fails where the pool takes no more. */
  void add(Lookup lookup) {
    int due;
    long wait = 0;
    lock.lock();
    try {
      waiting.addLast(lookup);
      long now = nanoTime.getAsLong();
      pace.came(now, together);
      due = due(now);
      if (due == 0 && !timed && jobs == 0) {
        timed = true;
        wait = pace.left(now, waiting.size(), together);
      }
    } finally {
      lock.unlock();
    }
    start(due, lookup.options.pool());
    if (wait > 0) {
      loop().schedule(this::timer, Duration.ofNanos(wait));
    }
  }

  /** The time of those that wait is over, unless they went and others wait now. */
  private void timer() {
    Lookup first;
    int due = 0;
    long left = 0;
    lock.lock();
    try {
      first = waiting.peekFirst();
      long now = nanoTime.getAsLong();
      due = first == null ? 0 : due(now);
      left = first == null || due > 0 || jobs > 0 ? 0 : pace.left(now, waiting.size(), together);
      timed = left > 0;
    } finally {
      lock.unlock();
    }
    if (first != null) {
      start(due, first.options.pool());
    }
    if (left > 0) {
      loop().schedule(this::timer, Duration.ofNanos(left));
    }
  }

  /** How many jobs are to be started now; they count as coming. The lock is held. */
  private int due(long now) {
    int due;
    if (pace.atOnce()) {
      due = 1;
    } else if (pace.left(now, waiting.size(), together) <= 0) {
      due = Math.max(0, Math.ceilDiv(waiting.size(), together) - jobs);
    } else {
      return 0;
    }
    pace.went(now);
    jobs += due;
    return due;
  }

  private void start(int due, String pool) {
    for (int i = 0; i < due; i++) {
      try {
        scheduler.pool(pool).execute(this::serve);
      } catch (RejectedExecutionException full) {
        refused(due - i, full);
        return;
      }
    }
  }

  /** Jobs that there will not be: queries that nobody else comes for fail. */
  private void refused(int instead, RejectedExecutionException full) {
    List<Lookup> lost = List.of();
    lock.lock();
    try {
      jobs -= instead;
      if (jobs == 0 && !timed) {
        lost = List.copyOf(waiting);
        waiting.clear();
      }
    } finally {
      lock.unlock();
    }
    lost.forEach(lookup -> owner.failed(lookup, full));
  }

  /** The loop of the caller, or any. */
  private EventLoop loop() {
    List<EventLoop> loops = scheduler.loops();
    return loops.stream().filter(EventLoop::inEventLoop).findAny().orElse(loops.getFirst());
  }

  /** One turn, and more while queries wait that nobody else comes for. */
  private void serve() {
    lock.lock();
    try {
      jobs--;
    } finally {
      lock.unlock();
    }
    do {
      next();
    } while (mine());
  }

  private boolean mine() {
    lock.lock();
    try {
      return !waiting.isEmpty() && jobs == 0 && !timed;
    } finally {
      lock.unlock();
    }
  }

  /** Asks the query whose turn it is, if there is one. */
  private void next() {
    Lookup first = poll();
    if (first == null || settled(first)) {
      return;
    }
    Together all = new Together(first);
    try {
      List<Rows> rows = owner.sources().with(all, true);
      scheduler.together(() -> tell(all.asked, rows));
    } catch (DatasourceException | RuntimeException | Error e) {
      all.asked.forEach(lookup -> owner.failed(lookup, e));
    }
  }

  private void tell(List<Lookup> asked, List<Rows> rows) {
    for (int i = 0; i < rows.size(); i++) {
      owner.answered(asked.get(i), rows.get(i));
    }
  }

  /** Whether nothing is left to be asked; where that cannot be found out it has failed. */
  private boolean settled(Lookup lookup) {
    try {
      return owner.settled(lookup);
    } catch (RuntimeException | Error e) {
      owner.failed(lookup, e);
      return true;
    }
  }

  /** The query whose turn it is; null where there is none. */
  private @Nullable Lookup poll() {
    lock.lock();
    try {
      Lookup first = waiting.pollFirst();
      if (first != null) {
        pace.asked();
      }
      return first;
    } finally {
      lock.unlock();
    }
  }

  /** Takes those out of the line that are asked together with one, in their order. */
  private List<Lookup> pollLike(Lookup like, int most) {
    List<Lookup> found = new ArrayList<>();
    lock.lock();
    try {
      Iterator<Lookup> line = waiting.iterator();
      for (int i = 0; i < FAR && found.size() < most && line.hasNext(); i++) {
        Lookup next = line.next();
        if (!next.alone
            && next.options == like.options
            && next.query.text().equals(like.query.text())) {
          line.remove();
          found.add(next);
        }
      }
    } finally {
      lock.unlock();
    }
    return found;
  }

  private void putBack(Lookup lookup) {
    lock.lock();
    try {
      waiting.addFirst(lookup);
    } finally {
      lock.unlock();
    }
  }

  /** Asks one query and those that go with it. Single. */
  private final class Together implements Source.Work<List<Rows>> {
    private List<Lookup> asked;
    private boolean begun;

    Together(Lookup first) {
      this.asked = List.of(first);
    }

    @Override
    public List<Rows> on(DatasourceConnection connection) throws DatasourceException {
      if (!begun) {
        begun = true;
        gather(connection.mostAtOnce(asked.getFirst().query));
      }
      int most = asked.getFirst().options.maxRows();
      int rows = most < 0 ? most : most + 1; // one more tells whether there are more
      long start = nanoTime.getAsLong();
      List<Rows> answers = ask(connection, rows);
      if (answers.size() != asked.size()) {
        throw new IllegalStateException(
            "the driver gave " + answers.size() + " answers to " + asked.size() + " queries");
      }
      nanosEach = (3 * nanosEach + (nanoTime.getAsLong() - start) / answers.size()) / 4;
      return most < 0 ? answers : answers.stream().map(all -> all.upTo(most)).toList();
    }

    private void gather(int mostAtOnce) {
      Lookup first = asked.getFirst();
      int most = Math.clamp(LONGEST_NANOS / Math.max(1, nanosEach), 1, mostAtOnce);
      together = most;
      if (first.alone || most < 2) {
        return;
      }
      List<Lookup> found = new ArrayList<>(most);
      found.add(first);
      for (Lookup other : pollLike(first, most - 1)) {
        if (!settled(other)) {
          found.add(other);
        }
      }
      asked = found;
    }

    private List<Rows> ask(DatasourceConnection connection, int rows) throws DatasourceException {
      Query first = asked.getFirst().query;
      if (asked.size() > 1) {
        try {
          return connection.queryAll(asked.stream().map(lookup -> lookup.query).toList(), rows);
        } catch (DatasourceException e) {
          LOG.debug("{} queries fail together, each is asked by itself", asked.size(), e);
          giveUp();
          if (e.connectionLost()) {
            throw e;
          }
        }
      }
      return List.of(connection.query(first, rows));
    }

    /** Whichever was to blame: from now on each is asked for itself. */
    private void giveUp() {
      List<Lookup> others = asked.subList(1, asked.size());
      asked = List.of(asked.getFirst());
      for (Lookup lookup : others.reversed()) {
        lookup.alone = true;
        putBack(lookup);
      }
    }
  }
}
