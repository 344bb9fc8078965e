package org.impetusmta.client.launch;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The server process: starts an OSGi framework, installs and starts every jar of {@code bundles/},
 * lets the kernel take over, says that it is ready or why not, and stops the framework when the
 * process is told to end. Exit codes: 0 stopped, 1 did not start, 2 wrong usage. Single.
 *
 * <p>System properties: {@code impetus.home}, the exploded distribution; {@code impetus.ready}, a
 * file that gets the ready line or the reason of failure, for a launcher that does not see standard
 * output.
 */
public final class Ecelerity {
  private static final String USAGE =
      """
      usage: ecelerity [-c FILE] [-d] [-h] [-n SERVICE] [-s]
        -c FILE     configuration file (etc/ecelerity.conf)
        -d          stay in the foreground with standard output and error open
        -h          this help
        -n SERVICE  do not offer SERVICE: esmtp, ecstream or queue; may be repeated
        -s          check the configuration, then end
      """;

  private static OutputStream ready = OutputStream.nullOutputStream();

  private Ecelerity() {}

  /** Starts the server; see {@link #USAGE}. */
  public static void main(String[] arguments) {
    System.exit(run(List.of(arguments)));
  }

  private static int run(List<String> arguments) {
    ready = readyFile();
    Path home = Path.of(System.getProperty("impetus.home", ".")).toAbsolutePath().normalize();
    KernelMode mode = KernelMode.SERVE;
    Map<String, String> properties = new HashMap<>();
    properties.put("impetus.conf", home.resolve("etc/ecelerity.conf").toString());
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      String value = i + 1 < arguments.size() ? arguments.get(i + 1) : "";
      switch (argument) {
        case "-h" -> {
          System.out.print(USAGE);
          return 0;
        }
        case "-d" -> properties.put("impetus.foreground", "true");
        case "-s" -> mode = KernelMode.CHECK;
        case "-c", "-n" -> {
          if (value.isEmpty()) {
            return usage(argument + " needs a value");
          }
          if (argument.equals("-c")) {
            properties.put("impetus.conf", Path.of(value).toAbsolutePath().toString());
          } else if (List.of("esmtp", "ecstream", "queue").contains(value)) {
            properties.merge("impetus.skip", value, (a, b) -> a + "," + b);
          } else {
            return usage("-n " + value + ": expected esmtp, ecstream or queue");
          }
          i++;
        }
        default -> {
          return usage("unknown argument " + argument);
        }
      }
    }
    try {
      return serve(new KernelFramework(home, mode, properties), mode);
    } catch (IOException | UncheckedIOException e) {
      return fail(String.valueOf(e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return fail("interrupted");
    }
  }

  private static int usage(String what) {
    report("ecelerity: " + what + "; ecelerity -h tells more");
    System.err.print("ecelerity: " + what + "\n" + USAGE);
    return 2;
  }

  private static int fail(String why) {
    report("ecelerity: " + why);
    System.err.println("ecelerity: " + why);
    return 1;
  }

  private static void report(String line) {
    try (OutputStream file = ready) {
      file.write((line + "\n").getBytes(StandardCharsets.UTF_8));
      ready = OutputStream.nullOutputStream();
    } catch (IOException e) {
      System.err.println("ecelerity: cannot report that \"" + line + "\": " + e);
    }
  }

  /** Opened before anything else: the server may become a user who may not open it any more. */
  private static OutputStream readyFile() {
    String file = System.getProperty("impetus.ready", "");
    try {
      return file.isEmpty()
          ? OutputStream.nullOutputStream()
          : Files.newOutputStream(
              Path.of(file), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (IOException e) {
      System.err.println("ecelerity: cannot write " + file + ": " + e);
      return OutputStream.nullOutputStream();
    }
  }

  private static int serve(KernelFramework framework, KernelMode mode)
      throws IOException, InterruptedException {
    Thread hook = new Thread(framework::stop, "shutdown");
    Runtime.getRuntime().addShutdownHook(hook);
    int code = 0;
    try {
      String line = framework.start();
      report(line);
      System.out.println(line);
      if (mode == KernelMode.SERVE) {
        return framework.waitForStop() ? 0 : 1;
      }
    } catch (LaunchException e) {
      code = fail(String.valueOf(e.getMessage()));
    }
    Runtime.getRuntime().removeShutdownHook(hook);
    framework.stop();
    return code;
  }
}
