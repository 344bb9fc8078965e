package org.impetusmta.spool.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.impetusmta.api.spool.SpoolException;
import org.impetusmta.spool.EncodedBody;
import org.impetusmta.testkit.spool.SpoolClient;
import org.impetusmta.testkit.spool.SpoolClient.Harvest;
import org.impetusmta.testkit.spool.TestEventLoop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bodies that a layer above encoded come back as they were given, and tell their length. */
class EncodedBodyTest {
  @TempDir Path base;

  private final SpoolClient client = new SpoolClient();
  private final TestEventLoop loop = new TestEventLoop(0);

  @AfterEach
  void tearDown() {
    loop.close();
  }

  private JournalSpool open() throws IOException {
    return new JournalSpool(base, SmallSegmentsTest.SMALL, Disk.SYSTEM, InstantSource.system());
  }

  private List<SpoolEntry> store(JournalSpool spool, EncodedBody body, List<Envelope> envelopes)
      throws IOException {
    CompletableFuture<List<SpoolEntry>> answer = new CompletableFuture<>();
    spool.store(
        envelopes,
        AttemptState.NEW,
        body,
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
    return SpoolClient.await(answer);
  }

  private static EncodedBody encoded(int i) {
    byte[] octets = ("encoded " + i).getBytes(StandardCharsets.US_ASCII);
    return new EncodedBody(Body.of(octets), i % 4, i % 4 == 0 ? octets.length : 100_000 + i);
  }

  private static int segmentOf(SpoolEntry entry) {
    Segment segment = ((JournalEntry) entry).batch().segment();
    return segment == null ? 0 : segment.number();
  }

  @Test
  void comesBackAsItWasGiven() throws IOException {
    JournalSpool spool = open();
    SpoolEntry copied = store(spool, encoded(2), List.of(client.envelope("copied@x"))).get(0);
    // so much goes through that the first segment is copied on and discarded
    for (int i = 0; i < 400; i++) {
      spool.unlink(store(spool, encoded(i), List.of(client.envelope("gone@x"))).get(0));
    }
    await().until(() -> segmentOf(copied) > 1);
    for (int i = 1; i < 8; i++) {
      store(spool, encoded(i), List.of(client.envelope("a@x"), client.envelope("b@x")));
    }
    spool.close();
    spool = open();
    Harvest harvest = SpoolClient.recover(spool);
    assertThat(harvest.messages()).hasSize(15);
    for (int i = 1; i < 8; i++) {
      EncodedBody expected = encoded(i);
      for (int n = 2 * i - 1; n <= 2 * i; n++) {
        SpoolEntry entry = harvest.messages().get(n).entry();
        assertThat(harvest.messages().get(n).bodyLength()).isEqualTo(expected.length());
        EncodedBody back = spool.readEncoded(entry);
        assertThat(back.encoding()).isEqualTo(expected.encoding());
        assertThat(back.length()).isEqualTo(expected.length());
        assertThat(back.octets().toByteArray()).isEqualTo(expected.octets().toByteArray());
      }
    }
    SpoolEntry entry = harvest.messages().get(0).entry();
    assertThat(harvest.messages().get(0).bodyLength()).isEqualTo(100_002);
    assertThat(spool.readEncoded(entry).encoding()).isEqualTo(2);
    JournalSpool plain = spool;
    assertThatThrownBy(() -> plain.read(entry))
        .isInstanceOf(SpoolException.class)
        .hasMessageContaining("encoding 2");
    spool.close();
  }
}
