package org.impetusmta.core.queue.console;

/**
 * The answer of a command in XML: one element on one line, its parts elements with text. What XML
 * 1.0 cannot say is {@code ?}. Single.
 */
final class XmlAnswer {
  private final String name;
  private final StringBuilder parts = new StringBuilder();

  XmlAnswer(String name) {
    this.name = name;
  }

  XmlAnswer with(String part, int number) {
    return with(part, Integer.toString(number));
  }

  XmlAnswer with(String part, String text) {
    parts.append('<').append(part).append('>');
    text.codePoints().forEach(this::append);
    parts.append("</").append(part).append('>');
    return this;
  }

  private void append(int c) {
    switch (c) {
      case '<' -> parts.append("&lt;");
      case '>' -> parts.append("&gt;");
      case '&' -> parts.append("&amp;");
      default ->
          parts.appendCodePoint(
              c < ' ' || (c >= 0xd800 && c < 0xe000) || c == 0xfffe || c == 0xffff ? '?' : c);
    }
  }

  @Override
  public String toString() {
    return "<" + name + ">" + parts + "</" + name + ">";
  }
}
