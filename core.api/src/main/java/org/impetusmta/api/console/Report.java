package org.impetusmta.api.console;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a command found, said once for people and for programs: lines in the manual's shape, and a
 * tree of named values, which {@code --json} prints. A value is a String, a Number, a Boolean, a
 * List of those, a Report or a List of Reports. Names are in snake_case, amounts in the unit that
 * the name says. Single.
 */
public final class Report {
  private final List<String> lines;
  private final Map<String, Object> values = new LinkedHashMap<>();

  public Report() {
    this(new ArrayList<>());
  }

  private Report(List<String> lines) {
    this.lines = lines;
  }

  /** A line that only people read. */
  public Report line(String text) {
    lines.add(text);
    return this;
  }

  /** Such a line from a format. */
  public Report linef(String format, Object... arguments) {
    return line(String.format(Locale.ROOT, format, arguments));
  }

  /** A value that no line of its own shows. */
  public Report value(String name, Object value) {
    values.put(name, value);
    return this;
  }

  /** A value, and the line that shows it through {@code format}. */
  public Report figure(String name, Object value, String format) {
    return value(name, value).linef(format, value);
  }

  /** Begins one more element of the list {@code name}; its lines follow those so far. */
  @SuppressWarnings("unchecked") // only this method puts lists of reports
  public Report row(String name) {
    Report row = new Report(lines);
    ((List<Report>) values.computeIfAbsent(name, _ -> new ArrayList<Report>())).add(row);
    return row;
  }

  /** Makes {@code name} a list, empty until there is a {@link #row}. */
  public Report rows(String name) {
    values.putIfAbsent(name, new ArrayList<Report>());
    return this;
  }

  /** Begins the part {@code name}; its lines follow those so far. */
  public Report part(String name) {
    Report part = new Report(lines);
    values.put(name, part);
    return part;
  }

  /** The lines, in the order in which they were said. */
  public List<String> lines() {
    return Collections.unmodifiableList(lines);
  }

  /** The values in the order in which they were said. */
  public Map<String, Object> values() {
    return Collections.unmodifiableMap(values);
  }
}
