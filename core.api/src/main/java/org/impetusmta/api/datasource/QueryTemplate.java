package org.impetusmta.api.datasource;

import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Texts with {@code $name} or {@code ${name}} for values, of drivers whose language has no
 * parameters of its own. A driver takes the text of a query to pieces first and fills the pieces
 * then, so that no value can add a piece. Stateless.
 */
public final class QueryTemplate {
  private QueryTemplate() {}

  /**
   * Puts values in. A dollar sign without a name stands for itself, {@code $$} for one.
   *
   * @param escape how a value has to look where it comes to stand
   * @throws DatasourceException where there is no value of a name
   */
  public static String fill(String text, Map<String, String> values, UnaryOperator<String> escape)
      throws DatasourceException {
    int dollar = text.indexOf('$');
    if (dollar < 0) {
      return text;
    }
    StringBuilder out = new StringBuilder(text.length() + 32).append(text, 0, dollar);
    int at = dollar;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c != '$') {
        out.append(c);
        at++;
      } else if (text.startsWith("$$", at)) {
        out.append('$');
        at += 2;
      } else {
        boolean braces = text.startsWith("${", at);
        int begin = at + (braces ? 2 : 1);
        int end = endOfName(text, begin);
        if (end == begin || (braces && !text.startsWith("}", end))) {
          out.append(c);
          at++;
        } else {
          out.append(escape.apply(value(values, text.substring(begin, end))));
          at = end + (braces ? 1 : 0);
        }
      }
    }
    return out.toString();
  }

  private static int endOfName(String text, int begin) {
    int end = begin;
    while (end < text.length() && isOfName(text.charAt(end), end == begin)) {
      end++;
    }
    return end;
  }

  private static boolean isOfName(char c, boolean first) {
    boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    return letter || (!first && c >= '0' && c <= '9');
  }

  private static String value(Map<String, String> values, String name) throws DatasourceException {
    String value = values.get(name);
    if (value == null) {
      throw new DatasourceException("the query has $" + name + ", for which there is no value");
    }
    return value;
  }
}
