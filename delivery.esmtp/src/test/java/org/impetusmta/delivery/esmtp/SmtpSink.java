package org.impetusmta.delivery.esmtp;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Postfix's {@code smtp-sink} on a free port of loopback. */
final class SmtpSink implements AutoCloseable {
  private static final List<Path> PLACES =
      Stream.of("/usr/sbin/smtp-sink", "/usr/bin/smtp-sink", "/usr/local/sbin/smtp-sink")
          .map(Path::of)
          .toList();

  private final Process process;
  private final InetSocketAddress address;

  private SmtpSink(Process process, InetSocketAddress address) {
    this.process = process;
    this.address = address;
  }

  /** Whether the program is there. */
  static boolean isInstalled() {
    return PLACES.stream().anyMatch(Files::isExecutable);
  }

  static SmtpSink start(String... arguments) throws IOException, InterruptedException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    int port;
    try (ServerSocket probe = new ServerSocket(0, 1, loopback)) {
      port = probe.getLocalPort();
    }
    List<String> command = new ArrayList<>();
    command.add(PLACES.stream().filter(Files::isExecutable).findFirst().orElseThrow().toString());
    command.addAll(List.of(arguments));
    command.add("127.0.0.1:" + port);
    command.add("100");
    Process process = new ProcessBuilder(command).inheritIO().start();
    InetSocketAddress address = new InetSocketAddress(loopback, port);
    for (int attempt = 0; attempt < 100 && process.isAlive(); attempt++) {
      try (Socket socket = new Socket()) {
        socket.connect(address);
        return new SmtpSink(process, address);
      } catch (IOException notYet) {
        if (process.waitFor(50, TimeUnit.MILLISECONDS)) {
          break;
        }
      }
    }
    process.destroy();
    throw new IOException("smtp-sink does not listen on " + address);
  }

  InetSocketAddress address() {
    return address;
  }

  long pid() {
    return process.pid();
  }

  @Override
  public void close() {
    process.destroy();
  }
}
