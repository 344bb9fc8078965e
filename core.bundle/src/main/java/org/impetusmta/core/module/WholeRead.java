package org.impetusmta.core.module;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.impetusmta.api.io.IoLimits;
import org.impetusmta.api.io.IoUri;
import org.impetusmta.api.io.IoWrapper;

/**
 * Reads all that an I/O wrapper gives, within limits that hold whatever the wrapper does: it works
 * on a thread of its own, and one that hangs is interrupted and left behind. The threads are the
 * operating system's, for a wrapper that holds a virtual one would hold a carrier of all.
 * Read-only.
 */
final class WholeRead {
  private WholeRead() {}

  /** The octets; too many or too late is an exception. */
  static byte[] of(IoWrapper wrapper, IoUri uri, IoLimits limits) throws IOException {
    FutureTask<byte[]> reading =
        new FutureTask<>(
            () -> {
              try (InputStream in =
                  new LimitedInputStream(wrapper.read(uri, limits), limits.octets())) {
                return in.readAllBytes();
              }
            });
    Thread.ofPlatform().daemon(true).name("read-" + uri.scheme()).start(reading);
    try {
      return reading.get(limits.timeout().toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new IOException("no whole answer within " + told(limits.timeout()), e);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw cause instanceof IOException io ? io : new IOException(reason(cause), cause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted").initCause(e);
    } finally {
      reading.cancel(true);
    }
  }

  private static String reason(Throwable cause) {
    return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
  }

  private static String told(Duration time) {
    return time.toMillis() % 1000 == 0 ? time.toSeconds() + " s" : time.toMillis() + " ms";
  }
}
