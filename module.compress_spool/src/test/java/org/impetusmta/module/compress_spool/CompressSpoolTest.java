package org.impetusmta.module.compress_spool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.impetusmta.module.compress_spool.CompressSpool.Compression;
import org.impetusmta.module.compress_spool.CompressSpool.Options;
import org.junit.jupiter.api.Test;

class CompressSpoolTest {
  private static Optional<String> encoding(
      Compression compress, int minimum, boolean readOnly, int octets) {
    return new CompressSpool(new Options(compress, minimum, readOnly)).encoding(octets);
  }

  @Test
  void bodiesOfTheMinimumSizeAreCompressed() {
    assertThat(encoding(Compression.GZIP, 4096, false, 4096)).contains("gzip");
    assertThat(encoding(Compression.BZIP2, 4096, false, 1 << 30)).contains("bzip2");
    assertThat(encoding(Compression.ZSTD, 0, false, 0)).contains("zstd");
    assertThat(encoding(Compression.GZIP, 4096, false, 4095)).isEmpty();
  }

  @Test
  void readOnlyCompressesNothing() {
    assertThat(encoding(Compression.GZIP, 0, true, 1 << 20)).isEmpty();
    assertThat(encoding(Compression.GZIP, 0, true, Integer.MAX_VALUE)).isEmpty();
  }
}
