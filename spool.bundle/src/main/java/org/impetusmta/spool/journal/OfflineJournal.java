package org.impetusmta.spool.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.api.spool.SpoolException;
import org.impetusmta.spool.EncodedBody;
import org.impetusmta.spool.offline.Findings;
import org.impetusmta.spool.offline.Findings.Fault;
import org.impetusmta.spool.offline.OfflineSpool;
import org.impetusmta.spool.offline.StoredMessage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The segments of the journal, read only: plays all records as {@link Replay} does, but repairs
 * nothing and sets nothing aside. Thread-safety: none.
 */
public final class OfflineJournal implements OfflineSpool {
  /** The folder below SpoolBase. */
  public static final String FOLDER = "journal";

  private static final Logger LOG = LoggerFactory.getLogger(OfflineJournal.class);

  private final Path folder;
  private final EnvelopeCodec codec = new EnvelopeCodec();

  public OfflineJournal(Path base) {
    this.folder = base.resolve(FOLDER);
  }

  /** Where a record lies. */
  private record Place(Path file, long epoch, long offset) {}

  /** What came after the store of a message: its newest state, and where its envelope lies now. */
  private record Newer(Optional<AttemptState> state, Optional<Place> envelope) {
    static final Newer NOTHING = new Newer(Optional.empty(), Optional.empty());
  }

  /** What is left of a batch. */
  private record Batch(Place store, Map<Integer, Newer> messages) {}

  @Override
  public void scan(Findings findings) throws IOException {
    for (Map.Entry<Long, Batch> batch : play(findings).entrySet()) {
      report(batch.getValue(), findings);
    }
  }

  /** Whether a message is left, or something that might be one. Blocks. */
  public boolean holdsMail() throws IOException {
    boolean[] damaged = {false};
    Findings watch =
        new Findings() {
          @Override
          public void message(StoredMessage message) {}

          @Override
          public void fault(Fault fault, String name, String reason) {
            damaged[0] |= fault == Fault.META;
          }
        };
    return !play(watch).isEmpty() || damaged[0];
  }

  /** The batches that are left by their serials, which is the order of arrival. */
  private Map<Long, Batch> play(Findings findings) throws IOException {
    Map<Long, Batch> batches = new TreeMap<>();
    for (Path file : segments()) {
      try (SegmentReader reader = open(file)) {
        Optional<Long> epoch = epoch(file, reader, findings);
        if (epoch.isPresent()) {
          new SegmentScan(reader, epoch.get())
              .run(new Player(file, epoch.get(), batches, findings));
        }
      } catch (NoSuchFileException e) {
        LOG.debug("{} went while it was read: a server was done with it", file, e);
      }
    }
    return batches;
  }

  private List<Path> segments() throws IOException {
    List<Path> segments = new ArrayList<>();
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.journal")) {
        files.forEach(segments::add);
      }
    }
    segments.sort(null);
    return segments;
  }

  private static SegmentReader open(Path file) throws IOException {
    return new SegmentReader(FileChannel.open(file, StandardOpenOption.READ));
  }

  /** The epoch of the segment; empty when nothing was written in this life of the file. */
  private static Optional<Long> epoch(Path file, SegmentReader reader, Findings findings)
      throws IOException {
    String name = file.getFileName().toString();
    ByteBuffer block = reader.bytes(0, SegmentHeader.FIRST_RECORD);
    Optional<SegmentHeader> first = SegmentHeader.read(block, 0);
    Optional<SegmentHeader> second = SegmentHeader.read(block, SegmentHeader.COPY_AT);
    Optional<SegmentHeader> own =
        first.filter(h -> isOf(h, name)).or(() -> second.filter(h -> isOf(h, name)));
    if (own.isEmpty() && first.isEmpty() && second.isEmpty() && reader.size() > 0) {
      boolean begun = reader.size() > SegmentHeader.FIRST_RECORD;
      findings.fault(
          begun ? Fault.META : Fault.TAIL,
          file.toString(),
          "both heads of the segment are damaged");
    }
    return own.map(SegmentHeader::epoch);
  }

  private static boolean isOf(SegmentHeader header, String name) {
    return name.startsWith("%010d.".formatted(header.number()));
  }

  /** Plays the records of one segment. */
  private final class Player implements SegmentScan.Visitor {
    private final Path file;
    private final long epoch;
    private final Map<Long, Batch> batches;
    private final Findings findings;

    Player(Path file, long epoch, Map<Long, Batch> batches, Findings findings) {
      this.file = file;
      this.epoch = epoch;
      this.batches = batches;
      this.findings = findings;
    }

    @Override
    public void record(RecordHeader header, long offset, ByteBuffer meta) {
      try {
        play(header, new Place(file, epoch, offset), meta);
      } catch (SpoolException e) {
        findings.fault(Fault.META, file + " at " + offset, String.valueOf(e.getMessage()));
      }
    }

    private void play(RecordHeader header, Place place, ByteBuffer meta) throws SpoolException {
      switch (header.kind()) {
        case RecordHeader.STORE -> {
          Map<Integer, Newer> messages = new TreeMap<>();
          EnvelopeCodec.length(meta, header);
          StoreMeta.read(
              meta,
              header.count(),
              (index, message) -> {
                codec.state(message);
                codec.envelope(message);
                messages.put(index, Newer.NOTHING);
              });
          batches.put(header.serial(), new Batch(place, messages));
        }
        case RecordHeader.UPDATE ->
            UpdateRun.read(
                meta,
                header.count(),
                codec,
                (serial, index, state) -> {
                  @Nullable Batch batch = batches.get(serial);
                  if (batch != null) {
                    batch.messages.computeIfPresent(
                        index, (_, newer) -> new Newer(Optional.of(state), newer.envelope));
                  }
                });
        case RecordHeader.REWRITE -> {
          @Nullable Batch batch = batches.get(header.serial());
          int index = (int) EnvelopeCodec.variable(meta);
          Newer newer = new Newer(Optional.of(codec.state(meta)), Optional.of(place));
          codec.envelope(meta);
          if (batch != null) {
            batch.messages.replace(index, newer);
          }
        }
        case RecordHeader.UNLINK -> {
          for (int i = 0; i < header.count(); i++) {
            long serial = meta.getLong();
            int index = meta.getInt();
            @Nullable Batch batch = batches.get(serial);
            if (batch != null) {
              batch.messages.remove(index);
              if (batch.messages.isEmpty()) {
                batches.remove(serial);
              }
            }
          }
        }
        case RecordHeader.HOLE -> {}
        default -> throw new SpoolException("unknown kind of record " + header.kind());
      }
    }

    @Override
    public void damaged(long from, long to, String what) {
      findings.fault(Fault.META, file + " at " + from, "%s (%d octets)".formatted(what, to - from));
    }

    @Override
    public void unsealed(long end, long to) {
      if (to > end) {
        findings.fault(
            Fault.TAIL,
            file + " at " + end,
            "cut off while it was written, or damaged; nothing follows");
      }
    }
  }

  private void report(Batch batch, Findings findings) throws IOException {
    List<Left> rest = new ArrayList<>();
    List<StoredMessage> messages = new ArrayList<>();
    Place store = batch.store;
    try (SegmentReader reader = open(store.file)) {
      RecordHeader header = header(reader, store);
      ByteBuffer meta = meta(reader, store, header);
      int length = EnvelopeCodec.length(meta, header);
      StoreMeta.read(
          meta,
          header.count(),
          (index, message) -> {
            AttemptState state = codec.state(message);
            Envelope envelope = codec.envelope(message);
            @Nullable Newer newer = batch.messages.get(index);
            if (newer != null) {
              rest.add(new Left(state, envelope, newer));
            }
          });
      for (Left left : rest) {
        AttemptState state = left.newer.state.orElse(left.state);
        Optional<Place> rewritten = left.newer.envelope;
        Envelope envelope = rewritten.isPresent() ? envelope(rewritten.get()) : left.envelope;
        messages.add(new StoredMessage(envelope, state, length, () -> body(store)));
      }
    } catch (Recycled | NoSuchFileException e) {
      return; // a server moved or removed it meanwhile
    }
    for (StoredMessage message : messages) {
      findings.message(message);
    }
  }

  /** A message of a store that is left. */
  private record Left(AttemptState state, Envelope envelope, Newer newer) {}

  /** The envelope in a rewrite. */
  private Envelope envelope(Place place) throws IOException {
    try (SegmentReader reader = open(place.file)) {
      ByteBuffer meta = meta(reader, place, header(reader, place));
      EnvelopeCodec.variable(meta);
      codec.state(meta);
      return codec.envelope(meta);
    }
  }

  /** The record is not there any more: its file has another life. */
  private static final class Recycled extends IOException {
    private static final long serialVersionUID = 1L;
  }

  private static RecordHeader header(SegmentReader reader, Place place) throws IOException {
    return RecordHeader.read(reader.bytes(place.offset, RecordHeader.LENGTH), new CRC32C())
        .filter(header -> header.epoch() == place.epoch)
        .orElseThrow(Recycled::new);
  }

  private static ByteBuffer meta(SegmentReader reader, Place place, RecordHeader header)
      throws IOException {
    byte[] octets = new byte[header.metaLength()];
    reader.bytes(place.offset + RecordHeader.LENGTH, octets.length).get(octets);
    return ByteBuffer.wrap(octets);
  }

  private static EncodedBody body(Place place) throws IOException {
    try (SegmentReader reader = open(place.file)) {
      RecordHeader header = header(reader, place);
      long at = place.offset + RecordHeader.LENGTH + header.metaLength();
      int left = header.bodyLength();
      List<byte[]> parts = new ArrayList<>();
      CRC32C crc = new CRC32C();
      while (left > 0) {
        byte[] part = new byte[Math.min(Body.SEGMENT, left)];
        ByteBuffer read = reader.bytes(at, part.length);
        if (read.remaining() < part.length) {
          throw new SpoolException("damaged body in %s: the file ends".formatted(place.file));
        }
        read.get(part);
        crc.update(part);
        parts.add(part);
        at += part.length;
        left -= part.length;
      }
      if ((int) crc.getValue() != header.bodyCrc()) {
        throw new SpoolException(
            "damaged body in %s at offset %d: checksum does not match"
                .formatted(place.file, place.offset));
      }
      int length = EnvelopeCodec.length(meta(reader, place, header), header);
      return new EncodedBody(Body.of(parts.toArray(new byte[0][])), header.encoding(), length);
    } catch (Recycled e) {
      SpoolException gone = new SpoolException("the record went from " + place.file + " meanwhile");
      gone.initCause(e);
      throw gone;
    }
  }
}
