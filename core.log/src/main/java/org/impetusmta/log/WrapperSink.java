package org.impetusmta.log;

import java.io.IOException;
import java.io.OutputStream;
import org.impetusmta.api.io.IoUri;
import org.impetusmta.api.io.IoWrappers;

/**
 * The stream of an I/O wrapper: one call for each line, so that a wrapper whose unit is a record
 * makes one of each. Thread-safety: single.
 */
final class WrapperSink implements LogSink {
  private final OutputStream out;

  private WrapperSink(OutputStream out) {
    this.out = out;
  }

  /** What a URI names; written behind what is there. */
  record Named(IoWrappers io, IoUri uri) implements Target {
    @Override
    public LogSink open() throws IOException {
      return new WrapperSink(io.write(uri, true));
    }

    @Override
    public String toString() {
      return uri.toString();
    }
  }

  @Override
  public void write(LineBuffer lines) throws IOException {
    byte[] octets = lines.octets();
    int taken = 0;
    try {
      for (int at = 0; at < lines.length(); at++) {
        if (octets[at] == '\n') {
          out.write(octets, taken, at + 1 - taken);
          taken = at + 1;
        }
      }
    } finally {
      lines.discard(taken);
    }
    out.flush();
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
