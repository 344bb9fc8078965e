package org.impetusmta.api.io;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * An I/O wrapper that transforms what another one gives: {@code gzip://http://example.com/a.gz}
 * wraps a URI, {@code gzip:///etc/a.gz} a file. A subclass says how; it is concurrent as every
 * wrapper is.
 *
 * <p>The limits hold twice: for what is wrapped, and for what comes out of it, so that a small text
 * cannot grow without bound. Appending adds a stream of its own behind those that are there, which
 * reading takes for one text.
 */
@ConsumerType
public abstract class TransformingIo implements IoWrapper {
  private final IoWrappers wrappers;

  /**
   * @param wrappers what opens the URI inside
   */
  protected TransformingIo(IoWrappers wrappers) {
    this.wrappers = wrappers;
  }

  @Override
  public abstract InputStream decode(InputStream in) throws IOException;

  @Override
  public abstract OutputStream encode(OutputStream out) throws IOException;

  @Override
  public final InputStream read(IoUri uri, IoLimits limits) throws IOException {
    InputStream in = wrappers.read(inner(uri), limits);
    try {
      return new Bounded(decode(in), limits.octets());
    } catch (IOException e) {
      in.close();
      throw e;
    }
  }

  @Override
  public final OutputStream write(IoUri uri, boolean append) throws IOException {
    OutputStream out = wrappers.write(inner(uri), append);
    try {
      return encode(out);
    } catch (IOException e) {
      out.close();
      throw e;
    }
  }

  private static IoUri inner(IoUri uri) {
    return uri.inner().orElseGet(() -> new IoUri("file", uri.rest()));
  }

  /** Fails rather than give more than so many octets. */
  private static final class Bounded extends FilterInputStream {
    private final long most;
    private long seen;

    Bounded(InputStream in, long most) {
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
      return octets <= 0 ? 0 : readNBytes((int) Math.min(octets, 8192)).length;
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
}
