package org.impetusmta.module.ds_jdbc;

import java.io.IOException;
import java.nio.charset.Charset;
import java.sql.Blob;
import java.sql.Connection;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransientConnectionException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

  /** Scripts may make new texts for ever. */
  private static final int MOST_TEXTS = 1000;

  /** Characters; a longer text is not kept in mind, and goes alone. */
  private static final int LONGEST_TEXT = 4096;

  /** Of SQLSTATE: a statement that cannot be understood, or has what the server has not. */
  private static final Set<String> UNFIT = Set.of("42", "0A");

  /** Of PostgreSQL: the server shuts down, crashed, or cannot serve now. */
  private static final Set<String> LOST = Set.of("57P01", "57P02", "57P03", "57P05");

  /** Types of PostgreSQL whose names mean the same in a cast. */
  private static final Set<String> USUAL_TYPES =
      Set.of(
          "text",
          "varchar",
          "bpchar",
          "citext",
          "name",
          "int2",
          "int4",
          "int8",
          "numeric",
          "float4",
          "float8",
          "bool",
          "uuid",
          "inet",
          "cidr",
          "date",
          "timestamp",
          "timestamptz");

  private final Connection connection;
  private final SqlText.Dialect dialect;
  private final Charset octets;
  private final int timeoutSeconds;

  private final Map<String, KnownText> texts = new HashMap<>();

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
    KnownText known = known(query);
    try (PreparedStatement statement = prepare(known.sql(), known.text().values(query))) {
      statement.setMaxRows(Math.max(maxRows, 0));
      begin();
      return statement.execute() ? read(statement, maxRows) : Rows.NONE;
    } catch (SQLException e) {
      throw failure(e);
    }
  }

  @Override
  public int mostAtOnce(Query one) {
    return one.text().length() > LONGEST_TEXT ? 1 : known(one).mostAtOnce();
  }

  private KnownText known(Query query) {
    String text = query.text();
    KnownText known = texts.get(text);
    if (known == null) {
      known = new KnownText(text, dialect);
      if (text.length() <= LONGEST_TEXT) {
        if (texts.size() == MOST_TEXTS) {
          texts.clear();
        }
        texts.put(text, known);
      }
    }
    return known;
  }

  /** By one statement, which fails or not as a whole. */
  @Override
  public List<Rows> queryAll(List<Query> queries, int maxRows) throws DatasourceException {
    if (queries.size() == 1) {
      return List.of(query(queries.getFirst(), maxRows));
    }
    KnownText known = known(queries.getFirst());
    List<List<String>> values = new ArrayList<>(queries.size());
    for (Query query : queries) {
      values.add(known.text().values(query));
    }
    try (PreparedStatement statement = combined(known, values, maxRows)) {
      begin();
      try (ResultSet set = statement.executeQuery()) {
        return readEach(set, queries.size());
      }
    } catch (SQLException e) {
      if (UNFIT.contains(sqlClass(e))) {
        known.unfit();
      }
      throw failure(e);
    }
  }

  private PreparedStatement combined(KnownText known, List<List<String>> values, int maxRows)
      throws SQLException {
    List<String> types = known.arrayTypes(this::arrayTypes);
    if (types.isEmpty()) {
      String union = Combined.union(known.text(), values.size(), maxRows);
      return prepare(union, values.stream().flatMap(List::stream).toList());
    }
    PreparedStatement statement = prepare(known.arrays(types, maxRows), List.of());
    try {
      for (int i = 0; i < types.size(); i++) {
        String[] all = new String[values.size()];
        for (int k = 0; k < all.length; k++) {
          all[k] = values.get(k).get(i);
        }
        statement.setArray(i + 1, connection.createArrayOf(types.get(i), all));
      }
      return statement;
    } catch (SQLException | RuntimeException e) {
      statement.close();
      throw e;
    }
  }

  /** The types that the server finds for the parameters of a query; none: not all are usual. */
  private List<String> arrayTypes(KnownText text) throws SQLException {
    List<String> found = new ArrayList<>();
    try (PreparedStatement one = connection.prepareStatement(text.sql())) {
      ParameterMetaData about = one.getParameterMetaData();
      for (int i = 1; i <= about.getParameterCount(); i++) {
        found.add(String.valueOf(about.getParameterTypeName(i))); // null: of none that it knows
      }
    }
    return USUAL_TYPES.containsAll(found) ? List.copyOf(found) : List.of();
  }

  private Rows read(PreparedStatement statement, int maxRows) throws SQLException {
    try (ResultSet set = statement.getResultSet()) {
      return read(set, maxRows);
    }
  }

  @Override
  public long execute(Query query) throws DatasourceException {
    KnownText known = known(query);
    try (PreparedStatement statement = prepare(known.sql(), known.text().values(query))) {
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
    List<String> columns = columns(set, 1);
    List<List<@Nullable String>> rows = new ArrayList<>();
    while ((maxRows < 0 || rows.size() < maxRows) && set.next()) {
      rows.add(row(set, 1, columns.size()));
    }
    return new Rows(columns, rows);
  }

  /** The rows of each set of values, whose number stands in the first column. */
  private List<Rows> readEach(ResultSet set, int sets) throws SQLException {
    List<String> columns = columns(set, 2);
    List<List<List<@Nullable String>>> rows = new ArrayList<>(sets);
    for (int i = 0; i < sets; i++) {
      rows.add(new ArrayList<>(1));
    }
    while (set.next()) {
      rows.get(set.getInt(1)).add(row(set, 2, columns.size()));
    }
    return rows.stream().map(some -> new Rows(columns, some)).toList();
  }

  private static List<String> columns(ResultSet set, int from) throws SQLException {
    ResultSetMetaData about = set.getMetaData();
    List<String> columns = new ArrayList<>();
    for (int i = from; i <= about.getColumnCount(); i++) {
      columns.add(about.getColumnLabel(i));
    }
    return List.copyOf(columns);
  }

  private List<@Nullable String> row(ResultSet set, int from, int columns) throws SQLException {
    List<@Nullable String> row = new ArrayList<>(columns);
    for (int i = 0; i < columns; i++) {
      row.add(cell(set, from + i));
    }
    return row;
  }

  /** Octets have the charset of the stanza; all else is as the driver writes it. */
  private @Nullable String cell(ResultSet set, int column) throws SQLException {
    Object value = set.getObject(column);
    if (value instanceof String text) {
      return text;
    }
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

  private static String sqlClass(SQLException e) {
    String state = e.getSQLState();
    return state == null || state.length() < 2 ? "" : state.substring(0, 2);
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
