package org.impetusmta.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.FakeConnection;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.Script;
import org.impetusmta.testkit.queue.MemorySpool;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A network and an operator that do anything: in the end every message was delivered or failed
 * exactly once, and nothing is left.
 */
class LedgerTest {
  private static final class Chaos implements Script {
    private final Random random;
    private final boolean batches;
    private boolean calm;

    Chaos(long seed) {
      random = new Random(seed);
      batches = seed % 4 != 0;
    }

    @Override
    public boolean batches() {
      return batches;
    }

    @Override
    public Optional<Reply> connect(FakeConnection connection) {
      return !calm && random.nextInt(5) == 0
          ? Optional.of(new Reply(451, "4.4.1", "[internal] refused"))
          : Optional.empty();
    }

    @Override
    public Optional<Reply> answer(FakeConnection connection, Message message) {
      int dice = calm ? 99 : random.nextInt(100);
      if (dice < 10) {
        return Optional.empty();
      }
      if (dice < 30) {
        return Optional.of(new Reply(451, "4.7.1", "later " + random.nextInt(3)));
      }
      if (dice < 40) {
        return Optional.of(new Reply(550, "5.1.1", "never"));
      }
      return Optional.of(new Reply(250, "2.0.0", "OK"));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void nothingIsLostAndNothingDoubled(long seed) throws Exception {
    Random random = new Random(seed);
    QueueFixture t =
        new QueueFixture(
            new MemorySpool(),
            true,
            Map.of("keep_message_dicts_in_memory", Boolean.toString(random.nextBoolean())));
    Chaos chaos = new Chaos(seed);
    t.method.script(chaos);
    t.set("max_resident_active_queue", Integer.toString(random.nextInt(6) - 1));
    t.set("max_outbound_connections", Integer.toString(1 + random.nextInt(5)));
    t.set("max_deliveries_per_connection", Integer.toString(random.nextInt(4)));
    t.set("max_recipients_per_batch", Integer.toString(1 + random.nextInt(10)));
    t.set("expensive_batch_assessment", Boolean.toString(random.nextBoolean()));
    if (random.nextBoolean()) {
      t.spool.mapping();
    }
    t.set("never_attempt_expired_messages", Boolean.toString(random.nextBoolean()));
    t.set("inline_transfail_processing", Boolean.toString(random.nextBoolean()));
    t.set("transfail_drain_rate", "2");
    t.set("max_resident_transfails", Integer.toString(random.nextInt(3)));
    t.set("drop_body_after_trans_fail", Integer.toString(random.nextInt(4)));
    t.set("delayed_binding_domain_fuzz", Integer.toString(random.nextInt(2) * 256));
    t.set("max_resident_messages_per_binding", Integer.toString(random.nextInt(10)));
    Set<MessageId> accepted = new HashSet<>();
    for (int step = 0; step < 300; step++) {
      switch (random.nextInt(15)) {
        case 0, 1 -> {
          String[] recipients = new String[1 + random.nextInt(12)];
          for (int i = 0; i < recipients.length; i++) {
            recipients[i] = "r" + i + "@d" + random.nextInt(2) + ".example";
          }
          t.batch("a@d0.example", recipients).forEach(m -> accepted.add(m.id()));
        }
        case 2, 3, 4, 5, 14 -> {
          for (int i = random.nextInt(8); i >= 0; i--) {
            String sender = random.nextInt(3) == 0 ? "" : "a@d" + random.nextInt(4) + ".example";
            MailMessage mail =
                t.message(sender, "b@d" + random.nextInt(4) + ".example", "Subject: 1\r\n\r\n");
            mail.setPriority(random.nextInt(4) == 0);
            mail.context().set("spam", "no");
            mail.stored(t.spool.put(mail.envelope(), mail.body(), AttemptState.NEW));
            t.queues.enqueue(mail);
            accepted.add(mail.id());
          }
        }
        case 6 -> t.scheduler.run();
        case 7 -> t.advance(Duration.ofSeconds(random.nextInt(4000)));
        case 8 -> t.scheduler.pump(() -> t.domains.flush("all", Optional.empty()));
        case 9 -> {
          String domain = "d" + random.nextInt(4) + ".example";
          boolean quiet = random.nextBoolean();
          t.scheduler.pump(() -> t.domains.failDomain(domain, quiet));
        }
        case 12 -> t.queues.memory().rest(random.nextBoolean() ? QueueFixture.HEAP : 0);
        case 13 -> t.set("max_resident_active_queue", Integer.toString(random.nextInt(6) - 1));
        case 10 -> t.set("suspend_delivery", Boolean.toString(random.nextBoolean()));
        default -> t.spool.failStores(random.nextInt(20) / 19);
      }
      assertThat(t.queues.totalSize()).isEqualTo(t.spool.messages().size());
    }
    t.set("suspend_delivery", "false");
    t.queues.memory().rest(0);
    chaos.calm = true;
    t.advance(Duration.ofDays(3));
    t.assertEmpty();
    assertThat(t.method.open()).isEmpty();
    assertThat(t.queues.limit().connections()).isZero();
    Map<MessageId, Integer> ended = new HashMap<>();
    for (LogEvent event : t.log) {
      switch (event) {
        case LogEvent.Reception r -> accepted.add(r.message().id());
        case LogEvent.Delivery d -> ended.merge(d.message().id(), 1, Integer::sum);
        case LogEvent.Failure f when f.permanent() ->
            ended.merge(f.message().id(), 1, Integer::sum);
        default -> {
          // an attempt that does not end a message
        }
      }
    }
    assertThat(ended.keySet()).isEqualTo(accepted);
    assertThat(ended.values()).allMatch(count -> count == 1);
    assertThat(t.counters.delivered.sum() + t.counters.failed.sum()).isEqualTo(accepted.size());
    t.advance(Duration.ofMinutes(30));
    assertThat(t.queues.queues()).as("queues without mail are forgotten").isEmpty();
  }
}
