package org.impetusmta.net.smtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLSocketFactory;
import org.impetusmta.api.message.Reply;
import org.impetusmta.testkit.mx.FakeMx;
import org.impetusmta.testkit.mx.FakeMx.At;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SmtpClientTest {
  private static SmtpClient connect(FakeMx server, Duration limit) throws IOException {
    return SmtpClient.connect(server.address(), Optional.empty(), limit);
  }

  @Test
  void a_dialogue_is_spoken_command_by_command() throws Exception {
    try (FakeMx server = FakeMx.offering("PIPELINING", "SIZE 1000", "AUTH=PLAIN").start();
        SmtpClient client = connect(server, Duration.ofSeconds(20))) {
      assertThat(client.banner().code()).isEqualTo(220);
      assertThat(client.hello("client.example").isPositive()).isTrue();
      assertThat(client.offers("PIPELINING")).isTrue();
      assertThat(client.parameters("SIZE")).isEqualTo("1000");
      assertThat(client.parameters("AUTH")).isEqualTo("PLAIN");
      assertThat(client.offers("STARTTLS")).isFalse();
      assertThat(client.command("MAIL FROM:<>").isPositive()).isTrue();
      assertThat(client.command("RCPT TO:<a@example.com>").isPositive()).isTrue();
      client.quit();
      assertThat(server.commands())
          .startsWith("EHLO client.example", "MAIL FROM:<>", "RCPT TO:<a@example.com>");
    }
  }

  @Test
  void replies_of_several_lines_are_one() throws Exception {
    try (FakeMx server =
            FakeMx.offering().on(At.RCPT, FakeMx.say("550-5.1.1 no", "550 5.1.1 never")).start();
        SmtpClient client = connect(server, Duration.ofSeconds(20))) {
      client.hello("client.example");
      client.command("MAIL FROM:<>");
      assertThat(client.command("RCPT TO:<a@example.com>"))
          .isEqualTo(new Reply(550, "5.1.1", "no\n5.1.1 never"));
    }
  }

  @Test
  void a_server_without_ehlo_gets_helo() throws Exception {
    try (FakeMx server = FakeMx.offering().on(At.EHLO, FakeMx.say("502 no")).start();
        SmtpClient client = connect(server, Duration.ofSeconds(20))) {
      assertThat(client.hello("client.example").isPositive()).isTrue();
      assertThat(server.commands()).containsExactly("EHLO client.example", "HELO client.example");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"RCPT TO:<a@b>\r\nDATA", "x\ny", "x\u0000", "NOOP \u007f"})
  void nothing_ends_a_command_early(String line) throws Exception {
    try (FakeMx server = FakeMx.offering().start();
        SmtpClient client = connect(server, Duration.ofSeconds(20))) {
      assertThatThrownBy(() -> client.command(line)).isInstanceOf(IllegalArgumentException.class);
      assertThat(server.commands()).isEmpty();
    }
  }

  @Test
  void a_server_that_never_speaks_or_trickles_meets_the_deadline() throws Exception {
    try (FakeMx server = FakeMx.offering().on(At.BANNER, FakeMx.stall()).start()) {
      assertThatThrownBy(() -> connect(server, Duration.ofMillis(50)))
          .isInstanceOf(SocketTimeoutException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hello\r\n",
        "199 x\r\n",
        "220-a\r\n221 b\r\n",
        "2200 a\r\n",
        "220_a\r\n",
        "\r\n",
        "22"
      })
  void what_is_no_reply_ends_the_dialogue(String octets) throws Exception {
    try (FakeMx server =
        FakeMx.offering().on(At.BANNER, FakeMx.raw(octets), FakeMx.leave()).start()) {
      assertThatThrownBy(() -> connect(server, Duration.ofSeconds(2)))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void replies_are_bounded() throws Exception {
    for (String flood :
        new String[] {
          "220-x\r\n".repeat(SmtpClient.MOST_LINES + 1),
          "220 " + "x".repeat(SmtpClient.LONGEST_LINE) + "\r\n"
        }) {
      try (FakeMx server = FakeMx.offering().on(At.BANNER, FakeMx.raw(flood)).start()) {
        assertThatThrownBy(() -> connect(server, Duration.ofSeconds(20)))
            .hasMessageContaining("too");
      }
    }
  }

  /** A handshake octet by octet, for minutes. */
  private static void trickle(ServerSocket server) {
    try (Socket peer = server.accept()) {
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(peer.getInputStream(), StandardCharsets.US_ASCII));
      OutputStream out = peer.getOutputStream();
      for (String reply : List.of("220 x", "250-x\r\n250 STARTTLS", "220 go")) {
        out.write((reply + "\r\n").getBytes(StandardCharsets.US_ASCII));
        if (!reply.equals("220 go")) {
          in.readLine();
        }
      }
      byte[] said = new byte[4096];
      int hello = peer.getInputStream().read(said);
      assertThat(hello).isPositive();
      out.write(new byte[] {0x16, 3, 3, 0x40, 0}); // a record of 16 KiB
      peer.setSoTimeout(10);
      for (int octet = 0; octet < 16_384; octet++) {
        try {
          if (peer.getInputStream().read(said) < 0) {
            return;
          }
        } catch (SocketTimeoutException e) {
          out.write(0);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e); // the client closed it: nobody waits for this
    }
  }

  @Test
  @Timeout(60)
  void a_handshake_meets_the_deadline_too() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Thread peer = Thread.ofVirtual().start(() -> trickle(server));
      InetSocketAddress address =
          new InetSocketAddress(server.getInetAddress(), server.getLocalPort());
      try (SmtpClient client =
          SmtpClient.connect(address, Optional.empty(), Duration.ofSeconds(1))) {
        client.hello("client.example");
        assertThatThrownBy(
                () ->
                    client.startTls(
                        (SSLSocketFactory) SSLSocketFactory.getDefault(), Optional.empty()))
            .isInstanceOf(SocketTimeoutException.class);
      }
      peer.join();
    }
  }
}
