package org.impetusmta.listener.ecstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.impetusmta.api.ecstream.Frame;
import org.impetusmta.api.ecstream.FrameCodec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ways to connect other than a plain port. */
class EcStreamSocketsTest {
  private static byte[] hello() {
    return FrameCodec.encode(new Frame.Hello(1, "client.example"));
  }

  /** Whether the server says something to who says {@code first} and hello. */
  private static boolean answered(EcStreamServer server, String first) throws IOException {
    try (Socket client = new Socket()) {
      client.connect(server.address());
      client.setSoTimeout(10_000);
      client.getOutputStream().write(first.getBytes(StandardCharsets.US_ASCII));
      client.getOutputStream().write(hello());
      return client.getInputStream().read() >= 0;
    } catch (java.net.SocketException reset) {
      return false;
    }
  }

  @Test
  void behindAProxyTheHeaderIsRequired() throws Exception {
    try (EcStreamServer server = new EcStreamServer("proxy_protocol=true")) {
      assertThat(answered(server, "PROXY TCP4 192.0.2.1 192.0.2.2 7 1825\r\n")).isTrue();
      assertThat(answered(server, "")).isFalse();
    }
    try (EcStreamServer server = new EcStreamServer()) {
      assertThat(answered(server, "")).isTrue();
    }
  }

  @Test
  void aUnixSocketServes(@TempDir Path folder) throws Exception {
    Path path = folder.resolve("ecstream");
    try (EcStreamServer server = new EcStreamServer("listen=" + path)) {
      assertThat(server.listener().addresses()).hasSize(1);
      try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
        client.write(ByteBuffer.wrap(hello()));
        assertThat(client.read(ByteBuffer.allocate(100))).isPositive();
      }
    }
    assertThat(Files.exists(path)).isFalse();
  }
}
