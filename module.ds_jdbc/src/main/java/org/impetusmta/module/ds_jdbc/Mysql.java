package org.impetusmta.module.ds_jdbc;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.impetusmta.api.datasource.DatasourceConnection;
import org.impetusmta.api.datasource.DatasourceDriver;
import org.impetusmta.api.datasource.DatasourceException;
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
public final class Mysql implements DatasourceDriver {
  private static final Set<String> KEYS =
      Set.of("host", "port", "dbname", "user", "password", "sslmode", "sslrootcert");

  /** The words of libpq, and those of the driver. */
  private static final Map<String, String> SSL_MODES =
      Map.of(
          "disable", "disable",
          "require", "trust",
          "verify-ca", "verify-ca",
          "verify-full", "verify-full");

  private static final int PORT = 3306;
  private static final long GRACE_MILLIS = 2_000;

  private final org.mariadb.jdbc.Driver driver = new org.mariadb.jdbc.Driver();

  @Activate
  public Mysql() {
    // nothing to configure
  }

  @Override
  public Set<String> names() {
    return Set.of("mysql");
  }

  @Override
  public void check(String name, String rest) {
    parse(rest);
  }

  private static KeyValues parse(String rest) {
    KeyValues values = KeyValues.parse(rest).require(KEYS);
    values.host();
    values.port(PORT);
    if (values.get("user").isEmpty()) {
      throw new IllegalArgumentException("expected user=… in mysql:");
    }
    if (!SSL_MODES.containsKey(values.get("sslmode", "disable"))) {
      throw new IllegalArgumentException(
          "sslmode: expected disable, require, verify-ca or verify-full");
    }
    return values;
  }

  @Override
  public DatasourceConnection connect(String name, String rest, DatasourceSettings settings)
      throws DatasourceException {
    KeyValues values = parse(rest);
    String user = values.get("user").orElseThrow();
    Properties properties = new Properties();
    properties.setProperty("user", user);
    Passwords.of(values, user, "mysql", settings)
        .ifPresent(password -> properties.setProperty("password", password));
    properties.setProperty("connectTimeout", Long.toString(settings.connectTimeout().toMillis()));
    properties.setProperty(
        "socketTimeout", Long.toString(settings.queryTimeout().toMillis() + GRACE_MILLIS));
    properties.setProperty("useServerPrepStmts", "true");
    properties.setProperty("allowMultiQueries", "false");
    properties.setProperty("allowLocalInfile", "false");
    properties.setProperty("tinyInt1isBit", "false");
    properties.setProperty("sslMode", ssl(values));
    values.get("sslrootcert").ifPresent(file -> properties.setProperty("serverSslCert", file));
    String url =
        "jdbc:mariadb://%s:%d/%s"
            .formatted(
                values.host(),
                values.port(PORT),
                URLEncoder.encode(values.get("dbname", ""), StandardCharsets.UTF_8));
    try {
      Connection connection = driver.connect(url, properties);
      if (connection == null) {
        throw new DatasourceException("the driver does not take the URI");
      }
      String product = connection.getMetaData().getDatabaseProductName();
      return new JdbcConnection(
          connection, SqlText.Dialect.MYSQL, settings, product.equalsIgnoreCase("MariaDB"));
    } catch (SQLException e) {
      throw new DatasourceException(
          "no connection to %s as %s: %s".formatted(values.host(), user, JdbcConnection.oneLine(e)),
          true,
          e);
    }
  }

  private static String ssl(KeyValues values) {
    return String.valueOf(SSL_MODES.get(values.get("sslmode", "disable")));
  }
}
