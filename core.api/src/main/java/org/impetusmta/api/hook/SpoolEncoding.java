package org.impetusmta.api.hook;

import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Says how bodies are kept in the spool. The first module that names an encoding is followed. What
 * is stored tells its encoding, so reading asks nobody. Runs on the event loop that stores; must
 * not block.
 */
@ConsumerType
public interface SpoolEncoding {
  /**
   * The scheme of the I/O wrapper that encodes a body: {@code gzip}, {@code bzip2} or {@code zstd};
   * empty: it is stored as it is, as it also is where encoding does not make it smaller.
   *
   * @param octets of the body in wire form
   */
  Optional<String> encoding(int octets);
}
