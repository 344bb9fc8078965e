package org.impetusmta.module.ds_jdbc;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The text of a query as a connection knows it: how it is asked, and in which form together with
 * others of the same text. Single.
 */
final class KnownText {
  /** How queries of a text become one statement. */
  private enum Form {
    /** {@link Combined#arrays}, where the types of the parameters allow it. */
    ARRAYS(64),
    /** {@link Combined#union}: a plan for each number of them. */
    UNION(16),
    ALONE(1);

    private final int most;

    Form(int most) {
      this.most = most;
    }
  }

  /** Finds the types of the parameters of a text. */
  @FunctionalInterface
  interface Types<E extends Exception> {
    /** None: they cannot be arrays. */
    List<String> of(KnownText text) throws E;
  }

  private final SqlText text;
  private final String sql;
  private Form form;

  /** Of the parameters; null: not known yet. */
  private @Nullable List<String> types;

  private String arrays = "";
  private int arraysRows;

  KnownText(String written, SqlText.Dialect dialect) {
    text = SqlText.of(written, dialect);
    sql = text.sql();
    if (!dialect.combines() || !Combined.fits(written)) {
      form = Form.ALONE;
    } else {
      form = dialect.arrays() ? Form.ARRAYS : Form.UNION;
    }
  }

  SqlText text() {
    return text;
  }

  /** For {@code prepareStatement}. */
  String sql() {
    return sql;
  }

  /** How many can be asked together; 1: each goes alone. */
  int mostAtOnce() {
    return form.most;
  }

  /**
   * The server refused it: another form is next, or none, as where it has not even types for the
   * parameters.
   */
  void unfit() {
    form = form == Form.ARRAYS && types != null ? Form.UNION : Form.ALONE;
  }

  /** The types of the parameters as arrays; none: there are no arrays of them. */
  <E extends Exception> List<String> arrayTypes(Types<E> source) throws E {
    if (form != Form.ARRAYS) {
      return List.of();
    }
    List<String> known = types;
    if (known == null) {
      known = source.of(this);
      types = known;
      if (known.isEmpty()) {
        form = Form.UNION;
      }
    }
    return known;
  }

  /** The statement that takes arrays of these types. */
  String arrays(List<String> arrayTypes, int maxRows) {
    if (arrays.isEmpty() || arraysRows != maxRows) {
      arrays = Combined.arrays(text, arrayTypes, maxRows);
      arraysRows = maxRows;
    }
    return arrays;
  }
}
