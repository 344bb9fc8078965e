package org.impetusmta.api.message;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * Headers and addresses, whatever the octets: no failure, and the same however a body is cut into
 * segments. {@code docs/fuzzing.md} says how to look for more.
 */
class MessageFuzzTest {
  @FuzzTest(maxDuration = "5m")
  @DictionaryEntries({
    "Subject:",
    "subject \\x09:",
    "\\x0d\\x0a",
    "\\x0d\\x0a ",
    "\\x0d\\x0a\\x0d\\x0a",
    "Received: from a",
    "X:",
    "\\x0a",
    "\\x0d"
  })
  void headers(byte[] octets) {
    Body whole = Body.of(octets);
    int length = whole.headerLength();
    assertThat(length).isBetween(0, octets.length);
    for (int cut = 0; cut <= Math.min(octets.length, 64); cut++) {
      Body two =
          Body.of(
              Arrays.copyOfRange(octets, 0, cut), Arrays.copyOfRange(octets, cut, octets.length));
      assertThat(two.headerLength()).isEqualTo(length);
      assertThat(two.header("subject")).isEqualTo(whole.header("subject"));
      assertThat(two.countHeaders("Received")).isEqualTo(whole.countHeaders("Received"));
    }
    for (String name : new String[] {"Subject", "Received", "X"}) {
      Optional<String> value = whole.header(name);
      assertThat(value.isPresent()).as(name).isEqualTo(whole.countHeaders(name) > 0);
      value.ifPresent(
          text -> assertThat(text).hasSizeLessThanOrEqualTo(998).doesNotContain("\r", "\n"));
      // a field in front is found first, and is one more
      Body more = whole.withFields((name + ": first\r\n").getBytes(StandardCharsets.US_ASCII));
      assertThat(more.header(name)).contains("first");
      // content that begins with a blank is no header
      boolean headless = octets.length > 0 && (octets[0] == ' ' || octets[0] == '\t');
      assertThat(more.countHeaders(name)).isEqualTo(headless ? 1 : whole.countHeaders(name) + 1);
    }
  }

  @FuzzTest(maxDuration = "5m")
  @DictionaryEntries({
    "@",
    "@example.com",
    "xn--",
    "\\xc3\\xa9",
    "\\xc3\\x9f",
    "\\xe3\\x80\\x82",
    "\\xef\\xbc\\x8e",
    "\\x22",
    "..",
    "."
  })
  void address(byte[] octets) {
    String text = new String(octets, StandardCharsets.UTF_8);
    Address address = Address.of(text);
    assertThat(address.domain()).doesNotContain("@");
    if (!address.domain().isEmpty()) {
      assertThat(address.toString()).isEqualTo(text);
    }
    String domain = address.routingDomain();
    if (domain.chars().allMatch(c -> c < 0x80)) {
      assertThat(domain).isEqualTo(domain.toLowerCase(Locale.ROOT));
      assertThat(AsciiDomain.of(domain)).isEqualTo(domain);
    }
    String capital = address.domain().toUpperCase(Locale.ROOT);
    if (address.domain().chars().allMatch(c -> c < 0x80)) {
      assertThat(AsciiDomain.of(capital)).isEqualTo(domain);
    }
  }
}
