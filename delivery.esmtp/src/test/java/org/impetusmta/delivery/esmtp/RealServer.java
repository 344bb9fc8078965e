package org.impetusmta.delivery.esmtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.impetusmta.api.message.Message;
import org.impetusmta.testkit.mx.RecordingDelivery;
import org.impetusmta.testkit.net.NettyTestLoop;

/** A mail server of a package, run from a temporary folder on a free port of loopback. */
final class RealServer {
  /** Where {@code .ci/run} unpacks servers that cannot be installed beside each other. */
  static final Path PEERS = Path.of("/opt/impetus-peers");

  private RealServer() {}

  /** Skips the test where the program is missing or may not be run like this. */
  static void needs(Path program, String debianPackage) {
    assumeTrue(Files.isExecutable(program), "install the Debian package " + debianPackage);
    assumeTrue(
        System.getProperty("user.name").equals("root"),
        debianPackage + " changes users and has to be started by root");
  }

  static int freePort() throws IOException {
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return probe.getLocalPort();
    }
  }

  static InetSocketAddress address(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  /** Runs a command to its end; its output is in the message where it fails. */
  static void run(Path folder, String... command) throws IOException, InterruptedException {
    Path output = folder.resolve("output");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    boolean ended = process.waitFor(60, TimeUnit.SECONDS);
    if (!ended || process.exitValue() != 0) {
      process.destroyForcibly();
      throw new IOException(List.of(command) + ": " + Files.readString(output));
    }
  }

  /** Starts a command that stays. */
  static Process start(Path folder, String... command) throws IOException {
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("output").toFile())
        .start();
  }

  static void awaitListening(int port) {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> {
              try (Socket socket = new Socket()) {
                socket.connect(address(port), 1000);
                return true;
              } catch (IOException notYet) {
                return false;
              }
            });
  }

  /** Delivers on one connection, which has to keep the contract. */
  static RecordingDelivery deliver(
      NettyTestLoop loop, int port, Dialect dialect, EsmtpOptions options, Message... mail) {
    RecordingDelivery delivery =
        new RecordingDelivery(loop, address(port), options)
            .queued(mail)
            .recipientsPerBatch(10)
            .quitWhenDrained()
            .open(new EsmtpDelivery("client.example", dialect, Auth.NONE));
    await().atMost(Duration.ofSeconds(30)).until(delivery::isClosed);
    assertThat(delivery.violations()).isEmpty();
    return delivery;
  }

  /** The mails below a folder that hold {@code text}; waits until there are {@code count}. */
  static List<String> mails(Path folder, String text, int count) {
    return await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> read(folder, text), found -> found.size() >= count);
  }

  private static List<String> read(Path folder, String text) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> file.toString().contains("/new/") && Files.isRegularFile(file))
          .map(RealServer::content)
          .filter(mail -> mail.contains(text))
          .toList();
    }
  }

  private static String content(Path file) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1).replace("\r\n", "\n");
    } catch (IOException e) {
      return "";
    }
  }
}
