package org.impetusmta.module.icu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class IcuTest {
  private final Icu icu = new Icu();

  @ParameterizedTest
  @CsvSource({
    "ISO-8859-1,e9,é",
    "latin1,e9,é",
    "iso-8859-15,a4,€",
    "windows-1252,80,€",
    "KOI8-R,d0d2c9,при",
    "koi8-u,d4,т",
    "windows-1251,eff0e8,при",
    "Shift_JIS,93fa967b,日本",
    "ISO-2022-JP,1b2442467c4b5c1b2842,日本",
    "EUC-JP,c6fccbdc,日本",
    "ISO-2022-KR,1b242943 0e c7d1 0f,한",
    "EUC-KR,c7d1,한",
    "ks_c_5601-1987,c7d1,한",
    "GB2312,d6d0,中",
    "gb18030,d6d0,中",
    "Big5,a4a4,中",
    "UTF-16,feff00e9,é",
    "iso-8859-8-i,e0,א",
    "TIS-620,a1,ก",
    "macintosh,8e,é",
    "utf8,c3a9,é",
    "US-ASCII,41,A"
  })
  void character_sets_of_mail_are_converted(String charset, String octets, String text) {
    byte[] from = HexFormat.of().parseHex(octets.replace(" ", ""));
    assertThat(icu.knows(charset)).isTrue();
    assertThat(icu.decode(from, charset, true)).isEqualTo(text);
    assertThat(icu.toUtf8(from, charset, true)).isEqualTo(text.getBytes(StandardCharsets.UTF_8));
    assertThat(icu.decode(icu.encode(text, charset, true), charset, true)).isEqualTo(text);
  }

  @Test
  void what_cannot_be_is_an_error_or_a_replacement() {
    byte[] bad = {(byte) 0xc3};
    assertThat(icu.decode(bad, "utf-8", false)).isEqualTo("\ufffd");
    assertThatThrownBy(() -> icu.decode(bad, "utf-8", true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the octets are no text in UTF-8");
    assertThat(icu.encode("€", "iso-8859-1", false)).containsExactly('?');
    assertThatThrownBy(() -> icu.encode("€", "iso-8859-1", true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("ISO-8859-1 cannot express the text");
  }

  @Test
  void names_that_nobody_knows_are_told_without_what_they_smuggle() {
    assertThat(icu.knows("x-none")).isFalse();
    assertThat(icu.names()).contains("UTF-8", "ISO-2022-JP");
    assertThatThrownBy(() -> icu.decode(new byte[0], "no\r\nsuch", false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("there is no character set no??such");
  }
}
