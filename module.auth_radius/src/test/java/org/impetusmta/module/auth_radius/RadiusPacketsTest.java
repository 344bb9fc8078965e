package org.impetusmta.module.auth_radius;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.impetusmta.module.auth_radius.RadiusPackets.Answer;
import org.impetusmta.module.auth_radius.RadiusPackets.Attribute;
import org.junit.jupiter.api.Test;

/** Against the example of RFC 2865 section 7.1, and what an answer must be like. */
class RadiusPacketsTest {
  private static final byte[] SECRET = "xyzzy5461".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] AUTHENTICATOR = hex("0f403f947397805" + "7bd83d5cb98f4227a");
  private static final byte[] ACCEPT =
      hex("0200002686fe220e7624ba2a1005f6bf9b55e0b20606000000010f06000000000e06c0a80103");

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }

  @Test
  void thePasswordOfTheRfc() {
    byte[] password = "arctangent".getBytes(StandardCharsets.US_ASCII);
    assertThat(RadiusPackets.hidden(password, AUTHENTICATOR, SECRET))
        .isEqualTo(hex("0dbe708d93d413ce3196e43f782a0aee"));
  }

  @Test
  void aLongPasswordIsHiddenBlockByBlock() {
    byte[] password = "x".repeat(40).getBytes(StandardCharsets.US_ASCII);
    byte[] hidden = RadiusPackets.hidden(password, AUTHENTICATOR, SECRET);
    assertThat(hidden).hasSize(48);
    byte[] mask = RadiusPackets.md5(SECRET, Arrays.copyOfRange(hidden, 16, 32));
    assertThat((byte) (hidden[32] ^ mask[0])).isEqualTo((byte) 'x');
    assertThat((byte) (hidden[47] ^ mask[15])).isZero();
  }

  @Test
  void theAnswerOfTheRfc() {
    assertThat(RadiusPackets.answer(ACCEPT, 0, AUTHENTICATOR, SECRET, false))
        .contains(Answer.ACCEPT);
    assertThat(RadiusPackets.answer(ACCEPT, 0, AUTHENTICATOR, SECRET, true)).isEmpty();
    assertThat(RadiusPackets.answer(ACCEPT, 1, AUTHENTICATOR, SECRET, false)).isEmpty();
    assertThat(RadiusPackets.answer(ACCEPT, 0, AUTHENTICATOR, new byte[] {1}, false)).isEmpty();
    assertThat(RadiusPackets.answer(ACCEPT, 0, new byte[16], SECRET, false)).isEmpty();
    assertThat(
            RadiusPackets.answer(
                Arrays.copyOf(ACCEPT, ACCEPT.length + 5), 0, AUTHENTICATOR, SECRET, false))
        .contains(Answer.ACCEPT);
  }

  @Test
  void noOctetOfAnAnswerCanBeChangedOrLeftOut() {
    byte[] signed = signed(2, hex("1206" + "68656c6c"));
    assertThat(RadiusPackets.answer(signed, 9, AUTHENTICATOR, SECRET, true))
        .contains(Answer.ACCEPT);
    for (int i = 0; i < signed.length; i++) {
      byte[] other = signed.clone();
      other[i] ^= 1;
      assertThat(RadiusPackets.answer(other, 9, AUTHENTICATOR, SECRET, true)).isEmpty();
      assertThat(RadiusPackets.answer(Arrays.copyOf(signed, i), 9, AUTHENTICATOR, SECRET, true))
          .isEmpty();
    }
  }

  @Test
  void attributesThatDoNotFitIntoTheirPacket() {
    for (String attributes : List.of("12", "1200", "1201", "12ff00", "5003aa", "500400aa")) {
      byte[] answer = plain(2, hex(attributes));
      assertThat(RadiusPackets.answer(answer, 9, AUTHENTICATOR, SECRET, false)).isEmpty();
    }
    byte[] twice = RadiusPackets.request(9, AUTHENTICATOR, SECRET, List.of());
    byte[] same = Arrays.copyOfRange(twice, 20, 38);
    byte[] both = Arrays.copyOf(same, 36);
    System.arraycopy(same, 0, both, 18, 18);
    assertThat(RadiusPackets.answer(plain(2, both), 9, AUTHENTICATOR, SECRET, false)).isEmpty();
  }

  @Test
  void otherCodesAreNoAnswer() {
    assertThat(RadiusPackets.answer(signed(3, new byte[0]), 9, AUTHENTICATOR, SECRET, true))
        .contains(Answer.REJECT);
    assertThat(RadiusPackets.answer(signed(11, new byte[0]), 9, AUTHENTICATOR, SECRET, true))
        .contains(Answer.CHALLENGE);
    for (int code : new int[] {0, 1, 5, 12, 255}) {
      assertThat(RadiusPackets.answer(signed(code, new byte[0]), 9, AUTHENTICATOR, SECRET, true))
          .isEmpty();
    }
  }

  @Test
  void aRequestBeginsWithItsSignature() {
    byte[] request =
        RadiusPackets.request(
            7,
            AUTHENTICATOR,
            SECRET,
            List.of(
                new Attribute(
                    RadiusPackets.USER_NAME, "nemo".getBytes(StandardCharsets.US_ASCII))));
    assertThat(HexFormat.of().formatHex(request, 0, 22))
        .isEqualTo("0107002c" + HexFormat.of().formatHex(AUTHENTICATOR) + "5012");
    assertThat(HexFormat.of().formatHex(request, 38, 44)).isEqualTo("01066e656d6f");
    byte[] blank = request.clone();
    Arrays.fill(blank, 22, 38, (byte) 0);
    assertThat(Arrays.copyOfRange(request, 22, 38)).isEqualTo(RadiusPackets.hmac(SECRET, blank));
  }

  /** An answer without Message-Authenticator. */
  private static byte[] plain(int code, byte[] attributes) {
    return RadiusAnswers.plain(code, 9, AUTHENTICATOR, SECRET, attributes);
  }

  private static byte[] signed(int code, byte[] attributes) {
    return RadiusAnswers.signed(code, 9, AUTHENTICATOR, SECRET, attributes);
  }
}
