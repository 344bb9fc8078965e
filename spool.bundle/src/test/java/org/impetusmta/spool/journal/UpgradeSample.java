package org.impetusmta.spool.journal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.impetusmta.spool.EncodedBody;
import org.impetusmta.testkit.spool.SpoolClient;
import org.impetusmta.testkit.spool.TestEventLoop;

/**
 * Wrote the spools that {@link UpgradeTest} opens, each with its manifest. To be run again only for
 * a new version of the format, into a folder of its own: what an earlier version wrote is kept.
 * Argument: the folder to use.
 */
final class UpgradeSample {
  private static final AttemptState TRIED =
      new AttemptState(2, 1_800_000_600_000L, "451 4.3.0 später, 日本");

  private final JournalSpool spool;
  private final TestEventLoop loop = new TestEventLoop(0);
  private final Map<String, String> manifest = new LinkedHashMap<>();
  private int number;

  private UpgradeSample(JournalSpool spool) {
    this.spool = spool;
  }

  /** Runs it. */
  public static void main(String... args) throws Exception {
    for (boolean clean : new boolean[] {true, false}) {
      Path base = Path.of(args[0], clean ? "clean" : "crashed");
      JournalSettings settings =
          new JournalSettings(
              4096,
              () -> true,
              0640,
              0,
              Duration.ofDays(1),
              Duration.ofDays(1),
              Duration.ofDays(1),
              Duration.ofSeconds(1));
      JournalSpool spool = new JournalSpool(base, settings, Disk.SYSTEM, InstantSource.system());
      UpgradeSample sample = new UpgradeSample(spool);
      sample.fill();
      if (clean) {
        spool.close();
      } else {
        spool.abandon();
      }
      sample.loop.close();
      Files.delete(base.resolve("spool.lock"));
      // the manifest is what was asked for, not what is read back: the test compares the two
      Files.write(base.resolve("manifest.txt"), sample.manifest.values());
    }
  }

  private void fill() throws IOException {
    Envelope live = envelope("live@example.com", Map.of());
    keep(store(live), live, AttemptState.NEW);
    Envelope updated = envelope("updated@example.com", Map.of());
    SpoolEntry entry = store(updated);
    spool.update(entry, new AttemptState(1, 1_800_000_000_000L, "450 busy"));
    spool.update(entry, TRIED);
    keep(entry, updated, TRIED);
    Envelope first = envelope("rewritten@example.com", Map.of("policy", "first"));
    Envelope second = Ledger.bound(first, "other");
    entry = store(first);
    spool.rewrite(entry, second, AttemptState.NEW);
    spool.update(entry, TRIED);
    keep(entry, second, TRIED);
    spool.unlink(store(envelope("unlinked@example.com", Map.of())));
    List<Envelope> batch =
        List.of(
            envelope("batch1@example.com", SpoolClient.awkwardContext()),
            envelope("batch2@example.net", said("batch2@example.net")),
            envelope("batch3@example.net", Map.of()));
    List<SpoolEntry> entries = SpoolClient.store(spool, loop, batch, SpoolClient.body(700, number));
    spool.unlink(entries.get(2));
    spool.update(entries.get(1), TRIED);
    keep(entries.get(0), batch.get(0), AttemptState.NEW);
    keep(entries.get(1), batch.get(1), TRIED);
    Envelope encoded = envelope("encoded@example.com", Map.of());
    keep(storeEncoded(encoded), encoded, AttemptState.NEW);
    for (int i = 0; i < 6; i++) {
      Envelope one = envelope("more" + i + "@example.org", said("more" + i + "@example.org"));
      keep(store(one), one, AttemptState.NEW);
    }
    spool.sync();
  }

  private void keep(SpoolEntry entry, Envelope envelope, AttemptState state) throws IOException {
    EncodedBody body = spool.readEncoded(entry);
    manifest.put(entry.id().toString(), UpgradeTest.line(envelope, state, body.length(), body));
  }

  private SpoolEntry store(Envelope envelope) throws IOException {
    return SpoolClient.store(spool, loop, List.of(envelope), SpoolClient.body(400, number)).get(0);
  }

  private SpoolEntry storeEncoded(Envelope envelope) throws IOException {
    CompletableFuture<List<SpoolEntry>> answer = new CompletableFuture<>();
    spool.store(
        List.of(envelope),
        AttemptState.NEW,
        new EncodedBody(Body.of(new byte[] {31, 0, 1, 2, 3}), 1, 12_345),
        loop,
        new Spool.StoreListener() {
          @Override
          public void stored(List<SpoolEntry> entries) {
            answer.complete(new ArrayList<>(entries));
          }

          @Override
          public void failed(IOException cause) {
            answer.completeExceptionally(cause);
          }
        });
    return SpoolClient.await(answer).get(0);
  }

  private static Map<String, String> said(String recipient) {
    Address address = Address.of(recipient);
    Map<String, String> said = new LinkedHashMap<>();
    said.put("rcptto_domain", address.domain());
    said.put("mailfrom_string", "MAIL FROM:<sender@example.org>");
    said.put("mailfrom_localpart", "sender");
    said.put("mailfrom_domain", "another.example");
    said.put("rcptto_string", "RCPT TO:<" + recipient + ">");
    said.put("rcptto_localpart", address.localpart());
    said.put("message_rcpt_count", "1");
    return said;
  }

  private Envelope envelope(String recipient, Map<String, String> given) {
    number++;
    MessageId id = MessageId.of(number, 4711, 1_800_000_000L + number);
    Map<String, String> context = new LinkedHashMap<>(given);
    context.computeIfPresent("long", (key, value) -> "x".repeat(300));
    return new Envelope(
        id,
        number % 2 == 0 ? id : MessageId.of(number - 1, 4711, 1_800_000_000L),
        number % 3 == 0 ? MessageId.NONE : MessageId.of(7, 4712, 1_799_999_999L),
        number % 4 == 0 ? Address.NULL : Address.of("sender@example.org"),
        Address.of(recipient),
        1_800_000_000_123L + 1000L * number,
        number % 5 == 0 ? "2001:db8::1" : "192.0.2.1",
        number % 6 == 0 ? "ecstream" : "esmtp",
        number % 2 == 0,
        number % 3 == 0,
        number % 4 == 1 ? "group" : "default",
        number % 4 == 1 ? "binding" : "default",
        context,
        Map.of("ehlo_domain", "client.example"));
  }
}
