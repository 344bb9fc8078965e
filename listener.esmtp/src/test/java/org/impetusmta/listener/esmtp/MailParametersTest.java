package org.impetusmta.listener.esmtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.impetusmta.api.message.Reply;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MailParametersTest {
  private static final Set<Extension> ALL = EnumSet.allOf(Extension.class);
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

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
    "' RET=HDRS', 0",
    "' ret=full ENVID=x+20y', 0",
    "' RET=HALF', 501",
    "' RET', 501",
    "' RET=FULL RET=FULL', 501",
    "' ENVID=', 501",
    "' ENVID=a=b', 501",
    "' ENVID=a+2', 501",
    "' ENVID=a+zz', 501",
    "' SMTPUTF8', 0",
    "' SMTPUTF8=yes', 501",
    "' REQUIRETLS', 0",
    "' BODY=BINARYMIME', 0",
    "' HOLDFOR=60', 0",
    "' HOLDFOR=3600', 0",
    "' HOLDFOR=3601', 501",
    "' HOLDFOR=0', 501",
    "' HOLDUNTIL=2026-01-02T03:30:00Z', 0",
    "' HOLDUNTIL=2026-01-02T04:30:00+01:00', 0",
    "' HOLDUNTIL=2026-01-02T03:04:04Z', 501",
    "' HOLDUNTIL=2026-01-02T04:04:06Z', 501",
    "' HOLDUNTIL=tomorrow', 501",
    "' HOLDFOR=60 HOLDUNTIL=2026-01-02T03:30:00Z', 501",
    "' BY=120;R', 0",
    "' BY=-5;nt', 0",
    "' BY=0;R', 501",
    "' BY=-5;R', 501",
    "' BY=5', 501",
    "' BY=5;X', 501",
    "' BY=1234567890;R', 501",
    "' HOLDFOR=60 BY=61;R', 0",
    "' HOLDFOR=60 BY=60;R', 501",
    "' MT-PRIORITY=-9', 0",
    "' MT-PRIORITY=0', 0",
    "' MT-PRIORITY=10', 501",
    "' MT-PRIORITY=-0', 501",
    "' PRDR', 0",
    "' PRDR PRDR', 501",
    "' PRDR=1', 501"
  })
  void readsWhatIsOffered(String text, int code) {
    byte[] line = text.getBytes(StandardCharsets.ISO_8859_1);
    var refusal = parameters().read(line, 0, line.length, ALL);
    assertThat(refusal == null ? 0 : refusal.code()).isEqualTo(code);
  }

  /** What is not offered is not known. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        " SIZE=1",
        " BODY=8BITMIME",
        " RET=FULL",
        " SMTPUTF8",
        " REQUIRETLS",
        " HOLDFOR=60",
        " BY=5;N",
        " MT-PRIORITY=1",
        " PRDR"
      })
  void nothingIsKnownWithoutItsExtension(String text) {
    byte[] line = text.getBytes(StandardCharsets.ISO_8859_1);
    var refusal = parameters().read(line, 0, line.length, Set.of());
    assertThat(refusal).isNotNull().extracting(Reply::code).isEqualTo(555);
  }

  @Test
  void whatIsAskedForGoesIntoTheDictionary() {
    MailParameters parameters = parameters();
    String text = " RET=hdrs ENVID=q+2B1 SMTPUTF8 HOLDFOR=60 BY=120;nt MT-PRIORITY=3 PRDR";
    byte[] line = text.getBytes(StandardCharsets.ISO_8859_1);
    assertThat(parameters.read(line, 0, line.length, ALL)).isNull();
    assertThat(parameters.context())
        .containsExactly(
            Map.entry("dsn_ret", "HDRS"),
            Map.entry("dsn_envid", "q+2B1"),
            Map.entry("smtputf8", "yes"),
            Map.entry("hold_until", Long.toString(NOW.getEpochSecond() + 60)),
            Map.entry("deliver_by", Long.toString(NOW.getEpochSecond() + 120)),
            Map.entry("deliver_by_mode", "NT"),
            Map.entry("mt_priority", "3"));
    assertThat(parameters.prdr()).isTrue();
    assertThat(parameters.eightBitMime()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "' NOTIFY=NEVER', 0",
    "' NOTIFY=success,Failure,DELAY ORCPT=rfc822;bob+40example.com', 0",
    "' NOTIFY=NEVER,DELAY', 501",
    "' NOTIFY=', 501",
    "' NOTIFY=SUCCESS,', 501",
    "' NOTIFY=DELAY,DELAY', 501",
    "' NOTIFY=NEVER NOTIFY=NEVER', 501",
    "' ORCPT=bob', 501",
    "' ORCPT=;bob', 501",
    "' ORCPT=rfc822;', 501",
    "' ORCPT=rfc822;b\u00f6b', 501",
    "' ORCPT=utf-8;b\u00f6b', 0",
    "' SIZE=1', 555"
  })
  void readsThoseOfRecipients(String text, int code) {
    byte[] line = text.getBytes(StandardCharsets.UTF_8);
    var refusal = new RcptParameters().read(line, 0, line.length, ALL);
    assertThat(refusal == null ? 0 : refusal.code()).isEqualTo(code);
  }

  private static MailParameters parameters() {
    return new MailParameters(InstantSource.fixed(NOW), Duration.ofHours(1));
  }

  @Test
  void aSizeThatNoLongHoldsIsTheLargest() {
    assertThat(size("9223372036854775807")).hasValue(Long.MAX_VALUE);
    assertThat(size("9223372036854775808")).hasValue(Long.MAX_VALUE);
    assertThat(size("00000000000000000012")).hasValue(12);
    assertThat(size("922337203685477580")).hasValue(922337203685477580L);
  }

  private static OptionalLong size(String digits) {
    MailParameters parameters = parameters();
    byte[] line = (" SIZE=" + digits).getBytes(StandardCharsets.ISO_8859_1);
    assertThat(parameters.read(line, 0, line.length, ALL)).isNull();
    return parameters.size();
  }
}
