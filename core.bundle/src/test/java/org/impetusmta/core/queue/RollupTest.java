package org.impetusmta.core.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.FakeConnection;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.Script;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Mail of domains with one MX host in one queue. */
class RollupTest {
  private static final String ROLLED =
      """
      host "node1.big.example" { rollup_mx = true rollup_mx_name = "Big.Example." }
      host "/^mail[0-9]*[.]other[.]example$/" { rollup_mx = true rollup_mx_name = "big.example" }
      """;

  @TempDir
  @SuppressWarnings("NullAway.Init")
  Path folder;

  private RoutedFixture fixture(String text) throws Exception {
    RoutedFixture f = new RoutedFixture(folder, text);
    f.dns
        .mx("one.example", 10, "node1.big.example")
        .mx("two.example", 5, "mail7.other.example")
        .mx("two.example", 9, "elsewhere.example")
        .mx("backup.example", 5, "elsewhere.example")
        .mx("backup.example", 50, "node1.big.example")
        .mx("big.example", 10, "node1.big.example")
        .address("node1.big.example", "192.0.2.1")
        .address("mail7.other.example", "192.0.2.7")
        .address("elsewhere.example", "192.0.2.9")
        .address("plain.example", "192.0.2.5");
    return f;
  }

  @Test
  void mailOfDomainsWithTheHostIsQueuedTogether() throws Exception {
    try (RoutedFixture f =
        fixture(ROLLED + "domain \"big.example\" { max_deliveries_per_connection = 2 }")) {
      for (String domain : new String[] {"one", "two", "backup", "big", "plain"}) {
        for (int i = 0; i < 4; i++) {
          f.t.mail("a@example.com", "b" + i + "@" + domain + ".example");
        }
      }
      f.settle();
      f.until(() -> f.delivered().values().stream().mapToInt(Integer::intValue).sum() == 20);
      assertThat(f.delivered())
          .as("the backup MX of a domain does not count")
          .isEqualTo(
              Map.of(
                  "big.example 192.0.2.1", 12,
                  "backup.example 192.0.2.9", 4,
                  "plain.example 192.0.2.5", 4));
      assertThat(f.t.queue("one.example").maintainer().rollsUpTo()).contains("big.example");
      assertThat(f.t.queue("big.example").maintainer().rollsUpTo()).isEmpty();
      assertThat(f.t.method.connections())
          .filteredOn(c -> c.delivery().domain().equals("big.example"))
          .as("the options of the domain that takes it")
          .allSatisfy(c -> assertThat(c.answered()).isLessThanOrEqualTo(2));
      f.t.advance(Duration.ofMinutes(1));
      f.t.assertEmpty();
    }
  }

  @Test
  void whatFailsForNowStaysThereAndIsFoundAgainAfterARestart() throws Exception {
    try (RoutedFixture f = fixture(ROLLED)) {
      f.t.method.script(
          new Script() {
            @Override
            public Optional<Reply> answer(FakeConnection connection, Message message) {
              return Optional.of(new Reply(451, "4.7.1", "later"));
            }
          });
      MailMessage message = f.t.mail("a@example.com", "b@one.example");
      f.settle();
      f.until(() -> message.retries() == 1);
      assertThat(f.t.queue("big.example").delayedSize()).isEqualTo(1);
      assertThat(f.t.queue("one.example").delayedSize()).isZero();
      assertThat(message.reroutedTo()).as("the spool is not told").isEmpty();
    }
  }

  @Test
  void aBindingMaySayOtherwiseAndAChangeTakesEffectAtOnce() throws Exception {
    try (RoutedFixture f =
        fixture(
            ROLLED
                + "binding \"vip\" { host \"node1.big.example\" { rollup_mx = false } }\n"
                + "suspend_delivery = true")) {
      f.t.mail("a@example.com", "b@one.example");
      f.t.mailFor("", "vip", "b@one.example");
      f.t.run();
      assertThat(f.t.queue("one.example").activeSize()).as("what rests stays").isEqualTo(1);
      f.engine.change(
          transaction -> {
            transaction.set("suspend_delivery = false");
            return true;
          });
      f.settle();
      f.until(() -> f.delivered().size() == 2);
      assertThat(f.delivered())
          .isEqualTo(Map.of("big.example 192.0.2.1", 1, "one.example 192.0.2.1", 1));
    }
  }

  @Test
  void gatewaysAndRoutesAreTheOperatorsWord() throws Exception {
    try (RoutedFixture f =
        fixture(ROLLED + "domain \"one.example\" { gateway = \"node1.big.example\" }")) {
      f.t.mail("a@example.com", "b@one.example");
      f.settle();
      f.until(() -> !f.delivered().isEmpty());
      assertThat(f.delivered()).isEqualTo(Map.of("one.example 192.0.2.1", 1));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "rollup_mx = true|rollup_mx = true: expected a rollup_mx_name beside it",
        "rollup_mx_name = \"a b\"|rollup_mx_name = \"a b\": expected a domain",
        "rollup_mx_name = \".\"|rollup_mx_name = \".\": expected a domain",
      })
  void whatCannotBeMeantIsRefused(String inside, String reason) {
    assertThatThrownBy(
            () ->
                Rollups.check(
                    ShapingTest.engine("host \"mx.example\" { " + inside + " }").current()))
        .isInstanceOf(ConfigException.class)
        .hasMessageMatching("text:\\d+.*")
        .hasMessageEndingWith("in host \"mx.example\": " + reason);
  }
}
