package org.impetusmta.module.ds_jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What stands behind {@code pgsql:} and its kin. */
final class KeyValuesTest {
  @Test
  void keys_and_values() {
    assertThat(KeyValues.parse("host=a.example; dbname = d ;PORT=5;").values())
        .isEqualTo(Map.of("host", "a.example", "dbname", "d", "port", "5"));
    assertThat(KeyValues.parse("password='a;b\\'c\\\\' ;user={x}};y}").values())
        .isEqualTo(Map.of("password", "a;b'c\\", "user", "x};y"));
    assertThat(KeyValues.parse("").values()).isEmpty();
    assertThat(KeyValues.parse("password=a=b").get("password")).contains("a=b");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "host | found no = behind a key",
        "host=a;secret | found no = behind a key",
        "=secret | found no key before =",
        "host=a;host=secret | found host twice",
        "password='secret | found no end of a value in quotes",
        "password='secret'secret | found text behind a quoted value",
        "password={secret | found no end of a value in braces",
      })
  void what_is_wrong_is_said_without_the_values(String text, String expected) {
    assertThatThrownBy(() -> KeyValues.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(expected)
        .message()
        .doesNotContain("secret");
  }

  @Test
  void keys_hosts_and_ports_are_checked() {
    assertThatThrownBy(() -> KeyValues.parse("hots=a").require(Set.of("host", "port")))
        .hasMessage("found the key hots, expected host, port");
    assertThatThrownBy(() -> KeyValues.parse("port=65536").port(1)).hasMessageContaining("65535");
    assertThatThrownBy(() -> KeyValues.parse("host=a/b?c").host()).hasMessageContaining("host");
    assertThat(KeyValues.parse("host=::1").host()).isEqualTo("[::1]");
    assertThat(KeyValues.parse("").host()).isEqualTo("localhost");
    assertThat(KeyValues.parse("").port(7)).isEqualTo(7);
  }
}
