package org.impetusmta.module.ds_jdbc;

import java.io.IOException;
import java.nio.charset.Charset;
import java.sql.Blob;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransientConnectionException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.impetusmta.api.datasource.DatasourceConnection;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.DatasourceSettings;
import org.impetusmta.api.datasource.Query;
import org.impetusmta.api.datasource.Rows;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A JDBC connection; statements are prepared, one transaction each. Single; blocks. */
class JdbcConnection implements DatasourceConnection {
  private static final Logger LOG = LoggerFactory.getLogger(JdbcConnection.class);
  private static final int ALIVE_SECONDS = 5;
  private static final int MOST_AT_ONCE = 16;

  /** Scripts may make new texts for ever. */
  private static final int MOST_UNFIT = 1000;

  /** The class of SQLSTATE that tells of a statement that cannot be understood. */
  private static final String SYNTAX = "42";

  /** Of PostgreSQL: the server shuts down, crashed, or cannot serve now. */
  private static final Set<String> LOST = Set.of("57P01", "57P02", "57P03", "57P05");

  private final Connection connection;
  private final SqlText.Dialect dialect;
  private final Charset octets;
  private final int timeoutSeconds;

  /** Texts that do not stand being combined. */
  private final Set<String> unfit = new HashSet<>();

  /**
   * @param statementTimeout whether the driver is told of the timeout with each statement
   */
  JdbcConnection(
      Connection connection,
      SqlText.Dialect dialect,
      DatasourceSettings settings,
      boolean statementTimeout) {
    this.connection = connection;
    this.dialect = dialect;
    this.octets = settings.assumeCharset();
    this.timeoutSeconds =
        statementTimeout ? (int) Math.max(1, settings.queryTimeout().toSeconds()) : 0;
  }

  /** Called before each statement. */
  void begin() {}

  @Override
  public Rows query(Query query, int maxRows) throws DatasourceException {
    SqlText text = SqlText.of(query.text(), dialect);
    try (PreparedStatement statement = prepare(text.sql(), text.values(query))) {
      statement.setMaxRows(Math.max(maxRows, 0));
      begin();
      return statement.execute() ? read(statement, maxRows) : Rows.NONE;
    } catch (SQLException e) {
      throw failure(e);
    }
  }

  @Override
  public int mostAtOnce(Query one) {
    return dialect.combines() && Combined.fits(one.text()) && !unfit.contains(one.text())
        ? MOST_AT_ONCE
        : 1;
  }

  /** By one statement, which fails or not as a whole. */
  @Override
  public List<Rows> queryAll(List<Query> queries, int maxRows) throws DatasourceException {
    if (queries.size() == 1) {
      return List.of(query(queries.getFirst(), maxRows));
    }
    Query first = queries.getFirst();
    SqlText text = SqlText.of(first.text(), dialect);
    List<String> values = new ArrayList<>();
    for (Query query : queries) {
      values.addAll(text.values(query));
    }
    String all = Combined.text(text.sql(), queries.size(), maxRows);
    try (PreparedStatement statement = prepare(all, values)) {
      begin();
      try (ResultSet set = statement.executeQuery()) {
        return Combined.answers(read(set, -1), queries.size());
      }
    } catch (SQLException e) {
      if (String.valueOf(e.getSQLState()).startsWith(SYNTAX) && unfit.size() < MOST_UNFIT) {
        unfit.add(first.text());
      }
      throw failure(e);
    }
  }

  private Rows read(PreparedStatement statement, int maxRows) throws SQLException {
    try (ResultSet set = statement.getResultSet()) {
      return read(set, maxRows);
    }
  }

  @Override
  public long execute(Query query) throws DatasourceException {
    SqlText text = SqlText.of(query.text(), dialect);
    try (PreparedStatement statement = prepare(text.sql(), text.values(query))) {
      begin();
      return statement.execute() ? -1 : statement.getUpdateCount();
    } catch (SQLException e) {
      throw failure(e);
    }
  }

  private PreparedStatement prepare(String sql, List<String> values) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    try {
      if (timeoutSeconds > 0) {
        statement.setQueryTimeout(timeoutSeconds);
      }
      for (int i = 0; i < values.size(); i++) {
        statement.setString(i + 1, values.get(i));
      }
      return statement;
    } catch (SQLException | RuntimeException e) {
      statement.close();
      throw e;
    }
  }

  private Rows read(ResultSet set, int maxRows) throws SQLException {
    ResultSetMetaData about = set.getMetaData();
    List<String> columns = new ArrayList<>();
    for (int i = 1; i <= about.getColumnCount(); i++) {
      columns.add(about.getColumnLabel(i));
    }
    List<List<@Nullable String>> rows = new ArrayList<>();
    while ((maxRows < 0 || rows.size() < maxRows) && set.next()) {
      List<@Nullable String> row = new ArrayList<>(columns.size());
      for (int i = 1; i <= columns.size(); i++) {
        row.add(cell(set, i));
      }
      rows.add(row);
    }
    return new Rows(columns, rows);
  }

  /** Octets have the charset of the stanza; all else is as the driver writes it. */
  private @Nullable String cell(ResultSet set, int column) throws SQLException {
    Object value = set.getObject(column);
    if (value instanceof byte[] bytes) {
      return new String(bytes, octets);
    }
    if (value instanceof Blob blob) {
      try {
        return new String(blob.getBytes(1, (int) Math.min(blob.length(), 1 << 30)), octets);
      } finally {
        blob.free();
      }
    }
    return value == null ? null : set.getString(column);
  }

  private DatasourceException failure(SQLException e) {
    String state = String.valueOf(e.getSQLState());
    boolean lost = isLost(e, state) || closed();
    String text = e instanceof SQLTimeoutException ? "the query took too long" : "the query failed";
    String suffix = e.getSQLState() == null ? "" : " (" + state + ")";
    return new DatasourceException(text + ": " + oneLine(e) + suffix, lost, e);
  }

  /** Drivers write over several lines. */
  static String oneLine(Exception e) {
    return String.valueOf(e.getMessage()).strip().replaceAll("\\s+", " ");
  }

  private static boolean isLost(SQLException e, String state) {
    return e instanceof SQLNonTransientConnectionException
        || e instanceof SQLTransientConnectionException
        || e instanceof SQLRecoverableException
        || e.getCause() instanceof IOException
        || state.startsWith("08")
        || LOST.contains(state);
  }

  private boolean closed() {
    try {
      return connection.isClosed();
    } catch (SQLException e) {
      LOG.debug("a connection", e);
      return true;
    }
  }

  @Override
  public boolean alive() {
    try {
      return connection.isValid(ALIVE_SECONDS);
    } catch (SQLException e) {
      LOG.debug("a connection", e);
      return false;
    }
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      LOG.debug("a connection", e);
    }
  }
}
