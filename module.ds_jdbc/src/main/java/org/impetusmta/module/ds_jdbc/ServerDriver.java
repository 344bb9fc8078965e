package org.impetusmta.module.ds_jdbc;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.SQLException;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import org.impetusmta.api.datasource.DatasourceConnection;
import org.impetusmta.api.datasource.DatasourceDriver;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.DatasourceSettings;

/**
 * What the drivers of database servers have in common: {@code
 * NAME:host=…;port=…;dbname=…;user=…;password=…;sslmode=…;sslrootcert=…}. Concurrent.
 */
abstract class ServerDriver implements DatasourceDriver {
  private static final Set<String> KEYS =
      Set.of("host", "port", "dbname", "user", "password", "sslmode", "sslrootcert");

  private final String name;
  private final int port;
  private final List<String> sslModes;
  private final Driver driver;

  /**
   * @param sslModes what sslmode may be, as libpq has it
   */
  ServerDriver(String name, int port, List<String> sslModes, Driver driver) {
    this.name = name;
    this.port = port;
    this.sslModes = sslModes;
    this.driver = driver;
  }

  /** What sslmode is where it is not said. */
  abstract String sslMode();

  /** Where {@code dbname} is not said. */
  abstract String database(String user);

  /** How the URLs of the JDBC driver begin. */
  abstract String scheme();

  /** Puts in what the JDBC driver is to do, beside user and password. */
  abstract void tell(Properties properties, KeyValues values, DatasourceSettings settings);

  abstract DatasourceConnection over(Connection connection, DatasourceSettings settings)
      throws SQLException;

  @Override
  public final Set<String> names() {
    return Set.of(name);
  }

  @Override
  public final void check(String driver, String rest) {
    parse(rest);
  }

  private KeyValues parse(String rest) {
    KeyValues values = KeyValues.parse(rest).require(KEYS);
    values.host();
    values.port(port);
    if (values.get("user").isEmpty()) {
      throw new IllegalArgumentException("expected user=… in " + name + ":");
    }
    if (!sslModes.contains(values.get("sslmode", sslMode()))) {
      throw new IllegalArgumentException(
          "sslmode: expected %s or %s"
              .formatted(
                  String.join(", ", sslModes.subList(0, sslModes.size() - 1)), sslModes.getLast()));
    }
    return values;
  }

  @Override
  public final DatasourceConnection connect(
      String driverName, String rest, DatasourceSettings settings) throws DatasourceException {
    KeyValues values = parse(rest);
    String user = values.get("user").orElseThrow();
    Properties properties = new Properties();
    properties.setProperty("user", user);
    Passwords.of(values, user, name, settings)
        .ifPresent(password -> properties.setProperty("password", password));
    tell(properties, values, settings);
    String url =
        "%s://%s:%d/%s"
            .formatted(
                scheme(),
                values.host(),
                values.port(port),
                URLEncoder.encode(values.get("dbname", database(user)), StandardCharsets.UTF_8));
    try {
      Connection connection = driver.connect(url, properties);
      if (connection == null) {
        throw new DatasourceException("the driver does not take the URI");
      }
      return over(connection, settings);
    } catch (SQLException e) {
      throw new DatasourceException(
          "no connection to %s as %s: %s".formatted(values.host(), user, JdbcConnection.oneLine(e)),
          true,
          e);
    }
  }
}
