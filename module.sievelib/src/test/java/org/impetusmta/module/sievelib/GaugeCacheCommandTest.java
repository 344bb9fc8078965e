package org.impetusmta.module.sievelib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.audit.LocalGaugeCaches;
import org.impetusmta.testkit.ManualClock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class GaugeCacheCommandTest {
  private final LocalGaugeCaches caches = new LocalGaugeCaches(new ManualClock(0), List::of);
  private final GaugeCacheCommand command = new GaugeCacheCommand(caches);

  private record Typed(List<String> arguments, List<String> lines) implements ConsoleInvocation {
    @Override
    public String text() {
      return String.join(" ", arguments);
    }

    @Override
    public void println(String line) {
      lines.add(line);
    }

    @Override
    public String session() {
      return "test";
    }

    @Override
    public <T> Optional<T> kept(Class<T> type) {
      return Optional.empty();
    }

    @Override
    public <T> void keep(Class<T> type, T value) {}

    @Override
    public void forget(Class<?> type) {}
  }

  private String type(String words) throws ConsoleException {
    List<String> lines = new ArrayList<>();
    command.run(new Typed(List.of(words.split(" ")), lines));
    return String.join("\n", lines);
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
