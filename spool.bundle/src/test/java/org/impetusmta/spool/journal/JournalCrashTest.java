package org.impetusmta.spool.journal;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.impetusmta.testkit.spool.SpoolClient.body;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.impetusmta.api.spool.SpoolException;
import org.impetusmta.testkit.spool.SpoolClient;
import org.impetusmta.testkit.spool.SpoolClient.Harvest;
import org.impetusmta.testkit.spool.SpoolClient.Recovered;
import org.impetusmta.testkit.spool.TestEventLoop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/**
 * Cuts, flips and former lives: what a journal gives back when its files are not what they were.
 */
class JournalCrashTest {
  private static final AttemptState TRIED = new AttemptState(3, 1_800_000_000_000L, "450 busy");

  private static final JournalSettings SETTINGS = JournalSettings.of(() -> false, 0640);

  private static final FaultyDisk DISK = new FaultyDisk();

  @TempDir Path folder;

  private final SpoolClient client = new SpoolClient();
  private final TestEventLoop loop = new TestEventLoop(0);
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();

  @BeforeEach
  void listen() {
    DISK.syncsSkipped.set(true);
    log.start();
    ((Logger) LoggerFactory.getLogger("org.impetusmta.spool")).addAppender(log);
  }

  @AfterEach
  void tearDown() {
    ((Logger) LoggerFactory.getLogger("org.impetusmta.spool")).detachAppender(log);
    loop.close();
  }

  private static JournalSpool open(Path base, JournalSettings settings) throws IOException {
    return new JournalSpool(base, settings, DISK, InstantSource.system());
  }

  private List<SpoolEntry> store(JournalSpool spool, Body body, String... recipients)
      throws IOException {
    return SpoolClient.store(
        spool, loop, Arrays.stream(recipients).map(client::envelope).toList(), body);
  }

  private static Path segment(Path base) throws IOException {
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(base.resolve("journal"), "*.journal")) {
      return files.iterator().next();
    }
  }

  /** A journal of one small segment, and what must be in it by the end of each step. */
  private static final class Sample {
    private final String name;
    private final byte[] octets;
    private final Map<Integer, Map<String, AttemptState>> stateByLength;

    Sample(Path file, Map<Integer, Map<String, AttemptState>> stateByLength) throws IOException {
      this.name = file.getFileName().toString();
      this.octets = Files.readAllBytes(file);
      this.stateByLength = stateByLength;
    }

    String name() {
      return name;
    }

    byte[] octets() {
      return octets;
    }

    /** What a journal of {@code length} octets must give back. */
    Map<String, AttemptState> expected(int length) {
      Map<String, AttemptState> expected = Map.of();
      for (Map.Entry<Integer, Map<String, AttemptState>> step : stateByLength.entrySet()) {
        if (step.getKey() <= length) {
          expected = step.getValue();
        }
      }
      return expected;
    }
  }

  private Sample sample(boolean clean) throws IOException {
    Path base = folder.resolve("sample");
    JournalSpool spool = open(base, SETTINGS);
    Map<Integer, Map<String, AttemptState>> steps = new LinkedHashMap<>();
    Map<String, AttemptState> now = new LinkedHashMap<>();
    SpoolEntry a = store(spool, body("body of a\r\n"), "a@a").get(0);
    now.put("a@a", AttemptState.NEW);
    step(base, steps, now);
    List<SpoolEntry> batch = store(spool, body("body of b\r\n"), "b@b", "c@c", "d@d");
    now.put("b@b", AttemptState.NEW);
    now.put("c@c", AttemptState.NEW);
    now.put("d@d", AttemptState.NEW);
    step(base, steps, now);
    spool.update(batch.get(1), TRIED);
    spool.sync();
    now.put("c@c", TRIED);
    step(base, steps, now);
    spool.unlink(a);
    spool.sync();
    now.remove("a@a");
    step(base, steps, now);
    spool.unlink(batch.get(2));
    spool.sync();
    now.remove("d@d");
    step(base, steps, now);
    store(spool, body("the last one\r\n"), "e@e");
    now.put("e@e", AttemptState.NEW);
    step(base, steps, now);
    if (clean) {
      spool.close();
    } else {
      spool.abandon();
    }
    return new Sample(segment(base), steps);
  }

  private static void step(
      Path base, Map<Integer, Map<String, AttemptState>> steps, Map<String, AttemptState> now)
      throws IOException {
    steps.put((int) Files.size(segment(base)), new LinkedHashMap<>(now));
  }

  /** Opens a spool of one segment; always in the same folder: making one is slow. */
  private JournalSpool plant(Sample sample, byte[] octets) throws IOException {
    Path base = folder.resolve("planted");
    for (String name : List.of("journal", "damaged")) {
      Path below = Files.createDirectories(base.resolve(name));
      try (DirectoryStream<Path> files = Files.newDirectoryStream(below)) {
        for (Path file : files) {
          Files.delete(file);
        }
      }
    }
    Files.write(base.resolve("journal").resolve(sample.name()), octets);
    return open(base, SETTINGS);
  }

  private static Map<String, AttemptState> states(Harvest harvest) {
    Map<String, AttemptState> states = new LinkedHashMap<>();
    for (Recovered message : harvest.messages()) {
      assertThat(states.put(message.envelope().recipient().toString(), message.state()))
          .as("handed over twice")
          .isNull();
    }
    return states;
  }

  @Test
  void givesBackWhatWasWholeWhereverItIsCut() throws IOException {
    // a sealed journal: without its seal it is what a crash leaves
    Sample sample = sample(true);
    for (int length = 0; length <= sample.octets().length; length++) {
      JournalSpool spool = plant(sample, Arrays.copyOf(sample.octets(), length));
      Harvest harvest = SpoolClient.recover(spool);
      assertThat(states(harvest))
          .as("cut at %d", length)
          // a record that lacks nothing but padding is whole
          .isIn(sample.expected(length), sample.expected((int) RecordHeader.align(length)));
      for (Recovered message : harvest.messages()) {
        assertThat(spool.read(message.entry()).length()).isEqualTo(message.bodyLength());
      }
      // it goes on, and the cut is not reported again
      store(spool, body("after"), "after@cut");
      spool.abandon();
      if (length % 16 == 0) {
        spool = open(folder.resolve("planted"), SETTINGS);
        Harvest again = SpoolClient.recover(spool);
        assertThat(again.recovery().damagedRecords()).isZero();
        assertThat(again.messages()).hasSize(harvest.messages().size() + 1);
        spool.abandon();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void everyFlippedOctetIsHarmlessOrReported(boolean clean) throws IOException {
    Sample sample = sample(clean);
    Set<String> everStored = new TreeSet<>(Set.of("a@a", "b@b", "c@c", "d@d", "e@e"));
    Map<String, AttemptState> whole = sample.expected(sample.octets().length);
    for (int at = 0; at < sample.octets().length; at++) {
      byte[] octets = sample.octets().clone();
      octets[at] ^= (byte) (1 << (at % 8));
      log.list.clear();
      JournalSpool spool = plant(sample, octets);
      Harvest harvest = SpoolClient.recover(spool);
      Map<String, AttemptState> states = states(harvest);
      int unreadable = 0;
      for (Recovered message : harvest.messages()) {
        try {
          assertThat(new String(spool.read(message.entry()).toByteArray(), US_ASCII))
              .as("flip at %d", at)
              .isIn("body of a\r\n", "body of b\r\n", "the last one\r\n");
        } catch (SpoolException e) {
          assertThat(e).hasMessageContaining(sample.name()).hasMessageContaining("offset");
          unreadable++;
        }
      }
      assertThat(states.keySet()).as("flip at %d", at).isSubsetOf(everStored);
      boolean reported = harvest.recovery().damagedRecords() > 0;
      if (reported) {
        assertThat(log.list)
            .as("flip at %d", at)
            .anyMatch(
                e ->
                    e.getFormattedMessage().contains(sample.name())
                        && e.getFormattedMessage().contains("offset"));
        assertThat(folder.resolve("planted").resolve("damaged")).isNotEmptyDirectory();
      } else if (unreadable == 0) {
        assertThat(states).as("flip at %d", at).isEqualTo(whole);
      }
      spool.abandon();
      if (reported && at % 8 == 0) {
        spool = open(folder.resolve("planted"), SETTINGS);
        Harvest again = SpoolClient.recover(spool);
        assertThat(again.recovery().damagedRecords()).as("reported once").isZero();
        assertThat(states(again)).isEqualTo(states);
        spool.abandon();
      }
    }
  }

  @Test
  void aBodyCannotSmuggleARecordIn() throws IOException {
    // a journal within a message, behind a record that is damaged so that the search sets in
    Sample sample = sample(false);
    Path base = folder.resolve("smuggle");
    JournalSpool spool = open(base, SETTINGS);
    store(spool, body("first"), "first@x");
    byte[] inner =
        Arrays.copyOfRange(sample.octets(), SegmentHeader.FIRST_RECORD, sample.octets().length);
    for (int shift = 0; shift < 8; shift++) {
      byte[] shifted = new byte[inner.length + shift];
      System.arraycopy(inner, 0, shifted, shift, inner.length);
      store(spool, Body.of(shifted), "carrier@x");
    }
    store(spool, body("last"), "last@x");
    spool.abandon();
    Path file = segment(base);
    byte[] octets = Files.readAllBytes(file);
    for (int i = 1; i < octets.length; i++) {
      // every header of this life loses its checksum, but for the last two
      if (i % 8 == 0
          && octets[i] == 'I'
          && octets[i + 1] == 'M'
          && octets[i + 2] == 'R'
          && i < octets.length - 4000
          && i >= SegmentHeader.FIRST_RECORD) {
        octets[i + 44] ^= 1;
      }
    }
    Files.write(file, octets);
    spool = open(base, SETTINGS);
    Harvest harvest = SpoolClient.recover(spool);
    assertThat(harvest.recovery().damagedRecords()).isPositive();
    assertThat(Set.copyOf(harvest.recipients())).isSubsetOf(Set.of("carrier@x", "last@x"));
    spool.abandon();
  }

  @Test
  void aFormerLifeStaysDead() throws IOException {
    Path base = folder.resolve("lives");
    JournalSpool spool = open(base, SmallSegmentsTest.SMALL);
    List<String> alive = new ArrayList<>();
    int copies = 0;
    for (int i = 0; i < 400; i++) {
      // one in fifty stays; the sizes repeat, so that former records end where new ones do
      SpoolEntry entry = store(spool, body(700, i), "r" + i + "@x").get(0);
      if (i % 50 == 0) {
        alive.add("r" + i + "@x");
      } else {
        spool.unlink(entry);
      }
      if (i % 7 == 0) {
        spool.sync();
        Path copy = folder.resolve("copy" + copies++);
        copy(base, copy);
        JournalSpool other = open(copy, SmallSegmentsTest.SMALL);
        Harvest harvest = SpoolClient.recover(other);
        assertThat(harvest.recipients())
            .as("after %d", i)
            .containsExactlyInAnyOrderElementsOf(alive);
        assertThat(harvest.recovery().damagedRecords()).isZero();
        for (Recovered message : harvest.messages()) {
          assertThat(other.read(message.entry()).length()).isEqualTo(700);
        }
        other.abandon();
      }
    }
    // 280 kB went through; segments were reused, not piled up
    assertThat(spool.statistics().diskBytes()).isLessThan(120_000);
    spool.close();
  }

  /**
   * What a crash would leave: all files as they were at one moment. The journal compacts meanwhile,
   * so they are read a second time, and copied again if they are not what was copied.
   */
  private static void copy(Path from, Path to) throws IOException {
    Path journal = from.resolve("journal");
    Path into = Files.createDirectories(to.resolve("journal"));
    for (int attempt = 0; ; attempt++) {
      try {
        for (Path file : files(journal)) {
          Files.copy(file, into.resolve(file.getFileName()));
        }
        if (same(journal, into)) {
          return;
        }
      } catch (NoSuchFileException renamed) {
        // again
      }
      assertThat(attempt).isLessThan(100);
      for (Path file : files(into)) {
        Files.delete(file);
      }
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  private static boolean same(Path one, Path other) throws IOException {
    List<Path> files = files(one);
    if (files.size() != files(other).size()) {
      return false;
    }
    for (Path file : files) {
      if (Files.mismatch(file, other.resolve(file.getFileName())) >= 0) {
        return false;
      }
    }
    return true;
  }

  @Test
  void aDamagedSegmentHeadIsSetAsideWhole() throws IOException {
    Sample sample = sample(true);
    byte[] octets = sample.octets().clone();
    octets[9] ^= 1;
    octets[SegmentHeader.COPY_AT + 20] ^= 1;
    JournalSpool spool = plant(sample, octets);
    Harvest harvest = SpoolClient.recover(spool);
    assertThat(harvest.messages()).isEmpty();
    assertThat(harvest.recovery().damagedRecords()).isEqualTo(1);
    assertThat(log.list).anyMatch(e -> e.getFormattedMessage().contains("both headers"));
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(folder.resolve("planted").resolve("damaged"))) {
      assertThat(Files.readAllBytes(files.iterator().next())).isEqualTo(octets);
    }
    spool.abandon();
  }
}
