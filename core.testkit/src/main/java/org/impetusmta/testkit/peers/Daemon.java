package org.impetusmta.testkit.peers;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A server of another package that a test starts for itself, on a free port of the loopback
 * interface, with its data in a folder of its own that goes with it. A test that runs as root has
 * it run as the package's own user, any other as its own. Single.
 */
public abstract class Daemon implements Peer {
  private static final int TRIES = 600;

  private final int port;
  private final Path folder;
  private final Optional<Account> account;
  private @Nullable Process process;

  /** A user of the machine, and its group. */
  private record Account(String name, String group) {
    /** The user of that name, else nobody. */
    static Account of(String name) throws IOException {
      List<String> all = Files.readAllLines(Path.of("/etc/passwd"));
      return Stream.of(name, "nobody")
          .flatMap(user -> all.stream().filter(line -> line.startsWith(user + ":")))
          .map(line -> line.split(":", -1))
          .map(fields -> new Account(fields[0], fields[3]))
          .findFirst()
          .orElseThrow(() -> new IOException("/etc/passwd has no user nobody"));
    }
  }

  /**
   * Makes its folder, for a server that changes users itself: it is started by root, who owns the
   * folder, and others may read it.
   */
  protected Daemon(String name) throws IOException {
    port = freePort();
    account = Optional.empty();
    folder = Files.createTempDirectory("impetus-" + name + "-");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /**
   * Makes its folder.
   *
   * @param name what the folder is called for
   * @param user whom the package made for it; where there is no such user, it runs as nobody
   */
  protected Daemon(String name, String user) throws IOException {
    port = freePort();
    account = isRoot() ? Optional.of(Account.of(user)) : Optional.empty();
    folder = Files.createTempDirectory("impetus-" + name + "-");
    own(folder);
  }

  /** The program of that name, where it is installed. */
  public static Optional<Path> program(String name) {
    return Stream.of("/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin")
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** The program of that name; skips the test where it is not installed. */
  protected static Path installed(String name, String debianPackage) {
    return installed(program(name).orElse(Path.of(name)), debianPackage);
  }

  /** That program; skips the test where it is not installed. */
  protected static Path installed(Path program, String debianPackage) {
    assumeTrue(
        program.isAbsolute() && Files.isExecutable(program),
        "needs the Debian package " + debianPackage);
    return program;
  }

  /** The program of that name; skips the test where it is not installed or the user is not root. */
  protected static Path installedForRoot(String name, String debianPackage) {
    Path program = installed(name, debianPackage);
    needsRoot(debianPackage);
    return program;
  }

  /** Skips the test where the user is not root. */
  protected static void needsRoot(String debianPackage) {
    assumeTrue(isRoot(), debianPackage + " changes users and has to be started by root");
  }

  private static boolean isRoot() {
    return System.getProperty("user.name").equals("root");
  }

  /** A port of the loopback interface that nobody listens on, by TCP or by UDP. */
  public static int freePort() throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    for (int tries = 0; ; tries++) {
      try (ServerSocket tcp = new ServerSocket(0, 1, loopback);
          DatagramSocket udp = new DatagramSocket(tcp.getLocalPort(), loopback)) {
        return udp.getLocalPort();
      } catch (IOException e) {
        if (tries == 20) {
          throw e;
        }
      }
    }
  }

  /** Prepares a server and starts it; what fails leaves nothing behind. */
  protected static <D extends Daemon> D launch(D daemon) throws IOException, InterruptedException {
    boolean ready = false;
    try {
      daemon.prepare();
      daemon.start();
      ready = true;
      return daemon;
    } finally {
      if (!ready) {
        daemon.close();
      }
    }
  }

  /** Puts what it needs into its folder, once, before it is started. */
  protected void prepare() throws IOException, InterruptedException {}

  /** The program and its arguments; it must stay in the foreground. */
  protected abstract List<String> command();

  /** Whether it serves: listens, unless the server knows better. */
  protected boolean ready() throws IOException, InterruptedException {
    try (Socket _ = connect()) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  protected final Socket connect() throws IOException {
    Socket socket = new Socket();
    try {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
      socket.setSoTimeout(1000);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  public final int port() {
    return port;
  }

  protected final Path folder() {
    return folder;
  }

  /** Writes a file of its folder, which it may read and change. */
  protected final Path file(String name, String text) throws IOException {
    Path file = Files.writeString(folder.resolve(name), text);
    own(file);
    return file;
  }

  private void own(Path file) throws IOException {
    if (account.isPresent()) {
      Files.setOwner(
          file,
          file.getFileSystem()
              .getUserPrincipalLookupService()
              .lookupPrincipalByName(account.orElseThrow().name()));
    }
  }

  private ProcessBuilder process(List<String> command) {
    List<String> all = new ArrayList<>();
    account.ifPresent(
        user ->
            // becomes the program: no process of its own that would be killed in its place
            all.addAll(
                List.of(
                    "setpriv",
                    "--reuid",
                    user.name(),
                    "--regid",
                    user.group(),
                    "--clear-groups",
                    "--")));
    all.addAll(command);
    return new ProcessBuilder(all).directory(folder.toFile()).redirectErrorStream(true);
  }

  /**
   * Runs a program to its end, as the server's user.
   *
   * @param input what it reads
   * @return what it said
   * @throws AssertionError where it fails, with what it said
   */
  protected final String run(String input, List<String> command)
      throws IOException, InterruptedException {
    Process process = process(command).redirectInput(file("input", input).toFile()).start();
    String told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new AssertionError(command + " failed: " + told);
    }
    return told;
  }

  /**
   * Makes a key, {@code key.pem}, and its certificate for localhost and 127.0.0.1, {@code
   * cert.pem}.
   */
  protected final void selfSigned() throws IOException, InterruptedException {
    run(
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost,IP:127.0.0.1",
        "-keyout",
        folder.resolve("key.pem").toString(),
        "-out",
        folder.resolve("cert.pem").toString());
  }

  protected final String run(String... command) throws IOException, InterruptedException {
    return run("", List.of(command));
  }

  @Override
  public final void start() throws IOException {
    Path log = folder.resolve("daemon.log");
    Process started =
        process(command()).redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile())).start();
    process = started;
    try {
      for (int i = 0; i < TRIES; i++) {
        boolean ready = ready();
        if (!started.isAlive()) {
          throw new AssertionError(command() + " ended: " + said());
        }
        if (ready) {
          return;
        }
        started.waitFor(50, TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    throw new AssertionError(command() + " does not answer: " + said());
  }

  /** What it said, to its output or to files of its folder that end with {@code log}. */
  private String said() throws IOException {
    StringBuilder said = new StringBuilder();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path log : files.filter(file -> file.toString().endsWith("log")).sorted().toList()) {
        said.append(Files.readString(log, StandardCharsets.ISO_8859_1));
      }
    }
    return said.toString();
  }

  @Override
  public final void kill() {
    Process running = process;
    if (running != null) {
      List<ProcessHandle> children = running.descendants().toList();
      running.destroyForcibly();
      children.forEach(ProcessHandle::destroyForcibly);
      try {
        running.waitFor();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      // whoever adopts them may never ask how they ended
      children.forEach(
          child -> child.onExit().completeOnTimeout(child, 2, TimeUnit.SECONDS).join());
    }
  }

  @Override
  public final void freeze() throws IOException, InterruptedException {
    signal("-STOP");
  }

  @Override
  public final void thaw() throws IOException, InterruptedException {
    signal("-CONT");
  }

  private void signal(String signal) throws IOException, InterruptedException {
    Process running = process;
    if (running != null) {
      signal(signal, running.toHandle());
      for (ProcessHandle child : running.descendants().toList()) {
        signal(signal, child);
      }
    }
  }

  /**
   * Sends a signal, {@code -STOP} for one, to a process; one that has ended meanwhile is let be.
   */
  public static void signal(String signal, ProcessHandle process)
      throws IOException, InterruptedException {
    int status =
        new ProcessBuilder("kill", signal, Long.toString(process.pid()))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor();
    if (status != 0 && process.isAlive()) {
      throw new AssertionError("kill " + signal + " " + process.pid() + " failed");
    }
  }

  /** Kills it and deletes its folder. */
  @Override
  public final void close() {
    kill();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
