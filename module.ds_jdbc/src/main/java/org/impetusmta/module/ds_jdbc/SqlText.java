package org.impetusmta.module.ds_jdbc;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.Query;

/**
 * A statement whose parameters are all {@code ?}: each {@code :name} became one, but for those in
 * literals, quoted names and comments. Immutable.
 *
 * @param pieces what stands before, between and after the parameters
 * @param names for each parameter the name; empty: the next value by position
 */
record SqlText(List<String> pieces, List<String> names) {
  /** What differs between dialects. */
  enum Dialect {
    SQLITE,
    POSTGRESQL,
    MYSQL,
    /** Of any database: what more than one of them has. */
    ANY;

    boolean backslashes() {
      return this == MYSQL;
    }

    /** Whether queries can be {@link Combined}, and the way to the server is worth it. */
    boolean combines() {
      return this == POSTGRESQL || this == MYSQL;
    }

    /** Whether an array can take the place of a table, its order with it. */
    boolean arrays() {
      return this == POSTGRESQL;
    }
  }

  /** Reads a statement. */
  static SqlText of(String text, Dialect dialect) {
    return new Reader(text, dialect).read();
  }

  /** For {@code prepareStatement}. */
  String sql() {
    return String.join("?", pieces);
  }

  /** The text with something else in the place of each parameter, which are counted from 0. */
  String with(IntFunction<String> parameter) {
    StringBuilder text = new StringBuilder(pieces.getFirst());
    for (int i = 1; i < pieces.size(); i++) {
      text.append(parameter.apply(i - 1)).append(pieces.get(i));
    }
    return text.toString();
  }

  /**
   * The values in the order of the parameters.
   *
   * @throws DatasourceException where there is none for one of them, or one too many by position
   */
  List<String> values(Query query) throws DatasourceException {
    List<String> values = new ArrayList<>(names.size());
    int position = 0;
    for (String name : names) {
      if (!name.isEmpty()) {
        String value = query.named().get(name);
        if (value == null) {
          throw new DatasourceException("the query has :" + name + ", for which there is no value");
        }
        values.add(value);
      } else if (position < query.positional().size()) {
        values.add(query.positional().get(position++));
      } else {
        throw new DatasourceException(wrongCount(query));
      }
    }
    if (position < query.positional().size()) {
      throw new DatasourceException(wrongCount(query));
    }
    return values;
  }

  private String wrongCount(Query query) {
    long marks = names.stream().filter(String::isEmpty).count();
    return "the query has %d of ?, but there are %d values"
        .formatted(marks, query.positional().size());
  }

  /** Goes through a text once. Single. */
  private static final class Reader {
    private final String text;
    private final Dialect dialect;
    private final StringBuilder piece = new StringBuilder();
    private final List<String> pieces = new ArrayList<>();
    private final List<String> names = new ArrayList<>();
    private int at;

    Reader(String text, Dialect dialect) {
      this.text = text;
      this.dialect = dialect;
    }

    SqlText read() {
      while (at < text.length()) {
        char c = text.charAt(at);
        switch (c) {
          case '\'' -> copyTo(endOfQuoted(c, dialect.backslashes() || afterE()));
          case '"' -> copyTo(endOfQuoted(c, dialect.backslashes()));
          case '`' -> copyTo(endOfQuoted(c, false));
          case '[' -> copyTo(endOfBrackets());
          case '-' -> copyTo(text.startsWith("--", at) ? endOfLine() : at + 1);
          case '#' -> copyTo(dialect == Dialect.MYSQL ? endOfLine() : at + 1);
          case '/' -> copyTo(text.startsWith("/*", at) ? endOfComment() : at + 1);
          case '$' -> copyTo(endOfDollars());
          case '?' -> mark();
          case ':' -> colon();
          default -> copyTo(isName(c) ? endOfName(at) : at + 1);
        }
      }
      pieces.add(piece.toString());
      return new SqlText(List.copyOf(pieces), List.copyOf(names));
    }

    private void copyTo(int end) {
      piece.append(text, at, end);
      at = end;
    }

    private void parameter(String name, int end) {
      pieces.add(piece.toString());
      piece.setLength(0);
      names.add(name);
      at = end;
    }

    /** {@code E'…'} of PostgreSQL. */
    private boolean afterE() {
      boolean e =
          dialect == Dialect.POSTGRESQL
              && at > 0
              && (text.charAt(at - 1) == 'E' || text.charAt(at - 1) == 'e');
      return e && (at < 2 || !isName(text.charAt(at - 2)));
    }

    private int endOfQuoted(char quote, boolean backslashes) {
      int i = at + 1;
      while (i < text.length()) {
        char c = text.charAt(i);
        if (c == '\\' && backslashes) {
          i += 2;
        } else if (c == quote) {
          return i + 1; // a doubled one begins the next piece, which is quoted too
        } else {
          i++;
        }
      }
      return text.length();
    }

    /** {@code [name]} of SQLite and SQL Server; elsewhere a bracket is an operator. */
    private int endOfBrackets() {
      if (dialect != Dialect.SQLITE && dialect != Dialect.ANY) {
        return at + 1;
      }
      int end = text.indexOf(']', at);
      return end < 0 ? text.length() : end + 1;
    }

    private int endOfLine() {
      int end = text.indexOf('\n', at);
      return end < 0 ? text.length() : end + 1;
    }

    /** Comments of PostgreSQL hold others. */
    private int endOfComment() {
      int depth = 1;
      int i = at + 2;
      while (i < text.length()) {
        if (text.startsWith("*/", i)) {
          i += 2;
          if (--depth == 0) {
            return i;
          }
        } else if (dialect == Dialect.POSTGRESQL && text.startsWith("/*", i)) {
          depth++;
          i += 2;
        } else {
          i++;
        }
      }
      return text.length();
    }

    /** {@code $tag$…$tag$} of PostgreSQL. */
    private int endOfDollars() {
      if (dialect != Dialect.POSTGRESQL) {
        return at + 1;
      }
      int tag = endOfName(at + 1);
      boolean opens =
          tag < text.length()
              && text.charAt(tag) == '$'
              && (tag == at + 1 || !Character.isDigit(text.charAt(at + 1)));
      if (!opens) {
        return at + 1;
      }
      String delimiter = text.substring(at, tag + 1);
      int end = text.indexOf(delimiter, tag + 1);
      return end < 0 ? text.length() : end + delimiter.length();
    }

    /** {@code ??} is an operator of PostgreSQL, as its JDBC driver has it. */
    private void mark() {
      if (dialect == Dialect.POSTGRESQL && text.startsWith("??", at)) {
        copyTo(at + 2);
        return;
      }
      parameter("", at + 1);
    }

    private void colon() {
      if (text.startsWith("::", at)) {
        copyTo(at + 2);
        return;
      }
      int end = endOfName(at + 1);
      if (end == at + 1 || Character.isDigit(text.charAt(at + 1))) {
        copyTo(at + 1);
        return;
      }
      parameter(text.substring(at + 1, end), end);
    }

    private static boolean isName(char c) {
      return Character.isLetterOrDigit(c) || c == '_';
    }

    private int endOfName(int from) {
      int end = from;
      while (end < text.length() && isName(text.charAt(end))) {
        end++;
      }
      return end;
    }
  }
}
