package org.impetusmta.spool.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.impetusmta.api.hook.SpoolSuppression;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.impetusmta.api.spool.SpoolException;
import org.impetusmta.testkit.spool.SpoolClient;
import org.impetusmta.testkit.spool.TestEventLoop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When held mail is written, and what becomes of it while that is under way or fails. */
@Timeout(60)
class SuppressionLayerTest {
  private final MemoryEngine engine = new MemoryEngine();
  private final TestEventLoop loop = new TestEventLoop(0);
  private final SpoolClient client = new SpoolClient();
  private Optional<SpoolSuppression> hook =
      Optional.of(new SuppressionContractTest.Suppression(2, Long.MAX_VALUE));
  private final SuppressionLayer layer =
      new SuppressionLayer(engine, () -> hook, octets -> octets > 60_000);

  @AfterEach
  void tearDown() {
    loop.close();
  }

  private SpoolEntry store(Body body) throws IOException {
    return SpoolClient.store(layer, loop, List.of(client.envelope("a@example.com")), body).get(0);
  }

  private SpoolEntry store() throws IOException {
    return store(SpoolClient.body("text"));
  }

  private static AttemptState failed(int times) {
    return new AttemptState(times, 1_800_000_000_000L + times, "451 busy " + times);
  }

  private AttemptState onDisk(SpoolEntry entry) {
    return engine.find(entry.id()).orElseThrow().state();
  }

  @Test
  void whatIsLargeIsWrittenBeforeItIsAccepted() throws IOException {
    SpoolEntry large = store(SpoolClient.body(60_001, 1));
    SpoolEntry small = store(SpoolClient.body(60_000, 1));
    assertThat(engine.find(large.id())).isPresent();
    assertThat(engine.find(small.id())).isEmpty();
  }

  @Test
  void mailThatIsDeliveredIsNeverWritten() throws IOException {
    Body body = SpoolClient.body(5_000, 1);
    SpoolEntry entry = store(body);
    assertThat(layer.read(entry)).isSameAs(body);
    assertThat(layer.swapIn(entry)).isSameAs(body);
    assertThat(layer.envelope(entry).id()).isEqualTo(entry.id());
    assertThat(layer.find(entry.id()).orElseThrow().entry()).isSameAs(entry);
    assertThat(layer.find(entry.id()).orElseThrow().bodyLength()).isEqualTo(5_000);
    assertThat(layer.statistics().messages()).isEqualTo(1);
    layer.unlink(entry);
    layer.update(entry, failed(9));
    layer.swapOut(entry);
    layer.sync();
    assertThat(engine.stores()).isZero();
    assertThat(engine.calls()).isEmpty();
    assertThat(layer.find(entry.id())).isEmpty();
    assertThat(layer.statistics().messages()).isZero();
    assertThat(layer.statistics().unlinked()).isEqualTo(1);
    assertThat(layer.statistics().stored()).isEqualTo(1);
  }

  @Test
  void theThirdFailureWritesWhereTwoRetriesAreAllowed() throws IOException {
    SpoolEntry entry = store();
    layer.update(entry, failed(1));
    layer.update(entry, failed(2));
    assertThat(engine.stores()).isZero();
    assertThat(layer.find(entry.id()).orElseThrow().state()).isEqualTo(failed(2));
    layer.update(entry, failed(3));
    assertThat(onDisk(entry)).isEqualTo(failed(3));
    layer.update(entry, failed(4));
    assertThat(onDisk(entry)).isEqualTo(failed(4));
    assertThat(layer.read(entry).toByteArray()).asString().isEqualTo("text");
    layer.unlink(entry);
    assertThat(engine.disk()).isEmpty();
    assertThatThrownBy(() -> layer.read(entry)).isInstanceOf(SpoolException.class);
    assertThat(engine.stores()).isEqualTo(1);
  }

  @Test
  void aBatchIsWrittenOnceWithTheStateOfEach() throws IOException {
    List<Envelope> envelopes = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      envelopes.add(client.envelope("r" + i + "@example.com"));
    }
    List<SpoolEntry> entries =
        SpoolClient.store(layer, loop, envelopes, SpoolClient.body(10_000, 1));
    layer.update(entries.get(1), failed(1));
    layer.unlink(entries.get(3));
    assertThat(layer.sharesBody(entries.get(0), entries.get(1))).isTrue();
    assertThat(layer.sharesBody(entries.get(0), store())).isFalse();
    layer.swapOut(entries.get(0));
    assertThat(engine.stores()).isEqualTo(1);
    assertThat(engine.disk()).hasSize(3);
    assertThat(onDisk(entries.get(0))).isEqualTo(AttemptState.NEW);
    assertThat(onDisk(entries.get(1))).isEqualTo(failed(1));
    assertThat(onDisk(entries.get(2))).isEqualTo(AttemptState.NEW);
    assertThat(layer.envelope(entries.get(2)).id()).isEqualTo(entries.get(2).id());
    assertThat(layer.statistics().messages()).isEqualTo(4);
  }

  @Test
  void whatIsTooMuchIsWrittenOldestFirst() throws IOException {
    hook = Optional.of(new SuppressionContractTest.Suppression(2, 10_000));
    List<MessageId> ids = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      ids.add(store(SpoolClient.body(4_000, i)).id());
    }
    // two of 4,600 octets are within the bound
    assertThat(engine.disk().keySet()).containsExactlyElementsOf(ids.subList(0, 4));
    // one that is larger than the bound does not stay either
    SpoolEntry big = store(SpoolClient.body(50_000, 7));
    assertThat(engine.disk()).hasSize(7).containsKey(big.id());
  }

  @Test
  void syncAndCloseWriteAll() throws IOException {
    store();
    layer.sync();
    assertThat(engine.disk()).hasSize(1);
    store();
    layer.close();
    assertThat(engine.disk()).hasSize(2);
    // and nothing is held any more
    store();
    assertThat(engine.disk()).hasSize(3);
    assertThat(engine.stores()).isEqualTo(3);
  }

  @Test
  void whatHappensWhileItIsWrittenIsSaidOnTheDisk() throws IOException {
    SpoolEntry updated = store();
    SpoolEntry rewritten = store();
    SpoolEntry removed = store();
    Envelope other = client.envelope("other@example.com", Map.of("k", "v"));
    Envelope envelope =
        new Envelope(
            rewritten.id(),
            other.batchId(),
            other.connectionId(),
            other.sender(),
            other.recipient(),
            other.receivedMillis(),
            other.sourceAddress(),
            other.protocol(),
            other.eightBitMime(),
            other.priority(),
            other.bindingGroup(),
            other.binding(),
            other.messageContext(),
            other.connectionContext());
    engine.keepsAnswers = true;
    List.of(updated, rewritten, removed).forEach(layer::swapOut);
    layer.update(updated, failed(1));
    layer.rewrite(rewritten, envelope, failed(2));
    layer.unlink(removed);
    assertThat(layer.read(updated).toByteArray()).asString().isEqualTo("text");
    assertThat(layer.find(updated.id()).orElseThrow().state()).isEqualTo(failed(1));
    assertThat(engine.calls()).isEmpty();
    engine.answer();
    assertThat(engine.calls()).containsExactly("update 1", "rewrite 2", "unlink");
    assertThat(engine.disk()).containsOnlyKeys(updated.id(), rewritten.id());
    assertThat(engine.find(rewritten.id()).orElseThrow().envelope()).isSameAs(envelope);
    assertThat(engine.stores()).isEqualTo(3);
    assertThat(layer.statistics().messages()).isEqualTo(2);
  }

  @Test
  void aWriteThatFailsLosesNothing() throws IOException {
    SpoolEntry one = store();
    SpoolEntry other = store();
    engine.failing = true;
    layer.swapOut(one);
    assertThat(engine.disk()).isEmpty();
    assertThat(layer.read(one).toByteArray()).asString().isEqualTo("text");
    assertThatThrownBy(layer::sync).isInstanceOf(IOException.class).hasMessage("disk full");
    layer.unlink(other);
    engine.failing = false;
    layer.sync();
    assertThat(engine.disk()).containsOnlyKeys(one.id());
    assertThat(layer.statistics().messages()).isEqualTo(1);
  }

  @Test
  void whatIsRemovedWhileItsWriteFailsIsGone() throws IOException {
    SpoolEntry entry = store();
    engine.failing = true;
    engine.keepsAnswers = true;
    layer.swapOut(entry);
    layer.unlink(entry);
    engine.answer();
    engine.failing = false;
    layer.sync();
    assertThat(engine.disk()).isEmpty();
    assertThat(layer.statistics().messages()).isZero();
    assertThat(layer.statistics().unlinked()).isEqualTo(1);
  }

  @Test
  void aDiskThatIsNotWellTakesNothingIntoMemory() {
    engine.writable = false;
    engine.failing = true;
    assertThatThrownBy(this::store).isInstanceOf(IOException.class).hasMessage("disk full");
    assertThat(layer.statistics().messages()).isZero();
  }

  @Test
  void withoutPermissionEverythingIsWritten() throws IOException {
    SpoolEntry held = store();
    hook = Optional.empty();
    store();
    assertThat(engine.disk()).hasSize(1);
    layer.update(held, failed(1));
    assertThat(onDisk(held)).isEqualTo(failed(1));
  }

  @Test
  void aModuleThatThrowsHoldsNothing() throws IOException {
    hook =
        Optional.of(
            new SpoolSuppression() {
              @Override
              public boolean suppresses(int retries) {
                throw new IllegalStateException("broken");
              }

              @Override
              public long mostOctets() {
                return 0;
              }
            });
    store();
    assertThat(engine.disk()).hasSize(1);
  }

  /** Each message belongs to one thread, as it does in the queues; writing comes from all sides. */
  @Test
  void underLoadTheDiskEndsWithWhatIsLeft() throws Exception {
    hook = Optional.of(new SuppressionContractTest.Suppression(2, 40_000));
    Map<MessageId, AttemptState> expected = new ConcurrentHashMap<>();
    int threads = 6;
    try (ExecutorService all = Executors.newFixedThreadPool(threads)) {
      List<Future<?>> done = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        int seed = t;
        done.add(
            all.submit(
                () -> {
                  Random random = new Random(seed);
                  for (int i = 0; i < 400; i++) {
                    one(random, seed * 1_000 + i, expected);
                  }
                  return null;
                }));
      }
      for (Future<?> future : done) {
        future.get();
      }
    }
    layer.sync();
    Map<MessageId, AttemptState> disk = new ConcurrentHashMap<>();
    engine.disk().forEach((id, message) -> disk.put(id, message.state()));
    assertThat(disk).isEqualTo(expected);
    assertThat(layer.statistics().messages()).isEqualTo(expected.size());
    assertThat(expected.size()).isBetween(100, 2_000);
  }

  private void one(Random random, int number, Map<MessageId, AttemptState> expected)
      throws IOException {
    Envelope template;
    synchronized (client) {
      template = client.envelope("r" + number + "@example.com");
    }
    SpoolEntry entry =
        SpoolClient.store(layer, loop, List.of(template), SpoolClient.body(1_000, number)).get(0);
    AttemptState state = AttemptState.NEW;
    for (int retries = 1; retries <= random.nextInt(6); retries++) {
      state = failed(retries);
      layer.update(entry, state);
      if (random.nextInt(4) == 0) {
        layer.swapOut(entry);
      }
      if (random.nextInt(50) == 0) {
        layer.sync();
      }
    }
    assertThat(layer.read(entry).length()).isEqualTo(1_000);
    if (random.nextInt(3) == 0) {
      expected.put(entry.id(), state);
    } else {
      layer.unlink(entry);
    }
  }
}
