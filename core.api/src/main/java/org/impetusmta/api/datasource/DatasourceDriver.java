package org.impetusmta.api.datasource;

import java.util.Set;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Opens connections for URIs that begin with one of its names, {@code sqlite:}; a module registers
 * it as an OSGi service. Concurrent; methods that open and ask block, in the pool of the
 * datasource.
 */
@ConsumerType
public interface DatasourceDriver {
  /** What a URI has before its first colon, in lower case. */
  Set<String> names();

  /**
   * Looks at a URI without connecting.
   *
   * @param rest what follows the first colon
   * @throws IllegalArgumentException that says what was expected; the configuration is refused
   */
  void check(String name, String rest);

  /**
   * Opens a connection.
   *
   * @throws DatasourceException where it cannot be opened now
   */
  DatasourceConnection connect(String name, String rest, DatasourceSettings settings)
      throws DatasourceException;
}
