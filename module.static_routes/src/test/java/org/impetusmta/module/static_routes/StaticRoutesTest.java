package org.impetusmta.module.static_routes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.impetusmta.api.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StaticRoutesTest {
  private static Optional<List<String>> routes(Optional<String> target) throws ConfigException {
    return new StaticRoutes(new StaticRoutes.Options(target)).configFetchDomainRoutes("x.example");
  }

  @ParameterizedTest
  @ValueSource(strings = {"192.0.2.1:1234", "192.0.2.1", "[2001:db8::1]:25", "[2001:db8::1]"})
  void everyDomainGoesToTheTarget(String target) throws Exception {
    assertThat(routes(Optional.of(target))).contains(List.of(target));
  }

  @Test
  void withoutTargetNothingIsRouted() throws Exception {
    assertThat(routes(Optional.empty())).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "host.example:25",
        "192.0.2.1:0",
        "192.0.2.1:65536",
        "2001:db8::1",
        "[192.0.2.1]",
        "192.0.2.1:",
        "",
        "[2001:db8::1",
        "192.0.2.1:25x"
      })
  void anythingElseIsRefused(String target) {
    assertThatThrownBy(() -> routes(Optional.of(target)))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("target = \"" + target + "\": expected");
  }
}
