package org.impetusmta.module.suppress_spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.testkit.queue.MemorySpool;
import org.impetusmta.testkit.queue.TestConfiguration;
import org.junit.jupiter.api.Test;

class SuppressSpoolTest {
  /** A stanza with these options. */
  private record Configured(SuppressSpool.Options options, boolean permitted)
      implements ModuleStanza {
    @Override
    public String module() {
      return "suppress_spool";
    }

    @Override
    public String instance() {
      return "suppress_spool";
    }

    @Override
    public Stanza stanza() {
      return new Stanza() {
        @Override
        public String name() {
          return "suppress_spool";
        }

        @Override
        public Optional<String> instance() {
          return Optional.empty();
        }

        @Override
        public List<Stanza> children(String name) {
          return List.of();
        }

        @Override
        public int order() {
          return 1;
        }

        @Override
        public String position() {
          return "ecelerity.conf:7";
        }
      };
    }

    @Override
    public Generation generation() {
      return new TestConfiguration().set("_unsafe_spool", String.valueOf(permitted)).current();
    }

    @Override
    public <T extends Record> T options(Class<T> type) {
      return type.cast(options);
    }
  }

  private static Configured stanza(int retries, long most, boolean permitted) {
    return new Configured(new SuppressSpool.Options(retries, most), permitted);
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
        .hasMessageStartingWith("ecelerity.conf:7: ")
        .hasMessageContaining("_unsafe_spool = true");
    SuppressSpool module = module(2, 0);
    assertThatThrownBy(() -> module.prepare(stanza(2, 0, false)))
        .isInstanceOf(ConfigException.class);
    assertThat(module.suppresses(2)).isTrue();
  }
}
