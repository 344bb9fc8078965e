package org.impetusmta.client.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TimeZone;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.impetusmta.spool.Engine;
import org.impetusmta.spool.hashed.HashedSettings;
import org.impetusmta.spool.hashed.HashedSpool;
import org.impetusmta.spool.journal.JournalSpool;
import org.impetusmta.testkit.spool.SpoolClient;
import org.impetusmta.testkit.spool.TestEventLoop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Showing and checking spools of both engines. */
class SpoolProgramsTest {
  private static final long NOON = 1_700_000_000_000L; // 2023-11-14 22:13:20 UTC

  @TempDir Path base;

  private final TestEventLoop loop = new TestEventLoop(0);
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final TimeZone zone = TimeZone.getDefault();

  @BeforeEach
  void utc() {
    TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
  }

  @AfterEach
  void tearDown() {
    TimeZone.setDefault(zone);
    loop.close();
  }

  private Engine open(String engine) throws IOException {
    return engine.equals("journal")
        ? JournalSpool.open(base, () -> true, 0640, InstantSource.system())
        : HashedSpool.open(
            base,
            new HashedSettings(() -> true, 0640, Runnable::run, Runnable::run, Runnable::run),
            InstantSource.system());
  }

  private static Envelope envelope(int number, String sender, String recipient) {
    MessageId id = MessageId.of(number, 2001, NOON / 1000 + number * 3600L);
    return new Envelope(
        id,
        MessageId.of(7, 2001, NOON / 1000),
        MessageId.of(8, 2001, NOON / 1000),
        Address.of(sender),
        Address.of(recipient),
        NOON + number * 3_600_000L,
        "192.0.2.1",
        "esmtp",
        false,
        false,
        "group",
        "binding",
        Map.of("subject", "a \u001b[2J b"),
        Map.of("ehlo_domain", "client.example"));
  }

  /** Three messages, an hour apart, and one that is gone. */
  private List<SpoolEntry> fill(String engine) throws IOException {
    List<SpoolEntry> entries = new ArrayList<>();
    try (Engine spool = open(engine)) {
      SpoolClient.recover(spool);
      String[] recipients = {"one@a.example", "two@b.example", "three@a.example", "gone@a.example"};
      for (int i = 0; i < recipients.length; i++) {
        Envelope envelope = envelope(i, "s" + i + "@sender.example", recipients[i]);
        entries.addAll(
            SpoolClient.store(
                spool,
                loop,
                List.of(envelope),
                SpoolClient.body("Subject: " + i + "\r\n\r\nbody of " + i + "\r\n")));
      }
      spool.update(entries.get(0), new AttemptState(2, NOON + 86_400_000L, "450 4.2.0 try again"));
      spool.unlink(entries.get(3));
    }
    return entries;
  }

  private int show(Consumer<SpoolShow.Selection> choose) throws IOException {
    out.reset();
    err.reset();
    SpoolShow.Selection selection = new SpoolShow.Selection();
    choose.accept(selection);
    return new SpoolShow(base, selection, printer(out), printer(err)).run();
  }

  private int check(Path folder, boolean extremes) throws IOException {
    out.reset();
    err.reset();
    return new SpoolCheck(printer(out), printer(err)).run(folder, 0640, extremes);
  }

  private static PrintStream printer(ByteArrayOutputStream to) {
    return new PrintStream(to, true, StandardCharsets.UTF_8);
  }

  private String printed() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private List<String> shown() {
    return printed()
        .lines()
        .filter(line -> line.startsWith("  Recipient: "))
        .map(line -> line.substring(13))
        .toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"journal", "hashed"})
  void showsMessagesAsTheManualDoes(String engine) throws IOException {
    fill(engine);
    assertThat(show(s -> s.recipient("^one@"))).isZero();
    assertThat(printed())
        .isEqualTo(
            """
            Message: 00/00-02001-001F3556
              ID: (slot: 1700000000, pid: 2001, counter: 0)
              BatchID: (slot: 1700000000, pid: 2001, counter: 7)
              ConnID: (slot: 1700000000, pid: 2001, counter: 8)
              Swapped: Yes
              Created: 2023-11-14 22:13:20
              Next Attempt: 2023-11-15 22:13:20
              Retries: 2
              Received From: ESMTP 192.0.2.1
              Binding: binding
              Sender: s0@sender.example
              Recipient: one@a.example
              Code: 450 4.2.0 try again
              Size: 25
              Connection Context: [
              ehlo_domain = "client.example"
              ]
              Message Context: [
              subject = "a \\x1B[2J b"
              ]

            Subject: 0

            body of 0
            .

            """);
    assertThat(err.size()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"journal", "hashed"})
  void selectsMessages(String engine) throws IOException {
    List<SpoolEntry> entries = fill(engine);
    show(s -> {});
    assertThat(shown()).containsExactly("one@a.example", "two@b.example", "three@a.example");
    show(s -> s.recipient("@a\\.example$"));
    assertThat(shown()).containsExactly("one@a.example", "three@a.example");
    show(s -> s.sender("s[12]@"));
    assertThat(shown()).containsExactly("two@b.example", "three@a.example");
    show(s -> s.id(entries.get(1).id()));
    assertThat(shown()).containsExactly("two@b.example");
    assertThat(show(s -> s.id(entries.get(3).id()))).isEqualTo(1);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains(entries.get(3).id() + " is not in");
    assertThat(show(SpoolShow.Selection::countOnly)).isZero();
    assertThat(printed()).isEqualTo("3\n");
    show(
        s -> {
          s.countOnly();
          s.recipient("@a");
        });
    assertThat(printed()).isEqualTo("2\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"journal", "hashed"})
  void selectsByDate(String engine) throws IOException {
    fill(engine); // 22:13:20, 23:13:20, 00:13:20 of the next day
    show(s -> s.startDate("2023-11-15"));
    assertThat(shown()).containsExactly("three@a.example");
    show(s -> s.endDate("2023-11-14"));
    assertThat(shown()).containsExactly("one@a.example", "two@b.example");
    show(
        s -> {
          s.startDate("2023-11-14 23");
          s.endDate("2023-11-14 23:13:20");
        });
    assertThat(shown()).containsExactly("two@b.example");
    show(s -> s.startDate(" 23:\\d\\d"));
    assertThat(shown()).containsExactly("two@b.example", "three@a.example");
    show(s -> s.endDate("^2023-11-14 2[0-2]"));
    assertThat(shown()).containsExactly("one@a.example");
    show(s -> s.startDate("^1999-\\d"));
    assertThat(shown()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"journal", "hashed"})
  void shows_while_a_server_holds_the_lock_and_checks_only_without(String engine)
      throws IOException {
    fill(engine);
    try (Engine _ = open(engine)) {
      assertThat(show(SpoolShow.Selection::countOnly)).isZero();
      assertThat(printed()).isEqualTo("3\n");
      assertThatThrownBy(() -> check(base, false)).hasMessageContaining("in use by process");
    }
    assertThat(check(base, false)).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"journal", "hashed"})
  void a_sound_spool(String engine) throws IOException {
    List<SpoolEntry> entries = fill(engine);
    Map<String, Long> before = files();
    // the folder of the engine may be named as well as SpoolBase
    assertThat(check(base.resolve(engine), true)).isZero();
    assertThat(printed())
        .isEqualTo(
            """
            Total scanned:    3
            Total ok:         3
            Meta failures:    0
            Body failures:    0
            Orphan L-markers: 0
            Oldest: %s 2023-11-14 22:13:20
            Newest: %s 2023-11-15 00:13:20
            """
                .formatted(entries.get(0).id(), entries.get(2).id()));
    assertThat(err.size()).isZero();
    assertThat(files()).isEqualTo(before);
  }

  @Test
  void an_empty_spool_and_none() throws IOException {
    open("hashed").close();
    assertThat(check(base, true)).isZero();
    assertThat(printed())
        .startsWith("Total scanned:    0\n")
        .endsWith("Oldest: (none)\nNewest: (none)\n");
    Path none = Files.createDirectory(base.resolve("none"));
    assertThatThrownBy(() -> check(none, false)).hasMessage("there is no spool in " + none);
    assertThat(new SpoolShow(none, new SpoolShow.Selection(), printer(out), printer(err)).run())
        .isEqualTo(1);
  }

  @Test
  void damage_of_the_hashed_engine() throws IOException {
    List<SpoolEntry> entries = fill("hashed");
    Path folder = base.resolve("hashed");
    Path data = find(folder, name(entries.get(0)) + ".data");
    flip(data, Files.size(data) - 4);
    Path meta = find(folder, name(entries.get(1)) + ".meta");
    try (FileChannel channel = FileChannel.open(meta, StandardOpenOption.WRITE)) {
      channel.truncate(60);
    }
    Files.writeString(
        data.resolveSibling(data.getFileName().toString().replace("00_00", "F0_00")), "orphan");
    Map<String, Long> before = files();
    assertThat(check(base, true)).isEqualTo(1);
    assertThat(printed())
        .isEqualTo(
            """
            Total scanned:    3
            Total ok:         1
            Meta failures:    1
            Body failures:    1
            Orphan L-markers: 1
            Oldest: %1$s 2023-11-15 00:13:20
            Newest: %1$s 2023-11-15 00:13:20
            """
                .formatted(entries.get(2).id()));
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains("FAIL " + entries.get(0).id() + ": damaged body in " + data)
        .contains("FAIL " + entries.get(1).id() + ": damaged metadata in " + meta)
        .contains("FAIL F0/00-02001-001F3556: a body without metadata");
    assertThat(files()).isEqualTo(before);
    assertThat(show(s -> {})).isEqualTo(1);
    assertThat(shown()).containsExactly("one@a.example", "three@a.example");
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("ec_show: " + entries.get(1).id());
  }

  @Test
  void damage_of_the_journal() throws IOException {
    List<SpoolEntry> entries = fill("journal");
    Path segment = find(base.resolve("journal"), "0000000001.journal");
    byte[] octets = Files.readAllBytes(segment);
    String text = new String(octets, StandardCharsets.ISO_8859_1);
    flip(segment, text.indexOf("body of 1"));
    flip(segment, text.indexOf("three") + 1L);
    Map<String, Long> before = files();
    assertThat(check(base, false)).isEqualTo(1);
    assertThat(printed())
        .isEqualTo(
            """
            Total scanned:    3
            Total ok:         1
            Meta failures:    1
            Body failures:    1
            Orphan L-markers: 0
            """);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains("FAIL " + entries.get(1).id() + ": damaged body in " + segment)
        .contains("FAIL " + segment + " at ");
    assertThat(files()).isEqualTo(before);
  }

  private static String name(SpoolEntry entry) {
    return entry.id().toString().replace('/', '_');
  }

  private static Path find(Path folder, String name) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(file -> file.endsWith(name)).findFirst().orElseThrow();
    }
  }

  private static void flip(Path file, long at) throws IOException {
    byte[] octets = Files.readAllBytes(file);
    octets[(int) at] ^= 1;
    Files.write(file, octets);
  }

  /** Names and sizes of all files but the lock. */
  private Map<String, Long> files() throws IOException {
    Map<String, Long> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(base)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        if (!file.endsWith("spool.lock")) {
          files.put(base.relativize(file).toString(), Files.size(file));
        }
      }
    }
    return files;
  }
}
