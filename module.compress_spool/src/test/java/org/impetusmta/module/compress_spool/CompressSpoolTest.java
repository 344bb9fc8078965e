package org.impetusmta.module.compress_spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.module.compress_spool.CompressSpool.Compression;
import org.impetusmta.module.compress_spool.CompressSpool.Options;
import org.impetusmta.testkit.queue.TestConfiguration;
import org.junit.jupiter.api.Test;

class CompressSpoolTest {
  /** A stanza with these options. */
  private record Configured(Options options, boolean mapped) implements ModuleStanza {
    @Override
    public String module() {
      return "compress_spool";
    }

    @Override
    public String instance() {
      return "compress_spool";
    }

    @Override
    public Stanza stanza() {
      return new Stanza() {
        @Override
        public String name() {
          return "compress_spool";
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
      return new TestConfiguration().set("use_mmap", String.valueOf(mapped)).current();
    }

    @Override
    public <T extends Record> T options(Class<T> type) {
      return type.cast(options);
    }
  }

  private static Configured stanza(Compression compress, int minimum, boolean readOnly) {
    return new Configured(new Options(compress, minimum, readOnly), false);
  }

  private static Optional<String> encoding(
      Compression compress, int minimum, boolean readOnly, int octets) throws ConfigException {
    return new CompressSpool(stanza(compress, minimum, readOnly)).encoding(octets);
  }

  @Test
  void bodiesOfTheMinimumSizeAreCompressed() throws ConfigException {
    assertThat(encoding(Compression.GZIP, 4096, false, 4096)).contains("gzip");
    assertThat(encoding(Compression.BZIP2, 4096, false, 1 << 30)).contains("bzip2");
    assertThat(encoding(Compression.ZSTD, 0, false, 0)).contains("zstd");
    assertThat(encoding(Compression.GZIP, 4096, false, 4095)).isEmpty();
  }

  @Test
  void readOnlyCompressesNothing() throws ConfigException {
    assertThat(encoding(Compression.GZIP, 0, true, 1 << 20)).isEmpty();
    assertThat(encoding(Compression.GZIP, 0, true, Integer.MAX_VALUE)).isEmpty();
  }

  @Test
  void aChangeCountsWhenItIsInForce() throws ConfigException {
    CompressSpool module = new CompressSpool(stanza(Compression.GZIP, 4096, false));
    module.prepare(stanza(Compression.ZSTD, 10, false));
    assertThat(module.encoding(100)).isEmpty();
    module.commit(stanza(Compression.ZSTD, 10, false));
    assertThat(module.encoding(100)).contains("zstd");
  }

  @Test
  void itDoesNotGoWithMapping() throws ConfigException {
    Configured mapped = new Configured(new Options(Compression.GZIP, 4096, false), true);
    assertThatThrownBy(() -> new CompressSpool(mapped))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("ecelerity.conf:7: compress_spool does not go with use_mmap");
    CompressSpool module = new CompressSpool(stanza(Compression.GZIP, 4096, false));
    assertThatThrownBy(() -> module.prepare(mapped)).isInstanceOf(ConfigException.class);
  }
}
