package org.impetusmta.core.console;

/** Text as XML 1.0 has it; what it cannot say is {@code ?}. Stateless. */
final class Xml {
  private Xml() {}

  /** For the text of an element or for an attribute in double quotes. */
  static String text(String text) {
    StringBuilder out = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '&' -> out.append("&amp;");
                case '"' -> out.append("&quot;");
                default -> out.appendCodePoint(sayable(c) ? c : '?');
              }
            });
    return out.toString();
  }

  private static boolean sayable(int c) {
    return c >= ' ' && !(c >= 0xd800 && c < 0xe000) && c != 0xfffe && c != 0xffff;
  }
}
