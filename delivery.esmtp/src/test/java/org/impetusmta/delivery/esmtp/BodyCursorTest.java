package org.impetusmta.delivery.esmtp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.ByteArrayOutputStream;
import java.util.Random;
import org.impetusmta.api.message.Body;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class BodyCursorTest {
  private static byte[] drain(BodyCursor cursor, int length) throws Exception {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    while (!cursor.ended()) {
      ByteBuf piece = cursor.next(UnpooledByteBufAllocator.DEFAULT);
      assertThat(piece.readableBytes()).isLessThanOrEqualTo(Pieces.PIECE + 5);
      piece.readBytes(all, piece.readableBytes());
      piece.release();
    }
    assertThat(cursor.position()).isEqualTo(length);
    return all.toByteArray();
  }

  @ParameterizedTest
  @CsvSource({
    "'',                '.~'",
    "'a',               'a~.~'",
    "'a~',              'a~.~'",
    "'a~|',             'a~.~'",
    "'a|~',             'a~.~'",
    "'|a||~|',          'a~.~'",
    "'a~|b',            'a~b~.~'",
    "'~',               '~.~'",
    "'..~',             '..~.~'",
  })
  void endsMailData(String segments, String wire) throws Exception {
    String[] parts = segments.replace("~", "\r\n").split("\\|", -1);
    byte[][] octets = new byte[parts.length][];
    for (int i = 0; i < parts.length; i++) {
      octets[i] = parts[i].getBytes(ISO_8859_1);
    }
    Body body = Body.of(octets);
    assertThat(new String(drain(new BodyCursor(body), body.length()), ISO_8859_1))
        .isEqualTo(wire.replace("~", "\r\n"));
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        Pieces.PIECE - 1,
        Pieces.PIECE,
        Pieces.PIECE + 1,
        2 * Pieces.PIECE - 5,
        2 * Pieces.PIECE,
        3 * Pieces.PIECE + 17
      })
  void cutsAnySizeFromAnySegments(int length) throws Exception {
    Random random = new Random(length);
    byte[] all = new byte[length];
    random.nextBytes(all);
    all[length - 2] = '\r';
    all[length - 1] = '\n';
    int cut = random.nextInt(length);
    byte[] head = java.util.Arrays.copyOf(all, cut);
    byte[] tail = java.util.Arrays.copyOfRange(all, cut, length + 100); // 100 that do not count
    Body body = Body.of(new byte[][] {head, tail}, new int[] {cut, length - cut});
    byte[] wire = drain(new BodyCursor(body), length);
    assertThat(wire).hasSize(length + 3).startsWith(all).endsWith('.', '\r', '\n');
  }
}
