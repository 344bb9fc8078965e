package org.impetusmta.testkit.net;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A server of another package that a test starts for itself, on a free port of the loopback
 * interface, with its data in a folder of its own that goes with it. Single.
 */
public final class Daemon implements AutoCloseable {
  private static final int TRIES = 600;

  private final List<String> command;
  private final int port;
  private final Path folder;
  private @Nullable Process process;

  private Daemon(List<String> command, int port, Path folder) {
    this.command = List.copyOf(command);
    this.port = port;
    this.folder = folder;
  }

  /** The program of that name, where it is installed. */
  public static Optional<Path> program(String name, String... folders) {
    List<String> all = new ArrayList<>(List.of(folders));
    all.addAll(List.of("/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"));
    return all.stream()
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** A folder for the data of a server, open to the user that {@link #unprivileged} runs as. */
  public static Path folder(String name) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("impetus-" + name + "-");
    if (isRoot()) {
      run("chown", "nobody", folder.toString());
    }
    return folder;
  }

  /** A command for programs that refuse to run as root: as it is, or as nobody. */
  public static List<String> unprivileged(List<String> command) {
    List<String> all = new ArrayList<>();
    if (isRoot()) {
      // becomes the program: no process of its own that would be killed in its place
      all.addAll(
          List.of("setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", "--"));
    }
    all.addAll(command);
    return all;
  }

  /** Whether the test runs as root. */
  public static boolean isRoot() {
    return System.getProperty("user.name").equals("root");
  }

  /** A port that nobody listens on. */
  public static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /**
   * Runs a program to its end.
   *
   * @throws AssertionError where it fails, with what it said
   */
  public static void run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new AssertionError(List.of(command) + " failed: " + told);
    }
  }

  /**
   * Starts a server and waits until it listens.
   *
   * @param port where it will listen
   * @param folder is deleted in the end
   */
  public static Daemon start(List<String> command, int port, Path folder) throws IOException {
    Daemon daemon = new Daemon(command, port, folder);
    daemon.start();
    return daemon;
  }

  public int port() {
    return port;
  }

  /** Starts it again where it was killed. */
  public void start() throws IOException {
    Path log = folder.resolve("daemon.log");
    Process started =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    process = started;
    for (int i = 0; i < TRIES; i++) {
      if (listens()) {
        return;
      }
      if (!started.isAlive()) {
        throw new AssertionError(command + " ended: " + Files.readString(log));
      }
      try {
        started.waitFor(50, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
    throw new AssertionError(command + " does not listen: " + Files.readString(log));
  }

  private boolean listens() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Ends it at once, as a crash does. */
  public void kill() {
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

  /** Stops its clock: it answers nothing, but its sockets stay. */
  public void freeze() throws IOException, InterruptedException {
    signal("-STOP");
  }

  /** Lets it go on. */
  public void thaw() throws IOException, InterruptedException {
    signal("-CONT");
  }

  private void signal(String signal) throws IOException, InterruptedException {
    Process running = process;
    if (running != null) {
      run("kill", signal, Long.toString(running.pid()));
      for (ProcessHandle child : running.descendants().toList()) {
        if (!killed(signal, child) && child.isAlive()) {
          throw new AssertionError("kill " + signal + " " + child.pid() + " failed");
        }
      }
    }
  }

  /** Whether the child was still there. */
  private static boolean killed(String signal, ProcessHandle child)
      throws IOException, InterruptedException {
    return new ProcessBuilder("kill", signal, Long.toString(child.pid()))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor()
        == 0;
  }

  @Override
  public void close() {
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
