package org.impetusmta.spool.hashed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.impetusmta.testkit.spool.SpoolClient.body;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.impetusmta.api.spool.Spool.StoreListener;
import org.impetusmta.api.spool.SpoolException;
import org.impetusmta.spool.EncodedBody;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.spool.SpoolClient;
import org.impetusmta.testkit.spool.SpoolClient.Harvest;
import org.impetusmta.testkit.spool.TestEventLoop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Disks that fail, files that are damaged, and what the figures say. */
class HashedFailureTest {
  private static final AttemptState TRIED = new AttemptState(1, 1_800_000_000_000L, "450 busy");

  @TempDir Path base;

  private final SpoolClient client = new SpoolClient();
  private final TestEventLoop loop = new TestEventLoop(0);
  private final FaultyDisk disk = new FaultyDisk();
  private final AtomicBoolean forceFsync = new AtomicBoolean(true);
  private final ManualClock clock = new ManualClock(1_767_225_600_000L);

  @AfterEach
  void tearDown() {
    loop.close();
  }

  private HashedSpool open() throws IOException {
    return new HashedSpool(base, TestPools.direct(forceFsync::get), disk, clock);
  }

  private SpoolEntry store(HashedSpool spool, String recipient) throws IOException {
    return SpoolClient.store(spool, loop, List.of(client.envelope(recipient)), body("of it"))
        .get(0);
  }

  private Harvest restart(HashedSpool spool) throws IOException {
    spool.abandon();
    HashedSpool next = open();
    Harvest harvest = SpoolClient.recover(next);
    for (SpoolClient.Recovered message : harvest.messages()) {
      assertThat(next.read(message.entry()).toByteArray()).isEqualTo(body("of it").toByteArray());
    }
    next.abandon();
    return harvest;
  }

  private List<String> files(String ending) throws IOException {
    try (Stream<Path> all = Files.walk(base.resolve("hashed"))) {
      return all.filter(Files::isRegularFile)
          .map(file -> base.resolve("hashed").relativize(file).toString())
          .filter(name -> name.endsWith(ending))
          .sorted()
          .toList();
    }
  }

  @Test
  void twoFilesInTwoLevelsOfFolders() throws IOException {
    HashedSpool spool = open();
    Body body = body("Subject: hello\r\n\r\n..dots\r\n");
    Envelope envelope = client.envelope("a@x");
    SpoolClient.store(spool, loop, List.of(envelope), body);
    String time = envelope.id().toString().substring(12);
    String name = time.substring(0, 2) + "/" + time.substring(2, 4) + "/10_00-04711-" + time;
    assertThat(files("")).containsExactly(name + ".data", name + ".meta");
    assertThat(base.resolve("hashed").resolve(name + ".data")).hasBinaryContent(body.toByteArray());
    spool.close();
  }

  @Test
  void aBatchHasOneBody() throws IOException {
    HashedSpool spool = open();
    List<Envelope> envelopes = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      envelopes.add(client.envelope("r" + i + "@x"));
    }
    SpoolClient.store(spool, loop, envelopes, SpoolClient.body(100_000, 1));
    Path first = base.resolve("hashed").resolve(files(".data").get(0));
    assertThat(Files.getAttribute(first, "unix:nlink")).isEqualTo(200);
    assertThat(spool.statistics().diskBytes()).isBetween(100_000L, 200_000L);
    spool.close();
  }

  @Test
  void aDiskWithoutLinksGetsABodyForEachMessage() throws IOException {
    HashedSpool spool =
        new HashedSpool(
            base,
            TestPools.direct(forceFsync::get),
            new HashedDisk() {
              @Override
              public void link(Path file, Path name) {
                throw new UnsupportedOperationException("no links here");
              }
            },
            clock);
    SpoolClient.store(
        spool, loop, List.of(client.envelope("a@x"), client.envelope("b@x")), body("of it"));
    assertThat(restart(spool).recipients()).containsExactly("a@x", "b@x");
  }

  @ParameterizedTest
  @CsvSource({"writesFail", "forcesFail", "folderSyncsFail"})
  void aStoreThatFailsLeavesNothing(String fault) throws IOException {
    HashedSpool spool = open();
    SpoolClient.recover(spool);
    SpoolEntry before = store(spool, "before@x");
    List<String> files = files("");
    AtomicBoolean broken =
        switch (fault) {
          case "writesFail" -> disk.writesFail;
          case "forcesFail" -> disk.forcesFail;
          default -> disk.folderSyncsFail;
        };
    broken.set(true);
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> store(spool, "failed@x")).isInstanceOf(IOException.class);
      assertThat(files("")).isEqualTo(files);
      assertThat(spool.writable()).isFalse();
    }
    assertThat(spool.statistics().failures()).isEqualTo(3);
    if (!fault.equals("folderSyncsFail")) {
      spool.update(before, TRIED);
      assertThatThrownBy(spool::sync).hasMessageContaining("tried again");
    }
    // it finds out by itself, but not more often than once a second
    disk.heal();
    assertThat(spool.writable()).isFalse();
    clock.advance(Duration.ofSeconds(2));
    spool.writable();
    assertThat(spool.writable()).isTrue();
    spool.update(before, TRIED);
    spool.sync();
    store(spool, "after@x");
    Harvest harvest = restart(spool);
    assertThat(harvest.recipients()).containsExactly("before@x", "after@x");
    assertThat(harvest.messages().get(0).state()).isEqualTo(TRIED);
    assertThat(harvest.recovery().damagedRecords()).isZero();
  }

  @Test
  void whatFailedIsTriedAgainWithTheNextStore() throws IOException {
    HashedSpool spool = open();
    SpoolClient.recover(spool);
    SpoolEntry gone = store(spool, "gone@x");
    SpoolEntry tried = store(spool, "tried@x");
    disk.writesFail.set(true);
    disk.deletesFail.set(true);
    spool.update(tried, TRIED);
    spool.unlink(gone);
    assertThat(spool.statistics().unlinks().headers().failures()).isEqualTo(1);
    assertThat(spool.writable()).isFalse();
    disk.heal();
    store(spool, "after@x");
    assertThat(spool.statistics().unlinked()).isEqualTo(1);
    Harvest harvest = restart(spool);
    assertThat(harvest.recipients()).containsExactly("tried@x", "after@x");
    assertThat(harvest.messages().get(0).state()).isEqualTo(TRIED);
  }

  @Test
  void withoutForceFsyncNothingIsSynced() throws IOException {
    HashedSpool spool = open();
    store(spool, "first@x");
    int folders = disk.folderSyncs.get();
    int forces = disk.forces.get();
    assertThat(forces).isEqualTo(2);
    forceFsync.set(false);
    for (int i = 0; i < 10; i++) {
      spool.update(store(spool, "a@x"), TRIED);
    }
    assertThat(disk.forces.get()).isEqualTo(forces);
    assertThat(disk.folderSyncs.get()).isEqualTo(folders);
    spool.sync();
    assertThat(disk.folderSyncs.get()).isGreaterThan(folders);
    assertThat(restart(spool).messages()).hasSize(11);
  }

  @Test
  void anIdThatIsThereAlreadyIsNotOverwritten() throws IOException {
    HashedSpool spool = open();
    Envelope envelope = client.envelope("a@x");
    SpoolClient.store(spool, loop, List.of(envelope), body("of it"));
    assertThatThrownBy(
            () -> SpoolClient.store(spool, loop, List.of(envelope), body("another body")))
        .isInstanceOf(IOException.class);
    assertThat(spool.writable()).isTrue();
    assertThat(restart(spool).recipients()).containsExactly("a@x");
  }

  @Test
  void whatIsDamagedIsSetAside() throws IOException {
    HashedSpool spool = open();
    List<SpoolEntry> entries = new ArrayList<>();
    for (String name : List.of("whole", "torn", "flipped", "short", "missing", "later")) {
      entries.add(store(spool, name + "@x"));
    }
    spool.close();
    HashedLayout layout = new HashedLayout(base);
    Path torn = layout.file(entries.get(1).id(), ".meta");
    Files.write(torn, Arrays.copyOf(Files.readAllBytes(torn), 50));
    Path flipped = layout.file(entries.get(2).id(), ".meta");
    byte[] octets = Files.readAllBytes(flipped);
    octets[octets.length - 3] ^= 1;
    Files.write(flipped, octets);
    Files.write(layout.file(entries.get(3).id(), ".data"), new byte[2]);
    Files.delete(layout.file(entries.get(4).id(), ".data"));
    Path later = layout.file(entries.get(5).id(), ".meta");
    byte[] version = Files.readAllBytes(later);
    version[7] = 2;
    Files.write(later, version);
    Path orphan = layout.file(client.envelope("x@x").id(), ".data");
    Files.writeString(orphan, "orphan");
    Path fresh = layout.file(client.envelope("x@x").id(), ".new");
    Files.writeString(fresh, "begun");
    Path foreign = Files.writeString(orphan.resolveSibling("notes.txt"), "somebody's");

    Harvest harvest = restart(open());
    assertThat(harvest.recipients()).containsExactly("whole@x");
    assertThat(harvest.recovery().damagedRecords()).isEqualTo(7);
    try (Stream<Path> aside = Files.list(base.resolve("damaged"))) {
      assertThat(aside.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              torn.getFileName().toString(),
              flipped.getFileName().toString(),
              HashedLayout.name(entries.get(1).id()) + ".data",
              HashedLayout.name(entries.get(2).id()) + ".data",
              HashedLayout.name(entries.get(3).id()) + ".meta",
              HashedLayout.name(entries.get(3).id()) + ".data",
              HashedLayout.name(entries.get(4).id()) + ".meta",
              orphan.getFileName().toString(),
              fresh.getFileName().toString());
    }
    // a later version's mail and what is none of ours is left as it is
    assertThat(later).hasBinaryContent(version);
    assertThat(layout.file(entries.get(5).id(), ".data")).exists();
    assertThat(foreign).hasContent("somebody's");
    assertThat(restart(open()).recovery().damagedRecords()).isEqualTo(1);
  }

  @Test
  void aDamagedBodyIsNamedWhenItIsRead() throws IOException {
    HashedSpool spool = open();
    SpoolEntry entry = store(spool, "a@x");
    Path data = new HashedLayout(base).file(entry.id(), ".data");
    Files.write(data, "OF it".getBytes(StandardCharsets.US_ASCII), StandardOpenOption.WRITE);
    assertThatThrownBy(() -> spool.read(entry))
        .isInstanceOf(SpoolException.class)
        .hasMessageContaining(data.toString())
        .hasMessageContaining("checksum");
    spool.close();
  }

  @Test
  void aBodyMayStayInItsFile() throws IOException {
    AtomicBoolean useMmap = new AtomicBoolean();
    HashedSpool spool =
        new HashedSpool(
            base,
            new HashedSettings(
                () -> true, useMmap::get, 0640, Runnable::run, Runnable::run, Runnable::run),
            disk,
            clock);
    SpoolEntry entry = store(spool, "a@x");
    Path data = new HashedLayout(base).file(entry.id(), ".data");
    assertThat(spool.swapIn(entry).region()).isEmpty();
    useMmap.set(true);
    Body body = spool.swapIn(entry);
    body.hold();
    assertThat(body.region().orElseThrow().file()).isEqualTo(data);
    // its octets are there until it is let go, though the message is gone
    spool.unlink(entry);
    assertThat(data).doesNotExist();
    assertThat(body.toByteArray()).isEqualTo(body("of it").toByteArray());
    body.letGo();
    assertThatThrownBy(() -> spool.swapIn(entry))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("gone");
    SpoolEntry damaged = store(spool, "b@x");
    Path file = new HashedLayout(base).file(damaged.id(), ".data");
    Files.write(file, new byte[] {'o'});
    assertThatThrownBy(() -> spool.swapIn(damaged)).hasMessageContaining(file.toString());
    spool.close();
  }

  @Test
  void readsAnEnvelopeBack() throws IOException {
    HashedSpool spool = open();
    Envelope envelope = client.envelope("a@x", SpoolClient.awkwardContext());
    SpoolEntry entry = SpoolClient.store(spool, loop, List.of(envelope), body("of it")).get(0);
    assertThat(spool.envelope(entry)).isEqualTo(envelope);
    spool.unlink(entry);
    assertThatThrownBy(() -> spool.envelope(entry)).hasMessageContaining("gone");
    spool.close();
  }

  @Test
  void keepsWhatALayerEncoded() throws IOException {
    HashedSpool spool = open();
    List<SpoolEntry> stored = new ArrayList<>();
    EncodedBody encoded = new EncodedBody(body("zipped"), 1, 70_000);
    spool.store(
        List.of(client.envelope("a@x")),
        AttemptState.NEW,
        encoded,
        loop,
        new StoreListener() {
          @Override
          public void stored(List<SpoolEntry> entries) {
            stored.addAll(entries);
          }

          @Override
          public void failed(IOException cause) {
            throw new AssertionError(cause);
          }
        });
    await().until(() -> stored.size() == 1);
    EncodedBody back = spool.readEncoded(stored.get(0));
    assertThat(back.octets().toByteArray()).isEqualTo(encoded.octets().toByteArray());
    assertThat(back.encoding()).isEqualTo(1);
    assertThat(back.length()).isEqualTo(70_000);
    assertThatThrownBy(() -> spool.read(stored.get(0))).hasMessageContaining("encoding 1");
    spool.update(stored.get(0), TRIED);
    spool.abandon();
    HashedSpool next = open();
    Harvest harvest = SpoolClient.recover(next);
    assertThat(harvest.messages().get(0).bodyLength()).isEqualTo(70_000);
    assertThat(next.readEncoded(harvest.messages().get(0).entry()).encoding()).isEqualTo(1);
    next.close();
  }

  @Test
  void figuresOfRemovals() throws IOException {
    HashedSpool spool = open();
    List<SpoolEntry> entries =
        SpoolClient.store(
            spool,
            loop,
            List.of(client.envelope("a@x"), client.envelope("b@x"), client.envelope("c@x")),
            body("of it"));
    spool.unlink(entries.get(0));
    spool.unlink(entries.get(1));
    spool.sync();
    var unlinks = spool.statistics().unlinks();
    assertThat(unlinks.messages().submissions()).isEqualTo(2);
    assertThat(unlinks.headers().attempts()).isEqualTo(2);
    assertThat(unlinks.bodies().attempts()).isZero(); // the third has it still
    assertThat(unlinks.bodies().failures()).isZero();
    assertThat(unlinks.backlog()).isZero();
    assertThat(spool.statistics().messages()).isEqualTo(1);
    spool.unlink(entries.get(2));
    assertThat(spool.statistics().unlinks().bodies().attempts()).isEqualTo(1);
    assertThat(spool.statistics().diskBytes()).isZero();
    spool.close();
  }

  @Test
  void manyRemovalsGoToTheBatchPool() throws IOException {
    List<Runnable> unlink = new ArrayList<>();
    List<Runnable> batch = new ArrayList<>();
    HashedSpool spool =
        new HashedSpool(
            base,
            new HashedSettings(forceFsync::get, 0640, Runnable::run, unlink::add, batch::add),
            disk,
            clock);
    List<Envelope> envelopes = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      envelopes.add(client.envelope("r" + i + "@x"));
    }
    List<SpoolEntry> entries = SpoolClient.store(spool, loop, envelopes, body("of it"));
    entries.forEach(spool::unlink);
    assertThat(unlink).hasSize(256);
    assertThat(batch).hasSize(144);
    assertThat(spool.statistics().unlinks().backlog()).isEqualTo(400);
    assertThat(spool.statistics().unlinks().batchBacklog()).isEqualTo(144);
    unlink.forEach(Runnable::run);
    batch.forEach(Runnable::run);
    assertThat(spool.statistics().unlinks().backlog()).isZero();
    assertThat(files("")).isEmpty();
    spool.close();
  }

  @ParameterizedTest
  @CsvSource({"416,rw-r-----,rwxr-x---", "384,rw-------,rwx------"})
  void filesHaveTheModeAskedFor(int mode, String ofFile, String ofFolder) throws IOException {
    Path spoolBase = base.resolve("sub/spool");
    HashedSpool spool =
        new HashedSpool(
            spoolBase,
            new HashedSettings(() -> true, mode, Runnable::run, Runnable::run, Runnable::run),
            disk,
            clock);
    SpoolEntry entry = store(spool, "a@x");
    HashedLayout layout = new HashedLayout(spoolBase);
    for (String ending : List.of(".data", ".meta")) {
      assertThat(Files.getPosixFilePermissions(layout.file(entry.id(), ending)))
          .isEqualTo(PosixFilePermissions.fromString(ofFile));
    }
    Path folder = layout.folder(HashedLayout.leaf(entry.id()));
    for (Path each : List.of(folder, folder.getParent(), layout.root(), spoolBase)) {
      assertThat(Files.getPosixFilePermissions(each))
          .isEqualTo(PosixFilePermissions.fromString(ofFolder));
    }
    spool.close();
  }

  @Test
  void namesTheFolderThatItCannotUse() throws IOException {
    Path file = Files.createFile(base.resolve("file"));
    assertThatThrownBy(() -> new HashedSpool(file, TestPools.direct(() -> true), disk, clock))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file.toString());
  }
}
