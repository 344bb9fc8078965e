package org.impetusmta.module.ds_jdbc;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.datasource.DatasourceConnection;
import org.impetusmta.api.datasource.DatasourceDriver;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.DatasourceSettings;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code odbc:DSN=…;UID=…;PWD=…}: a JDBC driver of the operator's stands in for an ODBC one. The
 * stanza {@code ds_odbc} has what odbc.ini had: for each DSN a URL and the driver. Other keywords
 * of a URI go to the driver as properties. Concurrent. Source: modules.ds_core.
 */
@Module(
    name = "ds_odbc",
    kind = Module.Kind.SINGLETON,
    singleton = "true",
    drivers = "odbc",
    description = "Any database with a JDBC driver as a data source, by the DSNs of ODBC")
@Component(factory = Module.FACTORY + "ds_odbc", service = DatasourceDriver.class)
public final class Odbc implements DatasourceDriver {
  private static final Logger LOG = LoggerFactory.getLogger(Odbc.class);
  private static final int GRACE_MILLIS = 2_000;

  private final DriverFolder folder;

  /** By name in lower case, as ODBC has it. */
  private final Map<String, Source> sources = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

  private record Source(Driver driver, String url, Map<String, String> properties) {}

  @Activate
  public Odbc(Map<String, Object> properties) throws ConfigException {
    this(ModuleStanza.of(properties), Path.of(System.getProperty("impetus.home", "")));
  }

  /**
   * @param home what a relative folder is relative to
   * @throws ConfigException where a DSN has no driver
   */
  Odbc(ModuleStanza stanza, Path home) throws ConfigException {
    folder = new DriverFolder(home.resolve(stanza.options(OdbcOptions.class).driverFolder()));
    try {
      for (Stanza dsn : stanza.stanza().children("dsn")) {
        OdbcOptions.Dsn options =
            stanza.generation().options(OdbcOptions.Dsn.class, new ScopePath.Within(dsn));
        add(dsn, options);
      }
    } catch (ConfigException e) {
      folder.close();
      throw e;
    }
  }

  private void add(Stanza dsn, OdbcOptions.Dsn options) throws ConfigException {
    String name = dsn.instance().orElse("");
    String where = dsn.position() + ": in ds_odbc::dsn \"" + name + "\": ";
    if (name.isEmpty()) {
      throw new ConfigException(where + "expected DSN \"name\" { … }");
    }
    String url =
        options.url().orElseThrow(() -> new ConfigException(where + "url is needed: jdbc:…"));
    try {
      Source source = new Source(folder.find(options.driver(), url), url, options.properties());
      if (sources.putIfAbsent(name, source) != null) {
        throw new ConfigException("there is such a DSN already");
      }
    } catch (ConfigException e) {
      throw new ConfigException(where + e.getMessage(), e);
    }
  }

  @Deactivate
  void end() {
    folder.close();
  }

  @Override
  public Set<String> names() {
    return Set.of("odbc");
  }

  @Override
  public void check(String name, String rest) {
    source(KeyValues.parse(rest));
  }

  private Source source(KeyValues values) {
    Source found = values.get("dsn").map(sources::get).orElse(null);
    if (found == null) {
      throw new IllegalArgumentException(
          "expected odbc:DSN=… with one of the DSNs of the stanza ds_odbc"
              + (sources.isEmpty()
                  ? ", which has none"
                  : ": " + String.join(", ", sources.keySet())));
    }
    return found;
  }

  @Override
  public DatasourceConnection connect(String name, String rest, DatasourceSettings settings)
      throws DatasourceException {
    KeyValues values = KeyValues.parse(rest);
    Source source;
    try {
      source = source(values);
    } catch (IllegalArgumentException e) {
      throw new DatasourceException(String.valueOf(e.getMessage()), true, e);
    }
    Properties properties = new Properties();
    properties.putAll(source.properties());
    values.values().forEach((key, value) -> put(properties, key, value));
    Optional<String> user = values.get("uid");
    if (user.isPresent()) {
      properties.setProperty("user", user.get());
      Optional<String> said = values.get("pwd");
      Optional<String> password =
          said.isPresent()
              ? said
              : settings.credentials().password(values.get("dsn", ""), user.get(), "odbc");
      password.ifPresent(text -> properties.setProperty("password", text));
    }
    try {
      Connection connection = source.driver().connect(source.url(), properties);
      if (connection == null) {
        throw new DatasourceException("the driver does not take the URL of the DSN");
      }
      limit(connection, settings);
      return new JdbcConnection(connection, SqlText.Dialect.ANY, settings, true);
    } catch (SQLException e) {
      throw new DatasourceException(
          "no connection to the DSN %s: %s"
              .formatted(values.get("dsn", ""), JdbcConnection.oneLine(e)),
          true,
          e);
    }
  }

  private static void put(Properties properties, String key, String value) {
    if (!Set.of("dsn", "uid", "pwd").contains(key)) {
      properties.setProperty(key, value);
    }
  }

  private static void limit(Connection connection, DatasourceSettings settings)
      throws SQLException {
    long millis = settings.queryTimeout().toMillis() + GRACE_MILLIS;
    try {
      connection.setNetworkTimeout(Runnable::run, (int) Math.min(millis, Integer.MAX_VALUE));
    } catch (SQLFeatureNotSupportedException | AbstractMethodError e) {
      LOG.debug("the driver has no timeout for the network", e);
    }
  }
}
