package org.impetusmta.spool.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.impetusmta.testkit.spool.SpoolClient.body;
import static org.impetusmta.testkit.spool.SpoolClient.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.BodyRegion;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.impetusmta.api.spool.SpoolException;
import org.junit.jupiter.api.Test;

/**
 * The contract with bodies that stay in their segments, which are small and therefore copied on and
 * written over all the time; and what must not happen to a body meanwhile.
 */
class MappedBodyTest extends JournalSpoolTest {
  private final AtomicBoolean useMmap = new AtomicBoolean(true);

  @Override
  protected Spool open() throws IOException {
    return new JournalSpool(
        base, SmallSegmentsTest.SMALL, Disk.SYSTEM, InstantSource.system(), useMmap::get);
  }

  /** Reads by way of a mapping. */
  @Override
  protected byte[] octets(SpoolEntry entry) throws IOException {
    Body body = spool.swapIn(entry);
    body.hold();
    try {
      assertThat(body.region()).isPresent();
      return body.toByteArray();
    } finally {
      body.letGo();
    }
  }

  private JournalSpool journal() {
    return (JournalSpool) spool;
  }

  private SpoolEntry storeOne(int length, long seed) throws IOException {
    return store(spool, loop, List.of(client.envelope("a@example.com")), body(length, seed)).get(0);
  }

  private static byte[] mapped(Body body) {
    ByteBuffer mapped = body.region().orElseThrow().mapped();
    byte[] octets = new byte[mapped.remaining()];
    mapped.get(octets);
    return octets;
  }

  private static byte[] inFile(Body body) throws IOException {
    BodyRegion region = body.region().orElseThrow();
    try (FileChannel channel = FileChannel.open(region.file(), StandardOpenOption.READ)) {
      ByteBuffer octets = ByteBuffer.allocate(region.length());
      channel.read(octets, region.offset());
      return octets.array();
    }
  }

  private Set<String> files() throws IOException {
    try (Stream<Path> files = Files.list(base.resolve("journal"))) {
      return files.map(f -> f.getFileName().toString()).collect(Collectors.toSet());
    }
  }

  /** Traffic that fills segments and leaves nothing in them. */
  private void churn(int rounds) throws IOException {
    for (int i = 0; i < rounds; i++) {
      List<SpoolEntry> entries = new ArrayList<>();
      for (int j = 0; j < 4; j++) {
        entries.add(storeOne(3_000, 1_000 + i));
      }
      entries.forEach(spool::unlink);
    }
    spool.sync();
  }

  @Test
  void aMessageThatShareItsBodyIsKnown() throws IOException {
    List<SpoolEntry> batch =
        store(
            spool,
            loop,
            List.of(client.envelope("a@example.com"), client.envelope("b@example.com")),
            body("x\r\n"));
    assertThat(spool.sharesBody(batch.get(0), batch.get(1))).isTrue();
  }

  @Test
  void withoutTheOptionItIsRead() throws IOException {
    SpoolEntry entry = storeOne(5_000, 1);
    useMmap.set(false);
    assertThat(spool.swapIn(entry).region()).isEmpty();
    useMmap.set(true);
    assertThat(spool.swapIn(entry).region()).isPresent();
  }

  @Test
  void onlyAHookBringsItOntoTheHeap() throws IOException {
    Body body = spool.swapIn(storeOne(5_000, 1));
    body.hold();
    assertThat(body.segments()).isEqualTo(1);
    assertThat(body.segmentLength(0)).isEqualTo(5_000);
    assertThat(body.segment(0)).isSameAs(body.segment(0)).isEqualTo(body(5_000, 1).toByteArray());
    assertThat(body.endsLine()).isEqualTo(body(5_000, 1).endsLine());
    assertThat(body.prepend(new byte[] {'x'}).length()).isEqualTo(5_001);
    body.letGo();
  }

  /** A segment may be written over once its messages were moved on, but not under a body. */
  @Test
  void theSegmentStaysWhileABodyIsHeld() throws IOException {
    byte[] expected = body(3_000, 7).toByteArray();
    SpoolEntry entry = storeOne(3_000, 7);
    Body body = spool.swapIn(entry);
    body.hold();
    body.hold(); // two messages of a batch have it
    Path file = body.region().orElseThrow().file();
    String first = file.getFileName().toString();
    churn(40); // the message is copied on, and its segment is empty
    spool.unlink(entry);
    churn(40); // now nobody has it but the two
    assertThat(journal().mappedBodies()).isEqualTo(1);
    assertThat(files()).contains(first);
    assertThat(mapped(body)).isEqualTo(expected);
    assertThat(inFile(body)).isEqualTo(expected);
    body.letGo();
    churn(40);
    assertThat(files()).contains(first);
    assertThat(inFile(body)).isEqualTo(expected);
    body.letGo();
    assertThat(journal().mappedBodies()).isZero();
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> {
              churn(5);
              assertThat(files()).doesNotContain(first);
            });
  }

  /** What goes wrong without a pin: that it is the pin that keeps the octets. */
  @Test
  void theSegmentIsWrittenOverOnceItIsLetGo() throws IOException {
    byte[] expected = body(3_000, 7).toByteArray();
    SpoolEntry entry = storeOne(3_000, 7);
    Body body = spool.swapIn(entry);
    body.hold();
    ByteBuffer stale = body.region().orElseThrow().mapped();
    body.letGo();
    spool.unlink(entry);
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> {
              churn(20);
              byte[] now = new byte[3_000];
              stale.get(0, now);
              assertThat(now).isNotEqualTo(expected);
            });
  }

  @Test
  void bodiesOfASegmentShareItsMapping() throws IOException {
    List<Body> bodies = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      SpoolEntry entry = storeOne(1_000, i);
      Body body = spool.swapIn(entry);
      body.hold();
      bodies.add(body);
    }
    for (int i = 0; i < bodies.size(); i++) {
      assertThat(mapped(bodies.get(i))).isEqualTo(body(1_000, i).toByteArray());
    }
    bodies.forEach(Body::letGo);
    assertThat(journal().mappedBodies()).isZero();
  }

  @Test
  void aBodyThatWasForgottenDoesNotKeepItsSegment() throws IOException {
    SpoolEntry entry = storeOne(3_000, 7);
    String first = forget(entry);
    spool.unlink(entry);
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              System.gc();
              churn(10);
              assertThat(files()).doesNotContain(first);
              assertThat(journal().mappedBodies()).isZero();
            });
  }

  private String forget(SpoolEntry entry) throws IOException {
    Body body = spool.swapIn(entry);
    body.hold();
    WeakReference<Body> gone = new WeakReference<>(body);
    assertThat(gone.get()).isNotNull();
    return body.region().orElseThrow().file().getFileName().toString();
  }

  @Test
  void aBodyIsLetGoAsOftenAsItWasHeld() throws IOException {
    Body body = spool.swapIn(storeOne(100, 1));
    body.hold();
    body.letGo();
    assertThatThrownBy(body::letGo).isInstanceOf(IllegalStateException.class);
  }

  // ---- files that are not what they were

  @Test
  void aFlippedBitIsFoundInTheMapping() throws IOException {
    SpoolEntry entry = storeOne(5_000, 1);
    octets(entry);
    Path file = file(entry);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[] {'!'}), channel.size() - 100);
    }
    assertThatThrownBy(() -> spool.swapIn(entry))
        .isInstanceOf(SpoolException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("checksum");
    assertThat(journal().mappedBodies()).isZero();
  }

  private Path file(SpoolEntry entry) throws IOException {
    Body body = spool.swapIn(entry);
    body.hold();
    try {
      return body.region().orElseThrow().file();
    } finally {
      body.letGo();
    }
  }

  @Test
  void aFileThatWasCutOffIsFoundBeforeItIsRead() throws IOException {
    SpoolEntry entry = storeOne(100_000, 1);
    Body held = spool.swapIn(entry); // the mapping is there, and stays
    held.hold();
    cut(held.region().orElseThrow().file(), 8192);
    assertThatThrownBy(() -> spool.swapIn(entry))
        .isInstanceOf(SpoolException.class)
        .hasMessageContaining("cut off");
    held.letGo();
  }

  /** The signal that the system sends then must not end the process. */
  @Test
  void aFileThatIsCutOffUnderABodyIsAnError() throws IOException {
    SpoolEntry entry = storeOne(100_000, 1);
    Body held = spool.swapIn(entry);
    held.hold();
    cut(held.region().orElseThrow().file(), 8192);
    assertThatThrownBy(() -> held.segment(0)).isInstanceOf(UncheckedIOException.class);
    assertThatThrownBy(held::toByteArray).isInstanceOf(UncheckedIOException.class);
    assertThat(held.endsLine()).isEqualTo(body(100_000, 1).endsLine());
    held.letGo();
  }

  private static void cut(Path file, long length) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(length);
    }
  }
}
