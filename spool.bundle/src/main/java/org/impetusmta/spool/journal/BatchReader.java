package org.impetusmta.spool.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.zip.CRC32C;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.api.spool.Spool.Found;
import org.impetusmta.api.spool.SpoolException;
import org.impetusmta.spool.EncodedBody;
import org.impetusmta.spool.mapped.MappedBodies;
import org.jspecify.annotations.Nullable;

/**
 * Reads stored batches while the writer may move them on: it pins the segment, and looks again if
 * the batch has left it. An update lies in the segment of its batch or a younger one, and segments
 * go oldest first, so the pin holds that too.
 *
 * <p>Files are opened for each read: a reader that is interrupted closes its own channel, not
 * everybody's. Concurrent.
 */
final class BatchReader {
  /** Octets of one segment of a body that was read. */
  private static final long[] NO_UPDATES = {};

  private final JournalDirectory directory;
  private final Map<Integer, Segment> segments;
  private final Rewrites rewrites;
  private final MappedBodies mappedBodies = new MappedBodies();

  /**
   * @param segments all segments of the journal by number; a concurrent map
   */
  BatchReader(JournalDirectory directory, Map<Integer, Segment> segments, Rewrites rewrites) {
    this.directory = directory;
    this.segments = segments;
    this.rewrites = rewrites;
  }

  /** One message, with its newest attempt state and envelope. */
  record Stored(int index, AttemptState state, Envelope envelope) {}

  /** The envelopes of a batch, and the octets of its body in wire form. */
  record Head(List<Stored> messages, int bodyLength) {}

  /** The whole of a batch; {@code bodyCrc} is what its record says. */
  record Whole(Head head, EncodedBody body, int bodyCrc) {}

  /**
   * Reads the body of a message.
   *
   * @throws SpoolException when it is damaged or gone
   */
  EncodedBody body(JournalEntry entry) throws IOException {
    return read(
        entry.batch(),
        false,
        at -> {
          EncodedBody body = at.body();
          if (crc(body.octets()) != at.header.bodyCrc()) {
            throw at.damaged("body checksum does not match");
          }
          return body;
        },
        "message " + entry.id());
  }

  /**
   * The body of a message as it lies in its segment, which stays as it is until the body is let go.
   * One that is encoded is read.
   *
   * @throws SpoolException when it is damaged or gone
   */
  EncodedBody mappedBody(JournalEntry entry) throws IOException {
    StoredBatch batch = entry.batch();
    return pinned(
        batch,
        false,
        "message " + entry.id(),
        (segment, offset, length, changes) ->
            offset + length > Integer.MAX_VALUE // more than a buffer spans
                ? body(entry)
                : mappedBody(entry, batch, segment, offset, length));
  }

  private EncodedBody mappedBody(
      JournalEntry entry, StoredBatch batch, Segment segment, long offset, long length)
      throws IOException {
    ByteBuffer mapping = mapping(segment, offset + length);
    ByteBuffer raw =
        ByteBuffer.wrap(MappedBodies.copy(segment.file(), mapping, offset, RecordHeader.LENGTH));
    RecordHeader header = header(raw, segment, offset, RecordHeader.STORE, RecordHeader.STORE);
    if (header.serial() != batch.serial() || header.recordLength() != length) {
      throw damaged(segment, offset, "record of another batch");
    }
    if (header.encoding() != 0) {
      return body(entry);
    }
    segment.pin(); // once more, for the body; it is pinned, so this cannot fail
    boolean made = false;
    try {
      Body body =
          mappedBodies.body(
              segment.file(),
              mapping,
              offset + RecordHeader.LENGTH + header.metaLength(),
              header.bodyLength(),
              header.bodyCrc(),
              segment::unpin);
      made = true;
      return EncodedBody.plain(body);
    } finally {
      if (!made) {
        segment.unpin();
      }
    }
  }

  /** The file of a pinned segment, at least up to {@code end}. */
  private ByteBuffer mapping(Segment segment, long end) throws IOException {
    MappedBodies.checkSize(segment.file(), end);
    ByteBuffer known = segment.mapping();
    if (known != null && known.capacity() >= end) {
      return known;
    }
    try (FileChannel channel = directory.open(segment)) {
      ByteBuffer mapping =
          channel.map(
              FileChannel.MapMode.READ_ONLY, 0, Math.min(channel.size(), Integer.MAX_VALUE));
      if (mapping.capacity() < end) {
        throw damaged(segment, end, "the file is cut off");
      }
      segment.mapping(mapping);
      return mapping;
    }
  }

  /** Unpins segments for bodies that nobody knows any more. */
  void releaseForgotten() {
    mappedBodies.releaseForgotten();
  }

  /** Bodies that pin a segment. */
  int mappedBodies() {
    return mappedBodies.held();
  }

  /**
   * Reads envelope and newest attempt state of one message. Those that it was stored with are
   * passed over, so that a batch of many recipients is not decoded for each of them.
   *
   * @return empty where the message has left the batch
   * @throws SpoolException when they are damaged, or the batch is gone
   */
  Optional<Found> message(JournalEntry entry, EnvelopeCodec codec) throws IOException {
    int index = entry.index();
    Head head =
        read(entry.batch(), true, at -> at.head(codec, i -> i == index), "message " + entry.id());
    return head.messages().stream()
        .findFirst()
        .map(stored -> new Found(entry, stored.envelope(), stored.state(), head.bodyLength()));
  }

  /**
   * Reads all of a batch, a damaged body as it is.
   *
   * @throws SpoolException when it is damaged or gone
   */
  Whole whole(StoredBatch batch, EnvelopeCodec codec) throws IOException {
    return read(
        batch,
        true,
        at -> new Whole(at.head(codec, _ -> true), at.body(), at.header.bodyCrc()),
        "batch");
  }

  static int crc(Body body) {
    CRC32C crc = new CRC32C();
    for (int i = 0; i < body.segments(); i++) {
      crc.update(body.segment(i), 0, body.segmentLength(i));
    }
    return (int) crc.getValue();
  }

  /** An update or rewrite that was read. */
  private record Change(RecordHeader header, ByteBuffer meta) {}

  private interface Reading<T> {
    T of(Place place) throws IOException;
  }

  private <T> T read(StoredBatch batch, boolean states, Reading<T> reading, String what)
      throws IOException {
    return pinned(
        batch,
        states,
        what,
        (segment, offset, length, changes) -> {
          try (FileChannel channel = directory.open(segment)) {
            return reading.of(new Place(segment, offset, channel, batch, changes));
          }
        });
  }

  /** Does something with a record in a pinned segment. */
  private interface Pinned<T> {
    T of(Segment segment, long offset, long length, long[] changes) throws IOException;
  }

  private <T> T pinned(StoredBatch batch, boolean states, String what, Pinned<T> use)
      throws IOException {
    while (true) {
      Segment segment;
      long offset;
      long length;
      long[] updates;
      synchronized (batch) {
        segment = batch.segment();
        offset = batch.offset();
        length = batch.length();
        updates = states ? changes(batch) : NO_UPDATES;
      }
      if (segment == null) {
        throw new SpoolException(what + " was never stored");
      }
      if (!segment.pin()) {
        if (batch.segment() == segment) {
          throw new SpoolException(
              what + " is gone from the spool; it was in " + segment + " at offset " + offset);
        }
        continue;
      }
      try {
        return use.of(segment, offset, length, updates);
      } finally {
        segment.unpin();
      }
    }
  }

  /** For each index, where the newest state lies, then where the newest envelope lies. */
  private long[] changes(StoredBatch batch) {
    int size = 0;
    for (JournalEntry e = batch.first(); e != null; e = e.next()) {
      size = e.index() + 1;
    }
    long[] changes = new long[2 * size];
    for (JournalEntry e = batch.first(); e != null; e = e.next()) {
      changes[2 * e.index()] = e.update();
      changes[2 * e.index() + 1] = rewrites.place(e);
    }
    return changes;
  }

  /** A record in a pinned, open segment. */
  private final class Place {
    private final Segment segment;
    private final long offset;
    private final FileChannel channel;
    private final RecordHeader header;
    private final long[] changes;

    Place(Segment segment, long offset, FileChannel channel, StoredBatch batch, long[] changes)
        throws IOException {
      this.segment = segment;
      this.offset = offset;
      this.channel = channel;
      this.changes = changes;
      this.header = header(channel, segment, offset, RecordHeader.STORE, RecordHeader.STORE);
      if (header.serial() != batch.serial()) {
        throw damaged("record of another batch");
      }
    }

    EncodedBody body() throws IOException {
      int length = header.bodyLength();
      if (header.encoding() != 0) {
        length = EnvelopeCodec.length(meta(channel, segment, offset, header), header);
      }
      return new EncodedBody(octets(), header.encoding(), length);
    }

    private Body octets() throws IOException {
      long at = offset + RecordHeader.LENGTH + header.metaLength();
      int left = header.bodyLength();
      List<byte[]> parts = new ArrayList<>();
      while (left > 0) {
        byte[] part = new byte[Math.min(Body.SEGMENT, left)];
        fill(channel, segment, ByteBuffer.wrap(part), at);
        parts.add(part);
        at += part.length;
        left -= part.length;
      }
      return Body.of(parts.toArray(new byte[0][]));
    }

    /** The messages with the wanted indexes. */
    Head head(EnvelopeCodec codec, IntPredicate wanted) throws IOException {
      ByteBuffer meta = meta(channel, segment, offset, header);
      int length = EnvelopeCodec.length(meta, header);
      List<Stored> messages = new ArrayList<>();
      StoreMeta.read(
          meta,
          header.count(),
          (index, message) -> {
            if (wanted.test(index)) {
              messages.add(new Stored(index, codec.state(message), codec.envelope(message)));
            }
          });
      for (int i = 0; i < messages.size(); i++) {
        int index = messages.get(i).index();
        if (2 * index < changes.length) {
          messages.set(
              i, changed(messages.get(i), changes[2 * index], changes[2 * index + 1], codec));
        }
      }
      return new Head(messages, length);
    }

    private Stored changed(Stored stored, long update, long rewrite, EnvelopeCodec codec)
        throws IOException {
      AttemptState state = stored.state();
      Envelope envelope = stored.envelope();
      if (rewrite != 0) {
        Change change = change(rewrite);
        EnvelopeCodec.variable(change.meta);
        state = codec.state(change.meta);
        envelope = codec.envelope(change.meta);
      }
      if (update != 0 && update != rewrite) {
        state = newest(change(update), stored.index(), codec);
      }
      return new Stored(stored.index(), state, envelope);
    }

    private AttemptState newest(Change change, int index, EnvelopeCodec codec)
        throws SpoolException {
      List<AttemptState> states = new ArrayList<>(1);
      UpdateRun.read(
          change.meta,
          change.header.count(),
          codec,
          (serial, of, state) -> {
            if (serial == header.serial() && of == index) {
              states.add(state);
            }
          });
      if (states.isEmpty()) {
        throw damaged("its update is another message's");
      }
      return states.getLast();
    }

    private Change change(long place) throws IOException {
      @Nullable Segment in = segments.get(JournalEntry.updateSegment(place));
      long at = JournalEntry.updateOffset(place);
      if (in == null) {
        throw damaged("its update is gone");
      }
      try (FileChannel updates = directory.open(in)) {
        RecordHeader found =
            BatchReader.header(updates, in, at, RecordHeader.UPDATE, RecordHeader.REWRITE);
        return new Change(found, meta(updates, in, at, found));
      }
    }

    SpoolException damaged(String what) {
      return BatchReader.damaged(segment, offset, what);
    }
  }

  private static RecordHeader header(
      FileChannel channel, Segment segment, long offset, byte kind, byte orKind)
      throws IOException {
    ByteBuffer raw = ByteBuffer.allocate(RecordHeader.LENGTH);
    fill(channel, segment, raw, offset);
    return header(raw.flip(), segment, offset, kind, orKind);
  }

  private static RecordHeader header(
      ByteBuffer raw, Segment segment, long offset, byte kind, byte orKind) throws SpoolException {
    Optional<RecordHeader> header = RecordHeader.read(raw, new CRC32C());
    if (header.isEmpty()
        || header.get().epoch() != segment.epoch()
        || (header.get().kind() != kind && header.get().kind() != orKind)) {
      throw damaged(segment, offset, "no such record");
    }
    return header.get();
  }

  private static ByteBuffer meta(
      FileChannel channel, Segment segment, long offset, RecordHeader header) throws IOException {
    ByteBuffer meta = ByteBuffer.allocate(header.metaLength());
    fill(channel, segment, meta, offset + RecordHeader.LENGTH);
    CRC32C crc = new CRC32C();
    crc.update(meta.flip());
    if ((int) crc.getValue() != header.metaCrc()) {
      throw damaged(segment, offset, "envelope checksum does not match");
    }
    return meta.rewind();
  }

  private static void fill(FileChannel channel, Segment segment, ByteBuffer into, long at)
      throws IOException {
    if (at + into.remaining() > channel.size()) {
      throw damaged(segment, at, "the file is cut off");
    }
    SegmentReader.fill(channel, into, at, into.remaining());
  }

  private static SpoolException damaged(Segment segment, long offset, String what) {
    return new SpoolException(
        "damaged record in " + segment.file() + " at offset " + offset + ": " + what);
  }
}
