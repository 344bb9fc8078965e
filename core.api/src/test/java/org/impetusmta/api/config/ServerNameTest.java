package org.impetusmta.api.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ServerNameTest {
  private static ServerName names(@Nullable String hostname, @Nullable String external) {
    return new ServerName(Optional.ofNullable(hostname), Optional.ofNullable(external));
  }

  @Test
  void the_external_name_is_that_of_the_host_unless_it_is_said() {
    assertThat(names("a.example", "b.example").external()).isEqualTo("b.example");
    assertThat(names("a.example", "b.example").name()).isEqualTo("a.example");
    assertThat(names("a.example", "").external()).isEqualTo("a.example");
    assertThat(names("a.example", null).external()).isEqualTo("a.example");
    assertThat(names(null, null).external()).isEqualTo(names(null, null).name()).isNotEmpty();
  }
}
