package org.impetusmta.module.suppress_spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.impetusmta.api.config.ConfigException;
import org.impetusmta.testkit.module.Configured;
import org.impetusmta.testkit.queue.MemorySpool;
import org.impetusmta.testkit.queue.TestConfiguration;
import org.junit.jupiter.api.Test;

class SuppressSpoolTest {
  private static Configured stanza(int retries, long most, boolean permitted) {
    return new Configured(
        "suppress_spool",
        new SuppressSpool.Options(retries, most),
        new TestConfiguration().set("_unsafe_spool", String.valueOf(permitted)).current());
  }

  private static SuppressSpool module(int retries, long most) throws ConfigException {
    return new SuppressSpool(stanza(retries, most, true), new MemorySpool());
  }

  @Test
  void mailIsHeldUntilItWasRetriedTooOften() throws ConfigException {
    SuppressSpool module = module(2, 0);
    assertThat(module.suppresses(0)).isTrue();
    assertThat(module.suppresses(2)).isTrue();
    assertThat(module.suppresses(3)).isFalse();
    module.prepare(stanza(0, 5, true));
    assertThat(module.suppresses(1)).isTrue();
    module.commit(stanza(0, 5, true));
    assertThat(module.suppresses(0)).isTrue();
    assertThat(module.suppresses(1)).isFalse();
    assertThat(module.mostOctets()).isEqualTo(5);
  }

  @Test
  void theBoundIsAShareOfTheHeapUnlessItIsSaid() throws ConfigException {
    assertThat(module(0, 0).mostOctets()).isEqualTo(Runtime.getRuntime().maxMemory() / 8);
    assertThat(module(0, 1_000_000).mostOctets()).isEqualTo(1_000_000);
  }

  @Test
  void itIsRefusedWithoutThePermission() throws ConfigException {
    assertThatThrownBy(() -> new SuppressSpool(stanza(2, 0, false), new MemorySpool()))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("test.conf:1: ")
        .hasMessageContaining("_unsafe_spool = true");
    SuppressSpool module = module(2, 0);
    assertThatThrownBy(() -> module.prepare(stanza(2, 0, false)))
        .isInstanceOf(ConfigException.class);
    assertThat(module.suppresses(2)).isTrue();
  }
}
