package org.impetusmta.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.FakeConnection;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.Script;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mail that one host cannot take as its sender demands goes to the next before it fails. */
class PassedOnTest {
  private static final Reply UNFIT = new Reply(550, "5.7.30", "[internal] REQUIRETLS required");

  private RoutedFixture f;
  private QueueFixture t;

  /** Hosts that take no mail to {@code secret@}; those that take no connection. */
  private final Set<String> unfit = new HashSet<>();

  private final Set<String> down = new HashSet<>();
  private final List<String> asked = new ArrayList<>();

  @SuppressWarnings("NullAway.Init")
  PassedOnTest() {}

  @BeforeEach
  void start(@TempDir Path folder) throws Exception {
    configure(folder, "");
  }

  private void configure(Path folder, String text) throws Exception {
    f = new RoutedFixture(folder, text);
    t = f.t;
    f.dns
        .mx("d.example", 10, "a.example")
        .mx("d.example", 20, "b.example")
        .mx("d.example", 30, "c.example")
        .address("a.example", "192.0.2.1")
        .address("b.example", "192.0.2.2")
        .address("c.example", "192.0.2.3");
    t.method.script(
        new Script() {
          @Override
          public Optional<Reply> connect(FakeConnection connection) {
            return down.contains(connection.delivery().host())
                ? Optional.of(new Reply(451, "4.4.1", "[internal] refused"))
                : Optional.empty();
          }

          @Override
          public Optional<Reply> passOn(FakeConnection connection, Message message) {
            String host = connection.delivery().host();
            if (!message.recipient().localpart().equals("secret")) {
              return Optional.empty();
            }
            asked.add(host);
            return unfit.contains(host) ? Optional.of(UNFIT) : Optional.empty();
          }
        });
  }

  @AfterEach
  void stop() throws Exception {
    f.close();
  }

  private void mail(String... localparts) {
    for (String localpart : localparts) {
      t.mail("a@example.com", localpart + "@d.example");
    }
    f.settle();
  }

  @Test
  void theNextHostsAreAskedInOrder() {
    unfit.addAll(List.of("a.example", "b.example"));
    mail("plain", "secret", "plain");
    f.until(() -> f.delivered().values().stream().mapToInt(Integer::intValue).sum() == 3);
    assertThat(asked).containsExactly("a.example", "b.example", "c.example");
    assertThat(f.delivered())
        .as("other mail stays with the best host")
        .isEqualTo(Map.of("d.example 192.0.2.1", 2, "d.example 192.0.2.3", 1));
    t.advance(Duration.ofMinutes(5));
    t.assertEmpty();
    assertThat(t.queue("d.example").inFlightSize()).isZero();
  }

  @Test
  void itFailsWhenAllHaveRefusedIt() {
    unfit.addAll(List.of("a.example", "b.example", "c.example"));
    mail("secret");
    f.until(() -> t.counters.failed.sum() == 1);
    assertThat(asked).containsExactly("a.example", "b.example", "c.example");
    assertThat(t.events()).contains("P 2 0 " + UNFIT);
  }

  @Test
  void itWaitsForAHostThatIsDown() {
    unfit.addAll(List.of("a.example", "b.example"));
    down.add("c.example");
    MailMessage message = t.mail("a@example.com", "secret@d.example");
    f.settle();
    f.until(() -> message.retries() == 1);
    assertThat(t.events()).containsExactly("T 0 0 " + Maintainer.NO_VALID_HOSTS);
    down.clear();
    t.advance(Duration.ofMinutes(20));
    f.until(() -> t.counters.delivered.sum() == 1);
    assertThat(f.delivered()).isEqualTo(Map.of("d.example 192.0.2.3", 1));
  }

  @Test
  void aHostThatAModuleForbidsIsPassedBy() {
    unfit.add("a.example");
    List<String> forbidden = new ArrayList<>(List.of("b.example"));
    t.hooks.add(
        org.impetusmta.api.hook.VetoHostConnection.class,
        (domain, host, address) ->
            forbidden.contains(host)
                ? Optional.of(new Reply(451, "4.7.0", "not now"))
                : Optional.empty());
    mail("secret");
    f.until(() -> t.counters.delivered.sum() == 1);
    assertThat(f.delivered()).isEqualTo(Map.of("d.example 192.0.2.3", 1));
    t.advance(Duration.ofMinutes(5));
    forbidden.add("c.example");
    MailMessage message = t.mail("a@example.com", "secret@d.example");
    f.until(() -> message.retries() == 1);
    assertThat(t.events()).contains("T 0 0 451 4.7.0 not now");
  }

  @Test
  void aFloodOfItIsBoundedAndAllOfItArrives() {
    unfit.add("a.example");
    String[] many = new String[1_000];
    java.util.Arrays.fill(many, "secret");
    int[] most = {0};
    t.hooks.add(
        org.impetusmta.api.hook.VetoHostConnection.class,
        (domain, host, address) -> {
          most[0] = Math.max(most[0], t.queue("d.example").maintainer().passedOn().all().size());
          return Optional.empty();
        });
    mail(many);
    f.until(() -> t.counters.delivered.sum() == many.length);
    assertThat(f.delivered()).isEqualTo(Map.of("d.example 192.0.2.2", many.length));
    assertThat(most[0]).isLessThanOrEqualTo(100 + t.method.connections().size());
    t.advance(Duration.ofMinutes(5));
    t.assertEmpty();
  }

  @Test
  void aThrottleHoldsForItToo(@TempDir Path folder) throws Exception {
    f.close();
    configure(folder, "outbound_throttle_messages = 2/60");
    unfit.add("a.example");
    mail("secret", "secret");
    t.run();
    t.advance(Duration.ofMinutes(3));
    f.until(() -> t.counters.delivered.sum() == 2);
    assertThat(f.delivered()).isEqualTo(Map.of("d.example 192.0.2.2", 2));
  }

  @Test
  void suspendingPutsItBack() throws Exception {
    unfit.add("a.example");
    down.addAll(List.of("b.example", "c.example"));
    t.method.script(
        new Script() {
          @Override
          public boolean manual() {
            return true;
          }
        });
    mail("secret");
    f.until(() -> t.method.connections().size() == 1);
    FakeConnection first = t.method.last();
    first.byHandConnected();
    first.byHandNext();
    t.run();
    MailMessage message = (MailMessage) first.taken().getFirst();
    first.delivery().loop().execute(() -> passOn(first, message));
    t.run();
    assertThat(t.queue("d.example").inFlightSize()).isEqualTo(1);
    f.engine.change(
        transaction -> {
          transaction.set("suspend_delivery = true");
          return true;
        });
    t.run();
    assertThat(t.queue("d.example").activeSize()).isEqualTo(1);
    assertThat(t.queue("d.example").inFlightSize()).isZero();
  }

  private static void passOn(FakeConnection connection, Message message) {
    connection.delivery().passOn(message, org.impetusmta.api.delivery.Stage.MAIL_FROM, UNFIT);
  }
}
