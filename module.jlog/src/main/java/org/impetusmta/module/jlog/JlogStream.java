package org.impetusmta.module.jlog;

import java.io.IOException;
import java.io.OutputStream;
import org.impetusmta.jlog.JlogWriter;

/** Each write is a record, which readers see after the next flush. Thread-safety: single. */
final class JlogStream extends OutputStream {
  private final JlogWriter writer;

  JlogStream(JlogWriter writer) {
    this.writer = writer;
  }

  @Override
  public void write(int octet) throws IOException {
    write(new byte[] {(byte) octet}, 0, 1);
  }

  @Override
  public void write(byte[] octets, int offset, int length) throws IOException {
    writer.add(octets, offset, length);
  }

  @Override
  public void flush() throws IOException {
    writer.flush();
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }
}
