package org.impetusmta.module.ds_jdbc;

import static java.util.stream.Collectors.joining;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * One query as often as there are sets of values, in one statement whose rows begin with the number
 * of the set.
 */
final class Combined {
  /** An order counts for nothing in a query within another; several statements cannot be one. */
  private static final Pattern UNFIT = Pattern.compile(";|\\border\\b", Pattern.CASE_INSENSITIVE);

  private static final Pattern SELECT = Pattern.compile("\\s*select\\b", Pattern.CASE_INSENSITIVE);

  private Combined() {}

  /** Whether a query means the same within another. */
  static boolean fits(String text) {
    return SELECT.matcher(text).lookingAt() && !UNFIT.matcher(text).find();
  }

  /**
   * {@code (SELECT 0, q.* FROM (…) q) UNION ALL (SELECT 1, …)}: another statement for each number
   * of sets.
   *
   * @param maxRows how many rows for each set of values at most; -1: all
   */
  static String union(SqlText text, int sets, int maxRows) {
    String sql = text.sql();
    StringBuilder all = new StringBuilder(sets * (sql.length() + 60));
    for (int i = 0; i < sets; i++) {
      all.append(i == 0 ? "(SELECT " : "\nUNION ALL (SELECT ")
          .append(i)
          .append(" AS query_, q_.* ");
      all.append(from(sql, maxRows)).append(')');
    }
    return all.toString();
  }

  /**
   * {@code SELECT n - 1, q.* FROM unnest(?, …) WITH ORDINALITY k(v0, …, n), LATERAL (…) q}: one
   * statement, whose parameters are arrays, for however many sets. PostgreSQL runs one plan again
   * for each of them.
   *
   * @param types of the parameters, one at least: so that each means what it means in the query
   */
  static String arrays(SqlText text, List<String> types, int maxRows) {
    String arrays = types.stream().map(type -> "?::" + type + "[]").collect(joining(", "));
    String names =
        IntStream.range(0, types.size()).mapToObj(i -> "v" + i + "_").collect(joining(", "));
    return "SELECT k_.n_ - 1 AS query_, q_.* FROM unnest(%s) WITH ORDINALITY k_(%s, n_), LATERAL (SELECT * %s) q_"
        .formatted(arrays, names, from(text.with(i -> "k_.v" + i + "_"), maxRows));
  }

  private static String from(String sql, int maxRows) {
    // the query may end with a comment
    return "FROM (" + sql + "\n) q_" + (maxRows < 0 ? "" : " LIMIT " + maxRows);
  }
}
