package org.impetusmta.module.ds_jdbc;

import java.util.Optional;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.DatasourceSettings;

/** Passwords of URIs. Stateless. */
final class Passwords {
  private Passwords() {}

  /** What the URI says; where it says none, what is stored for its user, if anything. */
  static Optional<String> of(
      KeyValues values, String user, String facility, DatasourceSettings settings)
      throws DatasourceException {
    Optional<String> said = values.get("password");
    return said.isPresent()
        ? said
        : settings.credentials().password(values.get("host", "localhost"), user, facility);
  }
}
