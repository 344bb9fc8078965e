package org.impetusmta.spool.hashed;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.SpoolException;
import org.impetusmta.spool.EncodedBody;
import org.impetusmta.spool.Engine;
import org.impetusmta.spool.SpoolFolder;
import org.impetusmta.spool.journal.EnvelopeCodec;
import org.impetusmta.spool.journal.SpoolLock;
import org.impetusmta.spool.mapped.MappedBodies;

/**
 * The {@code hashed} engine of the spool: two files for each message ({@link HashedLayout}, {@link
 * MetaFile}), for those who want to look at a body with {@code less} or to carry a spool about.
 *
 * <p>A store is answered when its files and their names are on the disk ({@link StoreJob}, {@link
 * Commits}). Concurrent.
 */
public final class HashedSpool implements Engine {
  private static final int CHUNK = 64 << 10;

  private final SpoolLock lock;
  private final HashedSettings settings;
  private final HashedFigures figures = new HashedFigures();
  private final PendingWork work = new PendingWork();
  private final Health health;
  private final HashedFiles files;
  private final Changes changes;
  private final Commits commits;
  private final MappedBodies mapped = new MappedBodies();
  private final AtomicBoolean recovered = new AtomicBoolean();

  /** What this process stored until recovery has listed what is older. */
  private final Set<Long> young = ConcurrentHashMap.newKeySet();

  private volatile boolean listed;
  private volatile boolean closed;
  private volatile boolean abandoned;

  /**
   * Opens the spool below {@code base}.
   *
   * @throws IOException when the folder cannot be used or another process has it; names the file
   */
  public static HashedSpool open(Path base, HashedSettings settings, InstantSource clock)
      throws IOException {
    return new HashedSpool(base, settings, HashedDisk.SYSTEM, clock);
  }

  HashedSpool(Path base, HashedSettings settings, HashedDisk disk, InstantSource clock)
      throws IOException {
    SpoolFolder.make(base, settings.fileMode());
    this.settings = settings;
    this.health = new Health(clock);
    this.lock = SpoolLock.take(base, settings.fileMode());
    try {
      files = new HashedFiles(base, disk, settings, figures);
    } catch (IOException e) {
      lock.close();
      throw e;
    }
    changes = new Changes(files, settings, figures, health, work);
    commits = new Commits(files, figures, health, changes::retry);
  }

  @Override
  public void store(
      List<Envelope> envelopes,
      AttemptState state,
      Body body,
      EventLoop loop,
      StoreListener listener) {
    store(envelopes, state, EncodedBody.plain(body), loop, listener);
  }

  @Override
  public void store(
      List<Envelope> envelopes,
      AttemptState state,
      EncodedBody body,
      EventLoop loop,
      StoreListener listener) {
    if (envelopes.isEmpty()) {
      throw new IllegalArgumentException("a batch of no message");
    }
    PendingWork.Round round = work.enter();
    if (closed) {
      round.leave();
      loop.execute(() -> listener.failed(new IOException("the spool is closed")));
      return;
    }
    if (!listed) {
      envelopes.forEach(envelope -> young.add(envelope.id().bits()));
    }
    StoreJob job = new StoreJob(envelopes, state, body, loop, listener, round);
    commits.enter(job);
    try {
      settings.swapOut().execute(() -> write(job));
    } catch (RejectedExecutionException e) {
      job.fail(new IOException("no thread stores any more", e));
      job.end();
      commits.run();
    }
  }

  private void write(StoreJob job) {
    if (!abandoned) {
      job.write(files, figures);
    }
    job.end();
    commits.run();
  }

  @Override
  public void update(SpoolEntry entry, AttemptState state) {
    changes.update(id(entry), state);
  }

  @Override
  public void rewrite(SpoolEntry entry, Envelope envelope, AttemptState state) {
    MessageId id = id(entry);
    if (!envelope.id().equals(id)) {
      throw new IllegalArgumentException("message " + id + " cannot become " + envelope.id());
    }
    changes.rewrite(id, envelope, state);
  }

  @Override
  public void unlink(SpoolEntry entry) {
    changes.remove(id(entry));
  }

  private static MessageId id(SpoolEntry entry) {
    if (entry instanceof HashedEntry own) {
      return own.id();
    }
    throw new IllegalArgumentException("not an entry of this spool: " + entry);
  }

  @Override
  public EncodedBody readEncoded(SpoolEntry entry) throws IOException {
    return read(id(entry), HashedSpool::body);
  }

  @Override
  public EncodedBody swapInEncoded(SpoolEntry entry) throws IOException {
    return settings.useMmap().getAsBoolean()
        ? read(id(entry), this::mappedBody)
        : readEncoded(entry);
  }

  /** Reads a data file. */
  private interface Reading {
    Body of(Path data, MetaFile.DataFile meta) throws IOException;
  }

  private EncodedBody read(MessageId id, Reading reading) throws IOException {
    try {
      MetaFile meta = files.meta(id, new EnvelopeCodec());
      Body body = reading.of(files.layout().file(id, HashedLayout.DATA), meta.data());
      figures.reads.increment();
      figures.bytesRead.add(body.length());
      return new EncodedBody(body, meta.data().encoding(), meta.data().length());
    } catch (NoSuchFileException e) {
      throw gone(id, e);
    }
  }

  private static SpoolException gone(MessageId id, NoSuchFileException cause) {
    SpoolException gone =
        new SpoolException("message " + id + " is gone from the spool: no " + cause.getFile());
    gone.initCause(cause);
    return gone;
  }

  /** A body that stays in its file; the mapping outlives the file's name. */
  private Body mappedBody(Path data, MetaFile.DataFile meta) throws IOException {
    MappedBodies.checkSize(data, meta.octets());
    try (FileChannel channel = FileChannel.open(data, StandardOpenOption.READ)) {
      MappedByteBuffer mapping = channel.map(FileChannel.MapMode.READ_ONLY, 0, meta.octets());
      return mapped.body(data, mapping, 0, meta.octets(), meta.crc(), () -> {});
    }
  }

  @Override
  public Envelope envelope(SpoolEntry entry) throws IOException {
    MessageId id = id(entry);
    try {
      return files.meta(id, new EnvelopeCodec()).envelope();
    } catch (NoSuchFileException e) {
      throw gone(id, e);
    }
  }

  /** Reads a body and compares it with what the metadata says of it. */
  static Body body(Path data, MetaFile.DataFile meta) throws IOException {
    List<byte[]> parts = new ArrayList<>();
    try (FileChannel channel = FileChannel.open(data, StandardOpenOption.READ)) {
      if (channel.size() != meta.octets()) {
        throw new SpoolException(
            "damaged body in %s: %d octets, not %d".formatted(data, channel.size(), meta.octets()));
      }
      int left = meta.octets();
      while (left > 0) {
        byte[] part = new byte[Math.min(Body.SEGMENT, left)];
        ByteBuffer buffer = ByteBuffer.wrap(part);
        while (buffer.hasRemaining()) {
          if (channel.read(buffer) < 0) {
            throw new SpoolException("damaged body in " + data + ": it is cut off");
          }
        }
        parts.add(part);
        left -= part.length;
      }
    }
    Body body = Body.of(parts.toArray(new byte[0][]));
    if (MetaFile.crc(body) != meta.crc()) {
      throw new SpoolException("damaged body in " + data + ": checksum does not match");
    }
    return body;
  }

  @Override
  public Recovery recover(RecoveryListener listener) throws IOException {
    if (recovered.getAndSet(true)) {
      throw new IllegalStateException("the spool was recovered before");
    }
    HashedRecovery recovery = new HashedRecovery(files, figures, young::contains);
    recovery.list();
    listed = true;
    young.clear();
    return recovery.handOver(listener);
  }

  @Override
  public Optional<Found> find(MessageId id) throws IOException {
    try {
      MetaFile meta = files.meta(id, new EnvelopeCodec());
      return Optional.of(
          new Found(new HashedEntry(id), meta.envelope(), meta.state(), meta.data().length()));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  @Override
  public void sync() throws IOException {
    changes.retry();
    work.await();
    int failures = changes.failures();
    if (failures > 0) {
      throw new IOException(
          failures + " updates or removals could not be written; they are tried again");
    }
    files.syncDirty();
  }

  @Override
  public boolean writable() {
    if (health.isWell()) {
      return true;
    }
    if (!closed && health.mayProbe()) {
      PendingWork.Round round = work.enter();
      try {
        settings
            .swapOut()
            .execute(
                () -> {
                  probe();
                  round.leave();
                });
      } catch (RejectedExecutionException e) {
        round.leave();
        health.failed(new IOException(e));
      }
    }
    return false;
  }

  /** Writes a file as a store does, to see whether the disk is well again. */
  private void probe() {
    Path probe = files.layout().root().resolve("probe");
    byte[] octets = new byte[CHUNK];
    try {
      files.disk().delete(probe);
      try (HashedDisk.NewFile file = files.create(probe)) {
        file.write(octets, octets.length);
        file.force();
      }
      files.disk().delete(probe);
      files.disk().syncFolder(files.layout().root());
    } catch (IOException e) {
      files.removeQuietly(probe);
      health.failed(e);
      return;
    }
    if (health.worked()) {
      changes.retry();
    }
  }

  @Override
  public Statistics statistics() {
    return figures.statistics();
  }

  /** Finishes what was asked for, syncs, closes. What comes later is refused. Blocks. */
  @Override
  public void close() throws IOException {
    closed = true;
    try {
      changes.retry();
      work.await();
      if (files.force()) {
        files.syncDirty();
      }
    } finally {
      lock.close();
    }
  }

  /** Stops as if the process died, without writing anything more. For tests. */
  void abandon() throws IOException {
    closed = true;
    abandoned = true;
    changes.abandon();
    commits.abandon();
    work.await();
    lock.close();
  }
}
