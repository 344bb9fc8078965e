package org.impetusmta.listener.esmtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MailParametersTest {
  @ParameterizedTest
  @CsvSource({
    "'', 0",
    "' SIZE=1000', 0",
    "' size=0 BODY=8bitmime', 0",
    "' BODY=7BIT   SIZE=1', 0",
    "' SIZE=99999999999999999999', 0",
    "' SIZE=999999999999999999999', 501",
    "' SIZE', 501",
    "' SIZE=', 501",
    "' SIZE=1x', 501",
    "' SIZE=-1', 501",
    "' SIZE=1 SIZE=2', 501",
    "' BODY', 501",
    "' BODY=9BIT', 501",
    "' BODY=7BIT BODY=7BIT', 501",
    "' ', 501",
    "'  SIZE=1', 501",
    "' SIZE=1 ', 501",
    "'SIZE=1', 501",
    "' =1', 501",
    "' -A=1', 501",
    "' A_B=1', 501",
    "' SIZES=1', 555",
    "' A-B', 555",
    "' RET=HDRS', 555"
  })
  void readsWhatIsOffered(String text, int code) {
    MailParameters parameters = new MailParameters();
    byte[] line = text.getBytes(StandardCharsets.ISO_8859_1);
    var refusal = parameters.read(line, 0, line.length, EnumSet.allOf(Extension.class));
    assertThat(refusal == null ? 0 : refusal.code()).isEqualTo(code);
  }

  @Test
  void aSizeThatNoLongHoldsIsTheLargest() {
    assertThat(size("9223372036854775807")).hasValue(Long.MAX_VALUE);
    assertThat(size("9223372036854775808")).hasValue(Long.MAX_VALUE);
    assertThat(size("00000000000000000012")).hasValue(12);
    assertThat(size("922337203685477580")).hasValue(922337203685477580L);
  }

  private static OptionalLong size(String digits) {
    MailParameters parameters = new MailParameters();
    byte[] line = (" SIZE=" + digits).getBytes(StandardCharsets.ISO_8859_1);
    assertThat(parameters.read(line, 0, line.length, EnumSet.allOf(Extension.class))).isNull();
    return parameters.size();
  }
}
