package org.impetusmta.core.config.option;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The right side of {@code key = value} as it was written: a word or string, a list {@code ( … )}
 * or a dictionary {@code [ … ]}. Knows nothing of types; those come from the {@link
 * OptionDeclaration}. Immutable.
 */
public sealed interface ConfigValue {
  /**
   * Writes the value so that the parser reads the same again, lists and dictionaries over several
   * lines.
   *
   * @param newLine a line end and what the lines after the first begin with
   */
  void write(StringBuilder out, String newLine);

  /**
   * As {@link #write}, with plain line ends.
   *
   * @param indent what the lines after the first begin with
   */
  default void print(StringBuilder out, String indent) {
    write(out, "\n" + indent);
  }

  /** What it is, in the words of an error message. */
  String describe();

  /** The value as {@link #print} writes it. */
  default String printed(String indent) {
    StringBuilder out = new StringBuilder();
    print(out, indent);
    return out.toString();
  }

  /** The value as it is typed, all in one line. */
  default String typed() {
    return switch (this) {
      case Text text -> text.printed("");
      case Items list ->
          list.items().stream()
              .map(ConfigValue::typed)
              .collect(Collectors.joining(" ", "( ", " )"));
      case Dictionary dictionary -> {
        StringBuilder out = new StringBuilder("[ ");
        dictionary
            .entries()
            .forEach(
                (key, value) -> {
                  Words.print(out, key);
                  out.append(" = ").append(value.typed()).append(' ');
                });
        yield out.append(']').toString();
      }
    };
  }

  /** Whether it is {@code word}, in whatever case, or a list with it. */
  default boolean lists(String word) {
    return switch (this) {
      case Text one -> one.text().equalsIgnoreCase(word);
      case Items list -> list.items().stream().anyMatch(item -> item.lists(word));
      case Dictionary dictionary -> false;
    };
  }

  /**
   * One word or one quoted string.
   *
   * @param quote the quotation mark that it was written with, 0 for none
   */
  record Text(String text, char quote) implements ConfigValue {
    public static final char BARE = 0;

    public static Text bare(String text) {
      return new Text(text, BARE);
    }

    @Override
    public void write(StringBuilder out, String newLine) {
      if (quote == BARE) {
        out.append(text);
        return;
      }
      out.append(quote);
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        boolean escape =
            c == quote
                || (c == '\\'
                    && (i + 1 == text.length()
                        || text.charAt(i + 1) == quote
                        || text.charAt(i + 1) == '\\'));
        out.append(escape ? "\\" : "").append(c);
      }
      out.append(quote);
    }

    @Override
    public String describe() {
      return "\"" + (text.length() > 60 ? text.substring(0, 57) + "..." : text) + "\"";
    }
  }

  /** A list, in order. */
  record Items(List<ConfigValue> items) implements ConfigValue {
    public Items {
      items = List.copyOf(items);
    }

    @Override
    public void write(StringBuilder out, String newLine) {
      if (items.isEmpty()) {
        out.append("()");
        return;
      }
      out.append('(');
      for (ConfigValue item : items) {
        out.append(newLine).append("  ");
        item.write(out, newLine + "  ");
      }
      out.append(newLine).append(')');
    }

    @Override
    public String describe() {
      return items.isEmpty() ? "an empty list" : "a list of " + items.size();
    }
  }

  /** A dictionary, in the order written; a key said twice has its last value. */
  record Dictionary(Map<String, ConfigValue> entries) implements ConfigValue {
    @Override
    public void write(StringBuilder out, String newLine) {
      if (entries.isEmpty()) {
        out.append("[]");
        return;
      }
      out.append('[');
      entries.forEach(
          (key, value) -> {
            out.append(newLine).append("  ");
            Words.print(out, key);
            out.append(" = ");
            value.write(out, newLine + "  ");
          });
      out.append(newLine).append(']');
    }

    @Override
    public String describe() {
      return "a dictionary";
    }

    @Override
    public String toString() {
      return entries.entrySet().stream()
          .map(Object::toString)
          .collect(Collectors.joining(", ", "[", "]"));
    }
  }
}
