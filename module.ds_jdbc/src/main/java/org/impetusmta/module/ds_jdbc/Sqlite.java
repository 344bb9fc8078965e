package org.impetusmta.module.ds_jdbc;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Set;
import org.impetusmta.api.datasource.DatasourceConnection;
import org.impetusmta.api.datasource.DatasourceDriver;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.DatasourceSettings;
import org.impetusmta.api.module.Module;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.sqlite.JDBC;
import org.sqlite.ProgressHandler;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteOpenMode;

/**
 * {@code sqlite:/path}: a database that is there; none is made. One that is locked is waited for,
 * and what runs for longer than the timeout is interrupted. Concurrent. Source: modules.ds_core.
 */
@Module(
    name = "ds_sqlite",
    kind = Module.Kind.SINGLETON,
    singleton = "true",
    drivers = "sqlite",
    description = "SQLite as a data source")
@Component(factory = Module.FACTORY + "ds_sqlite", service = DatasourceDriver.class)
public final class Sqlite implements DatasourceDriver {
  /** Steps of SQLite's machine between two looks at the clock. */
  private static final int STEPS = 10_000;

  @Activate
  public Sqlite() {
    // nothing to configure
  }

  @Override
  public Set<String> names() {
    return Set.of("sqlite");
  }

  @Override
  public void check(String name, String rest) {
    file(rest);
  }

  private static Path file(String rest) {
    try {
      Path file = Path.of(rest);
      if (file.isAbsolute()) {
        return file;
      }
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException("expected sqlite:/path/of/a/file", e);
    }
    throw new IllegalArgumentException("expected sqlite:/path/of/a/file, found sqlite:" + rest);
  }

  @Override
  public DatasourceConnection connect(String name, String rest, DatasourceSettings settings)
      throws DatasourceException {
    Path file = file(rest);
    if (!Files.isRegularFile(file)) {
      throw new DatasourceException("there is no file " + file);
    }
    SQLiteConfig config = new SQLiteConfig();
    config.resetOpenMode(SQLiteOpenMode.CREATE);
    config.setBusyTimeout((int) Math.min(settings.queryTimeout().toMillis(), Integer.MAX_VALUE));
    config.enableLoadExtension(false);
    Connection connection = null;
    try {
      connection = JDBC.createConnection(JDBC.PREFIX + file, config.toProperties());
      if (connection == null) {
        throw new DatasourceException("SQLite does not take " + file);
      }
      return new Timed(connection, settings);
    } catch (SQLException e) {
      if (connection != null) {
        close(connection, e);
      }
      throw new DatasourceException(
          file + " cannot be opened: " + JdbcConnection.oneLine(e), true, e);
    }
  }

  private static void close(Connection connection, SQLException cause) {
    try {
      connection.close();
    } catch (SQLException e) {
      cause.addSuppressed(e);
    }
  }

  /** Interrupts what takes too long. */
  private static final class Timed extends JdbcConnection {
    private final long timeoutNanos;
    private long deadline;

    Timed(Connection connection, DatasourceSettings settings) throws SQLException {
      super(connection, SqlText.Dialect.SQLITE, settings, false);
      timeoutNanos = settings.queryTimeout().toNanos();
      ProgressHandler.setHandler(
          connection,
          STEPS,
          new ProgressHandler() {
            @Override
            protected int progress() {
              return deadline != 0 && System.nanoTime() - deadline > 0 ? 1 : 0;
            }
          });
    }

    @Override
    void begin() {
      deadline = System.nanoTime() + timeoutNanos;
    }
  }
}
