package org.impetusmta.api.io;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Opens the URIs of one or several schemes. A module of kind {@code IO_SYSTEM} that implements this
 * names its schemes in {@code @Module(schemes = "http https")}; the first use of such a URI starts
 * the module, even before the configuration is in force: an {@code include} may name one.
 *
 * <p>All methods may block, so nobody calls them on an event loop. Concurrent: any thread, several
 * at once. The text of an {@link IOException} is the reason alone ({@code 404 Not Found}, {@code no
 * answer within 30 s}); who asked adds the URI, without its password.
 */
@ConsumerType
public interface IoWrapper {
  /**
   * Opens what the URI names for reading, from its beginning.
   *
   * <p>Opening and reading together take no longer than the limits say. A stream that ends has
   * given all there is: whatever is cut short, too long or too late is an IOException instead.
   */
  InputStream read(IoUri uri, IoLimits limits) throws IOException;

  /**
   * Opens what the URI names for writing. Closing the stream makes the writing effective; a wrapper
   * says in its README whether readers may see a part of it before.
   *
   * <p>A log gives each line, with its LF, in a call of its own, so that a wrapper whose unit is a
   * record makes one of each call; it flushes behind the last one that is there.
   *
   * @param append behind what is there rather than instead of it
   * @throws IOException also where the scheme can be read only
   */
  default OutputStream write(IoUri uri, boolean append) throws IOException {
    throw new IOException(uri.scheme() + ":// can only be read");
  }

  /**
   * Undoes {@link #encode} while the result is read, of octets that no URI names: what {@code
   * gzip://} does to the octets of a file. What is cut short or damaged is an IOException, never a
   * shorter text; whoever reads sets a bound on what comes out. Closing the result closes {@code
   * in} and gives back what it holds, memory outside the heap perhaps.
   */
  default InputStream decode(InputStream in) throws IOException {
    throw new IOException("does not transform streams");
  }

  /** Transforms what is written to the result; closing it writes the end and closes {@code out}. */
  default OutputStream encode(OutputStream out) throws IOException {
    throw new IOException("does not transform streams");
  }
}
