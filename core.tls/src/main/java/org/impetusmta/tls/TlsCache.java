package org.impetusmta.tls;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Contexts of one direction as the console's {@code tls} commands see them; an OSGi service of
 * whoever keeps them. Concurrent.
 */
public interface TlsCache {
  /** The contexts that are kept, the oldest first. */
  List<Kept> kept();

  /** Forgets contexts and authorities; connections keep the ones that they have. */
  void flush();

  /** Forgets the sessions: no handshake resumes one from before. */
  void rekey();

  /**
   * One context.
   *
   * @param side {@code client} or {@code server}
   * @param createdMillis since 1970
   * @param inUse connections that have it
   * @param authorities file of those that clients' certificates are checked against
   */
  record Kept(
      String side,
      long createdMillis,
      int inUse,
      TlsSettings settings,
      Optional<Path> authorities) {}
}
