package org.impetusmta.api.io;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IoUriTest {
  private static IoUri uri(String text) {
    return IoUri.of(text).orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "a.conf", "/etc/a.conf", "://x", "c:x", "1http://x", "a b://x", "a/b://x"})
  void aFileNameIsNoUri(String name) {
    assertThat(IoUri.of(name)).isEmpty();
  }

  @Test
  void theSchemeIgnoresCase() {
    assertThat(uri("HTTP://Host/X")).isEqualTo(new IoUri("http", "Host/X"));
    assertThat(uri("x+y-z.1://").scheme()).isEqualTo("x+y-z.1");
  }

  @Test
  void mayWrapAnother() {
    assertThat(uri("persist://http://h/x").inner()).contains(uri("http://h/x"));
    assertThat(uri("http://h/x").inner()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "http://h/d/a.conf, b.conf, http://h/d/b.conf",
    "http://h/d/a.conf, e/b.conf, http://h/d/e/b.conf",
    "http://h/d/a.conf, ../b.conf, http://h/d/../b.conf",
    "http://h/d/, b.conf, http://h/d/b.conf",
    "http://h/d/a.conf, /b.conf, http://h/b.conf",
    "http://h/d/a.conf?x=/y/z, b.conf, http://h/d/b.conf",
    "http://h/d/a.conf#/y, b.conf, http://h/d/b.conf",
    "http://h, b.conf, http://h/b.conf",
    "http://h, /b.conf, http://h/b.conf",
    "http://h?x=/y, b.conf, http://h/b.conf",
    "http://u:p@h/d/a, b, http://u:p@h/d/b",
    "persist://http://h/d/a, b, persist://http://h/d/b",
    "persist://http://h/d/a, /b, persist://http://h/b",
    "persist://http://h/d/a, http://i/b, http://i/b",
  })
  void resolvesAsRfc3986Does(String base, String name, String expected) {
    assertThat(uri(base).resolve(name).text()).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "http://h/x, http://h/x",
    "http://h:80/x:y@z, http://h:80/x:y@z",
    "http://u@h/x, http://u@h/x",
    "http://u:secret@h/x, http://u:***@h/x",
    "http://u:s:e@cret@h:8/x, http://u:***@h:8/x",
    "http://:secret@h, http://:***@h",
    "persist://http://u:secret@h/x, persist://http://u:***@h/x",
    "http://h/?q=http://u:secret@i/, http://h/?q=http://u:***@i/",
  })
  void printsNoPassword(String text, String printed) {
    assertThat(uri(text)).hasToString(printed);
    assertThat(uri(text).text()).isEqualTo(text);
  }
}
