package org.impetusmta.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.impetusmta.testkit.spool.SpoolClient.body;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.impetusmta.api.hook.HooksInForce;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.ImportedSpool;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.impetusmta.testkit.io.FileWrappers;
import org.impetusmta.testkit.queue.TestConfiguration;
import org.impetusmta.testkit.spool.SpoolClient;
import org.impetusmta.testkit.spool.TestEventLoop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The choice of engine, and spools in other folders. */
class SpoolServiceTest {
  private static final AttemptState TRIED = new AttemptState(1, 1_800_000_000_000L, "450 busy");

  @TempDir Path folder;

  private final SpoolClient client = new SpoolClient();
  private final TestEventLoop loop = new TestEventLoop(0);
  private final DirectScheduler scheduler = new DirectScheduler();
  private final FileWrappers wrappers = new FileWrappers();

  private static final HooksInForce NO_HOOKS =
      new HooksInForce() {
        @Override
        public <T> Supplier<List<T>> inForce(Class<T> hook) {
          return List::of;
        }
      };

  @AfterEach
  void tearDown() {
    loop.close();
  }

  private TestConfiguration configuration(Path base, String engine) {
    return new TestConfiguration()
        .set("spoolbase", base.toString())
        .set("spool_engine", engine)
        .set("spool_mode", "0640");
  }

  private SpoolService open(Path base, SpoolEngine engine) throws IOException {
    return new SpoolService(configuration(base, engine.folder()), scheduler, wrappers, NO_HOOKS);
  }

  private SpoolEntry store(Spool spool, String recipient, Body body) throws IOException {
    return SpoolClient.store(spool, loop, List.of(client.envelope(recipient)), body).get(0);
  }

  private static SpoolEngine other(SpoolEngine engine) {
    return engine == SpoolEngine.JOURNAL ? SpoolEngine.HASHED : SpoolEngine.JOURNAL;
  }

  @ParameterizedTest
  @EnumSource
  void opensTheEngineThatIsNamed(SpoolEngine engine) throws IOException {
    SpoolService spool = open(folder, engine);
    SpoolEntry entry = store(spool, "a@x", body("of a"));
    assertThat(folder.resolve(engine.folder())).isDirectory();
    assertThat(folder.resolve(other(engine).folder())).doesNotExist();
    assertThat(spool.read(entry).toByteArray()).isEqualTo(body("of a").toByteArray());
    assertThat(spool.find(entry.id())).isPresent();
    assertThat(spool.writable()).isTrue();
    Envelope before = spool.find(entry.id()).orElseThrow().envelope();
    spool.rewrite(entry, before, TRIED);
    spool.sync();
    assertThat(spool.statistics().messages()).isEqualTo(1);
    spool.close();
    SpoolService next = open(folder, engine);
    assertThat(SpoolClient.recover(next).messages().get(0).state()).isEqualTo(TRIED);
    next.close();
    if (engine == SpoolEngine.HASHED) {
      assertThat(scheduler.asked()).containsExactly("Batch_Unlink", "SwapOut", "Unlink");
    }
  }

  @ParameterizedTest
  @EnumSource
  void refusesMailOfTheOtherEngine(SpoolEngine engine) throws IOException {
    SpoolService spool = open(folder, engine);
    SpoolEntry a = store(spool, "a@x", body("of a"));
    store(spool, "b@x", body("of b"));
    spool.unlink(a);
    spool.close();
    assertThatThrownBy(() -> open(folder, other(engine)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(folder.resolve(engine.folder()).toString())
        .hasMessageContaining("spool_engine is " + other(engine).folder())
        .hasMessageContaining("spool import");
    // once it is empty, the other one may begin
    SpoolService again = open(folder, engine);
    SpoolClient.recover(again).messages().forEach(m -> again.unlink(m.entry()));
    again.close();
    SpoolService fresh = open(folder, other(engine));
    assertThat(SpoolClient.recover(fresh).messages()).isEmpty();
    fresh.close();
  }

  @ParameterizedTest
  @EnumSource
  void readsASpoolInAnotherFolder(SpoolEngine engine) throws IOException {
    Path foreign = folder.resolve("foreign");
    SpoolService spool = open(foreign, engine);
    for (int i = 0; i < 5; i++) {
      store(spool, "r" + i + "@x", body("of r" + i));
    }
    spool.close();

    Path own = folder.resolve("own");
    TestConfiguration configuration = configuration(own, "journal");
    SpoolService mine = new SpoolService(configuration, scheduler, wrappers, NO_HOOKS);
    Folders folders = new Folders(configuration, scheduler, wrappers);
    List<String> seen = new ArrayList<>();
    try (ImportedSpool imported = folders.open(foreign)) {
      assertThatThrownBy(() -> folders.open(foreign)).hasMessageContaining("in use");
      List<SpoolEntry> entries = new ArrayList<>();
      imported.recover(
          (entry, envelope, state, length) -> {
            seen.add(envelope.recipient().toString());
            entries.add(entry);
          });
      assertThat(imported.read(entries.get(3)).toByteArray())
          .isEqualTo(body("of r3").toByteArray());
      entries.subList(0, 4).forEach(imported::unlink);
      imported.sync();
    }
    assertThat(seen).containsExactly("r0@x", "r1@x", "r2@x", "r3@x", "r4@x");
    try (ImportedSpool imported = folders.open(foreign)) {
      List<String> left = new ArrayList<>();
      imported.recover((entry, envelope, state, length) -> left.add(envelope.id().toString()));
      assertThat(left).hasSize(1);
    }
    mine.close();
  }

  @Test
  void refusesFoldersThatAreNoSpool() throws IOException {
    TestConfiguration configuration = configuration(folder.resolve("own"), "hashed");
    SpoolService mine = new SpoolService(configuration, scheduler, wrappers, NO_HOOKS);
    Folders folders = new Folders(configuration, scheduler, wrappers);
    Path link = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("own"));
    assertThatThrownBy(() -> folders.open(link)).hasMessageContaining("this very server");
    assertThatThrownBy(() -> folders.open(folder)).hasMessageContaining("holds no spool");
    assertThatThrownBy(() -> folders.open(folder.resolve("none")))
        .hasMessageContaining("there is no folder");
    mine.close();
  }

  @Test
  void aFolderWithMailOfBothIsNotGuessedAbout() throws IOException {
    for (SpoolEngine engine : SpoolEngine.values()) {
      SpoolService spool = open(folder.resolve(engine.folder() + "-base"), engine);
      store(spool, "a@x", body("of a"));
      spool.close();
    }
    Path both = folder.resolve("hashed-base");
    Files.move(folder.resolve("journal-base/journal"), both.resolve("journal"));
    Folders folders =
        new Folders(configuration(folder.resolve("own"), "hashed"), scheduler, wrappers);
    assertThatThrownBy(() -> folders.open(both)).hasMessageContaining("both engines");
  }
}
