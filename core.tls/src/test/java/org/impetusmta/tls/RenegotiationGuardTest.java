package org.impetusmta.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Records of a client, told by their types, and whether they are the beginning of another
 * handshake.
 */
final class RenegotiationGuardTest {
  /** Records with these types; their content has octets that look like headers. */
  private static byte[] records(String types) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (String type : types.split(" ", -1)) {
      int length = type.equals("20") ? 1 : 300;
      out.write(Integer.parseInt(type));
      out.write(3);
      out.write(3);
      out.write(length >> 8);
      out.write(length);
      for (int i = 0; i < length; i++) {
        out.write(22);
      }
    }
    return out.toByteArray();
  }

  private static void send(EmbeddedChannel channel, byte[] octets, int step) {
    for (int at = 0; at < octets.length && channel.isOpen(); at += step) {
      channel.writeInbound(Unpooled.copiedBuffer(octets, at, Math.min(step, octets.length - at)));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "22 22 20 22 23 23 23", // TLS 1.2
        "22 22 22 22 20 22 23", // with a certificate
        "22 20 22 23", // resumed
        "22 20 23 23 23", // TLS 1.3
        "22 20 22 23 23", // TLS 1.3 after a HelloRetryRequest
        "22 20 22 23 21" // closed
      })
  void letsPass(String types) {
    for (int step : new int[] {1, 4, 7, 100_000}) {
      EmbeddedChannel channel = new EmbeddedChannel(new RenegotiationGuard());
      byte[] octets = records(types);
      send(channel, octets, step);
      assertThat(channel.isOpen()).isTrue();
      int passed = 0;
      for (io.netty.buffer.ByteBuf one = channel.readInbound();
          one != null;
          one = channel.readInbound()) {
        passed += one.readableBytes();
        one.release();
      }
      assertThat(passed).isEqualTo(octets.length);
    }
  }

  @ParameterizedTest
  @CsvSource({"22 22 20 22 23 22, 1", "22 22 20 22 23 22, 5", "22 22 20 22 22, 100000"})
  void endsOne(String types, int step) {
    EmbeddedChannel channel = new EmbeddedChannel(new RenegotiationGuard());
    assertThatThrownBy(() -> send(channel, records(types), step))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("renegotiate");
    assertThat(channel.isOpen()).isFalse();
    channel.finishAndReleaseAll();
  }
}
