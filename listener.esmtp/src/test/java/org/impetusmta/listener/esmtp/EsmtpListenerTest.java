package org.impetusmta.listener.esmtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.impetusmta.api.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EsmtpListenerTest {
  @Test
  void aPortThatIsTakenIsNamedWithItsCause() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      String name = "127.0.0.1:" + taken.getLocalPort();
      assertThatThrownBy(() -> new EsmtpServer(List.of("listen = " + name)))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("cannot listen on \"" + name + "\"")
          .hasMessageContaining("in use");
    }
  }

  @Test
  void anExtensionThatIsNotThereIsRefused() {
    assertThatThrownBy(() -> new EsmtpServer(List.of("smtp_extensions = PIPELINING ETRN")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("\"ETRN\" is not supported");
  }

  @ParameterizedTest
  @ValueSource(strings = {"uri=digest:///x", "uri=groups://relative", "uri=nosuch://", "realm=x"})
  void groupsThatCannotBeLookedUpAreRefused(String parameters) {
    assertThatThrownBy(() -> new EsmtpServer(List.of("authorizationparameters = " + parameters)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("AuthorizationParameters");
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost:25", "127.0.0.1", ":65536", "::1:25", "relative/path"})
  void aListenThatIsNoAddressIsRefusedWhereItStands(String name) {
    assertThatThrownBy(() -> new EsmtpServer(List.of("listen = " + name)))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("test:1: Listen \"" + name + "\": expected ADDRESS:PORT");
  }

  /** A client that asks and asks and never reads: it is not read from, and then cut off. */
  @Test
  void aClientThatNeverReadsIsCutOff() throws Exception {
    try (EsmtpServer server = new EsmtpServer(List.of("idle_time = 1"))) {
      byte[] questions = "HELP\r\n".repeat(4000).getBytes(StandardCharsets.US_ASCII);
      try (Socket client = new Socket()) {
        client.setReceiveBufferSize(4096);
        client.connect(server.address());
        OutputStream out = client.getOutputStream();
        assertThatThrownBy(
                () -> {
                  while (true) {
                    out.write(questions);
                  }
                })
            .isInstanceOf(IOException.class);
      }
      assertThat(server.results())
          .hasSize(1)
          .first(InstanceOfAssertFactories.STRING)
          .contains("421 4.4.2")
          .contains("(replies are not read)");
    }
  }

  /** The same for one that says QUIT: its last reply cannot leave, the connection goes anyway. */
  @Test
  void aClientThatQuitsAndNeverReadsIsCutOff() throws Exception {
    try (EsmtpServer server = new EsmtpServer(List.of())) {
      try (Socket client = new Socket()) {
        client.setReceiveBufferSize(4096);
        client.connect(server.address());
        byte[] questions =
            ("HELP\r\n".repeat(1000) + "QUIT\r\n").getBytes(StandardCharsets.US_ASCII);
        client.getOutputStream().write(questions);
        assertThat(server.results()).isEmpty();
      }
    }
  }
}
