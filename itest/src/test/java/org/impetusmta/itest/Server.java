package org.impetusmta.itest;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A server of the exploded distribution as a process of its own, with its configuration, spool and
 * logs in a folder of its own. Single.
 */
final class Server implements AutoCloseable {
  static final Path DISTRIBUTION =
      Path.of(System.getProperty("impetus.distribution", "../distribution/target/impetus"));

  private final Path home;
  final Path folder;
  final int smtpPort;
  private final Path configuration;
  private final String javaOptions;
  private Process process;

  private Server(Path home, Path folder, int smtpPort, Path configuration) throws IOException {
    this(home, folder, smtpPort, configuration, "");
  }

  private Server(Path home, Path folder, int smtpPort, Path configuration, String javaOptions)
      throws IOException {
    this.javaOptions = javaOptions;
    this.home = home;
    this.folder = folder;
    this.smtpPort = smtpPort;
    this.configuration = configuration;
    this.process = launch();
  }

  /** Starts a server whose configuration ends with {@code more}; returns when it is ready. */
  static Server start(Path folder, String more) throws IOException {
    return start(DISTRIBUTION, folder, more);
  }

  /** Starts a server of the distribution in {@code home}. */
  static Server start(Path home, Path folder, String more) throws IOException {
    int port = freePort();
    Path conf = folder.resolve("ecelerity.conf");
    Files.createDirectories(folder);
    Files.writeString(conf, configuration(folder, port) + more);
    return new Server(home, folder, port, conf);
  }

  /** Starts a server with this configuration, which listens on {@code port}. */
  static Server startWith(Path folder, int port, String configuration) throws IOException {
    Path conf = folder.resolve("ecelerity.conf");
    Files.createDirectories(folder);
    Files.writeString(conf, configuration);
    return new Server(DISTRIBUTION, folder, port, conf);
  }

  /** As {@link #startWith}, with options of the virtual machine, {@code -Xmx64m} for one. */
  static Server startWith(Path folder, int port, String configuration, String javaOptions)
      throws IOException {
    Path conf = folder.resolve("ecelerity.conf");
    Files.createDirectories(folder);
    Files.writeString(conf, configuration);
    return new Server(DISTRIBUTION, folder, port, conf, javaOptions);
  }

  /** A distribution of its own, whose partners and files in var/ are nobody else's. */
  static Path copyOfDistribution(Path to) throws IOException {
    try (Stream<Path> files = Files.walk(DISTRIBUTION)) {
      for (Path file : files.toList()) {
        Path target = to.resolve(DISTRIBUTION.relativize(file).toString());
        if (!file.startsWith(DISTRIBUTION.resolve("var"))) {
          Files.copy(file, target, StandardCopyOption.COPY_ATTRIBUTES);
        }
      }
    }
    return to;
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  static String configuration(Path folder, int port) {
    return """
    SpoolBase = "%1$s/spool"
    Pidfile = "%1$s/run/ecelerity.pid"
    Relay_Hosts = ( "127.0.0.0/8" )
    ESMTP_Listener { Listen "127.0.0.1:%2$d" { } }
    Control_Listener { Listen "%1$s/run/2025" { File_Mode = 0600 } }
    ec_logger "ec_logger" {
      mainlog = "%1$s/log/mainlog.ec"
      rejectlog = "%1$s/log/rejectlog.ec"
      paniclog = "%1$s/log/paniclog.ec"
      acctlog = "%1$s/log/acctlog.ec"
    }
    """
        .formatted(folder, port);
  }

  private Process launch() throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            home.resolve("bin/ecelerity").toString(), "-d", "-c", configuration.toString());
    if (!javaOptions.isEmpty()) {
      builder.environment().put("IMPETUS_OPTS", javaOptions);
    }
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("output").toFile()));
    long before = output().lines().filter(line -> line.contains("is ready")).count();
    Process started = builder.start();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (output().lines().filter(line -> line.contains("is ready")).count() == before) {
      if (!started.isAlive() || System.nanoTime() > deadline) {
        started.destroyForcibly();
        throw new IOException("the server did not start:\n" + output());
      }
      pause();
    }
    return started;
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What the process printed. */
  String output() throws IOException {
    Path file = folder.resolve("output");
    return Files.exists(file) ? Files.readString(file) : "";
  }

  long pid() {
    return process.pid();
  }

  ProcessHandle handle() {
    return process.toHandle();
  }

  boolean alive() {
    return process.isAlive();
  }

  /** kill -9. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }

  /** Starts it again on what it left. */
  void restart() throws IOException {
    process = launch();
  }

  /** Opens a session with its console. */
  ConsoleSession openConsole() throws IOException {
    return new ConsoleSession(folder.resolve("run/2025"));
  }

  /** Runs a console command in a session of its own; fails when it was refused. */
  String console(String command) throws IOException {
    try (ConsoleSession session = openConsole()) {
      return session.run(command);
    }
  }

  /** Runs a console command in a session of its own; the whole answer with its header line. */
  String tryConsole(String command) throws IOException {
    try (ConsoleSession session = openConsole()) {
      return session.tried(command);
    }
  }

  /** What lives in its heap after a full collection: a line for each class, and the total. */
  String heap() throws IOException {
    Process jcmd =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                String.valueOf(pid()),
                "GC.class_histogram")
            .start();
    return new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  /** How many objects of a class live in its heap. */
  int objects(String className) throws IOException {
    return heap()
        .lines()
        .map(line -> line.strip().split("\\s+"))
        .filter(line -> line.length > 3 && line[3].endsWith(className))
        .mapToInt(line -> Integer.parseInt(line[1]))
        .sum();
  }

  /** Its configuration file. */
  Path configuration() {
    return configuration;
  }

  /** The lines of a log. */
  List<String> log(String name) throws IOException {
    Path file = folder.resolve("log").resolve(name);
    return Files.exists(file) ? Files.readAllLines(file, StandardCharsets.ISO_8859_1) : List.of();
  }

  /** SIGTERM, and waits. */
  @Override
  public void close() throws IOException {
    process.destroy();
    try {
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException("the server did not stop within 30 s:\n" + output());
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
