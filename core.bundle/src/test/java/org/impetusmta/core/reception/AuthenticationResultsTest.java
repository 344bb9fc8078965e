package org.impetusmta.core.reception;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.reception.AuthenticationResult;
import org.impetusmta.api.reception.AuthenticationResult.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AuthenticationResultsTest {
  @Test
  void a_line_for_each_result() {
    assertThat(
            new String(
                AuthenticationResults.field(
                    "mx.example.net",
                    List.of(
                        AuthenticationResult.of(
                            "spf", "pass", new Property("smtp", "mailfrom", "a@example.org")),
                        new AuthenticationResult(
                            "dkim",
                            "fail",
                            Optional.of("bad \"signature\"\r\n"),
                            List.of(new Property("header", "b", "a/b=="))))),
                StandardCharsets.US_ASCII))
        .isEqualTo(
            "Authentication-Results: mx.example.net;\r\n\tspf=pass smtp.mailfrom=a@example.org;\r\n"
                + "\tdkim=fail reason=\"bad \\\"signature\\\"??\" header.b=\"a/b==\"\r\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a;b", "spf=", "ü", "x-"})
  void what_is_no_keyword_is_refused(String word) {
    assertThatThrownBy(() -> AuthenticationResult.of(word, "pass"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> AuthenticationResult.of("spf", word))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Property(word, "mailfrom", ""))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "` mx.example.net; spf=pass`,mx.example.net",
        "`MX.Example.Net 1; none`,mx.example.net",
        "` (a (b) \\) c) mx.example.net;`,mx.example.net",
        "`\"mx.exa\\mple.net\" ;`,mx.example.net",
        "`mx(comment).example.net;`,mx.example.net",
        "`\r\n\tmx.example.net`,mx.example.net",
        "`(never closed; x`,``",
        "`; x`,``",
      })
  void whose_field_it_is(String value, String id) {
    assertThat(AuthenticationResults.authservId(value)).isEqualTo(id);
  }

  @ParameterizedTest
  @CsvSource({
    "esmtp,h,,,,SMTP",
    "esmtp,e,,,,ESMTP",
    "esmtp,e,on,,,ESMTPS",
    "esmtp,e,,pass,,ESMTPA",
    "esmtp,e,,fail,,ESMTP",
    "esmtp,e,on,pass,,ESMTPSA",
    "esmtp,e,,,yes,UTF8SMTP",
    "esmtp,e,on,pass,yes,UTF8SMTPSA",
    "esmtp,l,on,,,LMTPS",
    "esmtp,l,,pass,yes,UTF8LMTPA",
    "ecstream,e,,,,ECSTREAM",
    "ecstream,e,on,,,ECSTREAMS",
  })
  void the_word_for_how_it_came(
      String protocol,
      char verb,
      @Nullable String tls,
      @Nullable String auth,
      @Nullable String utf8,
      String word) {
    Context connection = new Context();
    Context message = new Context();
    set(connection, "tls", tls);
    set(connection, "auth_status", auth);
    set(message, "smtputf8", utf8);
    assertThat(TraceProtocol.word(protocol, verb, connection, message)).isEqualTo(word);
  }

  private static void set(Context context, String key, @Nullable String value) {
    if (value != null) {
      context.set(key, value);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\na", "a\n", "a\n\nb", "a\rb", "a\u0000", "a\n \nb"})
  void a_received_text_cannot_end_the_header(String text) {
    assertThatThrownBy(() -> TraceHeader.field(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "-", "mx.", "a;b", "\u00fc"})
  void a_name_that_is_none_is_refused(String text) {
    assertThatThrownBy(() -> AuthservId.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }
}
