package org.impetusmta.spool.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.zip.CRC32C;
import org.impetusmta.api.message.Body;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The open end of the journal: gathers records in one buffer outside the heap and writes it out
 * when it is full or when told to, so an octet is copied once. Thread-safety: single; the journal
 * writer.
 */
final class Appender {
  private static final Logger LOG = LoggerFactory.getLogger(Appender.class);
  private static final int BUFFER = 1 << 20;
  private static final byte[] PADDING = new byte[RecordHeader.ALIGNMENT];

  /** Made when the first segment is opened. */
  private ByteBuffer buffer = ByteBuffer.allocate(0);

  private final CRC32C crc = new CRC32C();
  private @Nullable Segment segment;
  private @Nullable FileChannel channel;

  /** Offset in the file of the first octet of the buffer. */
  private long written;

  private int serials;

  private long handedOver;

  boolean isOpen() {
    return channel != null;
  }

  void open(Segment into, FileChannel file) {
    if (buffer.capacity() == 0) {
      buffer = ByteBuffer.allocateDirect(BUFFER);
    }
    segment = into;
    channel = file;
    written = SegmentHeader.FIRST_RECORD;
    serials = 0;
    buffer.clear();
  }

  Segment segment() {
    Segment open = segment;
    if (open == null) {
      throw new IllegalStateException("no segment is open");
    }
    return open;
  }

  /** Where the next record goes. */
  long position() {
    return written + buffer.position();
  }

  /** A serial that no batch ever had: segment number, then a count. */
  long nextSerial() {
    return (long) segment().number() << 32 | (serials++ & 0xFFFFFFFFL);
  }

  /** Appends a record and returns its offset. */
  long append(RecordHeader header, byte[] meta, Body body) throws IOException {
    long at = position();
    if (buffer.remaining() < RecordHeader.LENGTH) {
      flush();
    }
    header.put(buffer, crc);
    put(meta, header.metaLength());
    for (int i = 0; i < body.segments(); i++) {
      put(body.segment(i), body.segmentLength(i));
    }
    put(PADDING, (int) (at + header.recordLength() - position()));
    return at;
  }

  private void put(byte[] octets, int length) throws IOException {
    int done = 0;
    while (done < length) {
      if (!buffer.hasRemaining()) {
        flush();
      }
      int n = Math.min(buffer.remaining(), length - done);
      buffer.put(octets, done, n);
      done += n;
    }
  }

  /** Hands everything to the operating system. */
  void flush() throws IOException {
    FileChannel file = file();
    buffer.flip();
    try {
      while (buffer.hasRemaining()) {
        int n = file.write(buffer, written);
        written += n;
        handedOver += n;
      }
    } finally {
      buffer.clear();
    }
  }

  /** Octets handed to the operating system, over all segments. */
  long handedOver() {
    return handedOver;
  }

  /** Makes everything that was flushed durable. */
  void force() throws IOException {
    file().force(false);
  }

  /**
   * Leaves a segment that is durable; what it does not need of a longer file goes, if it is much.
   */
  void close(long much) {
    try (FileChannel file = file()) {
      long end = position();
      channel = null;
      segment = null;
      buffer.clear();
      if (file.size() - end > much) {
        file.truncate(end);
      }
    } catch (IOException e) {
      LOG.debug("a finished segment keeps more space than it needs", e);
    }
  }

  /**
   * Leaves the segment after a failure, cutting off what came after {@code end} if the disk still
   * lets us.
   */
  void abandon(long end) throws IOException {
    try (FileChannel file = file()) {
      channel = null;
      segment = null;
      buffer.clear();
      file.truncate(end);
    }
  }

  private FileChannel file() {
    FileChannel open = channel;
    if (open == null) {
      throw new IllegalStateException("no segment is open");
    }
    return open;
  }
}
