package org.impetusmta.api.policy;

import java.util.Optional;
import org.impetusmta.api.reception.AcceptConstruct;
import org.osgi.annotation.versioning.ProviderType;

/**
 * What operating system a client seems to run; an OSGi service of module fingerprint. Concurrent.
 * Source: sieve.ref.ec_host_fingerprint.
 */
@ProviderType
public interface HostFingerprints {
  /** What was found when the client connected; a look at the connection dictionary. */
  Optional<Fingerprint> fingerprint(AcceptConstruct connection);

  /**
   * A guess.
   *
   * @param genre {@code Linux}, {@code Windows}
   * @param detail {@code 2.6.x}, {@code 7 or 8}; may be empty
   */
  record Fingerprint(String genre, String detail) {}
}
