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
    assertThat(spool.read(entry).toByteArray()).isEqualTo(body.toByteArray());
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
    assertThat(spool.read(harvest.messages().get(7).entry()).toByteArray())
        .isEqualTo(body.toByteArray());
    assertThat(spool.statistics().messages()).isEqualTo(25);
  }

  @Test
  void storesABigBody() throws IOException {
    Body body = body(30_000_000, 3);
    SpoolEntry entry = storeOne("big@example.com", body);
    storeOne("next@example.com", body("next"));
    assertThat(spool.read(entry).toByteArray()).isEqualTo(body.toByteArray());
    Harvest harvest = afterCrash();
    assertThat(harvest.recipients()).containsExactly("big@example.com", "next@example.com");
    assertThat(spool.read(harvest.messages().get(0).entry()).toByteArray())
        .isEqualTo(body.toByteArray());
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
    assertThat(spool.read(early).toByteArray()).isEqualTo(body("early").toByteArray());
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
      assertThat(harvest.recipients()).isEqualTo(expected);
      assertThat(harvest.recovery().damagedRecords()).isZero();
      if (i % 3 == 2) {
        spool.unlink(harvest.messages().get(0).entry());
        spool.sync();
        expected.remove(0);
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
      assertThat(spool.read(entry).toByteArray()).isEqualTo(body("a").toByteArray());
    } catch (SpoolException e) {
      assertThat(e).hasMessageContaining("gone");
    }
    assertThat(spool.read(other).toByteArray()).isEqualTo(body("b").toByteArray());
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
