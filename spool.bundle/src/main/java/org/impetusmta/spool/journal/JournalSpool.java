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
 * <p>Until {@link #recover} has been called nothing of the disk space of earlier processes, and
 * nothing newer, is reclaimed. Concurrent.
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
  private final Thread writer;
  private final AtomicBoolean recovered = new AtomicBoolean();

  /**
   * Opens the spool below {@code base}, as a server does.
   *
   * @throws IOException when the folder cannot be used or another process has it; names the file
   */
  public static JournalSpool open(
      Path base, BooleanSupplier forceFsync, int fileMode, InstantSource clock) throws IOException {
    return new JournalSpool(base, JournalSettings.of(forceFsync, fileMode), Disk.SYSTEM, clock);
  }

  /**
   * Opens the spool below {@code base}.
   *
   * @throws IOException when the folder cannot be used or another process has it; names the file
   */
  JournalSpool(Path base, JournalSettings settings, Disk disk, InstantSource clock)
      throws IOException {
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
            directory, settings, clock, segments, rewrites, compaction, mailbox, figures);
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
    mailbox.post(Request.Update.of(journalEntry(entry), state));
  }

  @Override
  public void rewrite(SpoolEntry entry, Envelope envelope, AttemptState state) {
    if (!entry.id().equals(envelope.id())) {
      throw new IllegalArgumentException(entry.id() + " cannot become " + envelope.id());
    }
    mailbox.post(Request.Update.of(journalEntry(entry), state, envelope));
  }

  @Override
  public void unlink(SpoolEntry entry) {
    mailbox.post(new Request.Unlink(journalEntry(entry)));
  }

  @Override
  public Body read(SpoolEntry entry) throws IOException {
    EncodedBody body = readEncoded(entry);
    if (body.encoding() != 0) {
      throw new SpoolException(
          "message " + entry.id() + " has a body of encoding " + body.encoding());
    }
    return body.octets();
  }

  @Override
  public EncodedBody readEncoded(SpoolEntry entry) throws IOException {
    EncodedBody body = reader.body(journalEntry(entry));
    figures.read(body.octets().length());
    return body;
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
    Replay replay = new Replay(directory, rewrites);
    List<StoredBatch> batches = replay.run(directory.found());
    if (!directory.found().isEmpty()) {
      CompletableFuture<Void> adopted = new CompletableFuture<>();
      mailbox.post(new Request.Adopt(directory.found(), Replay.count(batches), adopted));
      await(adopted);
    }
    long messages = 0;
    long damaged = replay.damagedRecords();
    EnvelopeCodec codec = new EnvelopeCodec();
    for (StoredBatch batch : batches) {
      try {
        messages += handOver(batch, codec, listener);
      } catch (SpoolException e) {
        damaged++;
        LOG.error("cannot recover a batch", e);
      }
    }
    return new Recovery(messages, damaged);
  }

  private long handOver(StoredBatch batch, EnvelopeCodec codec, RecoveryListener listener)
      throws IOException {
    // whatever happens to a message once it is handed over, the others are still there
    BatchReader.Head head = reader.head(batch, codec);
    JournalEntry[] left = new JournalEntry[batch.live()];
    int count = 0;
    for (JournalEntry e = batch.first(); e != null; e = e.next()) {
      if (!e.isUnlinked()) {
        left[count++] = e;
      }
    }
    int next = 0;
    for (BatchReader.Stored message : head.messages()) {
      if (next < count && left[next].index() == message.index()) {
        listener.recovered(left[next], message.envelope(), message.state(), head.bodyLength());
        next++;
      }
    }
    return next;
  }

  @Override
  public Optional<Found> find(MessageId id) throws IOException {
    CompletableFuture<Optional<JournalEntry>> answer = new CompletableFuture<>();
    mailbox.post(new Request.Find(id.bits(), answer));
    Optional<JournalEntry> entry = await(answer);
    if (entry.isEmpty()) {
      return Optional.empty();
    }
    JournalEntry found = entry.get();
    BatchReader.Head head = reader.head(found.batch(), new EnvelopeCodec());
    for (BatchReader.Stored message : head.messages()) {
      if (message.index() == found.index()) {
        return Optional.of(
            new Found(found, message.envelope(), message.state(), head.bodyLength()));
      }
    }
    return Optional.empty();
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
