package org.impetusmta.api.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import org.impetusmta.api.delivery.EgressProxy.Protocol;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProxyHandshakeTest {
  private static final InetSocketAddress PROXY =
      new InetSocketAddress(InetAddress.ofLiteral("192.0.2.7"), 1080);

  private static ProxyHandshake to(String address, Protocol protocol, boolean login) {
    return new ProxyHandshake(
        new EgressProxy(
            protocol,
            PROXY,
            Optional.of(InetAddress.ofLiteral(address.contains(":") ? "2001:db8::9" : "192.0.2.9")),
            login ? Optional.of(new EgressProxy.Login("user", "secret")) : Optional.empty(),
            Optional.empty()),
        new InetSocketAddress(InetAddress.ofLiteral(address), 25));
  }

  private static String hex(byte[] octets) {
    return HexFormat.of().formatHex(octets);
  }

  private static ByteBuffer octets(String hex) {
    return ByteBuffer.wrap(HexFormat.of().parseHex(hex));
  }

  @Test
  void version1IsALine() {
    ProxyHandshake handshake = to("198.51.100.1", Protocol.PROXY_V1, false);
    assertThat(new String(handshake.begin(), StandardCharsets.US_ASCII))
        .isEqualTo("PROXY TCP4 192.0.2.9 198.51.100.1 0 25\r\n");
    assertThat(handshake.isDone()).isTrue();
    assertThat(
            new String(
                to("2001:db8::1", Protocol.PROXY_V1, false).begin(), StandardCharsets.US_ASCII))
        .startsWith("PROXY TCP6 2001:db8:0:0:0:0:0:9 2001:db8:0:0:0:0:0:1 0 25");
  }

  @Test
  void version2IsAHeader() {
    assertThat(hex(to("198.51.100.1", Protocol.PROXY_V2, false).begin()))
        .isEqualTo("0d0a0d0a000d0a515549540a" + "2111000c" + "c0000209" + "c6336401" + "00000019");
    assertThat(hex(to("2001:db8::1", Protocol.PROXY_V2, false).begin()))
        .isEqualTo(
            "0d0a0d0a000d0a515549540a"
                + "21210024"
                + "20010db8000000000000000000000009"
                + "20010db8000000000000000000000001"
                + "00000019");
  }

  @Test
  void socksConnectsAndLeavesThePeersOctets() throws Exception {
    ProxyHandshake handshake = to("198.51.100.1", Protocol.SOCKS5, false);
    assertThat(hex(handshake.begin())).isEqualTo("050100");
    assertThat(handshake.received(octets("05"))).isEmpty();
    assertThat(hex(handshake.received(octets("00")).orElseThrow()))
        .isEqualTo("05010001c63364010019");
    ByteBuffer rest = octets("05000001000000000000323230");
    assertThat(handshake.received(rest)).isEmpty();
    assertThat(handshake.isDone()).isTrue();
    assertThat(StandardCharsets.US_ASCII.decode(rest).toString()).isEqualTo("220");
  }

  @Test
  void socksLogsIn() throws Exception {
    ProxyHandshake handshake = to("2001:db8::1", Protocol.SOCKS5, true);
    assertThat(hex(handshake.begin())).isEqualTo("05020002");
    assertThat(hex(handshake.received(octets("0502")).orElseThrow()))
        .isEqualTo("0104" + "75736572" + "06" + "736563726574");
    assertThat(hex(handshake.received(octets("0100")).orElseThrow()))
        .isEqualTo("05010004" + "20010db8000000000000000000000001" + "0019");
    // one octet at a time, with a name as the bound address
    for (String octet : "05 00 00 03 02 61 62 00 00".split(" ")) {
      assertThat(handshake.isDone()).isFalse();
      assertThat(handshake.received(octets(octet))).isEmpty();
    }
    assertThat(handshake.isDone()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "04,does not speak SOCKS5",
    "485454502f,does not speak SOCKS5",
    "05ff,accepts no method of ours",
    "0502,wants a login",
    "05000502000100000000,connection not allowed by ruleset",
    "05000505000100000000,Connection refused",
    "05000509000100000000,refuses with code 9",
    "0500050000050000,answers with an address of unknown type"
  })
  void refusalsSayWhy(String answers, String why) {
    ProxyHandshake handshake = to("198.51.100.1", Protocol.SOCKS5, false);
    handshake.begin();
    ByteBuffer from = octets(answers + (answers.length() == 20 ? "0000" : ""));
    assertThatThrownBy(
            () -> {
              while (from.hasRemaining()) {
                Optional<byte[]> next = handshake.received(from);
                assertThat(next.isPresent() || !from.hasRemaining()).isTrue();
              }
            })
        .isInstanceOf(ProxyFailure.class)
        .hasMessage("[internal] proxy 192.0.2.7:1080: " + why);
  }
}
