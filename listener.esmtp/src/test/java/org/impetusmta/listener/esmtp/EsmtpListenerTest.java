package org.impetusmta.listener.esmtp;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import org.impetusmta.api.config.ConfigException;
import org.junit.jupiter.api.Test;

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
    assertThatThrownBy(() -> new EsmtpServer(List.of("smtp_extensions = PIPELINING STARTTLS")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("\"STARTTLS\" is not supported");
  }
}
