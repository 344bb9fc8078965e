package org.impetusmta.module.ds_cdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.datasource.DatasourceConnection;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.DatasourceSettings;
import org.impetusmta.api.datasource.Query;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Constant databases, written here as the format says, and damaged. */
final class CdbTest {
  @TempDir Path folder = Path.of("");
  private final Cdb driver = new Cdb();

  /** Writes a database of keys and values in turn. */
  private static byte[] database(byte[]... pairs) {
    ByteArrayOutputStream records = new ByteArrayOutputStream();
    List<List<int[]>> tables = new ArrayList<>();
    for (int i = 0; i < 256; i++) {
      tables.add(new ArrayList<>());
    }
    for (int i = 0; i < pairs.length; i += 2) {
      int hash = CdbFile.hash(pairs[i]);
      tables.get(hash & 0xff).add(new int[] {hash, 2048 + records.size()});
      records.writeBytes(numbers(pairs[i].length, pairs[i + 1].length));
      records.writeBytes(pairs[i]);
      records.writeBytes(pairs[i + 1]);
    }
    ByteArrayOutputStream header = new ByteArrayOutputStream();
    ByteArrayOutputStream slots = new ByteArrayOutputStream();
    for (List<int[]> table : tables) {
      int count = table.size() * 2;
      header.writeBytes(numbers(2048 + records.size() + slots.size(), count));
      int[][] placed = new int[count][];
      for (int[] entry : table) {
        int slot = Integer.remainderUnsigned(entry[0] >>> 8, count);
        while (placed[slot] != null) {
          slot = (slot + 1) % count;
        }
        placed[slot] = entry;
      }
      for (int[] entry : placed) {
        slots.writeBytes(entry == null ? numbers(0, 0) : numbers(entry));
      }
    }
    header.writeBytes(records.toByteArray());
    header.writeBytes(slots.toByteArray());
    return header.toByteArray();
  }

  private static byte[] numbers(int... numbers) {
    ByteBuffer out = ByteBuffer.allocate(numbers.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    Arrays.stream(numbers).forEach(out::putInt);
    return out.array();
  }

  private static byte[] octets(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] sample() {
    List<byte[]> pairs = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      pairs.add(octets("key" + i));
      pairs.add(octets("value" + i));
    }
    pairs.addAll(List.of(octets("twice"), octets("one"), octets("twice"), octets("two")));
    pairs.addAll(List.of(octets("old"), new byte[] {(byte) 0xe9}));
    return database(pairs.toArray(byte[][]::new));
  }

  private DatasourceConnection open(byte[] database) throws IOException, DatasourceException {
    Path file = Files.write(folder.resolve("data.cdb"), database);
    return driver.connect(
        "cdb",
        file.toString(),
        new DatasourceSettings(
            "cdb",
            StandardCharsets.ISO_8859_1,
            Duration.ofSeconds(5),
            Duration.ofSeconds(5),
            (host, user, facility) -> Optional.empty()));
  }

  @Test
  void keys_have_their_values() throws Exception {
    try (DatasourceConnection connection = open(sample())) {
      for (int i = 0; i < 1000; i++) {
        assertThat(connection.query(Query.of("key" + i), 10).first("value")).contains("value" + i);
        assertThat(connection.query(Query.of("nokey" + i), 10).isEmpty()).isTrue();
      }
      assertThat(connection.query(Query.of("twice"), 10).column(0)).containsExactly("one", "two");
      assertThat(connection.query(Query.of("twice"), 1).column(0)).containsExactly("one");
      assertThat(connection.query(Query.of("old"), 1).first()).contains("é");
      assertThat(connection.query(Query.of("?", "key7"), 1).first()).contains("value7");
      assertThat(connection.query(Query.of("key$n", Map.of("n", "7")), 1).first())
          .contains("value7");
      assertThatThrownBy(() -> connection.query(Query.of("key", "7"), 1))
          .isInstanceOf(DatasourceException.class);
      assertThatThrownBy(() -> connection.execute(Query.of("key")))
          .hasMessageContaining("can be read only");
    }
  }

  @Test
  void the_hash_is_the_formats() {
    assertThat(CdbFile.hash(new byte[0])).isEqualTo(5381);
    assertThat(CdbFile.hash(octets("one"))).isEqualTo(0x0b875b81);
  }

  @Test
  void databases_of_tinycdb_are_read() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/cdb")), "tinycdb is not installed");
    Path input = Files.writeString(folder.resolve("in"), "+3,5:one->Hello\n+3,7:two->Goodbye\n\n");
    Path file = folder.resolve("data.cdb");
    Process made =
        new ProcessBuilder("/usr/bin/cdb", "-c", file.toString(), input.toString())
            .inheritIO()
            .start();
    assertThat(made.waitFor()).isZero();
    try (DatasourceConnection connection = open(Files.readAllBytes(file))) {
      assertThat(connection.query(Query.of("one"), 1).first()).contains("Hello");
      assertThat(connection.query(Query.of("two"), 1).first()).contains("Goodbye");
      assertThat(connection.query(Query.of("three"), 1).isEmpty()).isTrue();
    }
  }

  @Test
  void a_file_in_its_place_is_seen() throws Exception {
    try (DatasourceConnection connection = open(database(octets("a"), octets("old")))) {
      assertThat(connection.query(Query.of("a"), 1).first()).contains("old");
      Path next = Files.write(folder.resolve("next"), database(octets("a"), octets("new")));
      Files.move(next, folder.resolve("data.cdb"), StandardCopyOption.REPLACE_EXISTING);
      assertThat(connection.query(Query.of("a"), 1).first()).contains("new");
    }
  }

  @Test
  void a_damaged_file_is_told_or_has_no_such_key() throws Exception {
    byte[] whole = database(octets("a"), octets("value"));
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      try (DatasourceConnection connection = open(cut)) {
        assertThat(connection.query(Query.of("a"), 9).cells())
            .isIn(List.of(), List.of(List.of("value")));
      } catch (DatasourceException e) {
        assertThat(e).hasMessageContaining("data.cdb");
      }
    }
    for (int at = 0; at < whole.length; at++) {
      byte[] changed = whole.clone();
      changed[at] = (byte) 0xff;
      try (DatasourceConnection connection = open(changed)) {
        assertThat(connection.query(Query.of("a"), 9).size()).isLessThanOrEqualTo(1);
      } catch (DatasourceException e) {
        assertThat(e).hasMessageContaining("data.cdb");
      }
    }
  }

  @Test
  void what_is_not_there_is_told() {
    assertThatThrownBy(() -> driver.check("cdb", "data.cdb"))
        .hasMessageContaining("expected cdb:/path/of/a/file");
    assertThatThrownBy(
            () ->
                driver.connect(
                    "cdb",
                    folder.resolve("none").toString(),
                    new DatasourceSettings(
                        "cdb",
                        StandardCharsets.UTF_8,
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(1),
                        (host, user, facility) -> Optional.empty())))
        .isInstanceOf(DatasourceException.class)
        .hasMessageContaining("none");
  }
}
