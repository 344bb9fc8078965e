package org.impetusmta.module.mta_sts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.impetusmta.module.mta_sts.PolicyStore.Kept;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Policies on disk. */
final class PolicyStoreTest {
  private static final long NOW = 1_700_000_000_000L;

  @TempDir
  @SuppressWarnings("NullAway.Init")
  Path folder;

  private static Kept kept(long maxAge) throws Exception {
    return new Kept(
        "a1",
        StsPolicy.parse("version: STSv1\nmode: enforce\nmx: mx.example\nmax_age: " + maxAge),
        NOW);
  }

  @Test
  void whatIsWrittenIsRead() throws Exception {
    PolicyStore store = new PolicyStore(folder.resolve("mtasts"), 10);
    assertThat(store.read("example.com")).isEmpty();
    store.write("example.com", kept(60));
    assertThat(new PolicyStore(folder.resolve("mtasts"), 10).read("example.com"))
        .contains(kept(60));
    store.write("example.com", kept(90));
    assertThat(store.read("example.com").orElseThrow().policy().maxAgeSeconds()).isEqualTo(90);
    try (Stream<Path> files = Files.list(folder.resolve("mtasts"))) {
      assertThat(files).containsExactly(folder.resolve("mtasts/example.com.sts"));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "example.com,example.com.sts",
    "../../etc/passwd,%2E.%2F..%2Fetc%2Fpasswd.sts",
    ".,%2E.sts",
    "a_b.example,a%5Fb.example.sts",
    "A%b,%41%25b.sts"
  })
  void aNameIsOneFileInTheFolder(String domain, String file) {
    assertThat(PolicyStore.fileName(domain)).isEqualTo(file);
  }

  @Test
  void whatIsDamagedIsNotUsed() throws Exception {
    PolicyStore store = new PolicyStore(folder, 10);
    store.write("example.com", kept(60));
    Path file = folder.resolve("example.com.sts");
    String whole = Files.readString(file);
    for (int cut = 0; cut < whole.indexOf("max_age:"); cut += 7) {
      Files.writeString(file, whole.substring(0, cut));
      assertThat(store.read("example.com")).as("cut at %d", cut).isEmpty();
    }
    Files.writeString(file, whole.replace("domain: example.com", "domain: example.net"));
    assertThat(store.read("example.com")).isEmpty();
    Files.writeString(file, whole.replace("id: a1", "id: a/1"));
    assertThat(store.read("example.com")).isEmpty();
  }

  @Test
  void whatHasExpiredIsPurged() throws Exception {
    PolicyStore store = new PolicyStore(folder, 10);
    store.write("short.example", kept(60));
    store.write("long.example", kept(600));
    Files.writeString(folder.resolve("damaged.sts"), "x");
    Files.writeString(folder.resolve("other.txt"), "x");
    store.purge(NOW + 61_000);
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(f -> f.getFileName().toString()))
          .containsExactlyInAnyOrder("long.example.sts", "other.txt");
    }
  }

  @Test
  void thereIsALimit() throws Exception {
    PolicyStore store = new PolicyStore(folder, 1);
    store.write("a.example", kept(60));
    store.write("b.example", kept(60));
    store.write("a.example", kept(90));
    assertThat(store.read("b.example")).isEmpty();
    assertThat(store.read("a.example").orElseThrow().policy().maxAgeSeconds()).isEqualTo(90);
    PolicyStore later = new PolicyStore(folder, 1);
    later.purge(NOW);
    later.write("b.example", kept(60));
    assertThat(later.read("b.example")).isEmpty();
  }

  @Test
  void aDiskThatCannotTakeItIsNoFailure() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "x");
    PolicyStore store = new PolicyStore(file, 10);
    store.write("a.example", kept(60));
    store.purge(NOW);
    assertThat(store.read("a.example")).isEmpty();
  }
}
