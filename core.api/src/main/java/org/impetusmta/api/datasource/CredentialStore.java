package org.impetusmta.api.datasource;

import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Passwords that the configuration does not spell out; an OSGi service of module securecreds.
 * Concurrent; may block. Source: modules.securecreds.
 */
@ConsumerType
public interface CredentialStore {
  /**
   * The password of a user; asked where a URI has a user and no password.
   *
   * @param host {@code localhost} where the URI has none
   * @param facility the driver, {@code pgsql}
   * @throws DatasourceException where the store cannot be read
   */
  Optional<String> password(String host, String user, String facility) throws DatasourceException;
}
