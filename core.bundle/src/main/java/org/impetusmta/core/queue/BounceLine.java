package org.impetusmta.core.queue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.impetusmta.core.bounce.BounceRenderingOptions;
import org.impetusmta.core.message.MailMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The notifications that the queues of one loop have made, one after the other, however many
 * messages fail at once: at most {@link #MOST_JOBS} and {@link #MOST_OCTETS} of originals are in
 * hand, the others wait without their bodies. Each is composed on the pool IO, or on the loop where
 * {@code async_bounce_rendering} is off and nothing has to be read, then stored, then queued: at
 * most {@code soft_bounce_drain_rate} in one turn.
 *
 * <p>A bounce that the spool cannot store keeps its place and is made again after a minute; its
 * original stays in the spool. A warning is dropped then. Thread-safety: single, confined to its
 * loop.
 */
final class BounceLine {
  private static final Logger LOG = LoggerFactory.getLogger(BounceLine.class);
  private static final Duration AGAIN = Duration.ofSeconds(60);

  /** Notifications that are being composed or stored. */
  static final int MOST_JOBS = 256;

  /** Octets of their originals, unless it is a single one. */
  static final long MOST_OCTETS = 16L << 20;

  /** Notifications that wait, after which whole queues fail no further. */
  static final int MOST_WAITING = 1_024;

  private final QueueLoop home;
  private final ArrayDeque<BounceJob> waiting = new ArrayDeque<>();
  private final ArrayDeque<BounceJob> finished = new ArrayDeque<>();
  private final Set<MailQueue> crowdedOut = new LinkedHashSet<>();
  private int jobs;
  private long octets;
  private boolean posted;
  private boolean ended;

  BounceLine(QueueLoop home) {
    this.home = home;
  }

  private Bounces bounces() {
    return home.server().bounces();
  }

  private BounceRenderingOptions options() {
    return home.server().rendering();
  }

  /** Whether so many wait that what can wait itself should do so. */
  boolean full() {
    return waiting.size() >= MOST_WAITING;
  }

  /** Touches {@code queue} when it is no longer {@link #full}. */
  void whenRoom(MailQueue queue) {
    crowdedOut.add(queue);
  }

  /** Notifications that wait or are in hand. */
  int size() {
    return waiting.size() + jobs;
  }

  void add(BounceJob job) {
    if (job.warning()) {
      home.unsettled(1);
    } else {
      job.queue().unsettled(1);
    }
    waiting.add(job);
    pump();
    if (waiting.peekLast() == job && !job.warning()) {
      job.queue().swapOut(job.original());
    }
  }

  private void left(BounceJob job) {
    if (job.warning()) {
      home.unsettled(-1);
    } else {
      job.queue().unsettled(-1);
    }
  }

  /** Nothing new is begun; what waits is left to the next process. */
  void end() {
    ended = true;
    for (BounceJob job = waiting.poll(); job != null; job = waiting.poll()) {
      job.original().warnings(job.warningsBefore());
      left(job);
    }
  }

  private void pump() {
    BounceJob next = waiting.peek();
    while (!ended && next != null && mayBegin(next)) {
      waiting.remove();
      begin(next);
      next = waiting.peek();
    }
    if (!crowdedOut.isEmpty() && waiting.size() < MOST_WAITING / 2) {
      crowdedOut.forEach(home::touch);
      crowdedOut.clear();
    }
  }

  private boolean mayBegin(BounceJob job) {
    return jobs == 0 || (jobs < MOST_JOBS && octets + job.cost() <= MOST_OCTETS);
  }

  private void begin(BounceJob job) {
    jobs++;
    octets += job.cost();
    MailMessage original = job.original();
    // a body that stayed in its file has to be read, which no loop does
    if (original.resident() && job.quotes() && original.body().region().isEmpty()) {
      job.resident(original.body());
    }
    if (!job.warning()) {
      job.queue().release(original);
    }
    if (job.warning() && original.gone()) {
      drop(job);
      return;
    }
    job.report(bounces().introduced(original, job.report()));
    compose(job);
  }

  private void compose(BounceJob job) {
    boolean reads =
        (job.quotes() && job.resident() == null) || (job.warning() && job.original().leftToSpool());
    if (!reads && !options().asyncBounceRendering()) {
      try {
        bounces().compose(job);
      } catch (IOException | RuntimeException e) {
        later(job, e);
        return;
      }
      store(job);
      return;
    }
    try {
      home.server().scheduler().pool("IO").execute(() -> composeInPool(job));
    } catch (RejectedExecutionException e) {
      later(job, e);
    }
  }

  private void composeInPool(BounceJob job) {
    try {
      bounces().compose(job);
      home.loop().execute(() -> store(job));
    } catch (IOException | RuntimeException e) {
      home.loop().execute(() -> later(job, e));
    }
  }

  private void store(BounceJob job) {
    if (job.warning() && job.original().gone()) {
      drop(job);
      return;
    }
    if (job.warning()) {
      if (job.original().leftToSpool() && !job.isSpooledKnown()) {
        // swapped out since it was composed
        compose(job);
        return;
      }
      bounces().record(job);
      if (!job.sends()) {
        over(job);
        return;
      }
    }
    MailMessage notification = job.notification();
    bounces().complete(job.original(), notification, job.report().action());
    home.server()
        .spool()
        .store(
            List.of(home.server().envelope(notification)),
            notification.body(),
            home.loop(),
            new Spool.StoreListener() {
              @Override
              public void stored(List<SpoolEntry> entries) {
                notification.stored(entries.getFirst());
                finished.add(job);
                post();
              }

              @Override
              public void failed(IOException cause) {
                if (job.warning() && !job.original().gone()) {
                  unrecord(job);
                }
                later(job, cause);
              }
            });
  }

  private void post() {
    if (!posted) {
      posted = true;
      home.loop().execute(this::turn);
    }
  }

  private void turn() {
    posted = false;
    BounceRenderingOptions options = options();
    int most = options.asyncBounceRendering() ? options.softBounceDrainRate() : finished.size();
    for (int i = 0; i < most && !finished.isEmpty(); i++) {
      BounceJob job = finished.remove();
      bounces().queue(job.notification());
      job.done();
      over(job);
    }
    if (!finished.isEmpty()) {
      post();
    }
  }

  /** The spool or a pool is not able to now. */
  private void later(BounceJob job, Exception cause) {
    if (job.warning() && job.original().gone()) {
      drop(job);
      return;
    }
    if (job.warning()) {
      LOG.error("no warning for {} now: {}", job.original().id(), cause.toString());
      drop(job);
      return;
    }
    LOG.error("no bounce for {} yet, it is tried again: {}", job.original().id(), cause.toString());
    home.loop().schedule(() -> compose(job), AGAIN);
  }

  /** The warning that was recorded cannot be stored. */
  private void unrecord(BounceJob job) {
    job.original().warnings(job.warningsBefore());
    if (!job.original().leftToSpool() || job.isSpooledKnown()) {
      bounces().record(job);
    }
  }

  private void drop(BounceJob job) {
    job.original().warnings(job.warningsBefore());
    over(job);
  }

  private void over(BounceJob job) {
    jobs--;
    octets -= job.cost();
    left(job);
    pump();
  }
}
