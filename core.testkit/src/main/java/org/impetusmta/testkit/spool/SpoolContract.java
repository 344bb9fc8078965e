package org.impetusmta.testkit.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.impetusmta.testkit.spool.SpoolClient.body;
import static org.impetusmta.testkit.spool.SpoolClient.recover;
import static org.impetusmta.testkit.spool.SpoolClient.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.impetusmta.api.spool.SpoolException;
import org.impetusmta.testkit.spool.SpoolClient.Harvest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every engine of the spool promises. An engine's test inherits it. */
public abstract class SpoolContract {
  @TempDir protected Path base;

  protected final SpoolClient client = new SpoolClient();
  protected final TestEventLoop loop = new TestEventLoop(0);
  protected Spool spool;

  @SuppressWarnings("NullAway.Init") // JUnit calls setUp
  protected SpoolContract() {}

  /** Opens the spool in {@link #base}. */
  protected abstract Spool open() throws IOException;

  /** Ends it in good order. */
  protected abstract void close(Spool spool) throws IOException;

  /** Ends it as kill -9 does. */
  protected abstract void crash(Spool spool) throws IOException;

  /** The octets of a stored body, read back. */
  protected byte[] octets(SpoolEntry entry) throws IOException {
    return spool.read(entry).toByteArray();
  }

  @BeforeEach
  protected void setUp() throws IOException {
    spool = open();
    recover(spool);
  }

  @AfterEach
  protected void tearDown() throws IOException {
    close(spool);
    loop.close();
  }

  private Harvest afterClose() throws IOException {
    close(spool);
    spool = open();
    return recover(spool);
  }

  private Harvest afterCrash() throws IOException {
    crash(spool);
    spool = open();
    return recover(spool);
  }

  private SpoolEntry storeOne(String recipient, Body body) throws IOException {
    return store(spool, loop, List.of(client.envelope(recipient)), body).get(0);
  }

  @Test
  void readsBackWhatWasStored() throws IOException {
    Body body = body(4096, 1).prepend("Received: by test\r\n".getBytes(StandardCharsets.US_ASCII));
    Envelope envelope = client.envelope("a@example.com");
    SpoolEntry entry = store(spool, loop, List.of(envelope), body).get(0);
    assertThat(entry.id()).isEqualTo(envelope.id());
    assertThat(octets(entry)).isEqualTo(body.toByteArray());
  }

  @Test
  void readsTheNewestEnvelope() throws IOException {
    List<Envelope> envelopes =
        List.of(client.envelope("a@example.com"), client.envelope("b@example.com"));
    Body body = body(4096, 7);
    List<SpoolEntry> entries = store(spool, loop, envelopes, body);
    assertThat(spool.envelope(entries.get(0))).isEqualTo(envelopes.get(0));
    Envelope changed = rebound(envelopes.get(1));
    spool.rewrite(entries.get(1), changed, new AttemptState(1, 5, "451 later"));
    spool.sync();
    assertThat(spool.envelope(entries.get(1))).isEqualTo(changed);
    assertThat(spool.read(entries.get(1)).toByteArray()).isEqualTo(body.toByteArray());
    assertThat(spool.envelope(entries.get(0))).isEqualTo(envelopes.get(0));
    assertThat(afterCrash().messages())
        .extracting(message -> message.envelope())
        .containsExactlyInAnyOrder(envelopes.get(0), changed);
  }

  private static Envelope rebound(Envelope before) {
    return new Envelope(
        before.id(),
        before.batchId(),
        before.connectionId(),
        before.sender(),
        before.recipient(),
        before.receivedMillis(),
        before.sourceAddress(),
        before.protocol(),
        before.eightBitMime(),
        true,
        "another group",
        "another",
        Map.of("policy", "changed"),
        before.connectionContext());
  }

  @Test
  void storesAnEmptyBody() throws IOException {
    SpoolEntry entry = storeOne("a@example.com", Body.of());
    assertThat(spool.read(entry).length()).isZero();
    assertThat(afterCrash().messages().get(0).bodyLength()).isZero();
  }

  @Test
  void refusesABatchOfNoMessage() {
    assertThatThrownBy(() -> spool.store(List.of(), body("x"), loop, new Unasked()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aBatchSharesItsBody() throws IOException {
    List<Envelope> envelopes = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      envelopes.add(client.envelope("r" + i + "@example.com"));
    }
    Body body = body(100_000, 2);
    List<SpoolEntry> entries = store(spool, loop, envelopes, body);
    assertThat(entries)
        .extracting(SpoolEntry::id)
        .isEqualTo(envelopes.stream().map(Envelope::id).toList());
    assertThat(spool.statistics().messages()).isEqualTo(50);
    for (int i = 0; i < 50; i += 2) {
      spool.unlink(entries.get(i));
    }
    spool.sync();
    Harvest harvest = afterCrash();
    assertThat(harvest.messages())
        .extracting(m -> m.envelope())
        .containsExactlyElementsOf(
            IntStream.range(0, 50).filter(i -> i % 2 == 1).mapToObj(envelopes::get).toList());
    assertThat(octets(harvest.messages().get(7).entry())).isEqualTo(body.toByteArray());
    assertThat(spool.statistics().messages()).isEqualTo(25);
  }

  @Test
  void whatIsStoredApartSharesNoBody() throws IOException {
    List<SpoolEntry> together =
        store(
            spool,
            loop,
            List.of(client.envelope("a@example.com"), client.envelope("b@example.com")),
            body("Subject: 1\r\n\r\n"));
    SpoolEntry apart = storeOne("c@example.com", body("Subject: 1\r\n\r\n"));
    assertThat(spool.sharesBody(together.get(0), apart)).isFalse();
    assertThat(spool.sharesBody(apart, together.get(1))).isFalse();
    Harvest harvest = afterClose();
    List<SpoolEntry> after = harvest.messages().stream().map(m -> m.entry()).toList();
    assertThat(spool.sharesBody(after.get(0), after.get(2))).isFalse();
    if (spool.sharesBody(after.get(0), after.get(1))) {
      assertThat(octets(after.get(1))).isEqualTo(octets(after.get(0)));
    }
  }

  @Test
  void swapsInWhatWasStored() throws IOException {
    Body body = body(300_000, 8);
    Body read = spool.swapIn(storeOne("a@example.com", body));
    read.hold();
    assertThat(read.length()).isEqualTo(300_000);
    assertThat(read.toByteArray()).isEqualTo(body.toByteArray());
    read.letGo();
  }

  @Test
  void storesABigBody() throws IOException {
    Body body = body(30_000_000, 3);
    SpoolEntry entry = storeOne("big@example.com", body);
    storeOne("next@example.com", body("next"));
    assertThat(octets(entry)).isEqualTo(body.toByteArray());
    Harvest harvest = afterCrash();
    assertThat(harvest.recipients()).containsExactly("big@example.com", "next@example.com");
    assertThat(octets(harvest.messages().get(0).entry())).isEqualTo(body.toByteArray());
  }

  @Test
  void keepsDictionariesAndOddText() throws IOException {
    Envelope envelope = client.envelope("ü\uDC00@exämple.com", SpoolClient.awkwardContext());
    store(spool, loop, List.of(envelope), body("x"));
    Envelope back = afterClose().messages().get(0).envelope();
    assertThat(back).isEqualTo(envelope);
    assertThat(back.messageContext().keySet())
        .containsExactlyElementsOf(envelope.messageContext().keySet());
  }

  @Test
  void recoversInTheOrderOfStoring() throws IOException {
    List<String> recipients = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      recipients.add("r" + i + "@example.com");
      storeOne(recipients.get(i), body(i, i));
    }
    assertThat(afterClose().recipients()).isEqualTo(recipients);
    assertThat(afterCrash().recipients()).isEqualTo(recipients);
  }

  @Test
  protected void answersInOrderOnTheRightLoops() throws IOException {
    int loops = 4;
    int each = 300;
    List<TestEventLoop> all = new ArrayList<>();
    List<Integer> disorder = Collections.synchronizedList(new ArrayList<>());
    List<CompletableFuture<List<SpoolEntry>>> answers = new ArrayList<>();
    for (int i = 0; i < loops; i++) {
      TestEventLoop own = new TestEventLoop(i);
      all.add(own);
      int[] seen = {0};
      for (int n = 0; n < each; n++) {
        int number = n;
        CompletableFuture<List<SpoolEntry>> answer =
            SpoolClient.post(spool, own, List.of(client.envelope("r@l" + i)), body(100, n));
        answers.add(
            answer.thenApply(
                entries -> {
                  if (seen[0]++ != number) {
                    disorder.add(number);
                  }
                  return entries;
                }));
      }
    }
    for (CompletableFuture<List<SpoolEntry>> answer : answers) {
      assertThat(SpoolClient.await(answer)).hasSize(1);
    }
    assertThat(disorder).isEmpty();
    // answers travel in groups
    assertThat(all.stream().mapToLong(TestEventLoop::tasks).sum())
        .isLessThanOrEqualTo(spool.statistics().commits() * loops);
    all.forEach(TestEventLoop::close);
    assertThat(spool.statistics().stored()).isEqualTo((long) loops * each);
    assertThat(afterCrash().messages()).hasSize(loops * each);
  }

  @Test
  void keepsTheNewestAttemptState() throws IOException {
    SpoolEntry a = storeOne("a@example.com", body("a"));
    SpoolEntry b = storeOne("b@example.com", body("b"));
    storeOne("c@example.com", body("c"));
    AttemptState newest = new AttemptState(2, 1_800_000_000_000L, "451 4.3.0 später");
    spool.update(a, new AttemptState(1, 1_700_000_000_000L, "450 busy"));
    spool.update(a, newest);
    spool.update(b, new AttemptState(7, 0, ""));
    spool.sync();
    Harvest harvest = afterCrash();
    assertThat(harvest.messages())
        .extracting(m -> m.state())
        .containsExactly(newest, new AttemptState(7, 0, ""), AttemptState.NEW);
    // and so it stays, over any number of restarts
    spool.update(harvest.messages().get(2).entry(), newest);
    assertThat(afterClose().messages())
        .extracting(m -> m.state())
        .containsExactly(newest, new AttemptState(7, 0, ""), newest);
  }

  @Test
  void storesWithAState() throws IOException {
    AttemptState tried = new AttemptState(4, 1_800_000_000_000L, "450 4.2.0 später");
    CompletableFuture<List<SpoolEntry>> answer = new CompletableFuture<>();
    spool.store(
        List.of(client.envelope("a@example.com"), client.envelope("b@example.com")),
        tried,
        body("a"),
        loop,
        new Spool.StoreListener() {
          @Override
          public void stored(List<SpoolEntry> entries) {
            answer.complete(entries);
          }

          @Override
          public void failed(IOException cause) {
            answer.completeExceptionally(cause);
          }
        });
    assertThat(SpoolClient.await(answer)).hasSize(2);
    assertThat(afterCrash().messages()).extracting(m -> m.state()).containsExactly(tried, tried);
  }

  @Test
  void keepsThePriority() throws IOException {
    List<Envelope> envelopes = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      envelopes.add(client.envelope("r" + i + "@example.com"));
      store(spool, loop, List.of(envelopes.get(i)), body("x"));
    }
    assertThat(envelopes).anyMatch(Envelope::priority).anyMatch(e -> !e.priority());
    assertThat(afterCrash().messages()).extracting(m -> m.envelope()).isEqualTo(envelopes);
  }

  @Test
  void rewritesEverythingButTheBody() throws IOException {
    AttemptState tried = new AttemptState(2, 1_800_000_000_000L, "450 busy");
    List<Envelope> envelopes =
        List.of(
            client.envelope("a@example.com"),
            client.envelope("b@example.com"),
            client.envelope("c@example.com"));
    List<SpoolEntry> entries = store(spool, loop, envelopes, body(5000, 4));
    Envelope once = rebound(envelopes.get(1), "once");
    Envelope twice = rebound(envelopes.get(1), "twice");
    spool.rewrite(entries.get(1), once, AttemptState.NEW);
    spool.rewrite(entries.get(1), twice, tried);
    spool.rewrite(entries.get(2), rebound(envelopes.get(2), "other"), tried);
    AttemptState newest = new AttemptState(3, 0, "451 later");
    spool.update(entries.get(2), newest);
    spool.sync();
    Harvest harvest = afterCrash();
    for (int restart = 0; restart < 3; restart++) {
      assertThat(harvest.messages())
          .extracting(m -> m.envelope())
          .containsExactlyInAnyOrder(envelopes.get(0), twice, rebound(envelopes.get(2), "other"));
      assertThat(state(harvest, envelopes.get(0))).isEqualTo(AttemptState.NEW);
      assertThat(state(harvest, twice)).isEqualTo(tried);
      assertThat(state(harvest, envelopes.get(2))).isEqualTo(newest);
      for (SpoolClient.Recovered message : harvest.messages()) {
        assertThat(message.bodyLength()).isEqualTo(5000);
        assertThat(spool.read(message.entry()).toByteArray())
            .isEqualTo(body(5000, 4).toByteArray());
      }
      harvest = restart == 0 ? afterClose() : afterCrash();
    }
    // an unlink ends a rewritten message like any other
    harvest.messages().forEach(m -> spool.unlink(m.entry()));
    assertThat(afterClose().messages()).isEmpty();
  }

  private static AttemptState state(Harvest harvest, Envelope envelope) {
    return harvest.messages().stream()
        .filter(m -> m.envelope().id().equals(envelope.id()))
        .findAny()
        .orElseThrow()
        .state();
  }

  @Test
  void aRewriteKeepsTheId() throws IOException {
    SpoolEntry entry = storeOne("a@example.com", body("a"));
    assertThatThrownBy(
            () -> spool.rewrite(entry, client.envelope("b@example.com"), AttemptState.NEW))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void findsWhatIsThere() throws IOException {
    AttemptState tried = new AttemptState(2, 1_800_000_000_000L, "450 busy");
    List<Envelope> envelopes = new ArrayList<>();
    List<SpoolEntry> entries = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      envelopes.add(client.envelope("r" + i + "@example.com"));
      entries.addAll(store(spool, loop, List.of(envelopes.get(i)), body(1000 + i, i)));
    }
    spool.update(entries.get(7), tried);
    Envelope rewritten = rebound(envelopes.get(8), "other");
    spool.rewrite(entries.get(8), rewritten, tried);
    spool.unlink(entries.get(9));
    spool.sync();
    checkFound(envelopes.get(3), AttemptState.NEW, 1003);
    checkFound(envelopes.get(7), tried, 1007);
    checkFound(rewritten, tried, 1008);
    assertThat(spool.find(envelopes.get(9).id())).isEmpty();
    assertThat(spool.find(client.envelope("never@example.com").id())).isEmpty();
    afterClose();
    checkFound(envelopes.get(3), AttemptState.NEW, 1003);
    checkFound(rewritten, tried, 1008);
    assertThat(spool.find(envelopes.get(9).id())).isEmpty();
  }

  private void checkFound(Envelope envelope, AttemptState state, int length) throws IOException {
    Spool.Found found = spool.find(envelope.id()).orElseThrow();
    assertThat(found.envelope()).isEqualTo(envelope);
    assertThat(found.state()).isEqualTo(state);
    assertThat(found.bodyLength()).isEqualTo(length);
    assertThat(found.entry().id()).isEqualTo(envelope.id());
    assertThat(spool.read(found.entry()).length()).isEqualTo(length);
  }

  private static Envelope rebound(Envelope e, String binding) {
    return new Envelope(
        e.id(),
        e.batchId(),
        e.connectionId(),
        e.sender(),
        e.recipient(),
        e.receivedMillis(),
        e.sourceAddress(),
        e.protocol(),
        e.eightBitMime(),
        !e.priority(),
        e.bindingGroup(),
        binding,
        Map.of("policy", "moved it to " + binding),
        e.connectionContext());
  }

  @Test
  protected void countsWhatItDoes() throws IOException {
    Spool.Statistics before = spool.statistics();
    assertThat(spool.writable()).isTrue();
    List<SpoolEntry> entries =
        store(
            spool,
            loop,
            List.of(client.envelope("a@example.com"), client.envelope("b@example.com")),
            body(10_000, 1));
    spool.read(entries.get(0));
    spool.unlink(entries.get(0));
    spool.sync();
    Spool.Statistics after = spool.statistics();
    assertThat(after.messages()).isEqualTo(1);
    assertThat(after.stored() - before.stored()).isEqualTo(2);
    assertThat(after.unlinked() - before.unlinked()).isEqualTo(1);
    assertThat(after.commits()).isGreaterThan(before.commits());
    assertThat(after.syncs()).isGreaterThan(before.syncs());
    assertThat(after.bytesWritten() - before.bytesWritten()).isBetween(10_000L, 20_000L);
    assertThat(after.diskBytes()).isGreaterThan(10_000);
    assertThat(after.reads() - before.reads()).isEqualTo(1);
    assertThat(after.bytesRead() - before.bytesRead()).isEqualTo(10_000);
    assertThat(after.failures()).isZero();
    assertThat(after.unlinks().messages().submissions()).isEqualTo(1);
    assertThat(after.unlinks().messages().attempts()).isEqualTo(1);
    assertThat(after.unlinks().bodies().submissions()).isZero();
    assertThat(after.unlinks().backlog()).isZero();
    spool.unlink(entries.get(1));
    spool.sync();
    assertThat(spool.statistics().messages()).isZero();
    assertThat(spool.statistics().unlinks().bodies().submissions()).isEqualTo(1);
  }

  @Test
  void unlinkedMessagesStayAway() throws IOException {
    SpoolEntry a = storeOne("a@example.com", body("a"));
    storeOne("b@example.com", body("b"));
    spool.unlink(a);
    spool.unlink(a); // twice is once
    spool.update(a, new AttemptState(1, 1, "too late"));
    spool.sync();
    assertThat(spool.statistics().unlinked()).isEqualTo(1);
    Harvest harvest = afterCrash();
    assertThat(harvest.recipients()).containsExactly("b@example.com");
    spool.unlink(harvest.messages().get(0).entry());
    assertThat(afterClose().messages()).isEmpty();
    assertThat(afterClose().messages()).isEmpty();
  }

  @Test
  void storesWhileItRecovers() throws IOException {
    for (int i = 0; i < 20; i++) {
      storeOne("old" + i + "@example.com", body(1000, i));
    }
    crash(spool);
    spool = open();
    SpoolEntry early = storeOne("early@example.com", body("early"));
    List<String> seen = new ArrayList<>();
    spool.recover(
        (entry, envelope, state, length) -> {
          seen.add(envelope.recipient().localpart());
          spool.unlink(entry);
          try {
            storeOne("during@example.com", body("during"));
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    assertThat(seen).hasSize(20).allMatch(s -> s.startsWith("old"));
    assertThat(octets(early)).isEqualTo(body("early").toByteArray());
    assertThatThrownBy(() -> recover(spool)).isInstanceOf(IllegalStateException.class);
    assertThat(afterClose().recipients())
        .hasSize(21)
        .startsWith("early@example.com")
        .doesNotContain("old0@example.com");
  }

  @Test
  void survivesManyRestarts() throws IOException {
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      String recipient = "r" + i + "@example.com";
      expected.add(recipient);
      storeOne(recipient, body(2000, i));
      Harvest harvest = i % 2 == 0 ? afterCrash() : afterClose();
      // what was moved in the spool since may come in another place
      assertThat(harvest.recipients()).containsExactlyInAnyOrderElementsOf(expected);
      assertThat(harvest.recovery().damagedRecords()).isZero();
      if (i % 3 == 2) {
        spool.unlink(harvest.messages().get(0).entry());
        spool.sync();
        expected.remove(harvest.recipients().get(0));
      }
    }
  }

  @Test
  void refusesAfterClose() throws IOException {
    close(spool);
    Spool closed = spool;
    assertThatThrownBy(() -> store(closed, loop, List.of(client.envelope("a@b")), body("x")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("closed");
    spool = open();
    recover(spool);
  }

  @Test
  void keepsASecondProcessOut() {
    assertThatThrownBy(this::open)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("in use")
        .hasMessageContaining(base.toString());
  }

  @Test
  void readingWhatIsGoneSaysSo() throws IOException {
    SpoolEntry entry = storeOne("a@example.com", body("a"));
    SpoolEntry other = storeOne("b@example.com", body("b"));
    spool.unlink(entry);
    spool.sync();
    try {
      // an engine may keep the octets for a while
      assertThat(octets(entry)).isEqualTo(body("a").toByteArray());
    } catch (SpoolException e) {
      assertThat(e).hasMessageContaining("gone");
    }
    assertThat(octets(other)).isEqualTo(body("b").toByteArray());
  }

  /** Is never told anything. */
  private static final class Unasked implements Spool.StoreListener {
    @Override
    public void stored(List<SpoolEntry> entries) {
      throw new AssertionError("stored");
    }

    @Override
    public void failed(IOException cause) {
      throw new AssertionError(cause);
    }
  }
}
