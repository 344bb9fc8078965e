package org.impetusmta.spool.layer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.InstantSource;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.hook.SpoolEncoding;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.impetusmta.spool.Engine;
import org.impetusmta.spool.journal.JournalSpool;
import org.impetusmta.testkit.io.FileWrappers;
import org.impetusmta.testkit.spool.SpoolClient;
import org.impetusmta.testkit.spool.SpoolContract;
import org.junit.jupiter.api.Test;

/** The contract of the journal while every body is compressed. */
class EncodingContractTest extends SpoolContract {
  private final FileWrappers wrappers = new FileWrappers();
  private final IdentityHashMap<Spool, Engine> engines = new IdentityHashMap<>();

  /** The engine below the layer. */
  protected Engine engine() throws IOException {
    return JournalSpool.open(
        base, () -> true, () -> false, 0640, InstantSource.system(), Runnable::run);
  }

  @Override
  protected Spool open() throws IOException {
    wrappers.add("gzip", new GzipWrapper());
    Engine engine = engine();
    List<SpoolEncoding> gzip = List.of(octets -> Optional.of("gzip"));
    Spool layer = new EncodingLayer(engine, () -> gzip, new Encodings(wrappers), Runnable::run);
    engines.put(layer, engine);
    return layer;
  }

  @Override
  protected void close(Spool spool) throws IOException {
    Engine engine = engines.get(spool);
    if (engine != null) {
      engine.close();
    }
  }

  @Override
  protected void crash(Spool spool) throws IOException {
    close(spool);
  }

  /** Octets are counted as they lie on the disk. */
  @Test
  @Override
  protected void countsWhatItDoes() throws IOException {
    Spool.Statistics before = spool.statistics();
    SpoolEntry entry =
        SpoolClient.store(
                spool, loop, List.of(client.envelope("a@example.com")), SpoolClient.body(10_000, 1))
            .get(0);
    spool.read(entry);
    spool.sync();
    Spool.Statistics after = spool.statistics();
    assertThat(after.messages()).isEqualTo(1);
    assertThat(after.stored() - before.stored()).isEqualTo(1);
    assertThat(after.bytesWritten() - before.bytesWritten()).isBetween(1_000L, 9_999L);
    assertThat(after.reads() - before.reads()).isEqualTo(1);
    assertThat(after.bytesRead() - before.bytesRead()).isBetween(1_000L, 9_999L);
  }
}
