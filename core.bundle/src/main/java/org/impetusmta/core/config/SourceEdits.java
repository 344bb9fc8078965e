package org.impetusmta.core.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.impetusmta.core.config.option.ConfigValue;

/**
 * Changes to the text of one configuration file that leave everything else in it as it is: other
 * statements, comments, spacing, line ends. New text takes over the line ends and the indentation
 * that it finds. Single.
 */
final class SourceEdits {
  private static final String DEEPER = "  ";

  private final String text;
  private final String lineEnd;
  private final List<Edit> edits = new ArrayList<>();
  private final List<Edit> removed = new ArrayList<>();
  private final Map<Opening, ConfigScope> added = new LinkedHashMap<>();

  /** The characters from start to end become {@code text}. */
  private record Edit(int start, int end, String text) {}

  SourceEdits(String text) {
    this.text = text;
    int line = text.indexOf('\n');
    this.lineEnd = line > 0 && text.charAt(line - 1) == '\r' ? "\r\n" : "\n";
  }

  /** Gives the option of a statement another value. */
  void replace(ScopeSources.Span statement, ConfigValue value) {
    StringBuilder out = new StringBuilder();
    out.append(value instanceof ConfigValue.Text && !statement.hasEquals() ? " = " : "");
    value.write(out, lineEnd + indentation(statement.start()));
    out.append(endsWord(statement.end()) ? "" : " ");
    edits.add(new Edit(statement.value(), statement.end(), out.toString()));
  }

  private boolean endsWord(int at) {
    if (at >= text.length() || text.startsWith("/*", at)) {
      return true;
    }
    char c = text.charAt(at);
    return c <= ' ' || c == '}' || c == '#';
  }

  /** Takes a statement away, or a stanza, with its lines if nothing else is on them. */
  void remove(int start, int end) {
    removed.add(new Edit(start, end, ""));
  }

  /**
   * Puts options and stanzas at the end of a stanza or of the file. What is added to the same place
   * goes behind what was added before.
   *
   * @param change makes the entries that are added of those added so far
   */
  void add(Opening place, java.util.function.UnaryOperator<ConfigScope> change) {
    added.put(place, change.apply(added.getOrDefault(place, ConfigScope.EMPTY)));
  }

  /** The text with all edits. */
  String apply() {
    List<Edit> all = new ArrayList<>(edits);
    all.addAll(removals());
    added.forEach((place, entries) -> all.add(insertion(place, entries)));
    all.sort(Comparator.comparingInt(Edit::start).thenComparingInt(Edit::end));
    StringBuilder out = new StringBuilder(text.length() + 64 * all.size());
    int done = 0;
    for (Edit edit : all) {
      out.append(text, done, edit.start()).append(edit.text());
      done = edit.end();
    }
    return out.append(text, done, text.length()).toString();
  }

  /** Statements beside each other go together: their line may be empty then. */
  private List<Edit> removals() {
    removed.sort(Comparator.comparingInt(Edit::start));
    List<Edit> merged = new ArrayList<>();
    for (Edit next : removed) {
      Edit last = merged.isEmpty() ? null : merged.getLast();
      if (last != null && behindBlanks(last.end()) >= next.start()) {
        merged.set(merged.size() - 1, new Edit(last.start(), Math.max(last.end(), next.end()), ""));
      } else {
        merged.add(next);
      }
    }
    return merged.stream().map(this::withBlanks).toList();
  }

  private Edit withBlanks(Edit edit) {
    int before = beforeBlanks(edit.start());
    int behind = behindBlanks(edit.end());
    boolean lineEnds = behind == text.length() || text.charAt(behind) == '\n';
    if (!lineEnds) {
      return new Edit(edit.start(), behind, "");
    }
    if (before != lineStart(edit.start())) {
      return new Edit(before, edit.end(), "");
    }
    return new Edit(before, Math.min(behind + 1, text.length()), "");
  }

  private Edit insertion(Opening place, ConfigScope entries) {
    int at = place.close();
    ScopePrinter printer = new ScopePrinter(lineEnd);
    if (place.isWholeFile()) {
      printer.entries(entries, "", true);
      boolean begun = lineStart(at) != at;
      return new Edit(at, at, (begun ? lineEnd : "") + printer);
    }
    int line = lineStart(at);
    if (beforeBlanks(at) == line && line >= place.body()) {
      printer.entries(entries, innerIndentation(place), true);
      return new Edit(line, line, printer.toString());
    }
    return new Edit(at, at, besideBrace(place, entries));
  }

  /** The closing brace does not begin its line: plain options go in front of it, in the line. */
  private String besideBrace(Opening place, ConfigScope entries) {
    boolean plain =
        entries.entries().stream()
            .allMatch(
                entry ->
                    entry instanceof ConfigOption option
                        && option.value() instanceof ConfigValue.Text(String value, char _)
                        && value.indexOf('\n') < 0);
    boolean begun = place.close() > 0 && text.charAt(place.close() - 1) > ' ';
    if (plain) {
      StringBuilder out = new StringBuilder(begun ? " " : "");
      for (ConfigEntry entry : entries.entries()) {
        ScopePrinter printer = new ScopePrinter(lineEnd);
        printer.option((ConfigOption) entry, "");
        out.append(printer).append(' ');
      }
      return out.toString();
    }
    String indent = indentation(place.start());
    ScopePrinter printer = new ScopePrinter(lineEnd);
    printer.entries(entries, indent + DEEPER, true);
    return lineEnd + printer + indent;
  }

  /** The indentation of the first line in a stanza, else one level more than its brace has. */
  private String innerIndentation(Opening place) {
    int line = text.indexOf('\n', place.body()) + 1;
    int brace = lineStart(place.close());
    while (line < brace) {
      int first = behindBlanks(line);
      if (first < brace && text.charAt(first) != '\n') {
        return text.substring(line, first);
      }
      line = text.indexOf('\n', line) + 1;
    }
    String outer = indentation(place.close());
    return outer + (outer.startsWith("\t") ? "\t" : DEEPER);
  }

  /** What the line of that offset begins with. */
  private String indentation(int at) {
    int line = lineStart(at);
    return text.substring(line, Math.min(behindBlanks(line), at));
  }

  private int lineStart(int at) {
    int line = text.lastIndexOf('\n', at - 1) + 1;
    return line == 0 && text.startsWith("\uFEFF") ? 1 : line;
  }

  private int beforeBlanks(int at) {
    int before = at;
    while (before > 0 && isBlank(text.charAt(before - 1))) {
      before--;
    }
    return before;
  }

  private int behindBlanks(int at) {
    int behind = at;
    while (behind < text.length() && isBlank(text.charAt(behind))) {
      behind++;
    }
    return behind;
  }

  private static boolean isBlank(char c) {
    return c <= ' ' && c != '\n';
  }
}
