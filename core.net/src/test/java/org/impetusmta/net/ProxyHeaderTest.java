package org.impetusmta.net;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Headers as haproxy's proxy-protocol.txt has them, whole and in pieces. */
class ProxyHeaderTest {
  private static final String SIGNATURE = "0D0A0D0A000D0A515549540A";
  private static final String BEHIND = "EHLO a\r\n";

  private static byte[] v2(String hex) {
    return HexFormat.of().parseHex(SIGNATURE + hex.replace(" ", ""));
  }

  /** Reads octet by octet, and at once; both come to the same, and leave what follows. */
  private static ProxyHeader read(byte[] octets) throws ProxyHeader.Malformed {
    ProxyHeader slow = new ProxyHeader();
    for (int i = 0; i < octets.length; i++) {
      assertThat(slow.read(Unpooled.wrappedBuffer(octets, i, 1))).isEqualTo(i == octets.length - 1);
    }
    ByteBuf in = Unpooled.buffer().writeBytes(octets).writeBytes(BEHIND.getBytes(ISO_8859_1));
    ProxyHeader header = new ProxyHeader();
    assertThat(header.read(in)).isTrue();
    assertThat(in.toString(ISO_8859_1)).isEqualTo(BEHIND);
    assertThat(header.client()).isEqualTo(slow.client());
    return header;
  }

  private static void named(ProxyHeader header, String address, int port) {
    assertThat(header.client())
        .contains(new InetSocketAddress(InetAddress.ofLiteral(address), port));
  }

  @ParameterizedTest
  @CsvSource({
    "PROXY TCP4 192.0.2.1 198.51.100.2 56324 25, 192.0.2.1, 56324",
    "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535, 255.255.255.255, 65535",
    "PROXY TCP4 10.0.0.1 10.0.0.2 0 0, 10.0.0.1, 0",
    "PROXY TCP6 2001:db8::1 2001:DB8:0:0:0:0:0:2 1 25, 2001:db8::1, 1",
  })
  void a_line_names_the_client(String line, String address, int port) throws Exception {
    named(read((line + "\r\n").getBytes(ISO_8859_1)), address, port);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"PROXY UNKNOWN", "PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535"})
  void a_line_may_name_nobody(String line) throws Exception {
    assertThat(read((line + "\r\n").getBytes(ISO_8859_1)).client()).isEmpty();
  }

  @Test
  void a_binary_header_names_the_client() throws Exception {
    named(read(v2("21 11 000C C0000201 C6336402 DC04 0019")), "192.0.2.1", 56324);
    named(
        read(
            v2(
                "21 21 0024 20010DB8000000000000000000000001 20010DB8000000000000000000000002"
                    + " 0001 0019")),
        "2001:db8::1",
        1);
  }

  @Test
  void extensions_are_skipped() throws Exception {
    named(read(v2("21 11 0013 C0000201 C6336402 DC04 0019 04 0004 DEADBEEF")), "192.0.2.1", 56324);
    byte[] longest = new byte[16 + 65535];
    System.arraycopy(v2("21 11 FFFF C0000201 C6336402 DC04 0019"), 0, longest, 0, 28);
    named(read(longest), "192.0.2.1", 56324);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "20 00 0000", // LOCAL
        "20 11 000C C0000201 C6336402 DC04 0019", // LOCAL with addresses, which mean nothing
        "21 00 0000", // UNSPEC
        "21 00 0003 010203",
        "21 12 000C C0000201 C6336402 DC04 0019", // UDP
      })
  void a_binary_header_may_name_nobody(String hex) throws Exception {
    assertThat(read(v2(hex)).client()).isEmpty();
  }

  @Test
  void a_unix_socket_names_nobody() throws Exception {
    assertThat(read(v2("21 31 00D8" + "61".repeat(216))).client()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "EHLO a\\r\\n",
        "PROXY\\r\\n",
        "PROXY \\r\\n",
        "proxy TCP4 192.0.2.1 198.51.100.2 1 2\\r\\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 1 2\\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 1\\r\\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 1 2 3\\r\\n",
        "PROXY TCP4  192.0.2.1 198.51.100.2 1 2\\r\\n",
        "PROXY TCP5 192.0.2.1 198.51.100.2 1 2\\r\\n",
        "PROXY TCP4 192.0.2 198.51.100.2 1 2\\r\\n",
        "PROXY TCP4 192.0.2.256 198.51.100.2 1 2\\r\\n",
        "PROXY TCP4 192.0.02.1 198.51.100.2 1 2\\r\\n",
        "PROXY TCP4 192.0.2.1. 198.51.100.2 1 2\\r\\n",
        "PROXY TCP4 2001:db8::1 198.51.100.2 1 2\\r\\n",
        "PROXY TCP4 localhost 198.51.100.2 1 2\\r\\n",
        "PROXY TCP4 192.0.2.1 x 1 2\\r\\n",
        "PROXY TCP6 192.0.2.1 198.51.100.2 1 2\\r\\n",
        "PROXY TCP6 fe80::1%lo 2001:db8::1 1 2\\r\\n",
        "PROXY TCP6 :::: 2001:db8::1 1 2\\r\\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 65536 2\\r\\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 01 2\\r\\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 -1 2\\r\\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 1 \\r\\n",
        "\\r\\n\\r\\nEHLO",
      })
  void other_lines_are_malformed(String line) {
    byte[] octets = line.replace("\\r", "\r").replace("\\n", "\n").getBytes(ISO_8859_1);
    assertThatThrownBy(() -> new ProxyHeader().read(Unpooled.wrappedBuffer(octets)))
        .isInstanceOf(ProxyHeader.Malformed.class);
  }

  @Test
  void a_line_without_end_is_malformed() {
    byte[] octets = ("PROXY UNKNOWN " + "x".repeat(200)).getBytes(ISO_8859_1);
    ByteBuf in = Unpooled.wrappedBuffer(octets);
    assertThatThrownBy(() -> new ProxyHeader().read(in)).hasMessageContaining("too long");
    assertThat(in.readerIndex()).isEqualTo(ProxyHeader.LONGEST_LINE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "11 11 000C", // version 1 in a binary header
        "31 11 000C",
        "22 11 000C", // no such command
        "21 41 000C C0000201 C6336402 DC04 0019",
        "21 13 000C C0000201 C6336402 DC04 0019",
        "21 11 000B C0000201 C6336402 DC04 00",
        "21 21 000C C0000201 C6336402 DC04 0019",
      })
  void other_binary_headers_are_malformed(String hex) {
    assertThatThrownBy(() -> new ProxyHeader().read(Unpooled.wrappedBuffer(v2(hex))))
        .isInstanceOf(ProxyHeader.Malformed.class);
  }

  /** Whatever comes: a header, a refusal, or more is waited for; never anything else. */
  @Test
  void noise_is_refused_or_read() {
    Random random = new Random(6);
    byte[][] beginnings = {
      {}, "PROXY TCP4 ".getBytes(ISO_8859_1), "PROXY TCP6 ".getBytes(ISO_8859_1), v2(""), v2("21")
    };
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] beginning = beginnings[i % beginnings.length];
      byte[] noise = new byte[random.nextInt(80)];
      random.nextBytes(noise);
      ByteBuf in = Unpooled.wrappedBuffer(beginning, noise);
      try {
        new ProxyHeader().read(in);
      } catch (ProxyHeader.Malformed expected) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(10_000);
  }
}
