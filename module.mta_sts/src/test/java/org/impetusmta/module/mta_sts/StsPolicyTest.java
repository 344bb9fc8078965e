package org.impetusmta.module.mta_sts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.impetusmta.module.mta_sts.StsPolicy.InvalidPolicy;
import org.impetusmta.module.mta_sts.StsPolicy.Mode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is a policy, what is a record, which hosts a policy names. */
final class StsPolicyTest {
  private static final String GOOD =
      "version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.Example.NET\r\n"
          + "max_age: 604800\r\n";

  @Test
  void theExampleOfTheRfcIsRead() throws Exception {
    StsPolicy policy = StsPolicy.parse(GOOD);
    assertThat(policy.mode()).isEqualTo(Mode.ENFORCE);
    assertThat(policy.mx()).containsExactly("mail.example.com", "*.example.net");
    assertThat(policy.maxAgeSeconds()).isEqualTo(604_800);
    assertThat(policy.lines()).hasSize(5).first().isEqualTo("version: STSv1");
  }

  @Test
  void linesMayEndWithLfAndTheLastWithNothing() throws Exception {
    StsPolicy policy =
        StsPolicy.parse("mode:testing \nmax_age:\t1\nx-new: a b\nmx:a.example\nversion:STSv1");
    assertThat(policy.mode()).isEqualTo(Mode.TESTING);
    assertThat(policy.mx()).containsExactly("a.example");
  }

  @Test
  void ofFieldsThatStandOnceTheFirstCounts() throws Exception {
    StsPolicy policy = StsPolicy.parse(GOOD + "mode: none\nmax_age: 1\n");
    assertThat(policy.mode()).isEqualTo(Mode.ENFORCE);
    assertThat(policy.maxAgeSeconds()).isEqualTo(604_800);
  }

  @Test
  void aYearIsTheMost() throws Exception {
    StsPolicy policy = StsPolicy.parse("version: STSv1\nmode: none\nmax_age: 9999999999\n");
    assertThat(policy.maxAgeSeconds()).isEqualTo(31_557_600);
    assertThat(policy.mx()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "mode: enforce\nmx: a.example\nmax_age: 1",
        "version: STSv2\nmode: enforce\nmx: a.example\nmax_age: 1",
        "version: stsv1\nmode: enforce\nmx: a.example\nmax_age: 1",
        "version: STSv1\nmx: a.example\nmax_age: 1",
        "version: STSv1\nmode: Enforce\nmx: a.example\nmax_age: 1",
        "version: STSv1\nmode: enforce\nmax_age: 1",
        "version: STSv1\nmode: testing\nmax_age: 1",
        "version: STSv1\nmode: enforce\nmx: a.example",
        "version: STSv1\nmode: enforce\nmx: a.example\nmax_age: -1",
        "version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 12345678901",
        "version: STSv1\nmode: enforce\nmx: *\nmax_age: 1",
        "version: STSv1\nmode: enforce\nmx: *.\nmax_age: 1",
        "version: STSv1\nmode: enforce\nmx: a.*.example\nmax_age: 1",
        "version: STSv1\nmode: enforce\nmx: a..example\nmax_age: 1",
        "version: STSv1\nmode: enforce\nmx: a.example.\nmax_age: 1",
        "version: STSv1\nmode: enforce\nmx: bücher.example\nmax_age: 1",
        "version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 1\nno colon",
        "version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 1\nx: a\u0007b",
        "<html>version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 1",
      })
  void whatIsNoPolicyIsRefused(String text) {
    assertThatThrownBy(() -> StsPolicy.parse(text)).isInstanceOf(InvalidPolicy.class);
  }

  @ParameterizedTest
  @CsvSource({
    "mail.example.com,true",
    "MAIL.example.com.,true",
    "example.com,false",
    "a.mail.example.com,false",
    "mx1.example.net,true",
    "example.net,false",
    "a.b.example.net,false",
    "xexample.net,false",
    ".example.net,false"
  })
  void aStarStandsForOneLabel(String host, boolean named) throws Exception {
    assertThat(StsPolicy.parse(GOOD).names(host)).isEqualTo(named);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "v=STSv1; id=20160831085700Z;|20160831085700Z",
        "v=STSv1;id=1|1",
        "v=STSv1 ;\tid=1 ; ext=x;|1",
        "v=STSv1; ext=x; id=abc|abc",
      })
  void aRecordHasAnId(String text, String id) {
    assertThat(StsRecord.of(List.of(txt(text)))).contains(new StsRecord(id));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "v=STSv1",
        "v=STSv1;",
        "v=stsv1; id=1",
        " v=STSv1; id=1",
        "v=STSv1; id=",
        "v=STSv1; id=a-b",
        "v=STSv1; id=123456789012345678901234567890123",
        "v=STSv1;; id=1",
        "v=STSv1; id=1; =",
        "v=STSv10; id=1",
        "v=spf1 -all"
      })
  void whatIsNoRecordSaysNothing(String text) {
    assertThat(StsRecord.of(List.of(txt(text)))).isEmpty();
  }

  @Test
  void twoRecordsSayNothingButOthersMayStandBeside() {
    assertThat(StsRecord.of(List.of(txt("v=STSv1; id=1"), txt("v=STSv1; id=1")))).isEmpty();
    assertThat(StsRecord.of(List.of(txt("other"), txt("v=STSv1; id=1")))).isPresent();
    assertThat(StsRecord.of(List.of())).isEmpty();
  }

  @Test
  void theStringsOfARecordAreOne() {
    assertThat(StsRecord.of(List.of(txt("v=STSv", "1; id=1", "2")))).contains(new StsRecord("12"));
    // a length that leads beyond the end
    assertThat(StsRecord.text(ByteBuffer.wrap(new byte[] {9, 'a'}))).isEqualTo("a");
  }

  static ByteBuffer txt(String... strings) {
    List<byte[]> parts = new ArrayList<>();
    int length = 0;
    for (String string : strings) {
      byte[] octets = string.getBytes(StandardCharsets.ISO_8859_1);
      parts.add(octets);
      length += 1 + octets.length;
    }
    ByteBuffer rdata = ByteBuffer.allocate(length);
    parts.forEach(octets -> rdata.put((byte) octets.length).put(octets));
    return rdata.flip();
  }
}
