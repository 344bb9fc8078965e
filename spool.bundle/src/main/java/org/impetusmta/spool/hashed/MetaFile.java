package org.impetusmta.spool.hashed;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.api.spool.SpoolException;
import org.impetusmta.spool.EncodedBody;
import org.impetusmta.spool.journal.EnvelopeCodec;
import org.impetusmta.spool.journal.MetaBuffer;

/**
 * What a metadata file says, and thereby its form. All numbers are big-endian.
 *
 * <pre>
 *   0  8 octets  {@code IMPHASH} and the version, 1
 *   8  u32       octets of meta
 *  12  u32       octets of the data file
 *  16  u32       CRC32C of the data file
 *  20  u32       encoding of the data file: 0 none, 1 gzip, 2 bzip2, 3 zstd
 *  24  u32       octets of the body in wire form
 *  28  u32       CRC32C of meta
 *  32  u32       CRC32C of octets 0 to 31
 *  36            meta: attempt state, then envelope ({@link EnvelopeCodec}); nothing follows
 * </pre>
 *
 * <p>Immutable; safe for any thread.
 */
record MetaFile(AttemptState state, Envelope envelope, DataFile data) {
  private static final long MAGIC = 0x494D504841534801L;
  private static final long VERSION_MASK = 0xFF;
  private static final int HEADER = 36;
  private static final int CRC_AT = 32;

  /** A file that a later version wrote: not to be touched. */
  static final class UnknownVersion extends SpoolException {
    private static final long serialVersionUID = 1L;

    UnknownVersion(String message) {
      super(message);
    }
  }

  /**
   * What the metadata says of the data file.
   *
   * @param octets its size
   * @param crc its CRC32C
   * @param encoding what its octets are; see {@link EncodedBody}
   * @param length octets of the body in wire form
   */
  record DataFile(int octets, int crc, int encoding, int length) {
    static DataFile of(EncodedBody body) {
      return new DataFile(
          body.octets().length(), MetaFile.crc(body.octets()), body.encoding(), body.length());
    }
  }

  MetaFile with(AttemptState newer) {
    return new MetaFile(newer, envelope, data);
  }

  MetaFile with(Envelope newer, AttemptState newerState) {
    return new MetaFile(newerState, newer, data);
  }

  static int crc(Body body) {
    CRC32C crc = new CRC32C();
    for (int i = 0; i < body.segments(); i++) {
      crc.update(body.segment(i), 0, body.segmentLength(i));
    }
    return (int) crc.getValue();
  }

  /** The octets of the file. */
  byte[] encode() {
    MetaBuffer meta = new MetaBuffer(512);
    EnvelopeCodec.put(meta, state);
    EnvelopeCodec.put(meta, envelope);
    ByteBuffer out = ByteBuffer.allocate(HEADER + meta.length());
    out.putLong(MAGIC)
        .putInt(meta.length())
        .putInt(data.octets)
        .putInt(data.crc)
        .putInt(data.encoding)
        .putInt(data.length)
        .putInt(meta.crc());
    out.putInt(crc(out.array(), 0, CRC_AT));
    out.put(meta.array(), 0, meta.length());
    return out.array();
  }

  /**
   * Reads the octets of a file.
   *
   * @throws UnknownVersion when a later version wrote them
   * @throws SpoolException when they are not what was written; says what is wrong, not where
   */
  static MetaFile decode(byte[] octets, EnvelopeCodec codec) throws SpoolException {
    ByteBuffer in = ByteBuffer.wrap(octets);
    if (octets.length < HEADER) {
      throw new SpoolException(
          "cut off: %d octets, the head alone has %d".formatted(octets.length, HEADER));
    }
    long magic = in.getLong();
    if (magic != MAGIC) {
      if ((magic & ~VERSION_MASK) == (MAGIC & ~VERSION_MASK)) {
        throw new UnknownVersion("unknown version " + (magic & VERSION_MASK));
      }
      throw new SpoolException("no metadata file: the head is another");
    }
    int length = in.getInt();
    DataFile data = new DataFile(in.getInt(), in.getInt(), in.getInt(), in.getInt());
    int metaCrc = in.getInt();
    if (in.getInt() != crc(octets, 0, CRC_AT) || length < 0 || data.octets < 0) {
      throw new SpoolException("checksum of the head does not match");
    }
    if (octets.length != HEADER + length) {
      throw new SpoolException(
          "%d octets, not %d".formatted(octets.length, HEADER + (long) length));
    }
    if (crc(octets, HEADER, length) != metaCrc) {
      throw new SpoolException("checksum of the envelope does not match");
    }
    AttemptState state = codec.state(in);
    return new MetaFile(state, codec.envelope(in), data);
  }

  /**
   * Reads the metadata of a message.
   *
   * @throws NoSuchFileException when there is none
   * @throws UnknownVersion when a later version wrote it
   * @throws SpoolException when it is damaged; names the file
   */
  static MetaFile read(Path file, MessageId id, EnvelopeCodec codec) throws IOException {
    MetaFile meta;
    try {
      meta = decode(Files.readAllBytes(file), codec);
    } catch (UnknownVersion e) {
      throw new UnknownVersion(file + ": " + e.getMessage());
    } catch (SpoolException e) {
      throw new SpoolException("damaged metadata in " + file + ": " + e.getMessage());
    }
    if (!meta.envelope().id().equals(id)) {
      throw new SpoolException(
          "damaged metadata in " + file + ": it is that of message " + meta.envelope().id());
    }
    return meta;
  }

  private static int crc(byte[] octets, int from, int length) {
    CRC32C crc = new CRC32C();
    crc.update(octets, from, length);
    return (int) crc.getValue();
  }
}
