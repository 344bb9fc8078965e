package org.impetusmta.listener.esmtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.impetusmta.api.config.ConfigException;
import org.junit.jupiter.api.Test;
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

  @Test
  void severalLoopsAccept() throws Exception {
    try (EsmtpServer server = new EsmtpServer(List.of("concurrency = 4", "io = epoll"))) {
      for (int i = 0; i < 20; i++) {
        assertThat(banner("127.0.0.1", server.address().getPort())).startsWith("220 ");
      }
    }
  }
}
