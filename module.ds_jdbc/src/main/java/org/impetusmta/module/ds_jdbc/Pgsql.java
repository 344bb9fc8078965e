package org.impetusmta.module.ds_jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Properties;
import org.impetusmta.api.datasource.DatasourceConnection;
import org.impetusmta.api.datasource.DatasourceDriver;
import org.impetusmta.api.datasource.DatasourceSettings;
import org.impetusmta.api.module.Module;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * {@code pgsql:host=…;port=…;dbname=…;user=…;password=…;sslmode=…;sslrootcert=…}. The server itself
 * ends a statement that takes too long. Concurrent. Source: modules.ds_core.
 */
@Module(
    name = "ds_pgsql",
    kind = Module.Kind.SINGLETON,
    singleton = "true",
    drivers = "pgsql",
    description = "PostgreSQL as a data source")
@Component(factory = Module.FACTORY + "ds_pgsql", service = DatasourceDriver.class)
public final class Pgsql extends ServerDriver {
  /** What the network may take beyond the statement itself. */
  private static final long GRACE_SECONDS = 2;

  @Activate
  public Pgsql() {
    super(
        "pgsql",
        5432,
        List.of("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
        new org.postgresql.Driver());
  }

  @Override
  String sslMode() {
    return "prefer";
  }

  @Override
  String database(String user) {
    return user;
  }

  @Override
  String scheme() {
    return "jdbc:postgresql";
  }

  @Override
  void tell(Properties properties, KeyValues values, DatasourceSettings settings) {
    long timeout = settings.queryTimeout().toSeconds();
    properties.setProperty("connectTimeout", Long.toString(settings.connectTimeout().toSeconds()));
    properties.setProperty("socketTimeout", Long.toString(timeout + GRACE_SECONDS));
    properties.setProperty("options", "-c statement_timeout=" + timeout * 1000);
    properties.setProperty("ApplicationName", "impetus");
    properties.setProperty("tcpKeepAlive", "true");
    properties.setProperty("sslmode", values.get("sslmode", sslMode()));
    values.get("sslrootcert").ifPresent(file -> properties.setProperty("sslrootcert", file));
    // all values are text; the server finds out what a parameter is
    properties.setProperty("stringtype", "unspecified");
  }

  @Override
  DatasourceConnection over(Connection connection, DatasourceSettings settings)
      throws SQLException {
    return new JdbcConnection(connection, SqlText.Dialect.POSTGRESQL, settings, false);
  }
}
