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
 * {@code mysql:host=…;port=…;dbname=…;user=…;password=…;sslmode=…;sslrootcert=…}, MySQL and
 * MariaDB. MariaDB itself ends a statement that takes too long; the connection to a MySQL server is
 * closed then. Concurrent. Source: modules.ds_core.
 */
@Module(
    name = "ds_mysql",
    kind = Module.Kind.SINGLETON,
    singleton = "true",
    drivers = "mysql",
    description = "MySQL and MariaDB as data sources")
@Component(factory = Module.FACTORY + "ds_mysql", service = DatasourceDriver.class)
public final class Mysql extends ServerDriver {
  private static final long GRACE_MILLIS = 2_000;

  @Activate
  public Mysql() {
    super(
        "mysql",
        3306,
        List.of("disable", "require", "verify-ca", "verify-full"),
        new org.mariadb.jdbc.Driver());
  }

  @Override
  String sslMode() {
    return "disable";
  }

  @Override
  String database(String user) {
    return "";
  }

  @Override
  String scheme() {
    return "jdbc:mariadb";
  }

  @Override
  void tell(Properties properties, KeyValues values, DatasourceSettings settings) {
    properties.setProperty("connectTimeout", Long.toString(settings.connectTimeout().toMillis()));
    properties.setProperty(
        "socketTimeout", Long.toString(settings.queryTimeout().toMillis() + GRACE_MILLIS));
    properties.setProperty("useServerPrepStmts", "true");
    properties.setProperty("allowMultiQueries", "false");
    properties.setProperty("allowLocalInfile", "false");
    properties.setProperty("tinyInt1isBit", "false");
    String mode = values.get("sslmode", sslMode());
    properties.setProperty("sslMode", mode.equals("require") ? "trust" : mode);
    values.get("sslrootcert").ifPresent(file -> properties.setProperty("serverSslCert", file));
  }

  @Override
  DatasourceConnection over(Connection connection, DatasourceSettings settings)
      throws SQLException {
    String product = connection.getMetaData().getDatabaseProductName();
    return new JdbcConnection(
        connection, SqlText.Dialect.MYSQL, settings, product.equalsIgnoreCase("MariaDB"));
  }
}
