package org.impetusmta.module.ds_jdbc;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
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
public final class Pgsql implements DatasourceDriver {
  private static final Set<String> KEYS =
      Set.of("host", "port", "dbname", "user", "password", "sslmode", "sslrootcert");
  private static final Set<String> SSL_MODES =
      Set.of("disable", "allow", "prefer", "require", "verify-ca", "verify-full");
  private static final int PORT = 5432;

  /** What the network may take beyond the statement itself. */
  private static final long GRACE_SECONDS = 2;

  private final org.postgresql.Driver driver = new org.postgresql.Driver();

  @Activate
  public Pgsql() {
    // nothing to configure
  }

  @Override
  public Set<String> names() {
    return Set.of("pgsql");
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
      throw new IllegalArgumentException("expected user=… in pgsql:");
    }
    if (!SSL_MODES.contains(values.get("sslmode", "prefer"))) {
      throw new IllegalArgumentException(
          "sslmode: expected disable, allow, prefer, require, verify-ca or verify-full");
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
    Passwords.of(values, user, "pgsql", settings)
        .ifPresent(password -> properties.setProperty("password", password));
    long timeout = settings.queryTimeout().toSeconds();
    properties.setProperty("connectTimeout", Long.toString(settings.connectTimeout().toSeconds()));
    properties.setProperty("socketTimeout", Long.toString(timeout + GRACE_SECONDS));
    properties.setProperty("options", "-c statement_timeout=" + timeout * 1000);
    properties.setProperty("ApplicationName", "impetus");
    properties.setProperty("tcpKeepAlive", "true");
    properties.setProperty("sslmode", values.get("sslmode", "prefer"));
    values.get("sslrootcert").ifPresent(file -> properties.setProperty("sslrootcert", file));
    // all values are text; the server finds out what a parameter is
    properties.setProperty("stringtype", "unspecified");
    String url =
        "jdbc:postgresql://%s:%d/%s"
            .formatted(
                values.host(),
                values.port(PORT),
                URLEncoder.encode(values.get("dbname", user), StandardCharsets.UTF_8));
    try {
      Connection connection = driver.connect(url, properties);
      if (connection == null) {
        throw new DatasourceException("the driver does not take the URI");
      }
      return new JdbcConnection(connection, SqlText.Dialect.POSTGRESQL, settings, false);
    } catch (SQLException e) {
      throw new DatasourceException(
          "no connection to %s as %s: %s".formatted(values.host(), user, JdbcConnection.oneLine(e)),
          true,
          e);
    }
  }
}
