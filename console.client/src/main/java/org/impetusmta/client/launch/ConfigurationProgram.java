package org.impetusmta.client.launch;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The programs {@code ec_dump_config} and {@code validate_config}: they ask a kernel of their own
 * what it makes of a configuration. Nothing is started, no address is bound and no file is written
 * but the one asked for. Exit codes: 0 done; 1 the configuration is refused, or something else
 * failed; 2 wrong usage; 3 there is no configuration. Single. Source: executable.ec_dump_config,
 * executable.validate_config.
 *
 * <p>System properties: {@code impetus.home}, the exploded distribution; {@code impetus.conf}, the
 * configuration where the arguments name none; {@code impetus.from}, the folder that relative
 * arguments start at.
 */
public final class ConfigurationProgram {
  private static final String DUMP = "ec_dump_config";
  private static final String VALIDATE = "validate_config";
  private static final int REFUSED = 1;
  private static final int USAGE = 2;
  private static final int NO_CONFIGURATION = 3;

  private static final Map<String, String> USAGES =
      Map.of(
          DUMP,
          """
          usage: ec_dump_config [-c FILE] [-e DIR] [-f OUT]
                 ec_dump_config --schema | --reference [-e DIR] [-f OUT]
            -c FILE      configuration file (etc/ecelerity.conf)
            -e DIR       look for modules there instead of modules/
            -f OUT       write to a file
            --schema     every option that is known, tab separated
            --reference  the reference page of all options
          """,
          VALIDATE,
          """
          usage: validate_config [-c FILE]
            -c FILE      configuration file (etc/ecelerity.conf)
          """);

  private final String program;
  private final Path home;
  private final Path from;
  private final Map<String, String> properties = new HashMap<>();
  private Path conf;
  private KernelMode mode;
  private String out = "";

  private ConfigurationProgram(String program) {
    this.program = program;
    this.home = Path.of(System.getProperty("impetus.home", ".")).toAbsolutePath().normalize();
    this.from = Path.of(System.getProperty("impetus.from", ".")).toAbsolutePath();
    this.conf = home.resolve(System.getProperty("impetus.conf", "etc/ecelerity.conf"));
    this.mode = program.equals(DUMP) ? KernelMode.DUMP : KernelMode.CHECK;
  }

  /**
   * Runs a program.
   *
   * @param arguments its name, then its own
   */
  public static void main(String[] arguments) {
    List<String> all = List.of(arguments);
    System.exit(new ConfigurationProgram(all.getFirst()).run(all.subList(1, all.size())));
  }

  private int run(List<String> arguments) {
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      String value = i + 1 < arguments.size() ? arguments.get(i + 1) : "";
      boolean dump = program.equals(DUMP);
      if (argument.equals("-h")) {
        System.out.print(USAGES.get(program));
        return 0;
      }
      if (dump && argument.equals("--schema")) {
        mode = KernelMode.SCHEMA;
      } else if (dump && argument.equals("--reference")) {
        mode = KernelMode.REFERENCE;
      } else if (argument.equals("-c") || (dump && List.of("-e", "-f").contains(argument))) {
        if (value.isEmpty()) {
          return usage(argument + " needs a value");
        }
        switch (argument) {
          case "-c" -> conf = from.resolve(value).normalize();
          case "-e" -> properties.put("impetus.modules", from.resolve(value).toString());
          default -> out = value;
        }
        i++;
      } else {
        return usage("unknown argument " + argument);
      }
    }
    boolean reads = mode == KernelMode.DUMP || mode == KernelMode.CHECK;
    if (reads && program.equals(VALIDATE) && Files.notExists(conf)) {
      System.out.println("No configuration found");
      return NO_CONFIGURATION;
    }
    properties.put("impetus.conf", conf.toString());
    return answer();
  }

  private int answer() {
    try {
      String answer = KernelFramework.answer(home, mode, properties);
      if (program.equals(VALIDATE)) {
        System.out.println("Configuration valid");
      } else if (out.isEmpty()) {
        PrintStream stdout = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        stdout.print(answer);
        stdout.flush();
      } else {
        write(answer);
      }
      return 0;
    } catch (LaunchException e) {
      return fail(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      return fail(e.toString());
    } catch (UncheckedIOException e) {
      return fail(String.valueOf(e.getCause()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return fail("interrupted");
    }
  }

  private void write(String answer) throws LaunchException {
    try {
      Files.writeString(from.resolve(out), answer);
    } catch (AccessDeniedException e) {
      throw new LaunchException("cannot write " + out + ": permission denied", e);
    } catch (IOException e) {
      throw new LaunchException("cannot write " + out + ": " + e, e);
    }
  }

  private int usage(String what) {
    System.err.print(program + ": " + what + "\n" + USAGES.get(program));
    return USAGE;
  }

  private int fail(String why) {
    System.err.println(program + ": " + why);
    return REFUSED;
  }
}
