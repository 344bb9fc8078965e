package org.impetusmta.spool.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.impetusmta.api.hook.SpoolEncoding;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.impetusmta.api.spool.SpoolException;
import org.impetusmta.spool.EncodedBody;
import org.impetusmta.testkit.io.FileWrappers;
import org.impetusmta.testkit.spool.SpoolClient;
import org.impetusmta.testkit.spool.TestEventLoop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is encoded, what is not, and what becomes of a body that cannot be decoded. */
class EncodingLayerTest {
  private static final SpoolEncoding GZIP =
      octets -> octets >= 4096 ? Optional.of("gzip") : Optional.empty();

  private final MemoryEngine engine = new MemoryEngine();
  private final FileWrappers wrappers = new FileWrappers();
  private final TestEventLoop loop = new TestEventLoop(0);
  private final SpoolClient client = new SpoolClient();
  private List<SpoolEncoding> hooks = List.of(GZIP);
  private Executor pool = Runnable::run;
  private final EncodingLayer layer =
      new EncodingLayer(engine, () -> hooks, new Encodings(wrappers), job -> pool.execute(job));

  @BeforeEach
  void setUp() {
    wrappers.add("gzip", new GzipWrapper());
  }

  @AfterEach
  void tearDown() {
    loop.close();
  }

  private SpoolEntry store(Body body) throws IOException {
    return SpoolClient.store(layer, loop, List.of(client.envelope("a@example.com")), body).get(0);
  }

  private EncodedBody onDisk(SpoolEntry entry) throws IOException {
    return engine.readEncoded(entry);
  }

  private void isPlain(SpoolEntry entry, Body body) throws IOException {
    assertThat(onDisk(entry).encoding()).isZero();
    assertThat(layer.read(entry).toByteArray()).isEqualTo(body.toByteArray());
  }

  @Test
  void largeBodiesAreEncodedAndReadWhateverIsInForce() throws IOException {
    Body body =
        SpoolClient.body(3_000_000, 1)
            .prepend("A: b\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    SpoolEntry entry = store(body);
    assertThat(onDisk(entry).encoding()).isEqualTo(1);
    assertThat(onDisk(entry).length()).isEqualTo(body.length());
    assertThat(onDisk(entry).octets().length()).isLessThan(body.length() * 3 / 4);
    hooks = List.of();
    assertThat(layer.read(entry).toByteArray()).isEqualTo(body.toByteArray());
    isPlain(store(body), body);
  }

  @Test
  void smallBodiesAreNotEncoded() throws IOException {
    Body body = SpoolClient.body(4095, 1);
    isPlain(store(body), body);
    assertThat(onDisk(store(SpoolClient.body(4096, 1))).encoding()).isEqualTo(1);
  }

  @Test
  void whatDoesNotShrinkIsStoredAsItIs() throws IOException {
    byte[] noise = new byte[100_000];
    new Random(1).nextBytes(noise);
    Body body = Body.of(noise);
    isPlain(store(body), body);
  }

  @Test
  void whatCannotBeEncodedIsStoredAsItIs() throws IOException {
    Body body = SpoolClient.body(10_000, 1);
    wrappers.remove("gzip");
    isPlain(store(body), body);
    hooks = List.of(octets -> Optional.of("rot13"));
    isPlain(store(body), body);
    hooks =
        List.of(
            octets -> {
              throw new IllegalStateException("broken");
            });
    isPlain(store(body), body);
    hooks = List.of(GZIP);
    pool =
        job -> {
          throw new RejectedExecutionException("full");
        };
    isPlain(store(body), body);
  }

  @Test
  void whatCannotBeDecodedWaits() throws IOException {
    Body body = SpoolClient.body(10_000, 1);
    SpoolEntry entry = store(body);
    wrappers.remove("gzip");
    waits(entry, "no wrapper for gzip");
    wrappers.add("gzip", new GzipWrapper());
    assertThat(layer.read(entry).toByteArray()).isEqualTo(body.toByteArray());

    EncodedBody stored = onDisk(entry);
    engine.replace(entry, new EncodedBody(stored.octets(), 1, stored.length() + 1));
    waits(entry, "shorter");
    engine.replace(entry, new EncodedBody(stored.octets(), 1, stored.length() - 1));
    waits(entry, "longer");
    engine.replace(entry, new EncodedBody(stored.octets(), 7, stored.length()));
    waits(entry, "encoding 7");
    byte[] octets = stored.octets().toByteArray();
    octets[octets.length / 2] ^= 1;
    engine.replace(entry, new EncodedBody(Body.of(octets), 1, stored.length()));
    waits(entry, entry.id().toString());
    octets = stored.octets().toByteArray();
    octets[octets.length - 6] ^= 1; // the checksum alone
    engine.replace(entry, new EncodedBody(Body.of(octets), 1, stored.length()));
    waits(entry, entry.id().toString());
  }

  private void waits(SpoolEntry entry, String reason) {
    assertThatThrownBy(() -> layer.read(entry))
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(SpoolException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void aFailureOfTheDiskIsAnswered() {
    engine.failing = true;
    assertThatThrownBy(() -> store(SpoolClient.body(10_000, 1))).hasMessage("disk full");
  }
}
