package org.impetusmta.spool.hashed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.IntStream;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.spool.journal.EnvelopeCodec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Updates, rewrites and removals. What is asked for of a message before the disk gets to it becomes
 * one change; what fails is tried again when the disk is well.
 *
 * <p>A change writes a whole new metadata file and puts it in the place of the old one. A removal
 * takes the metadata away first, so that no message is without its body.
 *
 * <p>Concurrent; a message is changed by one thread at a time.
 */
final class Changes {
  private static final Logger LOG = LoggerFactory.getLogger(Changes.class);

  /** Removals waiting in Unlink beyond which they go to Batch_Unlink. */
  private static final int MANY = 256;

  private static final int LOCKS = 64;

  private final HashedFiles files;
  private final HashedSettings settings;
  private final HashedFigures figures;
  private final Health health;
  private final PendingWork work;
  private final Map<Long, Change> waiting = new ConcurrentHashMap<>();
  private final Set<Long> failed = ConcurrentHashMap.newKeySet();

  /** One for each message's changes, and one for each folder's bodies. */
  private final Object[] messages = locks();

  private final Object[] bodies = locks();
  private volatile boolean abandoned;

  Changes(
      HashedFiles files,
      HashedSettings settings,
      HashedFigures figures,
      Health health,
      PendingWork work) {
    this.files = files;
    this.settings = settings;
    this.figures = figures;
    this.health = health;
    this.work = work;
  }

  private static Object[] locks() {
    return IntStream.range(0, LOCKS).mapToObj(_ -> new Object()).toArray();
  }

  /** What is to become of a message. */
  private sealed interface Change {
    /** This, then {@code later}. */
    Change then(Change later);
  }

  private record Write(Optional<Envelope> envelope, AttemptState state) implements Change {
    @Override
    public Change then(Change later) {
      return later instanceof Write write && write.envelope.isEmpty()
          ? new Write(envelope, write.state)
          : later;
    }
  }

  private record Remove() implements Change {
    @Override
    public Change then(Change later) {
      return this;
    }
  }

  void update(MessageId id, AttemptState state) {
    ask(id, new Write(Optional.empty(), state), settings.swapOut());
  }

  void rewrite(MessageId id, Envelope envelope, AttemptState state) {
    ask(id, new Write(Optional.of(envelope), state), settings.swapOut());
  }

  void remove(MessageId id) {
    figures.messages.submissions.increment();
    boolean many = figures.backlog.incrementAndGet() - figures.batchBacklog.get() > MANY;
    if (many) {
      figures.batchBacklog.incrementAndGet();
    }
    merge(id.bits(), new Remove());
    PendingWork.Round round = work.enter();
    run(
        many ? settings.batchUnlink() : settings.unlink(),
        () -> {
          change(id);
          figures.backlog.decrementAndGet();
          if (many) {
            figures.batchBacklog.decrementAndGet();
          }
          round.leave();
        },
        id,
        round);
  }

  private void ask(MessageId id, Change change, Executor pool) {
    merge(id.bits(), change);
    PendingWork.Round round = work.enter();
    run(
        pool,
        () -> {
          change(id);
          round.leave();
        },
        id,
        round);
  }

  private void merge(long id, Change change) {
    waiting.merge(id, change, Change::then);
  }

  private void run(Executor pool, Runnable job, MessageId id, PendingWork.Round round) {
    try {
      pool.execute(job);
    } catch (RejectedExecutionException e) {
      LOG.warn("no thread changes message {} any more", id, e);
      failed.add(id.bits());
      round.leave();
    }
  }

  /** Nothing more is changed, as if the process had died. */
  void abandon() {
    abandoned = true;
  }

  /** Tries again what failed. */
  void retry() {
    for (long id : List.copyOf(failed)) {
      if (failed.remove(id)) {
        PendingWork.Round round = work.enter();
        MessageId message = new MessageId(id);
        run(
            settings.swapOut(),
            () -> {
              change(message);
              round.leave();
            },
            message,
            round);
      }
    }
  }

  /** How many changes failed and wait to be tried again. */
  int failures() {
    return failed.size();
  }

  /** Does what waits for this message. */
  private void change(MessageId id) {
    if (abandoned) {
      return;
    }
    synchronized (messages[Math.floorMod(Long.hashCode(id.bits()), LOCKS)]) {
      Change change = waiting.remove(id.bits());
      if (change == null) {
        return;
      }
      try {
        switch (change) {
          case Write write -> write(id, write);
          case Remove _ -> remove(id, figures);
        }
      } catch (IOException | RuntimeException e) {
        waiting.merge(id.bits(), change, (later, before) -> before.then(later));
        failed.add(id.bits());
        health.failed(e instanceof IOException io ? io : new IOException(e));
      }
    }
  }

  private void write(MessageId id, Write write) throws IOException {
    MetaFile before;
    try {
      before = files.meta(id, new EnvelopeCodec());
    } catch (NoSuchFileException e) {
      LOG.trace("message {} is gone; there is nothing to update", id, e);
      return;
    }
    MetaFile after =
        write.envelope.isPresent()
            ? before.with(write.envelope.get(), write.state)
            : before.with(write.state);
    Path fresh = files.writeMeta(after, files.force());
    try {
      files.disk().rename(fresh, files.layout().file(id, HashedLayout.META));
    } catch (IOException e) {
      files.removeQuietly(fresh);
      throw e;
    }
    files.changed(HashedLayout.leaf(id));
    figures.diskBytes.add(after.encode().length - (long) before.encode().length);
  }

  private void remove(MessageId id, HashedFigures counts) throws IOException {
    int leaf = HashedLayout.leaf(id);
    counts.messages.attempts.increment();
    counts.headers.submissions.increment();
    counts.headers.attempts.increment();
    Path meta = files.layout().file(id, HashedLayout.META);
    try {
      long octets = sizeAndNames(meta)[0];
      if (files.disk().delete(meta)) {
        counts.unlinked.increment();
        counts.diskBytes.add(-octets);
      }
    } catch (IOException e) {
      counts.headers.failures.increment();
      counts.messages.failures.increment();
      throw e;
    }
    files.changed(leaf);
    removeData(files.layout().file(id, HashedLayout.DATA), bodies[leaf % LOCKS], counts);
  }

  /** The messages of a batch share the body; it goes with the last of them. */
  private void removeData(Path data, Object lock, HashedFigures counts) throws IOException {
    synchronized (lock) {
      long[] size = sizeAndNames(data);
      boolean last = size[1] == 1;
      if (last) {
        counts.bodies.submissions.increment();
        counts.bodies.attempts.increment();
      }
      try {
        if (files.disk().delete(data) && last) {
          counts.diskBytes.add(-size[0]);
        }
      } catch (IOException e) {
        if (last) {
          counts.bodies.failures.increment();
        }
        counts.messages.failures.increment();
        throw e;
      }
    }
  }

  /** Octets of a file and how many names it has; 0 and 0 when there is none. */
  static long[] sizeAndNames(Path file) throws IOException {
    try {
      Map<String, Object> attributes = Files.readAttributes(file, "unix:size,nlink");
      return new long[] {
        ((Number) attributes.getOrDefault("size", 0L)).longValue(),
        ((Number) attributes.getOrDefault("nlink", 1)).longValue()
      };
    } catch (NoSuchFileException e) {
      LOG.trace("{} is gone", file, e);
      return new long[] {0, 0};
    }
  }
}
