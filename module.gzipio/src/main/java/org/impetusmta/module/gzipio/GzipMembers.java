package org.impetusmta.module.gzipio;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * The text of a gzip file, all its members together (RFC 1952). Not {@code GZIPInputStream}, which
 * takes whatever is damaged behind the first member for the end of the text. Thread-safety: none.
 */
final class GzipMembers extends InputStream {
  private static final int MAGIC_1 = 0x1F;
  private static final int MAGIC_2 = 0x8B;
  private static final int DEFLATE = 8;
  private static final int HEADER_CRC = 2;
  private static final int EXTRA = 4;
  private static final int NAME = 8;
  private static final int COMMENT = 16;
  private static final int RESERVED = 0xE0;

  private final InputStream in;
  private final Inflater inflater = new Inflater(true);
  private final CRC32 crc = new CRC32();
  private final CRC32 headerCrc = new CRC32();
  private final byte[] buffer = new byte[8192];
  private int at;
  private int end;
  private boolean inMember;
  private boolean ended;

  GzipMembers(InputStream in) throws IOException {
    this.in = in;
    try {
      header(octet());
    } catch (IOException e) {
      inflater.end();
      throw e;
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    try {
      while (!ended) {
        if (!inMember) {
          nextMember();
          continue;
        }
        int inflated = inflater.inflate(into, offset, length);
        if (inflated > 0) {
          crc.update(into, offset, inflated);
          return inflated;
        }
        if (inflater.finished()) {
          trailer();
        } else if (inflater.needsDictionary()) {
          throw new IOException("found a gzip text that needs a dictionary");
        } else {
          feed();
        }
      }
      return -1;
    } catch (DataFormatException e) {
      throw new IOException("the gzip text is damaged: " + e.getMessage(), e);
    }
  }

  private void feed() throws IOException {
    if (!fill()) {
      throw cutShort();
    }
    inflater.setInput(buffer, at, end - at);
    at = end;
  }

  private boolean fill() throws IOException {
    if (at < end) {
      return true;
    }
    at = 0;
    end = Math.max(0, in.read(buffer, 0, buffer.length));
    return end > 0;
  }

  private int octet() throws IOException {
    if (!fill()) {
      throw cutShort();
    }
    return buffer[at++] & 0xFF;
  }

  private int headerOctet() throws IOException {
    int octet = octet();
    headerCrc.update(octet);
    return octet;
  }

  private static EOFException cutShort() {
    return new EOFException("the gzip text is cut short");
  }

  private void nextMember() throws IOException {
    if (fill()) {
      header(octet());
    } else {
      ended = true;
    }
  }

  /** RFC 1952 section 2.3, up to the deflated octets. */
  private void header(int first) throws IOException {
    headerCrc.reset();
    headerCrc.update(first);
    if (first != MAGIC_1 || headerOctet() != MAGIC_2) {
      throw new IOException("found something else where a gzip text begins");
    }
    int method = headerOctet();
    int flags = headerOctet();
    if (method != DEFLATE || (flags & RESERVED) != 0) {
      throw new IOException("found a gzip text of unknown form");
    }
    for (int i = 0; i < 6; i++) {
      headerOctet(); // time, extra flags, system
    }
    if ((flags & EXTRA) != 0) {
      for (int left = headerOctet() | headerOctet() << 8; left > 0; left--) {
        headerOctet();
      }
    }
    if ((flags & NAME) != 0) {
      skipText();
    }
    if ((flags & COMMENT) != 0) {
      skipText();
    }
    if ((flags & HEADER_CRC) != 0) {
      int expected = (int) headerCrc.getValue() & 0xFFFF;
      if ((octet() | octet() << 8) != expected) {
        throw new IOException("the head of the gzip text is damaged");
      }
    }
    inflater.reset();
    crc.reset();
    inMember = true;
  }

  private void skipText() throws IOException {
    int octet = headerOctet();
    while (octet != 0) {
      octet = headerOctet();
    }
  }

  /** What the inflater did not use goes on with the trailer. */
  private void trailer() throws IOException {
    at = end - inflater.getRemaining();
    long expectedCrc = number();
    long expectedSize = number();
    if (expectedCrc != crc.getValue()
        || expectedSize != (inflater.getBytesWritten() & 0xFFFFFFFFL)) {
      throw new IOException("the gzip text is damaged: its checksum does not match");
    }
    inMember = false;
  }

  private long number() throws IOException {
    long number = 0;
    for (int shift = 0; shift < 32; shift += 8) {
      number |= (long) octet() << shift;
    }
    return number;
  }

  @Override
  public void close() throws IOException {
    ended = true;
    inflater.end();
    in.close();
  }
}
