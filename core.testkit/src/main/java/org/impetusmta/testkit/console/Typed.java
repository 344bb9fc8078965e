package org.impetusmta.testkit.console;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.console.Operator;
import org.impetusmta.api.console.Report;
import org.jspecify.annotations.Nullable;

/**
 * A console command that a test types, and what it printed. Unless it is typed {@link #in} a
 * session, there is nothing kept, and the command may keep nothing. Single.
 */
public final class Typed implements ConsoleInvocation {
  private final String text;
  private final List<String> arguments;
  private final List<String> lines = new ArrayList<>();
  private final List<Report> reports = new ArrayList<>();
  private Operator operator = Operator.SERVER;
  private boolean xml;
  private @Nullable Map<Class<?>, Object> session;

  private Typed(String text, List<String> arguments) {
    this.text = text;
    this.arguments = arguments;
  }

  /** What follows the command, word by word. */
  public static Typed words(String... words) {
    return new Typed(String.join(" ", words), List.of(words));
  }

  /** What follows the command, as it is typed; a word in quotes has no blanks in it. */
  public static Typed line(String text) {
    return new Typed(
        text, text.isBlank() ? List.of() : List.of(text.strip().replace("\"", "").split("\\s+")));
  }

  /** Runs {@code command} with these words. */
  public static Typed run(ConsoleCommand command, String... words) throws ConsoleException {
    Typed typed = words(words);
    command.run(typed);
    return typed;
  }

  /** Typed by that operator; by the server where nothing is said. */
  public Typed by(Operator typist) {
    operator = typist;
    return this;
  }

  /** Typed behind {@code xml}. */
  public Typed behindXml() {
    xml = true;
    return this;
  }

  /** Typed in a session, which is what is kept for it. */
  public Typed in(Map<Class<?>, Object> kept) {
    session = kept;
    return this;
  }

  /** What people read. */
  public List<String> lines() {
    return List.copyOf(lines);
  }

  /** What people read, in one text without an end of line at its end. */
  public String output() {
    return String.join("\n", lines);
  }

  /** What programs read. */
  public Map<String, Object> values() {
    return reports.isEmpty() ? Map.of() : reports.getLast().values();
  }

  @Override
  public List<String> arguments() {
    return arguments;
  }

  @Override
  public String text() {
    return text;
  }

  @Override
  public boolean xml() {
    return xml;
  }

  @Override
  public void println(String line) {
    lines.add(line);
  }

  @Override
  public void print(Report report) {
    reports.add(report);
    lines.addAll(report.lines());
  }

  @Override
  public Operator operator() {
    return operator;
  }

  @Override
  public String session() {
    return "test";
  }

  @Override
  public <T> Optional<T> kept(Class<T> type) {
    return session == null ? Optional.empty() : Optional.ofNullable(type.cast(session.get(type)));
  }

  @Override
  public <T> void keep(Class<T> type, T value) {
    open().put(type, value);
  }

  @Override
  public void forget(Class<?> type) {
    open().remove(type);
  }

  private Map<Class<?>, Object> open() {
    if (session == null) {
      throw new UnsupportedOperationException("not typed in a session");
    }
    return session;
  }
}
