package org.impetusmta.listener.esmtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.impetusmta.api.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who can connect to what a Listen is named. */
class ListenSocketTest {
  private static String banner(String host, int port) throws IOException {
    try (Socket client = new Socket()) {
      client.connect(new InetSocketAddress(InetAddress.ofLiteral(host), port), 5000);
      client.setSoTimeout(5000);
      return new BufferedReader(
              new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII))
          .readLine();
    }
  }

  private static boolean hasIpv6() throws IOException {
    return NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .anyMatch(address -> address.equals(InetAddress.ofLiteral("::1")));
  }

  @ParameterizedTest
  @CsvSource({
    "epoll, *:0, true, true",
    "epoll, 0.0.0.0:0, true, false",
    "epoll, [*]:0, false, true",
    "epoll, [::]:0, false, true",
    "epoll, [::1]:0, false, true",
    "epoll, 127.0.0.1:0, true, false",
    "nio, *:0, true, true",
    "nio, 0.0.0.0:0, true, false",
    "nio, [::1]:0, false, true",
  })
  void takesTheFamilyThatItIsFor(String io, String listen, boolean ipv4, boolean ipv6)
      throws Exception {
    assumeThat(hasIpv6()).isTrue();
    try (EsmtpServer server = new EsmtpServer(List.of("listen = " + listen, "io = " + io))) {
      int port = server.address().getPort();
      for (String host : List.of("127.0.0.1", "::1")) {
        if (host.equals("::1") ? ipv6 : ipv4) {
          assertThat(banner(host, port)).startsWith("220 mx.example.net");
        } else {
          assertThatThrownBy(() -> banner(host, port)).isInstanceOf(IOException.class);
        }
      }
    }
  }

  @Test
  void aPortForIpv6AloneIsRefusedWhereThereIsNone() {
    assertThatThrownBy(() -> new EsmtpServer(List.of("listen = [*]:0", "io = nio")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("a port for IPv6 alone needs epoll");
  }

  @ParameterizedTest
  @CsvSource({
    "epoll, 4, 0, 0",
    "epoll, 1, 1, 1",
    "epoll, 2, 3, 5",
    "epoll, 0, 1, 0",
    "nio, 1, 1, 0",
    "nio, 4, 0, 2",
  })
  void threadsOfThePoolAccept(String io, int concurrency, int backlog, int perTurn)
      throws Exception {
    List<String> config =
        List.of(
            "concurrency = " + concurrency,
            "io = " + io,
            "pool_name = accept-pool",
            "accept_queue_backlog = " + backlog,
            "events_per_iter = " + perTurn);
    try (EsmtpServer server = new EsmtpServer(config)) {
      List<Socket> clients = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        Socket client = new Socket();
        client.connect(server.address(), 5000);
        client.setSoTimeout(10_000);
        clients.add(client);
      }
      long accepting =
          Thread.getAllStackTraces().keySet().stream()
              .filter(thread -> thread.getName().equals("accept-pool"))
              .count();
      for (Socket client : clients) {
        try (client) {
          assertThat(
                  new BufferedReader(
                          new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII))
                      .readLine())
              .startsWith("220 ");
        }
      }
      assertThat(accepting).isEqualTo(io.equals("nio") ? Math.min(1, concurrency) : concurrency);
    }
    await()
        .untilAsserted(
            () ->
                assertThat(Thread.getAllStackTraces().keySet())
                    .as("threads end with the socket")
                    .noneMatch(thread -> thread.getName().equals("accept-pool")));
  }

  @Test
  void aUnixSocketHasItsModeAndIsTakenAway(@TempDir Path folder) throws Exception {
    Path path = folder.resolve("smtp");
    try (EsmtpServer server =
        new EsmtpServer(List.of("listen = " + path, "file_mode = 0600", "io = epoll"))) {
      assertThat(Files.getPosixFilePermissions(path))
          .isEqualTo(PosixFilePermissions.fromString("rw-------"));
      try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
        ByteBuffer banner = ByteBuffer.allocate(4);
        while (banner.hasRemaining() && client.read(banner) >= 0) {
          // until it is there
        }
        assertThat(new String(banner.array(), StandardCharsets.US_ASCII)).isEqualTo("220 ");
      }
      server.results();
    }
    assertThat(Files.exists(path)).isFalse();
  }

  /** An operator suspends a socket, and opens it again; who is there stays. */
  @Test
  void aListenIsSuspendedOnline() throws Exception {
    try (EsmtpServer server = new EsmtpServer(List.of())) {
      try (Socket client = new Socket()) {
        client.connect(server.address(), 5000);
        client.setSoTimeout(5000);
        BufferedReader in =
            new BufferedReader(
                new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
        assertThat(in.readLine()).startsWith("220 ");
        server.directive("set enable false");
        assertThat(server.listener().sockets()).isEmpty();
        assertThatThrownBy(() -> banner("127.0.0.1", server.address().getPort()))
            .isInstanceOf(IOException.class);
        client.getOutputStream().write("NOOP\r\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(in.readLine()).startsWith("250 ");
        server.directive("set enable true");
        assertThat(server.listener().sockets()).hasSize(1);
        int port = ((InetSocketAddress) server.listener().sockets().getFirst().boundTo()).getPort();
        assertThat(banner("127.0.0.1", port)).startsWith("220 ");
      }
    }
  }
}
