package org.impetusmta.spool.journal;

import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.message.Body;
import org.impetusmta.spool.EncodedBody;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one writer of the journal. It takes everything that was posted, writes it at the end of the
 * open segment, syncs once if a store is among it, and answers: a group commit, whose size comes by
 * itself, from what is posted while the disk is busy.
 *
 * <p>Updates and unlinks are written with the next commit but do not ask for a sync; until some
 * sync covered them they are remembered. When a write or a sync fails, the segment is never trusted
 * again: what it held durably before stays, everything since is written anew to another segment,
 * the stores of that commit fail and are unlinked, should they have reached the disk nevertheless.
 *
 * <p>Thread-safety: single; everything runs on the thread "spool journal". Requests come through
 * the {@link Mailbox}.
 */
final class JournalWriter implements Compaction.Target, Changes.Target {
  private static final Logger LOG = LoggerFactory.getLogger(JournalWriter.class);
  private static final Body EMPTY = Body.of();

  /** Octets to copy on in a commit that others wait for, and in one of its own. */
  private static final long COPY_BUSY = 256 << 10;

  private static final long COPY_IDLE = 4 << 20;

  /** The part of a segment that may stay unused at its end. */
  private static final int SPILL = 64;

  private final JournalDirectory directory;
  private final JournalSettings settings;
  private final InstantSource clock;
  private final Map<Integer, Segment> segments;
  private final Rewrites rewrites;
  private final Compaction compaction;
  private final Indexer indexer;
  private final Mailbox mailbox;
  private final Figures figures;
  private final Appender appender = new Appender();
  private final Answers answers = new Answers();
  private final EnvelopeCodec codec = new EnvelopeCodec();

  /** The stores of this commit: answered, then appended, then the rest. */
  private final List<Request.Store> stores = new ArrayList<>();

  private int answered;
  private int appended;

  private final List<Request.Sync> syncs = new ArrayList<>();
  private final List<Move> moves = new ArrayList<>();
  private final Changes changes;
  private final Health health;

  private boolean closing;

  JournalWriter(
      JournalDirectory directory,
      JournalSettings settings,
      InstantSource clock,
      Map<Integer, Segment> segments,
      Rewrites rewrites,
      Compaction compaction,
      Indexer indexer,
      Mailbox mailbox,
      Figures figures) {
    this.directory = directory;
    this.settings = settings;
    this.clock = clock;
    this.segments = segments;
    this.rewrites = rewrites;
    this.compaction = compaction;
    this.indexer = indexer;
    this.mailbox = mailbox;
    this.figures = figures;
    this.changes = new Changes(figures);
    this.health = new Health(directory, settings, figures);
  }

  private record Move(StoredBatch batch, long offset, long length) {}

  /** The life of the thread: until {@link Request.Close} or {@link Mailbox#abandon}. */
  void run() {
    try {
      work();
    } finally {
      end();
    }
  }

  private void work() {
    while (!mailbox.isAbandoned()) {
      try {
        if (!turn()) {
          break;
        }
      } catch (RuntimeException e) {
        // a dead writer would leave every session waiting
        fail(new IOException("spool journal: " + e, e));
        finish();
        mailbox.await(settings.retryPause().toNanos());
      }
    }
  }

  /** One round; false when all is done. */
  private boolean turn() {
    gather();
    health.look();
    compaction.look(clock.millis());
    indexer.look(compaction.closed(), clock.millis());
    if (isDue()) {
      commit();
      compaction.reclaim();
    } else if (closing) {
      return false;
    } else {
      compaction.reclaim();
      mailbox.await(pause());
    }
    return true;
  }

  /** Takes what was posted, so much as makes one good write. */
  private void gather() {
    mailbox.drain(
        request -> {
          switch (request) {
            case Request.Store store -> stores.add(store);
            case Request.Change change -> changes.add(change);
            case Request.Unlink unlink -> unlink(unlink.entry());
            case Request.Find find -> find.found().complete(find(find.id()));
            case Request.Sync sync -> syncs.add(sync);
            case Request.Adopt adopt -> {
              compaction.adopt(adopt.segments(), clock.millis());
              figures.recovered(adopt.messages());
              adopt.done().complete(null);
            }
            case Request.Release release -> compaction.release(release.number());
            case Request.Close _ -> closing = true;
          }
        });
  }

  private void unlink(JournalEntry entry) {
    if (!entry.unlink()) {
      return;
    }
    StoredBatch batch = entry.batch();
    changes.unlink(batch, entry.index());
    rewrites.remove(entry);
    figures.unlinked();
    if (batch.unlinked() == 0) {
      figures.bodyUnlinked();
      Segment segment = batch.segment();
      if (segment != null) {
        segment.remove(batch);
      }
    }
  }

  private Optional<JournalEntry> find(long id) {
    Optional<JournalEntry> found = compaction.find(id);
    return found.isPresent() || !appender.isOpen() ? found : appender.segment().find(id);
  }

  private boolean isDue() {
    if (!stores.isEmpty() || !syncs.isEmpty()) {
      return true;
    }
    if (health.isFailing()) {
      // it tries again on its own, but not at once
      return !closing && health.isRetryDue();
    }
    return !changes.isEmpty() || (compaction.isActive() && !closing);
  }

  private long pause() {
    long pause = health.pause();
    return pause == 0 && compaction.isPending() ? settings.compactionPause().toNanos() : pause;
  }

  private void commit() {
    try {
      boolean force = settings.forceFsync().getAsBoolean();
      changes.writeUpdates(this);
      for (Request.Store store : stores) {
        append(store);
      }
      boolean failing = health.isFailing();
      boolean copied = false;
      // a disk that fails may not be read either: copying waits until something could be written
      if (compaction.isActive() && !failing) {
        if (appender.isOpen()) {
          appender.flush(); // a copy reads updates back
        }
        copied = compaction.copy(stores.isEmpty() ? COPY_IDLE : COPY_BUSY, codec, this);
      }
      changes.writeUnlinks(this);
      if (failing) {
        room(0); // nothing may be left to write, but it must be shown that it can be
      }
      if (appender.isOpen()) {
        appender.flush();
        if (failing
            || copied
            || !syncs.isEmpty()
            || (force && (!stores.isEmpty() || changes.isMuchUnsynced()))) {
          force();
        } else if (!force && changes.isMuchUnsynced()) {
          changes.synced();
        }
        settle();
      }
      syncs.forEach(sync -> sync.done().complete(null));
      health.succeeded();
    } catch (IOException e) {
      fail(e);
    } catch (RuntimeException e) {
      // a dead writer would leave every session waiting
      fail(new IOException("spool journal: " + e, e));
    }
    finish();
  }

  private void finish() {
    figures.committed();
    figures.written(appender.handedOver());
    answers.post();
    stores.clear();
    syncs.clear();
    answered = 0;
    appended = 0;
  }

  @Override
  public void append(List<Request.Update> run, UpdateRun record) throws IOException {
    MetaBuffer meta = record.meta();
    Segment segment = room(RecordHeader.recordLength(meta.length(), 0));
    RecordHeader header =
        new RecordHeader(
            RecordHeader.UPDATE,
            (byte) 0,
            segment.epoch(),
            0,
            record.count(),
            meta.length(),
            0,
            meta.crc(),
            0);
    long offset = appender.append(header, meta.array(), EMPTY);
    for (Request.Update update : run) {
      update.entry().updated(segment, offset);
    }
  }

  @Override
  public void append(Request.Rewrite rewrite) throws IOException {
    MetaBuffer meta = rewrite.meta();
    Segment segment = room(RecordHeader.recordLength(meta.length(), 0));
    long offset = appender.append(rewrite.header(segment.epoch()), meta.array(), EMPTY);
    rewrites.put(rewrite.entry(), segment, offset);
  }

  private void append(Request.Store store) throws IOException {
    long length = store.recordLength();
    Segment segment = room(length);
    StoredBatch batch = store.batch();
    batch.serial(appender.nextSerial());
    appended++;
    long offset =
        appender.append(store.header(segment.epoch()), store.meta().array(), store.body().octets());
    batch.locate(segment, offset, length);
  }

  @Override
  public void copy(StoredBatch batch, BatchReader.Whole whole) throws IOException {
    BitSet live = new BitSet();
    for (JournalEntry e = batch.first(); e != null; e = e.next()) {
      live.set(e.index(), !e.isUnlinked());
    }
    MetaBuffer meta = new MetaBuffer(256);
    EncodedBody body = whole.body();
    EnvelopeCodec.putLength(meta, body.encoding(), body.length());
    StoreMeta messages = new StoreMeta(meta, live.cardinality());
    for (BatchReader.Stored message : whole.head().messages()) {
      if (live.get(message.index())) {
        messages.put(message.index(), message.state(), message.envelope());
      }
    }
    long length = RecordHeader.recordLength(meta.length(), body.octets().length());
    RecordHeader header =
        new RecordHeader(
            RecordHeader.STORE,
            RecordHeader.flags(true, body.encoding()),
            room(length).epoch(),
            batch.serial(),
            live.cardinality(),
            meta.length(),
            body.octets().length(),
            meta.crc(),
            whole.bodyCrc());
    moves.add(new Move(batch, appender.append(header, meta.array(), body.octets()), length));
  }

  @Override
  public void lost(StoredBatch batch) {
    Segment segment = batch.segment();
    if (segment != null) {
      segment.remove(batch);
    }
    for (JournalEntry e = batch.first(); e != null; e = e.next()) {
      if (e.unlink()) {
        figures.unlinked();
      }
    }
  }

  /** All unlinks go into one record; it may reach beyond the size of a segment. */
  @Override
  public void append(MetaBuffer pairs, int count) throws IOException {
    RecordHeader header =
        new RecordHeader(
            RecordHeader.UNLINK,
            (byte) 0,
            room(0).epoch(),
            0,
            count,
            pairs.length(),
            0,
            pairs.crc(),
            0);
    appender.append(header, pairs.array(), EMPTY);
  }

  /** The open segment, with room for a record; a fresh one takes a record of any length. */
  private Segment room(long length) throws IOException {
    if (appender.isOpen()
        && appender.position() + length > settings.segmentSize()
        && appender.position() > SegmentHeader.FIRST_RECORD) {
      seal();
    }
    if (!appender.isOpen()) {
      JournalDirectory.Opened opened = directory.create(clock.millis());
      appender.open(opened.segment(), opened.channel());
      segments.put(opened.segment().number(), opened.segment());
    }
    return appender.segment();
  }

  /**
   * Ends the open segment; what was appended to it is durable then. The seal is written after that:
   * bodies in front of one are not checked by a restart. A seal that is lost costs no more than
   * that check.
   */
  private void seal() throws IOException {
    Segment segment = appender.segment();
    appender.flush();
    force();
    settle();
    appender.append(
        new RecordHeader(RecordHeader.SEAL, (byte) 0, segment.epoch(), 0, 0, 0, 0, 0, 0),
        new byte[0],
        EMPTY);
    appender.flush();
    compaction.closed(segment, clock.millis());
    appender.close(settings.segmentSize() / SPILL);
  }

  private void force() throws IOException {
    appender.force();
    figures.synced();
    changes.synced();
  }

  /** What was appended is as durable as it was asked to be. */
  private void settle() {
    Segment segment = appender.segment();
    for (; answered < appended; answered++) {
      Request.Store store = stores.get(answered);
      segment.add(store.batch());
      figures.stored(store.entries().size());
      answers.stored(store);
    }
    for (Move move : moves) {
      StoredBatch batch = move.batch;
      Segment from = batch.segment();
      if (from != null) {
        from.remove(batch);
      }
      synchronized (batch) {
        batch.locate(segment, move.offset, move.length);
        for (JournalEntry e = batch.first(); e != null; e = e.next()) {
          e.updateInStore();
          rewrites.remove(e);
        }
      }
      segment.add(batch);
    }
    moves.clear();
    segment.end(appender.position());
  }

  private void fail(IOException cause) {
    health.failed(cause);
    moves.clear();
    changes.again();
    for (int i = answered; i < stores.size(); i++) {
      Request.Store store = stores.get(i);
      if (i < appended) {
        for (int index = 0; index < store.entries().size(); index++) {
          changes.unlink(store.batch(), index);
        }
      }
      figures.failed(store.entries().size());
      answers.failed(store, cause);
    }
    syncs.forEach(sync -> sync.done().completeExceptionally(cause));
    if (appender.isOpen()) {
      abandonSegment();
    }
  }

  private void abandonSegment() {
    Segment segment = appender.segment();
    try {
      appender.abandon(segment.end());
    } catch (IOException e) {
      LOG.debug("cannot cut {} off at {}", segment.file(), segment.end(), e);
    }
    if (segment.end() == SegmentHeader.FIRST_RECORD) {
      try {
        directory.remove(segment);
        segments.remove(segment.number());
        return;
      } catch (IOException e) {
        LOG.debug("cannot remove {}; it goes in its turn", segment.file(), e);
      }
    }
    segment.indexed(); // it has no seal: a restart reads it
    compaction.closed(segment, clock.millis());
    compaction.evacuate(segment);
  }

  private void end() {
    if (!mailbox.isAbandoned()) {
      try {
        if (appender.isOpen()) {
          seal();
        }
        indexer.finish(compaction.closed());
        if (health.isFailing()) {
          LOG.error(
              "the journal could not be written to the end: {} updates and {} removals are lost",
              changes.waitingUpdates(),
              changes.waitingUnlinks());
        }
      } catch (IOException e) {
        LOG.error("cannot close the journal", e);
      }
    }
    mailbox.end(JournalWriter::refuse);
  }

  /** Answers a request that came after the end. */
  static void refuse(Request request) {
    IOException closed = new IOException("the spool is closed");
    switch (request) {
      case Request.Store store -> store.loop().execute(() -> store.listener().failed(closed));
      case Request.Sync sync -> sync.done().completeExceptionally(closed);
      case Request.Adopt adopt -> adopt.done().completeExceptionally(closed);
      case Request.Find find -> find.found().completeExceptionally(closed);
      case Request.Change _, Request.Release _, Request.Unlink _, Request.Close _ -> {}
    }
  }
}
