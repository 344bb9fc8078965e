package org.impetusmta.core.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.data.Percentage;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.hook.CheckOutboundConnThrottle;
import org.impetusmta.api.hook.CheckOutboundMessThrottle;
import org.impetusmta.api.hook.IncOutboundConnThrottle;
import org.impetusmta.api.hook.IncOutboundMessThrottle;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.MessageThresholds;
import org.impetusmta.api.message.Reply;
import org.impetusmta.core.bounce.BounceOptions;
import org.impetusmta.core.bounce.BounceRenderingOptions;
import org.impetusmta.core.bounce.SuppressedRecipients;
import org.impetusmta.core.config.ConfigEngine;
import org.impetusmta.core.config.option.OptionCatalog;
import org.impetusmta.core.route.AddressMetricsOptions;
import org.impetusmta.core.route.DaneOptions;
import org.impetusmta.core.route.DnsOptions;
import org.impetusmta.core.route.DnsServerOptions;
import org.impetusmta.core.route.DnssecOptions;
import org.impetusmta.core.route.RouteOptions;
import org.impetusmta.core.route.RoutingOptions;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.FakeConnection;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.Script;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Throttles and caps with the stanzas that say them, in the order of the manual's pages. */
class ShapingTest {
  private static final Script MANUAL =
      new Script() {
        @Override
        public boolean manual() {
          return true;
        }
      };

  static ConfigEngine engine(String text) throws ConfigException {
    OptionCatalog catalog = new OptionCatalog();
    for (Class<? extends Record> set :
        List.<Class<? extends Record>>of(
            QueueOptions.class,
            ShapingOptions.class,
            HostShapingOptions.class,
            HostOptions.class,
            HostRollupOptions.class,
            AddressMetricsOptions.class,
            DiscardOptions.class,
            BindingQueueOptions.class,
            ServerQueueOptions.class,
            MessageThresholds.class,
            ExclusionOptions.class,
            BounceOptions.class,
            BounceRenderingOptions.class,
            SuppressedRecipients.Options.class,
            RouteOptions.class,
            DnsOptions.class,
            DnsServerOptions.class,
            DnssecOptions.class,
            RoutingOptions.class,
            MultiVipOptions.class,
            DialogueTraces.Options.class,
            BindAddressOptions.class,
            DaneOptions.class)) {
      catalog.declare(set, "core.bundle");
    }
    return ConfigEngine.ofText(catalog, "gateway = \"192.0.2.1\"\n" + text);
  }

  private ConfigEngine engine;
  private QueueFixture t;

  ShapingTest() throws ConfigException {
    engine = engine("");
    t = new QueueFixture(engine);
  }

  private void configure(String text) throws ConfigException {
    engine = engine(text);
    t = new QueueFixture(engine);
    engine.addParticipant(t.queues);
  }

  private void change(String typed) throws ConfigException {
    engine.change(transaction -> transaction.set(typed));
    t.run();
  }

  private void mail(int count, String group, String binding, String domain) {
    for (int i = 0; i < count; i++) {
      t.mailFor(group, binding, "u" + i + "@" + domain);
    }
  }

  private int delivered() {
    return (int) t.log.stream().filter(LogEvent.Delivery.class::isInstance).count();
  }

  private int delivered(String binding) {
    return (int)
        t.log.stream()
            .filter(event -> event instanceof LogEvent.Delivery d && d.binding().equals(binding))
            .count();
  }

  // ---- shared buckets ----

  /** conf.ref.outbound_throttle_messages: what falls back to one scope shares its bucket. */
  @Test
  void whatFallsBackToAScopeSharesItsBucket() throws Exception {
    configure(
        """
        binding_group "mygroup" {
          Outbound_Throttle_Messages = "10"
          binding "mybinding1" {}
          binding "mybinding2" {}
          domain "mydomain1" {}
        }
        """);
    mail(20, "mygroup", "mybinding1", "other1.example");
    mail(20, "mygroup", "mybinding2", "other2.example");
    mail(20, "mygroup", "mybinding2", "mydomain1");
    t.run();
    assertThat(delivered()).isEqualTo(10);
    t.advance(Duration.ofMillis(999));
    assertThat(delivered()).isEqualTo(10);
    t.advance(Duration.ofMillis(1));
    assertThat(delivered()).isEqualTo(20);
    t.advance(Duration.ofSeconds(4));
    t.assertEmpty();
  }

  /** The same page: a scope that says the throttle has a bucket of its own. */
  @Test
  void everyScopeThatSaysAThrottleHasItsOwn() throws Exception {
    configure(
        """
        binding_group "mygroup" {
          outbound_throttle_messages = "10"
          binding "mybinding1" { outbound_throttle_messages = "10" }
          binding "mybinding2" { outbound_throttle_messages = "10" }
          domain "mydomain1" { outbound_throttle_messages = "10" }
        }
        """);
    mail(20, "mygroup", "mybinding1", "other1.example");
    mail(20, "mygroup", "mybinding2", "other2.example");
    mail(20, "mygroup", "mybinding2", "mydomain1");
    mail(20, "mygroup", "mybinding3", "other3.example");
    t.run();
    assertThat(delivered()).isEqualTo(40);
    t.advance(Duration.ofSeconds(1));
    t.assertEmpty();
  }

  @Test
  void aRegexDomainIsOneBucketAndZeroIsNone() throws Exception {
    configure(
        """
        outbound_throttle_messages = "1/60"
        domain "/(?:^|[.])example[.](?:com|co[.]uk)$/" { outbound_throttle_messages = 10/60 }
        domain "free.example" { outbound_throttle_messages = 0 }
        """);
    mail(8, "", "", "a.example.com");
    mail(8, "", "", "example.co.uk");
    mail(30, "", "", "free.example");
    mail(3, "", "", "other.example");
    t.run();
    assertThat(delivered()).isEqualTo(10 + 30 + 1);
    t.advance(Duration.ofSeconds(60));
    assertThat(delivered()).isEqualTo(16 + 30 + 2);
  }

  /** Regression MO-6744: a throttle of the binding and one of the domain are not both counted. */
  @Test
  void aThrottleOfABindingAndOneOfItsDomainDoNotAddUp() throws Exception {
    configure(
        """
        max_deliveries_per_connection = 1
        binding "b" {
          outbound_throttle_connections = 2/60
          domain "d.example" { outbound_throttle_connections = 3/60 }
        }
        domain "d.example" { outbound_throttle_connections = 1/60 }
        """);
    mail(3, "", "b", "d.example");
    mail(2, "", "b", "e.example");
    t.run();
    assertThat(delivered()).as("both throttles are unused but for their own mail").isEqualTo(5);
    mail(1, "", "b", "d.example");
    mail(1, "", "b", "e.example");
    t.run();
    assertThat(delivered()).isEqualTo(5);
    t.advance(Duration.ofSeconds(60));
    assertThat(delivered()).isEqualTo(7);
  }

  // ---- acceptance: rates over a minute ----

  @ParameterizedTest
  @CsvSource({"10, 60", "100, 60", "10000, 4"})
  void aSharedBucketHoldsItsRateAcrossAReload(int rate, int seconds) throws Exception {
    configure("outbound_throttle_messages = " + rate);
    int domains = 5;
    for (int i = 0; i < domains; i++) {
      mail(rate * (seconds + 2) / domains, "", "", "d" + i + ".example");
    }
    t.run();
    for (int second = 1; second <= seconds; second++) {
      t.advance(Duration.ofMillis(500));
      if (second == seconds / 2) {
        engine.reload(Optional.empty());
        t.run();
      }
      t.advance(Duration.ofMillis(second == seconds ? 499 : 500));
    }
    assertThat(delivered()).isCloseTo(rate * seconds, Percentage.withPercentage(2));
    List<Long> shares = new ArrayList<>();
    for (int i = 0; i < domains; i++) {
      shares.add(t.queue("d" + i + ".example").deliveries());
    }
    assertThat(shares).as("no queue starves").allMatch(share -> share > rate * seconds / 20);
  }

  @ParameterizedTest
  @CsvSource({"10, 60", "100, 60", "10000, 3"})
  void bucketsOfTheirOwnHoldTheirRates(int rate, int seconds) throws Exception {
    configure(
        """
        binding "one" { outbound_throttle_messages = %d }
        binding "two" { outbound_throttle_messages = %d/10 }
        """
            .formatted(rate, rate));
    mail(rate * (seconds + 2), "", "one", "d.example");
    mail(rate * seconds / 10 + 2 * rate, "", "two", "d.example");
    t.run();
    t.advance(Duration.ofMillis(seconds * 1_000L - 1));
    assertThat(delivered("one")).isCloseTo(rate * seconds, Percentage.withPercentage(2));
    assertThat(delivered("two"))
        .isCloseTo(rate * Math.ceilDiv(seconds, 10), Percentage.withPercentage(2));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void idleConnectionsThatAskAtOnceHoldTheRate(boolean atOnce) throws Exception {
    configure(
        "outbound_throttle_messages = 20/10\nconnection_allocation_aggressiveness = high\n"
            + "idle_timeout = 60");
    t.method.script(
        new Script() {
          @Override
          public boolean asksWhileWoken() {
            return atOnce;
          }
        });
    mail(110, "", "", "d.example");
    mail(110, "", "b", "e.example");
    t.run();
    for (int lap = 1; lap < 11; lap++) {
      assertThat(delivered()).isEqualTo(20 * lap);
      t.advance(Duration.ofSeconds(10));
    }
    assertThat(t.method.open().size()).as("they idle meanwhile").isGreaterThan(1);
  }

  @Test
  void aChangeOnlineTakesEffectAtOnce() throws Exception {
    configure("outbound_throttle_messages = 1/3600");
    mail(100, "", "", "d.example");
    t.run();
    assertThat(delivered()).isEqualTo(1);
    change("outbound_throttle_messages = 10/60");
    t.advance(Duration.ofMillis(2));
    assertThat(delivered()).as("the one that left counts").isEqualTo(10);
    change("outbound_throttle_messages = 0");
    t.advance(Duration.ofMillis(2));
    assertThat(delivered()).isEqualTo(100);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ten", "10/0", "-1", "1/2/3", "1.5", "10/", "/5", "999999999999"})
  void whatIsNoThrottleIsRefused(String value) {
    assertThatThrownBy(
            () ->
                engine(
                    "domain \"d.example\" {\n outbound_throttle_messages = \"" + value + "\"\n}"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(":3")
        .hasMessageContaining("a throttle, number or number/seconds")
        .hasMessageContaining("outbound_throttle_messages");
  }

  // ---- connections ----

  @Test
  void connectionsAreThrottled() throws Exception {
    configure("outbound_throttle_connections = 3/10\nmax_deliveries_per_connection = 1");
    mail(5, "", "", "d.example");
    mail(5, "", "b", "e.example");
    t.run();
    assertThat(t.method.connections()).hasSize(3);
    assertThat(delivered()).isEqualTo(3);
    t.advance(Duration.ofMillis(9_999));
    assertThat(t.method.connections()).hasSize(3);
    t.advance(Duration.ofMillis(1));
    assertThat(t.method.connections()).hasSize(6);
    t.advance(Duration.ofSeconds(20));
    assertThat(delivered()).isEqualTo(10);
  }

  @Test
  void siblingsOfATransactionCount() throws Exception {
    configure("outbound_throttle_messages = 4/60");
    t.method.script(
        new Script() {
          @Override
          public boolean batches() {
            return true;
          }
        });
    t.batch(
        "a@example.com",
        "1@d.example",
        "2@d.example",
        "3@d.example",
        "4@d.example",
        "5@d.example",
        "6@d.example");
    t.run();
    assertThat(delivered()).isEqualTo(4);
    assertThat(t.method.last().transactions().getFirst()).hasSize(4);
    t.advance(Duration.ofSeconds(60));
    assertThat(delivered()).isEqualTo(6);
  }

  @Test
  void aConnectionEndsAfterItsRecipients() throws Exception {
    configure("domain \"d.example\" { max_recipients_per_connection = 3 }");
    t.method.script(
        new Script() {
          @Override
          public Optional<Reply> answer(FakeConnection connection, Message message) {
            return Optional.of(new Reply(550, "5.1.1", "nobody"));
          }
        });
    mail(7, "", "", "d.example");
    t.run();
    List<FakeConnection> all =
        t.method.connections().stream()
            .filter(c -> c.delivery().domain().equals("d.example"))
            .toList();
    assertThat(all).as("refused ones count").allMatch(connection -> connection.answered() <= 3);
    assertThat(all.stream().mapToInt(FakeConnection::answered).sum()).isEqualTo(7);
  }

  @Test
  void aScopeSharesItsCapOfConnections() throws Exception {
    configure(
        """
        connection_allocation_aggressiveness = high
        domain "/^(wanadoo|orange)\\.fr$/" { scope_max_outbound_connections = 3 }
        """);
    t.method.script(MANUAL);
    mail(10, "", "", "wanadoo.fr");
    mail(10, "", "b", "orange.fr");
    mail(1, "", "", "other.fr");
    t.run();
    connectAll();
    assertThat(open("wanadoo.fr") + open("orange.fr")).isEqualTo(3);
    assertThat(open("other.fr")).isEqualTo(1);
    change("domain \"/^(wanadoo|orange)\\.fr$/\" scope_max_outbound_connections = 5");
    connectAll();
    assertThat(open("wanadoo.fr") + open("orange.fr")).isEqualTo(5);
    // a cap that comes later knows what is open
    change("domain orange.fr scope_max_outbound_connections = 1");
    change("domain wanadoo.fr scope_max_outbound_connections = 50");
    connectAll();
    assertThat(open("wanadoo.fr")).as("in the place of max_outbound_connections").isEqualTo(10);
    t.method.script(new Script() {});
    for (FakeConnection connection : t.method.open()) {
      connection.byHandNext();
      t.run();
      connection.byHandAnswer(new Reply(250, "", "OK"));
      connection.byHandClose(Stage.IDLE, Optional.empty());
      t.run();
    }
    t.advance(Duration.ofSeconds(6));
    assertThat(delivered()).as("whoever waits for a place gets one").isEqualTo(21);
    t.assertEmpty();
  }

  /** Establishes what is being opened until nothing more is. */
  private void connectAll() {
    int before = -1;
    while (t.method.connections().size() > before) {
      before = t.method.connections().size();
      for (FakeConnection connection : t.method.open()) {
        if (connected.add(connection)) {
          connection.byHandConnected();
        }
      }
      t.run();
    }
  }

  private final Set<FakeConnection> connected = new HashSet<>();

  private int open(String domain) {
    return (int) t.method.open().stream().filter(c -> c.delivery().domain().equals(domain)).count();
  }

  // ---- discarding ----

  @ParameterizedTest
  @ValueSource(strings = {"true", "inline", "internal"})
  void blackholedMailFailsWithAReport(String value) throws Exception {
    configure("generate_bounces = false\nsuspend_delivery = true");
    mail(3, "", "", "d.example");
    mail(1, "", "", "e.example");
    t.run();
    change("domain d.example blackhole = " + value);
    t.run();
    assertThat(t.events())
        .containsExactly(
            "P 0 0 554 5.7.0 [internal] Blackholed",
            "P 0 0 554 5.7.0 [internal] Blackholed",
            "P 0 0 554 5.7.0 [internal] Blackholed");
    mail(1, "", "", "d.example");
    t.run();
    assertThat(t.events()).containsExactly("P 0 0 554 5.7.0 [internal] Blackholed");
    assertThat(t.queues.refuses("d.example")).isEqualTo(!value.equals("internal"));
    assertThat(t.queues.refuses("e.example")).isFalse();
    assertThat(t.method.connections()).isEmpty();
    assertThat(t.queues.totalSize()).isEqualTo(1);
  }

  // ---- modules ----

  @Test
  void modulesHoldBackAndCount() throws Exception {
    configure("max_outbound_connections = 1");
    List<String> counted = new ArrayList<>();
    Instant messages = Instant.ofEpochMilli(QueueFixture.START + 7_000);
    Instant connections = Instant.ofEpochMilli(QueueFixture.START + 3_000);
    t.hooks.add(
        CheckOutboundConnThrottle.class,
        (binding, domain, now) ->
            now.isBefore(connections) ? Optional.of(connections) : Optional.empty());
    t.hooks.add(
        CheckOutboundMessThrottle.class,
        (binding, domain, now) ->
            now.isBefore(messages) ? Optional.of(messages) : Optional.empty());
    t.hooks.add(IncOutboundConnThrottle.class, (binding, domain) -> counted.add("conn " + domain));
    t.hooks.add(IncOutboundMessThrottle.class, (binding, domain) -> counted.add("mess " + domain));
    mail(2, "", "", "d.example");
    t.run();
    t.advance(Duration.ofMillis(6_999));
    assertThat(delivered()).isZero();
    assertThat(counted).isEmpty();
    t.advance(Duration.ofMillis(1));
    assertThat(delivered()).isEqualTo(2);
    assertThat(counted).containsExactly("conn d.example", "mess d.example", "mess d.example");
  }
}
