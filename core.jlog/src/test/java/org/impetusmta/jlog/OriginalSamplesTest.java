package org.impetusmta.jlog;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Journals of the original library are read, gone on with, and written to the octet. */
class OriginalSamplesTest {
  @TempDir
  @SuppressWarnings("NullAway.Init")
  Path folder;

  static boolean littleEndian() {
    return ByteOrder.nativeOrder().equals(ByteOrder.LITTLE_ENDIAN);
  }

  @ParameterizedTest
  @CsvSource({
    "little,     one,  9, 00000001:00000001",
    "little,     two,  0, 00000000:00000000",
    "little_old, two,  0, 00000000:00000000",
    "big_old,    one,  0, 00000000:00000000",
  })
  void itsRecordsAreReadFromTheCheckpoint(String name, String subscriber, int from, String at)
      throws Exception {
    Path jlog = Journals.sample(name, folder);
    assertThat(Jlog.open(jlog).checkpoint(subscriber).orElseThrow()).hasToString(at);
    assertThat(Journals.unread(jlog, subscriber)).isEqualTo(Journals.records(from, 20));
  }

  @Test
  void aRecordHasItsPlaceAndTime() throws Exception {
    Path jlog = Journals.sample("little", folder);
    try (JlogReader reader = JlogReader.open(jlog, "one")) {
      JlogRecord record = reader.read().orElseThrow();
      assertThat(record.id()).isEqualTo(new JlogId(1, 2));
      assertThat(record.time()).isEqualTo(Instant.ofEpochSecond(1_000_000_009, 9_000_000));
      assertThat(record).hasToString("00000001:00000002 (9 octets)");
    }
  }

  @ParameterizedTest
  @CsvSource({"little", "little_old", "big_old"})
  void oneGoesOnWithIt(String name) throws Exception {
    Path jlog = Journals.sample(name, folder);
    try (JlogWriter writer = new JlogWriter(Jlog.open(jlog), List.of("three"))) {
      for (String record : Journals.records(20, 40)) {
        Journals.write(writer, record);
      }
    }
    for (String subscriber : List.of("two", "three")) {
      assertThat(Journals.unread(jlog, subscriber)).isEqualTo(Journals.records(0, 40));
    }
    assertThat(Jlog.open(jlog).last().log()).isGreaterThan(3);
  }

  @Test
  void whatAKilledWriterHadGatheredComesFirst() throws Exception {
    Path jlog = Journals.sample("gathered", folder);
    assertThat(Journals.unread(jlog, "one")).isEmpty();
    try (JlogWriter writer = new JlogWriter(Jlog.open(jlog), List.of())) {
      Journals.write(writer, "record 5\n");
    }
    assertThat(Journals.unread(jlog, "one")).isEqualTo(Journals.records(0, 6));
    try (JlogWriter writer = new JlogWriter(Jlog.open(jlog), List.of())) {
      Journals.write(writer, "record 6\n");
    }
    assertThat(Journals.unread(jlog, "one")).isEqualTo(Journals.records(0, 7));
  }

  /** The same records, subscribers and reads leave the same files, but for pre_commit. */
  @Test
  @EnabledIf("littleEndian")
  void whatWeWriteIsTheSameToTheOctet() throws Exception {
    Path jlog = folder.resolve("ours");
    try (JlogWriter writer = new JlogWriter(Jlog.openOrCreate(jlog, 200), List.of("one", "two"))) {
      for (int i = 0; i < 20; i++) {
        Journals.write(
            writer,
            "record " + i + "\n",
            Instant.ofEpochSecond(1_000_000_000L + i, i * 1_000_000L));
      }
    }
    try (JlogReader reader = JlogReader.open(jlog, "one")) {
      for (int i = 0; i < 9; i++) {
        reader.read();
      }
      reader.checkpoint();
    }
    Path original = Journals.sample("little", folder);
    Files.delete(original.resolve("pre_commit"));
    // the reader of the original had a look at the last segment too
    Map<String, List<Byte>> expected = Journals.content(original);
    Map<String, List<Byte>> found = Journals.content(jlog);
    found
        .keySet()
        .forEach(name -> assertThat(found.get(name)).as(name).isEqualTo(expected.get(name)));
    expected.keySet().removeIf(name -> name.equals("00000002.idx"));
    assertThat(found.keySet()).isEqualTo(expected.keySet());
  }
}
