package org.impetusmta.jlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Writers, readers, subscribers, checkpoints and crashes. */
class JlogTest {
  /** Octets of {@code record 1\n} with its header. */
  private static final int RECORD = 25;

  @TempDir
  @SuppressWarnings("NullAway.Init")
  Path folder;

  private Path path;

  @BeforeEach
  void path() {
    path = folder.resolve("logs/jlog");
  }

  private Jlog jlog() throws IOException {
    return Jlog.openOrCreate(path, 4 * RECORD);
  }

  private JlogWriter writer(String... subscribers) throws IOException {
    return new JlogWriter(jlog(), List.of(subscribers));
  }

  private void write(int from, int to) throws IOException {
    try (JlogWriter writer = writer("one")) {
      Journals.write(writer, Journals.records(from, to).toArray(String[]::new));
    }
  }

  private Path segment(int log) {
    return path.resolve("%08x".formatted(log));
  }

  private void append(int log, byte... octets) throws IOException {
    Files.write(segment(log), octets, StandardOpenOption.APPEND);
  }

  private void cut(int log, int octets) throws IOException {
    try (var channel = Files.newByteChannel(segment(log), StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() - octets);
    }
  }

  // ---- made and opened

  @Test
  void aJournalIsMadeWithTheFoldersThatItStandsIn() throws Exception {
    write(0, 2);
    assertThat(Journals.names(path)).containsExactly("00000000", "cp.6f6e65", "metastore");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
        .startsWith("rwx")
        .endsWith("---");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(segment(0))))
        .startsWith("rw-")
        .endsWith("---");
  }

  @Test
  void whatIsNoJournalIsRefused() throws Exception {
    assertThatThrownBy(() -> Jlog.open(path)).hasMessage(path.toString());
    Files.createDirectories(path);
    assertThatThrownBy(() -> Jlog.open(path)).hasMessage("has no metastore, thus is no journal");
    Files.writeString(path.resolve("mainlog"), "x");
    assertThatThrownBy(this::jlog)
        .hasMessage("is a folder that holds mainlog and no metastore, thus no journal");
    assertThatThrownBy(() -> Jlog.openOrCreate(path.resolve("mainlog"))).hasMessage("is no folder");
  }

  @Test
  void aMetastoreIsReadInEitherByteOrderOrRefused() throws Exception {
    for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
      JlogMeta meta = new JlogMeta(7, 4096, JlogMeta.SAFE, JlogMeta.MAGIC, order);
      assertThat(JlogMeta.of(meta.encoded().array())).isEqualTo(meta);
      JlogMeta old = new JlogMeta(7, 4096, JlogMeta.SAFE, 0, order);
      assertThat(JlogMeta.of(old.encoded().array())).isEqualTo(old);
      JlogMeta compressed = new JlogMeta(7, 4096, JlogMeta.SAFE, 0x15106A01, order);
      assertThatThrownBy(() -> JlogMeta.of(compressed.encoded().array()))
          .hasMessage("its records are compressed, which is not supported");
      JlogMeta damaged = new JlogMeta(7, 0, JlogMeta.SAFE, JlogMeta.MAGIC, order);
      assertThatThrownBy(() -> JlogMeta.of(damaged.encoded().array()))
          .hasMessage("its metastore is damaged");
    }
    assertThatThrownBy(() -> JlogMeta.of(new byte[15]))
        .hasMessage("the metastore has 15 octets, expected 16");
  }

  // ---- written and read

  @Test
  void recordsAreReadInTheirOrderOverSegments() throws Exception {
    write(0, 10);
    assertThat(Jlog.open(path).segments()).containsExactly(0L, 1L, 2L);
    assertThat(Journals.unread(path, "one")).isEqualTo(Journals.records(0, 10));
  }

  @Test
  void addedRecordsAreReadAfterTheCommitOverSegments() throws Exception {
    try (JlogWriter writer = writer("one")) {
      for (String record : Journals.records(0, 3)) {
        add(writer, record);
      }
      assertThat(Journals.unread(path, "one")).isEmpty();
      writer.commit();
      assertThat(Journals.unread(path, "one")).isEqualTo(Journals.records(0, 3));
      for (String record : Journals.records(3, 10)) {
        add(writer, record);
      }
    }
    assertThat(Jlog.open(path).segments()).containsExactly(0L, 1L, 2L);
    assertThat(Journals.unread(path, "one")).isEqualTo(Journals.records(0, 10));
  }

  @Test
  void manyAddedRecordsDoNotWaitForTheCommit() throws Exception {
    String large = "x".repeat(40_000);
    try (JlogWriter writer = new JlogWriter(Jlog.openOrCreate(path, 1 << 20), List.of("one"))) {
      add(writer, large);
      add(writer, large);
      assertThat(Journals.unread(path, "one")).containsExactly(large);
      add(writer, large.repeat(3));
      assertThat(Journals.unread(path, "one")).containsExactly(large, large);
    }
    assertThat(Journals.unread(path, "one")).containsExactly(large, large, large.repeat(3));
  }

  @Test
  void addedRecordsThatCannotBeWrittenWait() throws Exception {
    try (JlogWriter writer = writer("one")) {
      add(writer, "first");
      Files.move(path, path.resolveSibling("away"));
      for (String record : Journals.records(0, 4)) {
        writer.write(record.getBytes(StandardCharsets.UTF_8), 0, record.length());
      }
      add(writer, "last");
      assertThatThrownBy(writer::commit).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> add(writer, "one more")).isInstanceOf(IOException.class);
      Files.move(path.resolveSibling("away"), path);
    }
    assertThat(Journals.unread(path, "one"))
        .startsWith("first")
        .containsAll(Journals.records(0, 4))
        .endsWith("last");
  }

  private static void add(JlogWriter writer, String record) throws IOException {
    writer.add(record.getBytes(StandardCharsets.UTF_8), 0, record.length());
  }

  @Test
  void aRecordMayBeEmptyBinaryOrLargerThanASegment() throws Exception {
    byte[] large = new byte[100_000];
    Arrays.fill(large, (byte) 0x80);
    try (JlogWriter writer = writer("one")) {
      writer.write(new byte[0], 0, 0);
      writer.write(large, 0, large.length);
      writer.write(large, 10, 3);
    }
    try (JlogReader reader = JlogReader.open(path, "one")) {
      assertThat(reader.read().orElseThrow().octets()).isEmpty();
      assertThat(reader.read().orElseThrow().octets()).isEqualTo(large);
      assertThat(reader.read().orElseThrow().octets()).hasSize(3);
      assertThat(reader.read()).isEmpty();
    }
  }

  @Test
  void aReaderGoesOnWhenThereIsMore() throws Exception {
    try (JlogWriter writer = writer("one");
        JlogReader reader = JlogReader.open(path, "one")) {
      List<String> read = new ArrayList<>();
      for (int i = 0; i < 13; i++) {
        assertThat(reader.read()).isEmpty();
        Journals.write(writer, "record " + i + "\n");
        read.addAll(Journals.rest(reader));
      }
      assertThat(read).isEqualTo(Journals.records(0, 13));
    }
  }

  @Test
  void severalWritersShareAJournal() throws Exception {
    try (JlogWriter first = writer("one");
        JlogWriter second = writer("one")) {
      for (int i = 0; i < 12; i++) {
        Journals.write(i % 3 == 0 ? first : second, "record " + i + "\n");
      }
    }
    assertThat(Journals.unread(path, "one")).isEqualTo(Journals.records(0, 12));
  }

  @Test
  void oneReadsWhileAnotherThreadWrites() throws Exception {
    int count = 3000;
    try (JlogWriter writer = writer("one");
        ExecutorService pool = Executors.newSingleThreadExecutor();
        JlogReader reader = JlogReader.open(path, "one")) {
      Future<?> writing =
          pool.submit(
              () -> {
                Journals.write(writer, Journals.records(0, count).toArray(String[]::new));
                return null;
              });
      List<String> read = new ArrayList<>();
      while (!writing.isDone()) {
        read.addAll(Journals.rest(reader));
        reader.checkpoint();
      }
      writing.get();
      read.addAll(Journals.rest(reader));
      assertThat(read).isEqualTo(Journals.records(0, count));
      reader.checkpoint();
    }
    assertThat(Jlog.open(path).segments()).hasSize(1);
  }

  // ---- subscribers and checkpoints

  @Test
  void subscribersAreAddedAndErased() throws Exception {
    write(0, 6);
    Jlog jlog = jlog();
    assertThat(jlog.addSubscriber("zwei/ö")).isTrue();
    assertThat(jlog.addSubscriber("one")).isFalse();
    assertThat(jlog.subscribers()).containsExactly("one", "zwei/ö");
    assertThat(jlog.removeSubscriber("one")).isTrue();
    assertThat(jlog.removeSubscriber("one")).isFalse();
    assertThat(Journals.unread(path, "zwei/ö")).isEqualTo(Journals.records(0, 6));
    assertThatThrownBy(() -> JlogReader.open(path, "one"))
        .hasMessage("found no subscriber \"one\", expected one of zwei/ö");
    assertThatThrownBy(() -> jlog.addSubscriber("x".repeat(127)))
        .hasMessage("found a subscriber's name of 127 octets, expected 1 to 126");
    assertThatThrownBy(() -> jlog.addSubscriber("")).hasMessageContaining("of 0 octets");
  }

  @Test
  void whatWasNotCheckpointedIsReadAgain() throws Exception {
    write(0, 6);
    try (JlogReader reader = JlogReader.open(path, "one")) {
      for (int i = 0; i < 5; i++) {
        reader.read();
        if (i == 2) {
          reader.checkpoint();
        }
      }
    }
    assertThat(jlog().checkpoint("one")).contains(new JlogId(0, 3));
    assertThat(Journals.unread(path, "one")).isEqualTo(Journals.records(3, 6));
  }

  @Test
  void theLastRecordCanBeReadAgain() throws Exception {
    write(0, 6);
    try (JlogReader reader = JlogReader.open(path, "one")) {
      for (int i = 0; i < 5; i++) {
        reader.read();
      }
      reader.rewind();
      assertThat(Journals.rest(reader)).isEqualTo(Journals.records(4, 6));
    }
  }

  @Test
  void withAutoCheckpointARecordIsDoneWithWhenTheNextIsAsked() throws Exception {
    write(0, 6);
    try (JlogReader reader = JlogReader.open(path, "one")) {
      reader.autoCheckpoint(true);
      reader.read();
      assertThat(jlog().checkpoint("one")).contains(new JlogId(0, 0));
      reader.read();
      assertThat(jlog().checkpoint("one")).contains(new JlogId(0, 1));
    }
  }

  @Test
  void whatAllHaveReadIsDeleted() throws Exception {
    try (JlogWriter writer = writer("one", "two")) {
      Journals.write(writer, Journals.records(0, 10).toArray(String[]::new));
    }
    Jlog jlog = jlog();
    jlog.checkpoint("one", new JlogId(2, 1));
    assertThat(jlog.segments()).containsExactly(0L, 1L, 2L);
    assertThat(jlog.pendingReaders(0)).isEqualTo(1);
    assertThat(jlog.pendingReaders(2)).isEqualTo(2);
    jlog.checkpoint("two", new JlogId(1, 4));
    assertThat(jlog.segments()).containsExactly(1L, 2L);
    assertThat(Journals.names(path)).noneMatch(name -> name.startsWith("00000000"));
    assertThat(Journals.unread(path, "two")).isEqualTo(Journals.records(8, 10));
  }

  @Test
  void whatOnlyAnErasedSubscriberNeededGoesWithTheNextSegmentOrByCleaning() throws Exception {
    try (JlogWriter writer = writer("one", "two")) {
      Journals.write(writer, Journals.records(0, 10).toArray(String[]::new));
      jlog().checkpoint("one", new JlogId(2, 2));
      jlog().removeSubscriber("two");
      assertThat(jlog().segments()).containsExactly(0L, 1L, 2L);
      Journals.write(writer, Journals.records(10, 12).toArray(String[]::new));
      assertThat(jlog().segments()).containsExactly(2L, 3L);
    }
    jlog().addSubscriber("three");
    jlog().checkpoint("one", new JlogId(3, 0));
    jlog().removeSubscriber("three");
    assertThat(jlog().clean()).isEqualTo(1);
    assertThat(jlog().segments()).containsExactly(3L);
  }

  @Test
  void nothingIsDeletedWithoutASubscriberNorWhileOneIsBeingAdded() throws Exception {
    write(0, 10);
    jlog().removeSubscriber("one");
    assertThat(jlog().clean()).isZero();
    jlog().addSubscriber("two");
    Files.createFile(path.resolve("cp.6f6e65"));
    jlog().checkpoint("two", new JlogId(2, 0));
    assertThat(jlog().segments()).containsExactly(0L, 1L, 2L);
  }

  @Test
  void aReaderSkipsSegmentsThatAreGone() throws Exception {
    write(0, 10);
    Files.delete(segment(0));
    Files.delete(segment(1));
    assertThat(Journals.unread(path, "one")).isEqualTo(Journals.records(8, 10));
  }

  // ---- crashes and damage

  @ParameterizedTest
  @ValueSource(ints = {1, 9, 10, 24})
  void aTornLastRecordIsCutOffByTheNextWriter(int missing) throws Exception {
    write(0, 3);
    cut(0, missing);
    assertThat(Journals.unread(path, "one")).isEqualTo(Journals.records(0, 2));
    write(2, 6);
    assertThat(Journals.unread(path, "one")).isEqualTo(Journals.records(0, 6));
    assertThat(jlog().segments()).containsExactly(0L, 1L);
  }

  @Test
  void aWriterThatIsThereFindsWhatAnotherLeftTorn() throws Exception {
    try (JlogWriter writer = writer("one")) {
      Journals.write(writer, "record 0\n");
      append(0, (byte) 0x18, (byte) 0x73);
      Journals.write(writer, "record 1\n");
    }
    assertThat(Journals.unread(path, "one")).isEqualTo(Journals.records(0, 2));
  }

  @Test
  void recordsBehindATornOneAreKept() throws Exception {
    write(0, 2);
    cut(0, 3); // as another writer would leave it that did not look
    ByteBuffer record =
        ByteBuffer.allocate(RECORD)
            .order(ByteOrder.nativeOrder())
            .putInt(JlogMeta.MAGIC)
            .putInt(0)
            .putInt(0)
            .putInt(9)
            .put("record 2\n".getBytes(StandardCharsets.UTF_8));
    append(0, record.array());
    write(3, 5);
    assertThat(jlog().meta().storageLog()).as("the damaged one is left alone").isEqualTo(1);
    assertThat(Journals.unread(path, "one"))
        .containsExactly("record 0\n", "record 2\n", "record 3\n", "record 4\n");
  }

  @Test
  void garbageInACompleteSegmentCostsNoRecordBesideIt() throws Exception {
    write(0, 10);
    byte[] octets = Files.readAllBytes(segment(1));
    octets[RECORD] = 0; // the magic of its second record
    Files.write(segment(1), octets);
    List<String> expected = Journals.records(0, 10);
    expected.remove(5);
    assertThat(Journals.unread(path, "one")).isEqualTo(expected);
    assertThat(jlog().repair(1)).isZero();
  }

  @Test
  void aDamagedSegmentThatIsWrittenIsAnErrorUntilItIsRepaired() throws Exception {
    write(0, 3);
    byte[] octets = Files.readAllBytes(segment(0));
    octets[RECORD] = 0;
    Files.write(segment(0), octets);
    try (JlogReader reader = JlogReader.open(path, "one")) {
      assertThatThrownBy(() -> Journals.rest(reader)).hasMessage("the segment is damaged at 25");
    }
    assertThat(jlog().repair(0)).isEqualTo(1);
    assertThat(Journals.unread(path, "one")).containsExactly("record 0\n", "record 2\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"short", "wrong", "long", "huge"})
  void anIndexThatDoesNotFitIsMadeAnew(String damage) throws Exception {
    write(0, 3);
    assertThat(Journals.unread(path, "one")).hasSize(3);
    Path index = path.resolve("00000000.idx");
    byte[] octets = Files.readAllBytes(index);
    assertThat(octets).hasSize(24);
    switch (damage) {
      case "short" -> octets = Arrays.copyOf(octets, 13);
      case "wrong" -> octets[8]++;
      case "long" -> octets = Arrays.copyOf(octets, 25);
      default -> octets[22] = 0x7f;
    }
    Files.write(index, octets);
    write(3, 6);
    assertThat(Journals.unread(path, "one")).isEqualTo(Journals.records(0, 6));
  }

  @Test
  void aCheckpointBehindTheEndIsTheEnd() throws Exception {
    write(0, 2);
    jlog().checkpoint("one", new JlogId(0, 9));
    assertThat(Journals.unread(path, "one")).isEmpty();
    try (JlogReader reader = JlogReader.open(path, "one")) {
      assertThat(reader.read()).isEqualTo(Optional.empty());
      write(2, 3);
      assertThat(Journals.rest(reader)).containsExactly("record 2\n");
    }
  }

  @Test
  void anEmptyMetastoreOfAnInterruptedStartIsCompleted() throws Exception {
    Files.createDirectories(path);
    Files.createFile(path.resolve("metastore"));
    write(0, 1);
    assertThat(Journals.unread(path, "one")).containsExactly("record 0\n");
  }
}
