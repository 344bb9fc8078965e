package org.impetusmta.client.launch;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.PatternSyntaxException;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.client.spool.SpoolCheck;
import org.impetusmta.client.spool.SpoolShow;

/**
 * The programs {@code ec_show} and {@code ec_spool_check}: they ask a kernel of their own where the
 * configuration puts the spool, then read its files. Exit codes of ec_show: 0 shown, 1 something
 * failed, 2 wrong usage; of ec_spool_check: 0 all is well, 1 something is damaged, 2 no answer.
 * Single. Source: executable.ec_show, executable.ec_spool_check.
 *
 * <p>System properties: {@code impetus.home}, {@code impetus.conf}, {@code impetus.from}, as for
 * {@link ConfigurationProgram}.
 */
public final class SpoolProgram {
  private static final String SHOW = "ec_show";
  private static final int FAILED = 1;
  private static final int FATAL = 2;

  private static final String SHOW_USAGE =
      """
      usage: ec_show [-c FILE] [-s] [-n] [-m ID] [--sender PCRE] [--recipient PCRE]
                     [--start_date DATE] [--end_date DATE]
        -c FILE             configuration file (etc/ecelerity.conf)
        -s                  show the spool and every message in it
        -m ID               show this message
        --sender PCRE       show messages whose sender matches
        --recipient PCRE    show messages whose recipient matches
        --start_date DATE   show messages not older: YYYY[-MM[-DD[ hh[:mm[:ss]]]]], or a PCRE
        --end_date DATE     show messages not younger
        -n                  print only how many messages there are
      """;

  private static final String CHECK_USAGE =
      """
      usage: ec_spool_check [-c FILE] [-e DIR] [-x] SPOOL
        -c FILE  configuration file (etc/ecelerity.conf)
        -e DIR   look for modules there instead of modules/
        -x       name the oldest and the newest message
      """;

  private final String program;
  private final Path home;
  private final Path from;
  private final Map<String, String> properties = new HashMap<>();
  private final PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
  private Path conf;
  private boolean confNamed;

  private SpoolProgram(String program) {
    this.program = program;
    this.home = Path.of(System.getProperty("impetus.home", ".")).toAbsolutePath().normalize();
    this.from = Path.of(System.getProperty("impetus.from", ".")).toAbsolutePath();
    this.conf = home.resolve(System.getProperty("impetus.conf", "etc/ecelerity.conf"));
  }

  /**
   * Runs a program.
   *
   * @param arguments its name, then its own
   */
  public static void main(String[] arguments) {
    List<String> all = List.of(arguments);
    SpoolProgram program = new SpoolProgram(all.getFirst());
    List<String> own = all.subList(1, all.size());
    System.exit(program.program.equals(SHOW) ? program.show(own) : program.check(own));
  }

  /** An argument that is not understood. */
  private static final class Misused extends Exception {
    private static final long serialVersionUID = 1L;

    Misused(String message) {
      super(message);
    }
  }

  private int show(List<String> arguments) {
    SpoolShow.Selection selection = new SpoolShow.Selection();
    boolean any = false;
    try {
      for (int i = 0; i < arguments.size(); i++) {
        String argument = arguments.get(i);
        switch (argument) {
          case "-h" -> {
            System.out.print(SHOW_USAGE);
            return 0;
          }
          case "-s" -> any = true;
          case "-n" -> {
            selection.countOnly();
            any = true;
          }
          default -> {
            select(selection, argument, value(arguments, ++i));
            any |= !argument.equals("-c");
          }
        }
      }
      if (!any) {
        throw new Misused("say what to show");
      }
    } catch (Misused | IllegalArgumentException e) {
      String what = e instanceof PatternSyntaxException p ? "not a PCRE: " + p : e.getMessage();
      System.err.print(program + ": " + what + "\n" + SHOW_USAGE);
      return FATAL;
    }
    return run(
        FAILED,
        () -> {
          List<String> values = options("spoolbase");
          return new SpoolShow(home.resolve(values.get(0)), selection, out, System.err).run();
        });
  }

  private void select(SpoolShow.Selection selection, String option, String value) throws Misused {
    switch (option) {
      case "-c" -> configuration(value);
      case "-m" -> selection.id(MessageId.parse(value));
      case "--sender" -> selection.sender(value);
      case "--recipient" -> selection.recipient(value);
      case "--start_date" -> selection.startDate(value);
      case "--end_date" -> selection.endDate(value);
      default -> throw new Misused("unknown argument " + option);
    }
  }

  private static String value(List<String> arguments, int index) throws Misused {
    if (index >= arguments.size()) {
      String option = arguments.get(index - 1);
      boolean known =
          List.of("-c", "-m", "-e", "--sender", "--recipient", "--start_date", "--end_date")
              .contains(option);
      throw new Misused(known ? option + " needs a value" : "unknown argument " + option);
    }
    return arguments.get(index);
  }

  private void configuration(String file) {
    conf = from.resolve(file).normalize();
    confNamed = true;
  }

  private int check(List<String> arguments) {
    boolean extremes = false;
    String folder = "";
    try {
      for (int i = 0; i < arguments.size(); i++) {
        String argument = arguments.get(i);
        switch (argument) {
          case "-h" -> {
            System.out.print(CHECK_USAGE);
            return 0;
          }
          case "-x" -> extremes = true;
          case "-c" -> configuration(value(arguments, ++i));
          case "-e" ->
              properties.put("impetus.modules", from.resolve(value(arguments, ++i)).toString());
          default -> {
            if (argument.startsWith("-") || !folder.isEmpty()) {
              throw new Misused("unknown argument " + argument);
            }
            folder = argument;
          }
        }
      }
      if (folder.isEmpty()) {
        throw new Misused("name a spool");
      }
    } catch (Misused e) {
      System.err.print(program + ": " + e.getMessage() + "\n" + CHECK_USAGE);
      return FATAL;
    }
    Path spool = from.resolve(folder).normalize();
    boolean dates = extremes;
    return run(
        FATAL,
        () -> {
          // the folder is named: a machine without a configuration may hold a copy of a spool
          boolean configured = confNamed || Files.exists(conf);
          int mode = configured ? Integer.parseInt(options("spool_mode").get(0), 8) : 0640;
          return new SpoolCheck(out, System.err).run(spool, mode, dates);
        });
  }

  /** Something that may fail. */
  private interface Work {
    int run() throws IOException, LaunchException, InterruptedException;
  }

  private int run(int failure, Work work) {
    String why;
    try {
      return work.run();
    } catch (LaunchException e) {
      why = String.valueOf(e.getMessage());
    } catch (UncheckedIOException e) {
      why = String.valueOf(e.getCause());
    } catch (IOException e) {
      why = e.getClass() == IOException.class ? String.valueOf(e.getMessage()) : e.toString();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      why = "interrupted";
    }
    out.flush();
    System.err.println(program + ": " + why);
    return failure;
  }

  /** The global values of options in the configuration. */
  private List<String> options(String names)
      throws IOException, LaunchException, InterruptedException {
    properties.put("impetus.conf", conf.toString());
    properties.put("impetus.options", names);
    return KernelFramework.answer(home, KernelMode.OPTIONS, properties).lines().toList();
  }
}
