package org.impetusmta.module.compress_spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.module.compress_spool.CompressSpool.Compression;
import org.impetusmta.module.compress_spool.CompressSpool.Options;
import org.impetusmta.testkit.module.Configured;
import org.impetusmta.testkit.queue.TestConfiguration;
import org.junit.jupiter.api.Test;

class CompressSpoolTest {
  private static Configured stanza(Options options, boolean mapped) {
    return new Configured(
        "compress_spool",
        options,
        new TestConfiguration().set("use_mmap", String.valueOf(mapped)).current());
  }

  private static Configured stanza(Compression compress, int minimum, boolean readOnly) {
    return stanza(new Options(compress, minimum, readOnly), false);
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
    Configured mapped = stanza(new Options(Compression.GZIP, 4096, false), true);
    assertThatThrownBy(() -> new CompressSpool(mapped))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("test.conf:1: compress_spool does not go with use_mmap");
    CompressSpool module = new CompressSpool(stanza(Compression.GZIP, 4096, false));
    assertThatThrownBy(() -> module.prepare(mapped)).isInstanceOf(ConfigException.class);
  }
}
