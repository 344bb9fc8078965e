package org.impetusmta.module.sievelib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.audit.LocalGaugeCaches;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.console.Typed;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class GaugeCacheCommandTest {
  private final LocalGaugeCaches caches = new LocalGaugeCaches(new ManualClock(0), List::of);
  private final GaugeCacheCommand command = new GaugeCacheCommand(caches);

  private String type(String words) throws ConsoleException {
    return Typed.run(command, words.split(" ")).output();
  }

  @BeforeEach
  void aCache() {
    caches.define("cache1", 10, 300, false);
  }

  @Test
  void transcript() throws Exception {
    assertThat(type("show cache1 user")).isEqualTo("user: 0");
    assertThat(type("add cache1 user 12")).isEqualTo("user: 12");
    assertThat(type("sub cache1 user 15")).isEqualTo("user: -3");
    assertThat(type("add cache1 100% 1")).isEqualTo("100%: 1");
    assertThat(type("delete cache1 user")).isEqualTo("user deleted");
    assertThat(type("show cache1 user")).isEqualTo("user: 0");
    assertThat(caches.find("cache1").orElseThrow().size()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "show cache1",
        "show none user",
        "add cache1 user",
        "add cache1 user many",
        "add cache1 user -1",
        "dance cache1 user 1"
      })
  void refuses(String words) {
    assertThatThrownBy(() -> type(words)).isInstanceOf(ConsoleException.class);
  }
}
