package org.impetusmta.spool.journal;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.SpoolException;
import org.impetusmta.spool.EncodedBody;
import org.impetusmta.spool.Engine;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The {@code journal} engine of the spool: messages in append-only segments below {@code
 * SpoolBase/journal}, written by one thread that commits in groups ({@link JournalWriter}). The
 * form on disk is told by {@link SegmentHeader}, {@link RecordHeader} and {@link EnvelopeCodec};
 * how space comes free by {@link Compaction}.
 *
 * <p>Disk space of earlier processes is reclaimed behind {@link #recover}, segment by segment, and
 * nothing newer before. Concurrent.
 */
public final class JournalSpool implements Engine {
  private static final Logger LOG = LoggerFactory.getLogger(JournalSpool.class);

  private final SpoolLock lock;
  private final JournalDirectory directory;
  private final BatchReader reader;
  private final Map<Integer, Segment> segments = new ConcurrentHashMap<>();
  private final Rewrites rewrites = new Rewrites();
  private final Mailbox mailbox = new Mailbox();
  private final Figures figures = new Figures();
  private final BooleanSupplier useMmap;
  private final Thread writer;
  private final AtomicBoolean recovered = new AtomicBoolean();

  /**
   * Opens the spool below {@code base}, as a server does.
   *
   * @param useMmap asked for each body that is swapped in: whether it stays in its segment
   * @param swapOut makes indexes
   * @throws IOException when the folder cannot be used or another process has it; names the file
   */
  public static JournalSpool open(
      Path base,
      BooleanSupplier forceFsync,
      BooleanSupplier useMmap,
      int fileMode,
      InstantSource clock,
      Executor swapOut)
      throws IOException {
    return new JournalSpool(
        base, JournalSettings.of(forceFsync, fileMode), Disk.SYSTEM, clock, swapOut, useMmap);
  }

  /** Opens the spool below {@code base}; bodies are read, never mapped. */
  public static JournalSpool open(
      Path base, BooleanSupplier forceFsync, int fileMode, InstantSource clock) throws IOException {
    return open(base, forceFsync, () -> false, fileMode, clock, Runnable::run);
  }

  /** A spool that makes its indexes on the writer's thread. */
  JournalSpool(Path base, JournalSettings settings, Disk disk, InstantSource clock)
      throws IOException {
    this(base, settings, disk, clock, Runnable::run, () -> false);
  }

  /** A spool that makes its indexes on the writer's thread. */
  JournalSpool(
      Path base, JournalSettings settings, Disk disk, InstantSource clock, BooleanSupplier useMmap)
      throws IOException {
    this(base, settings, disk, clock, Runnable::run, useMmap);
  }

  /** A spool whose bodies are read, never mapped. */
  JournalSpool(
      Path base, JournalSettings settings, Disk disk, InstantSource clock, Executor swapOut)
      throws IOException {
    this(base, settings, disk, clock, swapOut, () -> false);
  }

  /**
   * Opens the spool below {@code base}.
   *
   * @param swapOut makes indexes
   * @param useMmap asked for each body that is swapped in: whether it stays in its segment
   * @throws IOException when the folder cannot be used or another process has it; names the file
   */
  JournalSpool(
      Path base,
      JournalSettings settings,
      Disk disk,
      InstantSource clock,
      Executor swapOut,
      BooleanSupplier useMmap)
      throws IOException {
    this.useMmap = useMmap;
    JournalDirectory.makeFolder(base, settings.fileMode());
    lock = SpoolLock.take(base, settings.fileMode());
    try {
      directory = new JournalDirectory(base, settings, disk);
    } catch (IOException e) {
      lock.close();
      throw e;
    }
    for (Segment segment : directory.found()) {
      segments.put(segment.number(), segment);
    }
    reader = new BatchReader(directory, segments, rewrites);
    Compaction compaction =
        new Compaction(directory, settings, segments, reader, directory.found().isEmpty());
    JournalWriter journal =
        new JournalWriter(
            directory,
            settings,
            clock,
            segments,
            rewrites,
            compaction,
            new Indexer(directory, settings, swapOut),
            mailbox,
            figures);
    writer = Thread.ofPlatform().name("spool journal").daemon().unstarted(journal::run);
    writer.start();
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
    mailbox.post(Request.Store.of(envelopes, state, body, loop, listener));
  }

  @Override
  public void update(SpoolEntry entry, AttemptState state) {
    mailbox.post(new Request.Update(journalEntry(entry), state));
  }

  @Override
  public void rewrite(SpoolEntry entry, Envelope envelope, AttemptState state) {
    if (!entry.id().equals(envelope.id())) {
      throw new IllegalArgumentException(entry.id() + " cannot become " + envelope.id());
    }
    mailbox.post(Request.Rewrite.of(journalEntry(entry), envelope, state));
  }

  @Override
  public void unlink(SpoolEntry entry) {
    mailbox.post(new Request.Unlink(journalEntry(entry)));
  }

  @Override
  public EncodedBody readEncoded(SpoolEntry entry) throws IOException {
    return counted(reader.body(journalEntry(entry)));
  }

  @Override
  public EncodedBody swapInEncoded(SpoolEntry entry) throws IOException {
    return useMmap.getAsBoolean()
        ? counted(reader.mappedBody(journalEntry(entry)))
        : readEncoded(entry);
  }

  private EncodedBody counted(EncodedBody body) {
    figures.read(body.octets().length());
    return body;
  }

  @Override
  public Envelope envelope(SpoolEntry entry) throws IOException {
    return reader
        .message(journalEntry(entry), new EnvelopeCodec())
        .map(Found::envelope)
        .orElseThrow(() -> new SpoolException("message " + entry.id() + " is gone from its batch"));
  }

  @Override
  public boolean sharesBody(SpoolEntry one, SpoolEntry other) {
    return journalEntry(one).batch() == journalEntry(other).batch();
  }

  /** Bodies that stay in their segments and were not let go. For tests. */
  int mappedBodies() {
    return reader.mappedBodies();
  }

  private static JournalEntry journalEntry(SpoolEntry entry) {
    if (entry instanceof JournalEntry own) {
      return own;
    }
    throw new IllegalArgumentException("not an entry of this spool: " + entry);
  }

  @Override
  public Recovery recover(RecoveryListener listener) throws IOException {
    if (recovered.getAndSet(true)) {
      throw new IllegalStateException("the spool was recovered before");
    }
    List<Segment> found = directory.found();
    Replay replay = new Replay(directory, rewrites);
    replay.run(found);
    if (!found.isEmpty()) {
      CompletableFuture<Void> adopted = new CompletableFuture<>();
      mailbox.post(new Request.Adopt(found, replay.messages(), adopted));
      await(adopted);
    }
    Handover handover = new Handover(directory, replay, listener);
    for (Segment segment : found) {
      handover.run(segment);
      mailbox.post(new Request.Release(segment.number()));
    }
    mailbox.post(new Request.Release(Integer.MAX_VALUE));
    return new Recovery(handover.messages(), replay.damagedRecords() + handover.damagedRecords());
  }

  @Override
  public Optional<Found> find(MessageId id) throws IOException {
    CompletableFuture<Optional<JournalEntry>> answer = new CompletableFuture<>();
    mailbox.post(new Request.Find(id.bits(), answer));
    Optional<JournalEntry> entry = await(answer);
    return entry.isEmpty() ? Optional.empty() : reader.message(entry.get(), new EnvelopeCodec());
  }

  @Override
  public boolean writable() {
    return figures.writable();
  }

  @Override
  public void sync() throws IOException {
    CompletableFuture<Void> done = new CompletableFuture<>();
    mailbox.post(new Request.Sync(done));
    await(done);
  }

  private static <T> T await(CompletableFuture<T> done) throws IOException {
    try {
      return done.get();
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      throw cause instanceof IOException io
          ? new IOException(io.getMessage(), io)
          : new IOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while the spool was at work", e);
    }
  }

  @Override
  public Statistics statistics() {
    long diskBytes = 0;
    try {
      diskBytes = directory.diskBytes();
    } catch (IOException e) {
      LOG.warn("cannot count the octets of the spool", e);
    }
    return figures.statistics(diskBytes);
  }

  /** Finishes what was asked for, syncs, closes. What comes later is refused. Blocks. */
  @Override
  public void close() throws IOException {
    mailbox.post(new Request.Close());
    end();
  }

  /** Stops as if the process died, without writing anything more. For tests. */
  void abandon() throws IOException {
    mailbox.abandon();
    end();
  }

  private void end() throws IOException {
    try {
      writer.join();
    } catch (InterruptedException e) {
      // the lock stays until the writer is done: nobody else may write before
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while the spool was closing", e);
    }
    lock.close();
  }
}
