package org.impetusmta.core.console;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.impetusmta.api.console.Console;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.console.Operator;
import org.impetusmta.api.console.Report;
import org.impetusmta.core.console.Authorizer.Verdict;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One operator's session: runs and completes lines, and keeps what commands keep for it. A command
 * that breaks is reported to the operator in one line and to the log with its cause. Single: one
 * call at a time, on any thread that may block.
 */
final class ConsoleSession implements Console.Session {
  private static final Logger LOG = LoggerFactory.getLogger(ConsoleSession.class);

  /** More than this an operator does not read; a client need not receive. */
  private static final int COMPLETIONS = 500;

  private static final String JSON = "--json";

  /** How an answer is written. */
  private enum Form {
    TEXT,
    JSON,
    XML
  }

  private final CommandTable commands;
  private final String name;
  private final Operator operator;
  private final Function<String, Verdict> authorization;
  private final Map<Class<?>, Object> kept = new HashMap<>();
  private boolean closed;

  /**
   * @param authorization whether the operator may run a command
   */
  ConsoleSession(
      CommandTable commands,
      String name,
      Operator operator,
      Function<String, Verdict> authorization) {
    this.commands = commands;
    this.name = name;
    this.operator = operator;
    this.authorization = authorization;
  }

  @Override
  public Console.Answer execute(String line) {
    if (closed) {
      return refused("this session is closed");
    }
    CommandLine typed = CommandLine.parse(line);
    if (typed.words().isEmpty()) {
      return new Console.Answer(true, "");
    }
    if (typed.open()) {
      return refused("the line ends inside a quotation or after a backslash");
    }
    List<String> words = typed.arguments(0);
    Optional<CommandTable.Match> match = commands.longest(words);
    boolean xml = match.isEmpty() && words.size() > 1 && words.getFirst().equalsIgnoreCase("xml");
    List<String> called = xml ? words.subList(1, words.size()) : words;
    if (xml) {
      match = commands.longest(called);
    }
    if (match.isEmpty()) {
      return refused(unknown(called));
    }
    if (xml && !match.get().command().hasXml()) {
      return refused("\"" + match.get().command().name() + "\" has no XML form");
    }
    return run(match.get(), typed, xml);
  }

  private Console.Answer run(CommandTable.Match match, CommandLine typed, boolean xml) {
    ConsoleCommand command = match.command();
    List<String> arguments = typed.arguments(match.words() + (xml ? 1 : 0));
    String text = typed.textAfter(match.words() + (xml ? 1 : 0));
    boolean json = command.hasJson() && arguments.contains(JSON);
    if (json && xml) {
      return refused("xml or " + JSON + ", not both");
    }
    if (json) {
      arguments = arguments.stream().filter(word -> !word.equals(JSON)).toList();
      text = quoted(arguments);
    }
    // as it is called, not as it was typed: no spelling of a command gets around a pattern
    String called = (command.name() + " " + quoted(arguments)).strip();
    switch (authorization.apply(called)) {
      case ALLOWED -> {}
      case REFUSED -> {
        return refused("Not Authorized for this command");
      }
      case UNKNOWN -> {
        return refused(
            "Not Authorized for this command: your roles are not known now; the paniclog has the"
                + " cause");
      }
    }
    Transcript out = new Transcript();
    boolean ok = false;
    try {
      command.run(
          new Invocation(
              arguments, text, xml ? Form.XML : json ? Form.JSON : Form.TEXT, command, out));
      ok = true;
    } catch (ConsoleException e) {
      out.println(e.getMessage() == null ? "refused" : e.getMessage());
    } catch (RuntimeException | LinkageError | StackOverflowError | AssertionError e) {
      // a broken command must not take the session with it
      LOG.error("console command \"{}\" of {} failed", match.command().name(), name, e);
      out.println(
          "internal error in \"%s\": %s; the paniclog has the cause"
              .formatted(match.command().name(), e));
    }
    return new Console.Answer(ok, out.text());
  }

  private static String quoted(List<String> words) {
    return words.stream().map(CommandLine::quote).collect(Collectors.joining(" "));
  }

  private String unknown(List<String> words) {
    SequencedSet<String> next = commands.nextWords(words, "");
    if (!next.isEmpty()) {
      return "\"%s\" goes on with: %s".formatted(String.join(" ", words), String.join(", ", next));
    }
    int known = words.size();
    while (known > 0 && commands.nextWords(words.subList(0, known), "").isEmpty()) {
      known--;
    }
    List<String> near = commands.near(words);
    if (!near.isEmpty()) {
      return "unknown command \"%s\"; did you mean %s?"
          .formatted(String.join(" ", words), String.join(" or ", near));
    }
    if (known > 0) {
      List<String> begin = words.subList(0, known);
      return "unknown command \"%s\"; \"%s\" goes on with: %s"
          .formatted(
              String.join(" ", words),
              String.join(" ", begin),
              String.join(", ", commands.nextWords(begin, "")));
    }
    return "unknown command \"%s\"; \"help\" lists the commands".formatted(String.join(" ", words));
  }

  private static Console.Answer refused(String reason) {
    Transcript out = new Transcript();
    out.println(reason);
    return new Console.Answer(false, out.text());
  }

  @Override
  public List<String> complete(String line) {
    CommandLine typed = CommandLine.parse(line);
    List<String> words = new ArrayList<>(typed.arguments(0));
    String last = "";
    int from = line.length();
    if (!typed.endsInBlank()) {
      last = words.removeLast();
      from = typed.words().getLast().start();
    }
    boolean xml = !words.isEmpty() && words.getFirst().equalsIgnoreCase("xml");
    if (xml && commands.nextWords(words, last).isEmpty()) {
      words.removeFirst();
    }
    SequencedSet<String> candidates = new LinkedHashSet<>(commands.nextWords(words, last));
    Optional<CommandTable.Match> match = commands.longest(words);
    // what a command knows to follow may be what the operator is not to know
    if (match.isPresent() && !operator.restricted()) {
      List<String> arguments = new ArrayList<>(words.subList(match.get().words(), words.size()));
      arguments.add(last);
      try {
        candidates.addAll(match.get().command().complete(List.copyOf(arguments)));
      } catch (RuntimeException | LinkageError e) {
        LOG.warn("completing \"{}\" failed", match.get().command().name(), e);
      }
    }
    String begin = line.substring(0, from);
    return candidates.stream()
        .filter(candidate -> candidate.chars().noneMatch(c -> c < ' ' || c == 0x7f))
        .limit(COMPLETIONS)
        .map(candidate -> begin + CommandLine.quote(candidate))
        .toList();
  }

  @Override
  public void close() {
    closed = true;
    for (Object value : kept.values()) {
      if (value instanceof AutoCloseable closeable) {
        try {
          closeable.close();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        } catch (Exception e) {
          LOG.warn("closing {} of console session {} failed", value.getClass().getName(), name, e);
        }
      }
    }
    kept.clear();
  }

  /** One call of a command in this session. */
  private final class Invocation implements ConsoleInvocation {
    private final List<String> arguments;
    private final String text;
    private final Form form;
    private final ConsoleCommand command;
    private final Transcript out;

    Invocation(
        List<String> arguments, String text, Form form, ConsoleCommand command, Transcript out) {
      this.arguments = arguments;
      this.text = text;
      this.form = form;
      this.command = command;
      this.out = out;
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
    public void println(String line) {
      out.println(line);
    }

    @Override
    public void print(Report report) {
      switch (form) {
        case TEXT -> report.lines().forEach(out::println);
        case JSON -> out.println(ReportForms.json(report));
        case XML -> out.println(ReportForms.xml(command.name(), report));
      }
    }

    @Override
    public Operator operator() {
      return operator;
    }

    @Override
    public boolean xml() {
      return form == Form.XML;
    }

    @Override
    public String session() {
      return name;
    }

    @Override
    public <T> Optional<T> kept(Class<T> type) {
      return Optional.ofNullable(kept.get(type)).map(type::cast);
    }

    @Override
    public <T> void keep(Class<T> type, T value) {
      kept.put(type, value);
    }

    @Override
    public void forget(Class<?> type) {
      kept.remove(type);
    }
  }
}
