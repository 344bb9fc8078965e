package org.impetusmta.client.jlog;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.impetusmta.jlog.Jlog;
import org.impetusmta.jlog.JlogId;
import org.impetusmta.jlog.JlogReader;
import org.impetusmta.jlog.JlogWriter;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the three programs print; PATH stands for that of the journal. */
class JlogProgramsTest {
  private static final boolean LITTLE = ByteOrder.nativeOrder().equals(ByteOrder.LITTLE_ENDIAN);
  private static final String OWN = LITTLE ? "le" : "be";
  private static final String OTHER = LITTLE ? "be" : "le";

  @TempDir
  @SuppressWarnings("NullAway.Init")
  Path folder;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private Path path;

  /** Ten records of 25 or 26 octets, four a segment. */
  @BeforeEach
  void journal() throws IOException {
    path = folder.resolve("jlog");
    try (JlogWriter writer = new JlogWriter(Jlog.openOrCreate(path, 100), List.of("one", "two"))) {
      for (int i = 0; i < 10; i++) {
        byte[] octets = ("record " + i + "\n").getBytes(StandardCharsets.UTF_8);
        writer.write(octets, 0, octets.length, Instant.ofEpochSecond(1_000_000_000L + i));
      }
    }
  }

  private PrintStream print(ByteArrayOutputStream to) {
    to.reset();
    return new PrintStream(to, true, StandardCharsets.UTF_8);
  }

  private String masked(ByteArrayOutputStream printed) {
    return printed.toString(StandardCharsets.UTF_8).replace(path.toString(), "PATH");
  }

  private int jlogctl(String... arguments) {
    return new Jlogctl(print(out), print(err)).run(arguments);
  }

  private int check(String order, Path jlog) {
    return new JlogSanityCheck(print(out), print(err)).run(order, jlog.toString());
  }

  private int change(Path from, String direction, Path to) {
    return new JlogChangeEndian(print(out), print(err))
        .run(from.toString(), direction, to.toString());
  }

  private void said(int code, String text) {
    assertThat(code).isZero();
    assertThat(masked(err)).isEmpty();
    assertThat(masked(out)).isEqualTo(text);
  }

  private void damage(int log, int at) throws IOException {
    Path file = path.resolve("%08x".formatted(log));
    byte[] octets = Files.readAllBytes(file);
    octets[at] ^= 1;
    Files.write(file, octets);
  }

  private String jlog() {
    return path.toString();
  }

  // ---- jlogctl

  @Test
  void subscribersAndSegmentsAreShown() {
    said(
        jlogctl("-s", jlog()),
        """
        PATH
        \t                             one @ 00000000:00000000
        \t                             two @ 00000000:00000000
        """);
    said(
        jlogctl("-l", jlog()),
        """
        PATH
        \t00000000 [      100 bytes] 2 pending readers
        \t00000001 [      100 bytes] 2 pending readers
        \t00000002 [       50 bytes] 2 pending readers
        """);
  }

  @Test
  void indexesAreThoseThatReadersMade() throws Exception {
    try (JlogReader reader = JlogReader.open(path, "one")) {
      for (int i = 0; i < 5; i++) {
        reader.read();
      }
      reader.checkpoint();
    }
    Files.write(path.resolve("00000001.idx"), new byte[] {0}, StandardOpenOption.APPEND);
    said(
        jlogctl("-i", "-s", jlog()),
        """
        PATH
        \t                             one @ 00000001:00000001
        \t                             two @ 00000000:00000000
        \t00000000 [      100 bytes] 1 pending readers
        \t\t idx: 4 messages (00000004), closed
        \t00000001 [      100 bytes] 2 pending readers
        \t\t idx: error
        \t00000002 [       50 bytes] 2 pending readers
        \t\t idx: none
        """);
  }

  @Test
  void subscribersComeAndGo() throws Exception {
    said(jlogctl("-a", "three", jlog()), "PATH\nAdded subscriber 'three' -> 00000000:00000000\n");
    assertThat(jlogctl("-athree", jlog())).isEqualTo(1);
    assertThat(masked(err)).isEqualTo("Could not add subscriber 'three': it exists\n");
    said(jlogctl("-e", "three", jlog()), "PATH\nErased subscriber 'three'\n");
    assertThat(jlogctl("-e", "three", jlog())).isEqualTo(1);
    assertThat(masked(err)).isEqualTo("Could not erase subscriber 'three': there is none\n");
    assertThat(Jlog.open(path).subscribers()).containsExactly("one", "two");
  }

  @Test
  void thePerspectiveOfASubscriber() throws Exception {
    Jlog.open(path).checkpoint("one", new JlogId(0, 4));
    said(
        jlogctl("-p", "one", jlog()),
        """
        PATH
        --------------------
          Perspective of the 'one' subscriber
            current checkpoint: 00000000:00000004
        Last write: 00000002:00000002
        \t     next interval: [00000001:00000001, 00000001:00000004]
        --------------------

        """);
    assertThat(jlogctl("-p", "three", jlog())).isEqualTo(1);
    assertThat(masked(err)).isEqualTo("error opening 'PATH': no subscriber 'three'\n");
  }

  @Test
  void cleaningSaysNothing() throws Exception {
    Jlog.open(path).removeSubscriber("two");
    Jlog.open(path).checkpoint("one", new JlogId(2, 0));
    Jlog.open(path).addSubscriber("two");
    said(jlogctl("-c", jlog()), "");
    assertThat(Jlog.open(path).segments()).containsExactly(2L);
  }

  @Test
  void recordsAreLookedAt() {
    assertThat(jlogctl("-d", "-v", jlog())).isZero();
    assertThat(masked(err))
        .startsWith("Message 1 at [0] of (16+9)\n\ttime: Sun Sep  9 ")
        .containsPattern("\ttime: Sun Sep  9 \\d\\d:46:40 2001\n\tmlen: 9\nMessage 2 at \\[25]");
    said(
        jlogctl("-d", jlog()),
        """
        PATH
        \t00000000 [      100 bytes] 2 pending readers
        \t00000001 [      100 bytes] 2 pending readers
        \t00000002 [       50 bytes] 2 pending readers
        """);
  }

  @Test
  void damageIsShownAndRepaired() throws Exception {
    damage(1, 25);
    assertThat(jlogctl("-d", jlog())).isEqualTo(1);
    assertThat(masked(err))
        .isEqualTo(
            "Message 2 at [25] has invalid reserved value %d\nOne or more errors were found.\n"
                .formatted(LITTLE ? 0x663A7319 : 0x673A7318));
    damage(2, 25 + (LITTLE ? 12 : 15));
    damage(2, 25 + (LITTLE ? 13 : 14));
    assertThat(jlogctl("-d", jlog())).isEqualTo(1);
    assertThat(masked(err)).contains("Message 2 at [25] of (16+264) OFF THE END!\n");
    assertThat(jlogctl("-r", jlog())).isZero();
    assertThat(masked(err))
        .containsOnlyOnce("Message 2 at [25] has invalid")
        .contains("Log file reconstructed, deleting the corresponding idx file.\n");
    said(
        jlogctl("-r", jlog()),
        """
        PATH
        \t00000000 [      100 bytes] 2 pending readers
        \t00000001 [       75 bytes] 2 pending readers
        \t00000002 [       25 bytes] 2 pending readers
        """);
  }

  @Test
  void whatIsNoJournalAndWrongUsage() {
    assertThat(jlogctl("-l", folder.resolve("none").toString(), jlog())).isEqualTo(1);
    assertThat(masked(err)).endsWith("/none': there is no such folder\n");
    assertThat(masked(out)).startsWith("PATH\n\t00000000");
    assertThat(jlogctl("-l", folder.toString())).isEqualTo(1);
    assertThat(masked(err)).endsWith("': has no metastore, thus is no journal\n");
    assertThat(jlogctl("-x", jlog())).isEqualTo(2);
    assertThat(masked(err)).startsWith("jlogctl: unknown option -x\nusage: jlogctl OPTIONS");
    assertThat(jlogctl("-a")).isEqualTo(2);
    assertThat(jlogctl("-l")).isEqualTo(2);
    assertThat(jlogctl(jlog())).isEqualTo(2);
    assertThat(jlogctl("-h")).isZero();
    assertThat(masked(out)).startsWith("usage: jlogctl OPTIONS");
  }

  // ---- jlog_sanity_check

  @Test
  void aSoundJournalIsSilent() throws Exception {
    said(check(OWN, path), "");
    try (JlogReader reader = JlogReader.open(path, "one")) {
      for (int i = 0; i < 6; i++) {
        reader.read();
      }
      reader.checkpoint();
    }
    Files.write(path.resolve("pre_commit"), new byte[4]);
    said(check(OWN, path), "");
  }

  @Test
  void whatDoesNotFitIsTold() throws Exception {
    try (JlogReader reader = JlogReader.open(path, "one")) {
      for (int i = 0; i < 6; i++) {
        reader.read();
      }
    }
    Files.write(path.resolve("notes"), new byte[1]);
    Files.write(path.resolve("cp.3131"), new byte[7]);
    Files.write(path.resolve("00000007.idx"), new byte[8]);
    Jlog.open(path).checkpoint("two", new JlogId(0, 9));
    damage(1, 25);
    damage(2, 20); // within a payload: nobody can tell
    Path index = path.resolve("00000000.idx");
    byte[] offsets = Files.readAllBytes(index);
    offsets[8] ^= 3;
    Files.write(index, offsets);
    assertThat(check(OWN, path)).isEqualTo(1);
    assertThat(masked(out).lines())
        .containsExactly(
            "unexpected file found: notes (skipping)",
            "index 00000007.idx doesn't correspond to any segment (skipping)",
            "checkpoint 11 has invalid size",
            "index 00000000.idx offset 8: index points to wrong offset",
            "segment 00000001 offset 25: reserved field (%s != 663a7318)"
                .formatted(LITTLE ? "663a7319" : "673a7318"),
            "checkpoint two points past the end of segment");
  }

  @Test
  void theOtherByteOrderAndWhatIsNoJournal() {
    assertThat(check(OTHER, path)).isEqualTo(1);
    assertThat(masked(out)).isEqualTo("metastore has the other byte order\n");
    assertThat(check(OWN, folder)).isEqualTo(1);
    assertThat(masked(out))
        .isEqualTo("unexpected file found: jlog (skipping)\nno metastore found\n");
    assertThat(check(OWN, folder.resolve("none"))).isEqualTo(1);
    assertThat(masked(err)).endsWith("/none: there is no such folder\n");
    assertThat(check("middle", path)).isEqualTo(2);
    assertThat(masked(err)).isEqualTo("usage: jlog_sanity_check le|be JLOG\n");
  }

  // ---- jlog_change_endian

  @Test
  void aCopyOfACopyIsTheSame() throws Exception {
    Jlog.open(path).checkpoint("one", new JlogId(1, 2));
    Path other = folder.resolve("other");
    Path back = folder.resolve("back");
    said(change(path, "to" + OTHER, other), "");
    said(check(OTHER, other), "");
    try (JlogReader reader = JlogReader.open(other, "one")) {
      assertThat(reader.read().orElseThrow().text()).isEqualTo("record 6\n");
    }
    Files.delete(other.resolve("00000001.idx"));
    said(change(other, "to" + OWN, back), "");
    try (Stream<Path> files = Files.list(path)) {
      for (Path file : files.toList()) {
        assertThat(back.resolve(file.getFileName())).hasSameBinaryContentAs(file);
      }
    }
  }

  @Test
  void thereIsNoCopyOfADamagedJournalNorOverAnother() throws Exception {
    Path other = folder.resolve("other");
    assertThat(change(path, "to" + OWN, other)).isEqualTo(1);
    assertThat(masked(err)).isEqualTo("jlog_change_endian: metastore has the other byte order\n");
    damage(1, 25);
    assertThat(change(path, "to" + OTHER, other)).isEqualTo(1);
    assertThat(masked(err))
        .startsWith("jlog_change_endian: segment 00000001 offset 25: reserved field (");
    assertThat(other).doesNotExist();
    damage(1, 25);
    Files.createDirectory(other);
    assertThat(change(path, "to" + OTHER, other)).isEqualTo(1);
    assertThat(masked(err)).isEqualTo("jlog_change_endian: " + other + ": it exists\n");
    assertThat(change(path, "toxe", other)).isEqualTo(2);
  }
}
