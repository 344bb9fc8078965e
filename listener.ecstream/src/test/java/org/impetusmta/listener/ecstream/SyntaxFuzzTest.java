package org.impetusmta.listener.ecstream;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.impetusmta.api.message.Body;

/**
 * Addresses and bodies, whatever the octets, beside the same rules written as regular expressions.
 * {@code docs/fuzzing.md} says how to look for more.
 */
class SyntaxFuzzTest {
  private static final Pattern LOCALPART =
      Pattern.compile(
          "[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,256}|\"([ !#-\\[\\]-~]|\\\\[ -~]){0,254}\"");
  private static final Pattern DOMAIN =
      Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9_.-]{0,253}[A-Za-z0-9_])?|\\[[A-Za-z0-9:.]{1,60}\\]");

  /** Lines without a lone CR or LF, none of them a single dot. */
  private static final Pattern WIRE_FORM =
      Pattern.compile("(?:(?!\\.\\r)[^\\r\\n]*+\\r\\n)*+", Pattern.DOTALL);

  @FuzzTest(maxDuration = "5m")
  @DictionaryEntries({"\\x22", "\\x5c", "\\x5c\\x22", "[", "]", "[IPv6:", ".", "-", "_", "a"})
  void addresses(byte[] octets) {
    String text = new String(octets, StandardCharsets.ISO_8859_1);
    assertThat(Syntax.isDomain(text)).isEqualTo(DOMAIN.matcher(text).matches());
    if (text.length() <= 256) {
      assertThat(Syntax.isLocalpart(text)).isEqualTo(LOCALPART.matcher(text).matches());
    } else {
      assertThat(Syntax.isLocalpart(text)).isFalse();
    }
  }

  @FuzzTest(maxDuration = "5m")
  @DictionaryEntries({"\\x0d\\x0a", "\\x0d\\x0a.\\x0d\\x0a", "\\x0d", "\\x0a", ".", ".."})
  void bodies(byte[] octets) {
    boolean wireForm = WIRE_FORM.matcher(new String(octets, StandardCharsets.ISO_8859_1)).matches();
    assertThat(Syntax.isWireForm(Body.of(octets))).isEqualTo(wireForm);
    int half = octets.length / 2;
    Body two =
        Body.of(
            java.util.Arrays.copyOfRange(octets, 0, half),
            java.util.Arrays.copyOfRange(octets, half, octets.length));
    assertThat(Syntax.isWireForm(two)).isEqualTo(wireForm);
  }
}
