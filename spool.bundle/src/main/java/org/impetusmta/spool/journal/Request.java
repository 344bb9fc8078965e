package org.impetusmta.spool.journal;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.impetusmta.api.spool.Spool.StoreListener;
import org.impetusmta.spool.EncodedBody;

/** What is posted to the journal writer. Handed over with the posting. */
sealed interface Request {
  /** A batch, encoded on the thread that stores it; the writer only adds the header. */
  record Store(
      StoredBatch batch,
      List<SpoolEntry> entries,
      MetaBuffer meta,
      int metaCrc,
      EncodedBody body,
      int bodyCrc,
      EventLoop loop,
      StoreListener listener)
      implements Request {
    static Store of(
        List<Envelope> envelopes,
        AttemptState state,
        EncodedBody body,
        EventLoop loop,
        StoreListener listener) {
      int count = envelopes.size();
      MetaBuffer meta = new MetaBuffer(256 + 192 * (count - 1));
      EnvelopeCodec.putLength(meta, body.encoding(), body.length());
      StoreMeta messages = new StoreMeta(meta, count);
      for (int i = 0; i < count; i++) {
        messages.put(i, state, envelopes.get(i));
      }
      StoredBatch batch = new StoredBatch();
      JournalEntry[] entries = new JournalEntry[count];
      JournalEntry next = null;
      for (int i = count - 1; i >= 0; i--) {
        next = new JournalEntry(envelopes.get(i).id().bits(), batch, i, next);
        entries[i] = next;
      }
      batch.entries(next, count);
      return new Store(
          batch,
          List.of(entries),
          meta,
          meta.crc(),
          body,
          BatchReader.crc(body.octets()),
          loop,
          listener);
    }

    long recordLength() {
      return RecordHeader.recordLength(meta.length(), body.octets().length());
    }

    RecordHeader header(long epoch) {
      return new RecordHeader(
          RecordHeader.STORE,
          RecordHeader.flags(false, body.encoding()),
          epoch,
          batch.serial(),
          entries.size(),
          meta.length(),
          body.octets().length(),
          metaCrc,
          bodyCrc);
    }
  }

  /** What changes in a message that stays. */
  sealed interface Change extends Request {
    JournalEntry entry();
  }

  /** A new attempt state. */
  record Update(JournalEntry entry, AttemptState state) implements Change {}

  /** A new envelope and attempt state, encoded on the thread that asks for it. */
  record Rewrite(JournalEntry entry, MetaBuffer meta, int metaCrc) implements Change {
    static Rewrite of(JournalEntry entry, Envelope envelope, AttemptState state) {
      MetaBuffer meta = new MetaBuffer(256);
      meta.putVariable(entry.index());
      EnvelopeCodec.put(meta, state);
      EnvelopeCodec.put(meta, envelope);
      return new Rewrite(entry, meta, meta.crc());
    }

    RecordHeader header(long epoch) {
      return new RecordHeader(
          RecordHeader.REWRITE,
          (byte) 0,
          epoch,
          entry.batch().serial(),
          1,
          meta.length(),
          0,
          metaCrc,
          0);
    }
  }

  /** A message that is finished with. */
  record Unlink(JournalEntry entry) implements Request {}

  /** Look for a message. */
  record Find(long id, CompletableFuture<Optional<JournalEntry>> found) implements Request {}

  /** Sync all that came before. */
  record Sync(CompletableFuture<Void> done) implements Request {}

  /** What recovery found: every segment of earlier processes and the batches left in them. */
  record Adopt(List<Segment> segments, long messages, CompletableFuture<Void> done)
      implements Request {}

  /** Everything in the segments up to this one was handed over. */
  record Release(int number) implements Request {}

  /** Finish what was asked for, then end. */
  record Close() implements Request {}
}
