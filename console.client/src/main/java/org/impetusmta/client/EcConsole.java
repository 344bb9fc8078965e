package org.impetusmta.client;

import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * {@code ec_console [address] [command…]}: the operator's way into a running server. With a
 * command, or where standard input is no terminal, it loads nothing but this class and the
 * connection, and ends; otherwise {@link InteractiveConsole} takes over. Exit codes: 0 all done, 1
 * a command was refused or the connection was lost, 2 no connection, 64 wrong usage. Single.
 * Source: executable.ec_console, operations.
 */
public final class EcConsole {
  static final int REFUSED = 1;
  static final int UNREACHABLE = 2;
  static final int USAGE = 64;

  private static final String MAN =
      """
      NAME
        ec_console -- look into a running server and steer it

      SYNOPSIS
        ec_console [ADDRESS] [COMMAND...]
        ec_console --man

      DESCRIPTION
        Connects to a Control_Listener. ADDRESS is the path of a Unix domain socket, or
        [USER@]HOST:PORT; an IPv6 address is written in brackets. Without it the variable
        CONTROL says where to connect, else var/run/2025 of this distribution, else /tmp/2025.
        Where the server wants to know who USER is, the password is that of the variable
        CONTROL_PASSWORD, or it is asked for.

        With COMMAND it runs that command and ends. One word is sent as it is, blanks and all;
        several are put together, each one quoted where it needs to be. Where standard input is
        no terminal, each of its lines is a command. Otherwise it prompts for commands:

          help [COMMAND]   what there is
          top              a live view of domains, bindings and errors; its keys are in its last
                           line, also as COMMAND at a terminal
          TAB              completes commands and their arguments
          \\pager           turns the pager ($PAGER, or less) on and off, for long output
          quit, exit, ^D   ends

        History is kept in ~/.ec_console_history; a line that begins with a blank is not kept.
        ~/.inputrc is read.

      EXIT STATUS
        0 done; 1 a command was refused or failed, or the connection was lost;
        2 there is no connection; 64 wrong usage
      """;

  private final InputStream in;
  private final PrintStream out;
  private final PrintStream err;
  private final Map<String, String> environment;

  /**
   * @param in where commands come from when none is given
   * @param environment CONTROL, CONTROL_PASSWORD, IMPETUS_HOME and PAGER are read
   */
  public EcConsole(
      InputStream in, PrintStream out, PrintStream err, Map<String, String> environment) {
    this.in = in;
    this.out = out;
    this.err = err;
    this.environment = environment;
  }

  /** Runs it; see {@code --man}. */
  public static void main(String[] arguments) {
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    int status = new EcConsole(System.in, out, err, System.getenv()).run(arguments);
    out.flush();
    System.exit(status);
  }

  /** Runs it and returns the exit code; {@code arguments} as {@code --man} has them. */
  public int run(String... arguments) {
    List<String> words = new ArrayList<>(Arrays.asList(arguments));
    if (!words.isEmpty()
        && (words.getFirst().equals("--man") || words.getFirst().equals("--help"))) {
      out.print(MAN);
      return 0;
    }
    if (!words.isEmpty() && words.getFirst().startsWith("-") && !words.getFirst().equals("--")) {
      err.println(
          "ec_console: unknown option " + words.getFirst() + "; ec_console --man tells more");
      return USAGE;
    }
    Address address = Address.standard(environment);
    Optional<Address> typed = words.isEmpty() ? Optional.empty() : Address.parse(words.getFirst());
    if (typed.isPresent()) {
      address = typed.get();
      words.removeFirst();
    }
    if (!words.isEmpty() && words.getFirst().equals("--")) {
      words.removeFirst();
    }
    Login login = new Login(address.user(), this::password);
    try (ControlConnection connection = ControlConnection.open(address, login)) {
      if (words.equals(List.of("top")) && isTerminal()) {
        return InteractiveConsole.top(address, login, connection, environment);
      }
      if (!words.isEmpty()) {
        return command(connection, words.size() == 1 ? words.getFirst() : join(words));
      }
      if (!isTerminal()) {
        return lines(address, login, connection);
      }
      return InteractiveConsole.run(address, login, connection, environment);
    } catch (IOException | UncheckedIOException | IllegalArgumentException e) {
      err.println("ec_console: cannot connect to " + address.text() + ": " + reason(e));
      return UNREACHABLE;
    }
  }

  static String reason(Exception failure) {
    String message = failure.getMessage();
    return message == null || message.isEmpty() ? failure.toString() : message;
  }

  /** The variable CONTROL_PASSWORD, or what is typed unseen. */
  @SuppressWarnings("SystemConsoleNull") // in 25 it is null again where there is no terminal
  private String password(String user) {
    String given = environment.getOrDefault("CONTROL_PASSWORD", "");
    if (!given.isEmpty()) {
      return given;
    }
    Console terminal = System.console();
    if (terminal == null || !isTerminal()) {
      throw new IllegalArgumentException(
          "the server wants the password of " + user + ": set CONTROL_PASSWORD");
    }
    err.println("Authorization required for console session");
    char[] typed = terminal.readPassword("Password: ");
    return typed == null ? "" : new String(typed);
  }

  @SuppressWarnings("SystemConsoleNull") // in 25 it is null again where there is no terminal
  private boolean isTerminal() {
    return in == System.in && System.console() != null && System.console().isTerminal();
  }

  /** Runs a command and prints what it printed: on standard error where it was refused. */
  private int command(ControlConnection connection, String line) {
    if (line.indexOf('\n') >= 0 || line.indexOf('\r') >= 0) {
      err.println("ec_console: a command is one line");
      return USAGE;
    }
    try {
      return print(connection.request(line));
    } catch (IOException e) {
      err.println("ec_console: " + line + ": " + reason(e));
      return REFUSED;
    }
  }

  private int print(ControlConnection.Answer answer) {
    PrintStream to = answer.ok() ? out : err;
    to.print(answer.text());
    to.flush();
    return answer.ok() ? 0 : REFUSED;
  }

  /** Runs each line of standard input; after a lost connection no more. */
  private int lines(Address address, Login login, ControlConnection first) {
    int status = 0;
    ControlConnection connection = first;
    try {
      BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String command = line.strip();
        if (command.equals("quit") || command.equals("exit")) {
          break;
        }
        if (command.isEmpty()) {
          continue;
        }
        ControlConnection.Answer answer;
        try {
          answer = connection.request(command);
        } catch (ControlConnection.Bye e) {
          // idle for too long, between two lines of a pipe: the command was not run
          err.println("ec_console: " + reason(e) + "; connecting again");
          connection.close();
          connection = ControlConnection.open(address, login);
          answer = connection.request(command);
        }
        status = Math.max(status, print(answer));
      }
      connection.close();
    } catch (IOException e) {
      err.println("ec_console: " + reason(e));
      return REFUSED;
    }
    return status;
  }

  /** Makes one line of words that the shell had taken apart. */
  private static String join(List<String> words) {
    StringBuilder line = new StringBuilder();
    for (String word : words) {
      line.append(line.isEmpty() ? "" : " ").append(quote(word));
    }
    return line.toString();
  }

  /** In double quotes where the console would not read it as one word otherwise. */
  private static String quote(String word) {
    boolean plain = !word.isEmpty();
    for (int i = 0; i < word.length() && plain; i++) {
      plain = " \t\"'\\".indexOf(word.charAt(i)) < 0;
    }
    return plain ? word : '"' + word.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
