package org.impetusmta.module.ds_jdbc;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.impetusmta.api.datasource.Rows;
import org.jspecify.annotations.Nullable;

/**
 * One query as often as there are sets of values, in one statement whose rows begin with the number
 * of the set: {@code (SELECT 0, q.* FROM (…) q) UNION ALL (SELECT 1, …)}.
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
   * The statement.
   *
   * @param maxRows how many rows for each set of values at most; -1: all
   */
  static String text(String sql, int sets, int maxRows) {
    StringBuilder all = new StringBuilder(sets * (sql.length() + 60));
    for (int i = 0; i < sets; i++) {
      all.append(i == 0 ? "(SELECT " : "\nUNION ALL (SELECT ").append(i).append(" AS ");
      // the query may end with a comment
      all.append("query_, q_.* FROM (").append(sql).append("\n) q_");
      if (maxRows >= 0) {
        all.append(" LIMIT ").append(maxRows);
      }
      all.append(')');
    }
    return all.toString();
  }

  /** The rows of each set of values. */
  static List<Rows> answers(Rows all, int sets) {
    List<String> columns = all.columns().subList(1, all.columns().size());
    List<List<List<@Nullable String>>> cells = new ArrayList<>(sets);
    for (int i = 0; i < sets; i++) {
      cells.add(new ArrayList<>(1));
    }
    for (List<@Nullable String> row : all.cells()) {
      int set = Integer.parseInt(String.valueOf(row.getFirst()));
      cells.get(set).add(row.subList(1, row.size()));
    }
    return cells.stream().map(rows -> new Rows(columns, rows)).toList();
  }
}
