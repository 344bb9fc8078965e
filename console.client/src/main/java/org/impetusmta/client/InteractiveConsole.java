package org.impetusmta.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.LocalTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jline.reader.Candidate;
import org.jline.reader.CompletingParsedLine;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.ParsedLine;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.InputRC;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/**
 * The prompt of {@code ec_console}: line editing, history, completion by the server, paging. When
 * the server has ended the session, for idleness say, the next line opens another one and runs
 * there; when the connection was lost with a command under way, nobody knows whether it was run, so
 * it is not repeated. Single.
 */
final class InteractiveConsole {
  private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("HH:mm:ss");
  private static final String HISTORY = ".ec_console_history";

  private final Address address;
  private final Login login;
  private final Map<String, String> environment;
  private final Terminal terminal;
  private Optional<ControlConnection> connection;
  private boolean paging;

  private InteractiveConsole(
      Address address,
      Login login,
      ControlConnection connection,
      Map<String, String> environment,
      Terminal terminal) {
    this.address = address;
    this.login = login;
    this.connection = Optional.of(connection);
    this.environment = environment;
    this.terminal = terminal;
  }

  static int run(
      Address address, Login login, ControlConnection connection, Map<String, String> environment)
      throws IOException {
    try (Terminal terminal = terminal()) {
      return new InteractiveConsole(address, login, connection, environment, terminal).prompt();
    }
  }

  /** The live view alone; where the terminal cannot move its cursor, what it would show first. */
  static int top(
      Address address, Login login, ControlConnection connection, Map<String, String> environment)
      throws IOException {
    try (Terminal terminal = terminal()) {
      InteractiveConsole console =
          new InteractiveConsole(address, login, connection, environment, terminal);
      try {
        return TopView.fits(terminal) ? console.top() : console.perform("top");
      } finally {
        console.disconnect();
      }
    }
  }

  private static Terminal terminal() throws IOException {
    return TerminalBuilder.builder().name("ec_console").system(true).build();
  }

  private int prompt() {
    connection.ifPresent(open -> say("# Impetus, " + described(open.server())));
    if (!address.user().isEmpty() && !login.wasAsked()) {
      say("# the server does not ask who you are: \"" + address.user() + "\" is not used");
    }
    LineReader reader = reader();
    int status = 0;
    try {
      while (true) {
        String line;
        try {
          line = reader.readLine(LocalTime.now().format(CLOCK) + " " + address.text() + "> ");
        } catch (UserInterruptException e) {
          continue; // ^C gives up the line
        } catch (EndOfFileException e) {
          break;
        }
        String command = line.strip();
        if (command.equals("quit") || command.equals("exit")) {
          break;
        } else if (command.equals("\\pager")) {
          paging = !paging;
          say("pager is " + (paging ? "on: " + pager() : "off"));
        } else if (command.equals("top") && TopView.fits(terminal)) {
          status = top();
        } else if (command.startsWith("\\")) {
          say("unknown: " + command.split("\\s", 2)[0] + "; there is \\pager");
        } else if (!command.isEmpty()) {
          status = perform(command);
        }
      }
    } finally {
      disconnect();
    }
    return status;
  }

  private static String described(String server) {
    String[] parts = server.split(" ", 2);
    return parts.length == 2 ? "version " + parts[1] + " on " + parts[0] : server;
  }

  private LineReader reader() {
    Path home = Path.of(environment.getOrDefault("HOME", System.getProperty("user.home", ".")));
    Path history = home.resolve(HISTORY);
    keepPrivate(history);
    LineReader reader =
        LineReaderBuilder.builder()
            .terminal(terminal)
            .appName("ec_console")
            .parser((line, cursor, context) -> new WholeLine(line, cursor))
            .completer((lineReader, line, candidates) -> complete(line, candidates))
            .variable(LineReader.HISTORY_FILE, history)
            .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
            .option(LineReader.Option.HISTORY_IGNORE_SPACE, true)
            .option(LineReader.Option.CASE_INSENSITIVE, true)
            .build();
    Path inputrc = home.resolve(".inputrc");
    if (Files.isReadable(inputrc)) {
      try (InputStream settings = Files.newInputStream(inputrc)) {
        InputRC.configure(reader, settings);
      } catch (IOException | RuntimeException e) {
        say("~/.inputrc is not used: " + e);
      }
    }
    return reader;
  }

  /** Commands can hold secrets. */
  private void keepPrivate(Path history) {
    try {
      if (!Files.exists(history)) {
        Files.createFile(
            history,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      }
    } catch (IOException | UnsupportedOperationException e) {
      say("there will be no history: " + e);
    }
  }

  /** Runs a command, in another session if the one there was has ended. */
  private int perform(String command) {
    for (boolean again = true; ; again = false) {
      try {
        ControlConnection.Answer answer = connected().request(command);
        show(answer.text());
        return answer.ok() ? 0 : EcConsole.REFUSED;
      } catch (ControlConnection.Bye e) {
        disconnect();
        say("# " + e.getMessage());
        if (!again) {
          return EcConsole.REFUSED;
        }
      } catch (IOException e) {
        boolean underWay = connection.isPresent();
        disconnect();
        say(
            underWay
                ? "# connection lost (" + EcConsole.reason(e) + "): the command may have been run"
                : "# cannot connect to " + address.text() + ": " + EcConsole.reason(e));
        return EcConsole.REFUSED;
      }
    }
  }

  /** The live view; a connection that is lost meanwhile is opened again. */
  private int top() {
    try {
      new TopView(
              terminal,
              command -> {
                try {
                  return (connection.isPresent() ? connection.get() : open()).request(command);
                } catch (IOException e) {
                  disconnect();
                  throw e;
                }
              })
          .run();
      return 0;
    } catch (IOException e) {
      say("# top: " + EcConsole.reason(e));
      return EcConsole.REFUSED;
    }
  }

  private ControlConnection connected() throws IOException {
    if (connection.isPresent()) {
      return connection.get();
    }
    ControlConnection opened = open();
    say("# connected again to " + described(opened.server()) + ": a new session");
    return opened;
  }

  private ControlConnection open() throws IOException {
    ControlConnection opened = ControlConnection.open(address, login);
    connection = Optional.of(opened);
    return opened;
  }

  private void disconnect() {
    try {
      if (connection.isPresent()) {
        connection.get().close();
      }
    } catch (IOException e) {
      say("# " + EcConsole.reason(e));
    }
    connection = Optional.empty();
  }

  private void complete(ParsedLine line, List<Candidate> candidates) {
    String typed = line.word();
    if (connection.isEmpty()) {
      return;
    }
    try {
      ControlConnection.Answer answer = connection.get().request("\\complete " + typed);
      answer.text().lines().forEach(whole -> candidates.add(candidate(whole)));
    } catch (IOException e) {
      disconnect(); // the next command says why, or connects again
    }
  }

  /** Completes to the whole line, shows its last word. */
  private static Candidate candidate(String whole) {
    String shown = whole.substring(whole.lastIndexOf(' ') + 1);
    return new Candidate(whole, shown, null, null, null, null, true);
  }

  private void show(String text) {
    int lines = (int) text.lines().count();
    if (paging && terminal.getHeight() > 0 && lines >= terminal.getHeight() && page(text)) {
      return;
    }
    terminal.writer().print(text);
    terminal.writer().flush();
  }

  private String pager() {
    String pager = environment.getOrDefault("PAGER", "");
    return pager.isBlank() ? "less" : pager;
  }

  private boolean page(String text) {
    try {
      Process process =
          new ProcessBuilder("/bin/sh", "-c", pager())
              .redirectOutput(ProcessBuilder.Redirect.INHERIT)
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      try (OutputStream to = process.getOutputStream()) {
        to.write(text.getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        return process.waitFor() != 127; // who leaves the pager early has seen enough
      }
      return process.waitFor() != 127;
    } catch (IOException | UncheckedIOException e) {
      say("# " + pager() + ": " + EcConsole.reason(e));
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  private void say(String line) {
    terminal.writer().println(line);
    terminal.writer().flush();
  }

  /**
   * The line as JLine sees it: one word, since the server completes whole lines and takes quotes
   * off itself. Immutable.
   */
  private record WholeLine(String line, int cursor) implements CompletingParsedLine {
    @Override
    public String word() {
      return line.substring(0, Math.min(cursor, line.length()));
    }

    @Override
    public int wordCursor() {
      return word().length();
    }

    @Override
    public CharSequence escape(CharSequence candidate, boolean complete) {
      return candidate; // the server has quoted it
    }

    @Override
    public int rawWordCursor() {
      return wordCursor();
    }

    @Override
    public int rawWordLength() {
      return wordCursor();
    }

    @Override
    public int wordIndex() {
      return 0;
    }

    @Override
    public List<String> words() {
      return List.of(line);
    }
  }
}
