package org.impetusmta.core.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a scope stands in the files: every place where it was opened and every statement of its
 * options, also those that a later one overrides, in the order they were read. Single: built by the
 * parser, then read-only.
 */
final class ScopeSources {
  private static final ScopeSources NOWHERE = new ScopeSources();

  /**
   * The place of a {@code name = value} in the text of its file.
   *
   * @param start offset of the name
   * @param hasEquals whether there is an equals sign; it may be left out before a list or
   *     dictionary
   * @param value offset of the value
   * @param end offset behind the value
   */
  record Span(int start, boolean hasEquals, int value, int end) {}

  /**
   * One {@code name = value}.
   *
   * @param file number of the file in the {@link SourceMap}
   * @param sequence larger than that of the statements read before
   * @param span none if it was written in a form that cannot be edited
   */
  record Statement(ConfigOption option, int file, int sequence, @Nullable Span span) {}

  private final List<Opening> openings = new ArrayList<>(1);
  private final List<Statement> statements = new ArrayList<>(2);
  private final Map<String, ScopeSources> inner = new LinkedHashMap<>(2);

  void add(Opening opening) {
    openings.add(opening);
  }

  void add(Statement statement) {
    statements.add(statement);
  }

  /** The sources of the stanza of that key, made if need be. */
  ScopeSources inner(String key) {
    return inner.computeIfAbsent(key, _ -> new ScopeSources());
  }

  List<Opening> openings() {
    return openings;
  }

  /** The statements of an option, lower case. */
  List<Statement> statements(String option) {
    return statements.stream().filter(said -> said.option().name().equals(option)).toList();
  }

  /** The sources of the scope at the end of {@code path}; empty if no file opens it. */
  ScopeSources at(ConfigPath path) {
    ScopeSources found = this;
    for (ConfigPath.Step step : path.steps()) {
      found = found.inner.getOrDefault(ConfigScope.key(step.name(), step.instance()), NOWHERE);
    }
    return found;
  }
}
