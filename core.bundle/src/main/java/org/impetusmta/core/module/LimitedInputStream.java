package org.impetusmta.core.module;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * A stream that fails behind so many octets rather than go on or seem to end. As thread-safe as
 * what it reads.
 */
final class LimitedInputStream extends FilterInputStream {
  private final long most;
  private long seen;

  LimitedInputStream(InputStream in, long most) {
    super(in);
    this.most = most;
  }

  @Override
  public int read() throws IOException {
    int octet = super.read();
    count(octet < 0 ? 0 : 1);
    return octet;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    int read = super.read(into, offset, length);
    count(Math.max(read, 0));
    return read;
  }

  @Override
  public long skip(long octets) throws IOException {
    long skipped = super.skip(octets);
    count(skipped);
    return skipped;
  }

  @Override
  public boolean markSupported() {
    return false;
  }

  private void count(long octets) throws IOException {
    seen += octets;
    if (seen > most) {
      throw new IOException("found more than " + most + " octets, expected at most so many");
    }
  }
}
