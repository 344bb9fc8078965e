package org.impetusmta.api.metrics;

import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Tells whether a part of the server can do its work; register it as an OSGi service, and {@code
 * GET /health} asks it. Concurrent.
 */
@ConsumerType
public interface HealthCheck {
  /** What part it is, {@code spool}. */
  String part();

  /** Why the server should not be given work now; empty: it may. Does not block. */
  Optional<String> problem();
}
