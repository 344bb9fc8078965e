package org.impetusmta.module.gzipio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;
import org.impetusmta.api.io.IoWrappers;
import org.impetusmta.api.io.TransformingIo;
import org.impetusmta.testkit.io.TransformingIoContract;
import org.junit.jupiter.api.Test;

class GzipIoTest extends TransformingIoContract {
  @Override
  protected String scheme() {
    return "gzip";
  }

  @Override
  protected TransformingIo create(IoWrappers wrappers) {
    return new GzipIo(wrappers);
  }

  /** A head with every optional field in it, as RFC 1952 section 2.3 draws it. */
  @Test
  void aHeadMayHaveFieldsOfAllKinds() throws IOException {
    byte[] plain;
    try (ByteArrayOutputStream octets = new ByteArrayOutputStream()) {
      try (GZIPOutputStream gzip = new GZIPOutputStream(octets)) {
        gzip.write("text".getBytes(StandardCharsets.US_ASCII));
      }
      plain = octets.toByteArray();
    }
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    head.write(new byte[] {0x1F, (byte) 0x8B, 8, 2 | 4 | 8 | 16, 0, 0, 0, 0, 0, 3});
    head.write(new byte[] {3, 0, 'x', 'y', 'z'});
    head.write("name\0comment\0".getBytes(StandardCharsets.ISO_8859_1));
    CRC32 crc = new CRC32();
    crc.update(head.toByteArray());
    head.write((int) crc.getValue());
    head.write((int) crc.getValue() >> 8);
    byte[] whole = concat(head.toByteArray(), Arrays.copyOfRange(plain, 10, plain.length));
    try (InputStream in = new GzipMembers(new ByteArrayInputStream(whole))) {
      assertThat(in.readAllBytes()).asString().isEqualTo("text");
    }
    whole[15] = 'N';
    assertThatThrownBy(() -> new GzipMembers(new ByteArrayInputStream(whole)))
        .hasMessage("the head of the gzip text is damaged");
  }

  private static byte[] concat(byte[] one, byte[] other) {
    byte[] both = Arrays.copyOf(one, one.length + other.length);
    System.arraycopy(other, 0, both, one.length, other.length);
    return both;
  }
}
