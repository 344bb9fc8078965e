package org.impetusmta.api.datasource;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a query. Immutable.
 *
 * @param columns their names; compared without regard to case
 * @param cells a list for each row, in the order of the columns; null where the source has none
 * @param cut whether there are more rows than {@code max_rows} lets through
 */
public record Rows(List<String> columns, List<List<@Nullable String>> cells, boolean cut) {
  /** No rows. */
  public static final Rows NONE = new Rows(List.of(), List.of());

  /** Takes copies. */
  public Rows {
    columns = List.copyOf(columns);
    List<List<@Nullable String>> rows = new ArrayList<>(cells.size());
    for (List<@Nullable String> row : cells) {
      if (row.size() != columns.size()) {
        throw new IllegalArgumentException(
            "a row of " + row.size() + " cells for " + columns.size() + " columns");
      }
      rows.add(Collections.unmodifiableList(new ArrayList<>(row)));
    }
    cells = Collections.unmodifiableList(rows);
  }

  /** All rows that there are. */
  public Rows(List<String> columns, List<List<@Nullable String>> cells) {
    this(columns, cells, false);
  }

  /** The first rows, {@code most} of them. */
  public Rows upTo(int most) {
    return size() <= most ? this : new Rows(columns, cells.subList(0, most), true);
  }

  /**
   * This, for those who need every row.
   *
   * @throws DatasourceException where it is cut
   */
  public Rows whole() throws DatasourceException {
    if (cut) {
      throw new DatasourceException(
          "there are more rows than max_rows = " + size() + " lets through; -1: all");
    }
    return this;
  }

  public boolean isEmpty() {
    return cells.isEmpty();
  }

  /** How many rows. */
  public int size() {
    return cells.size();
  }

  /** Where a column is; -1 where there is none of that name. */
  public int indexOf(String column) {
    for (int i = 0; i < columns.size(); i++) {
      if (columns.get(i).equalsIgnoreCase(column)) {
        return i;
      }
    }
    return -1;
  }

  /** The first cell of the first row. */
  public Optional<String> first() {
    return isEmpty() || columns.isEmpty()
        ? Optional.empty()
        : Optional.ofNullable(cells.getFirst().getFirst());
  }

  /** The cell of the first row in a column. */
  public Optional<String> first(String column) {
    int index = indexOf(column);
    return isEmpty() || index < 0
        ? Optional.empty()
        : Optional.ofNullable(cells.getFirst().get(index));
  }

  /** The cells of a column that hold something, row by row. */
  public List<String> column(int index) {
    List<String> values = new ArrayList<>(size());
    for (List<@Nullable String> row : cells) {
      String value = row.get(index);
      if (value != null) {
        values.add(value);
      }
    }
    return Collections.unmodifiableList(values);
  }
}
