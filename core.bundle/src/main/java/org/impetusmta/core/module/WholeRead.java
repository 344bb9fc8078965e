package org.impetusmta.core.module;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.impetusmta.api.io.IoLimits;
import org.impetusmta.api.io.IoUri;
import org.impetusmta.api.io.IoWrapper;
import org.impetusmta.core.net.OwnThread;

/**
 * Reads all that an I/O wrapper gives, within limits that hold whatever the wrapper does: it works
 * on a thread of its own, and one that hangs is left behind. Stateless.
 */
final class WholeRead {
  private WholeRead() {}

  /** The octets; too many or too late is an exception. */
  static byte[] of(IoWrapper wrapper, IoUri uri, IoLimits limits) throws IOException {
    try {
      return OwnThread.call(
          "read-" + uri.scheme(), limits.timeout(), () -> octets(wrapper, uri, limits));
    } catch (TimeoutException e) {
      throw new IOException("no whole answer within " + told(limits.timeout()), e);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw cause instanceof IOException io ? io : new IOException(reason(cause), cause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted").initCause(e);
    }
  }

  private static byte[] octets(IoWrapper wrapper, IoUri uri, IoLimits limits) throws IOException {
    try (InputStream in = new LimitedInputStream(wrapper.read(uri, limits), limits.octets())) {
      return in.readAllBytes();
    }
  }

  private static String reason(Throwable cause) {
    return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
  }

  private static String told(Duration time) {
    return time.toMillis() % 1000 == 0 ? time.toSeconds() + " s" : time.toMillis() + " ms";
  }
}
