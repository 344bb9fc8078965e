package org.impetusmta.module.alerting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.MessageOperations;
import org.impetusmta.api.message.NewMessage;
import org.impetusmta.api.message.Reply;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.log.LoggedMessage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AlertsTest {
  private static final Address FROM = Address.of("alert@example.com");
  private static final List<Address> TO = List.of(Address.of("admin@company.com"));

  private final ManualClock clock = new ManualClock(1_209_067_200_000L);
  private final List<NewMessage> built = new ArrayList<>();
  private final List<String> injected = new ArrayList<>();

  /** Builds and injects, nothing else. */
  private final MessageOperations operations =
      (MessageOperations)
          Proxy.newProxyInstance(
              getClass().getClassLoader(),
              new Class<?>[] {MessageOperations.class},
              (_, method, arguments) ->
                  switch (method.getName()) {
                    case "build" -> {
                      built.add((NewMessage) arguments[0]);
                      yield Body.of(new byte[] {'x'});
                    }
                    case "inject" -> {
                      injected.add(arguments[1] + " " + arguments[2]);
                      yield CompletableFuture.completedFuture(List.of(MessageId.NONE));
                    }
                    default -> throw new UnsupportedOperationException(method.getName());
                  });

  private Alerts module(long size) {
    return new Alerts(new Alerts.Options(Duration.ofSeconds(3600), size), operations, clock);
  }

  @Test
  void countersByBindingAndDomain() {
    Alerts alerts = module(1_048_576);
    assertThat(alerts.incCount("default", "Example.com", "k")).isEqualTo(1);
    assertThat(alerts.incCount("default", "example.com", "k")).isEqualTo(2);
    assertThat(alerts.incCount("other", "example.com", "k")).isEqualTo(1);
    assertThat(alerts.count("default", "example.com", "k")).isEqualTo(2);
    assertThat(alerts.count("default", "example.com", "none")).isZero();
    clock.advance(Duration.ofSeconds(3599));
    alerts.incCount("default", "example.com", "k");
    clock.advance(Duration.ofSeconds(3599));
    assertThat(alerts.count("default", "example.com", "k")).isEqualTo(3);
    assertThat(alerts.count("other", "example.com", "k")).as("its time is over").isZero();
    clock.advance(Duration.ofSeconds(1));
    assertThat(alerts.incCount("default", "example.com", "k")).isEqualTo(1);
    alerts.reset("default", "example.com", "k");
    assertThat(alerts.count("default", "example.com", "k")).isZero();
  }

  @Test
  void theCacheHasASize() {
    Alerts alerts = module(1_024);
    for (int i = 0; i < 100; i++) {
      alerts.incCount("default", "example.com", "k" + i);
    }
    assertThat(alerts.figures().entries()).isBetween(3L, 8L);
    assertThat(alerts.figures().evicted()).isEqualTo(100 - alerts.figures().entries());
    assertThat(alerts.count("default", "example.com", "k99")).isEqualTo(1);
    assertThat(alerts.count("default", "example.com", "k0")).isZero();
    assertThat(alerts.name()).isEqualTo("alerting:counters");
  }

  @Test
  void theManualsMail() throws Exception {
    Alerts alerts = module(1_048_576);
    Duration throttle = Duration.ofSeconds(180);
    String subject = "failure, test.messagesystems.com";
    assertThat(alerts.send(FROM, TO, subject, "threshold exceeded", throttle).get()).hasSize(1);
    assertThat(alerts.send(FROM, TO, subject, "threshold exceeded", throttle).get()).isEmpty();
    assertThat(alerts.send(FROM, TO, "another", "threshold exceeded", throttle).get()).hasSize(1);
    clock.advance(Duration.ofSeconds(179));
    assertThat(alerts.send(FROM, TO, subject, "again", throttle).get()).isEmpty();
    clock.advance(Duration.ofSeconds(1));
    assertThat(alerts.send(FROM, TO, subject, "again", throttle).get()).hasSize(1);
    assertThat(alerts.send(FROM, TO, subject, "again", Duration.ZERO).get()).hasSize(1);
    assertThat(injected).hasSize(4).containsOnly(FROM + " " + TO);
    assertThat(built.getFirst().headers())
        .contains(
            Map.entry("From", "alert@example.com"),
            Map.entry("To", "admin@company.com"),
            Map.entry("Subject", subject),
            Map.entry("Auto-Submitted", "auto-generated"));
    assertThat(built.getFirst().parts())
        .containsExactly(Map.entry("text/plain", "threshold exceeded"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"two\nlines", "a\r\nBcc: all@example.com", "nul\0"})
  void noSubject(String subject) {
    assertThatThrownBy(() -> module(1_024).send(FROM, TO, subject, "x", Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(injected).isEmpty();
  }

  @Test
  void noRecipient() {
    assertThatThrownBy(() -> module(1_024).send(FROM, List.of(), "s", "x", Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private void attempts(Alerts alerts, int delivered, int failed) {
    MessageId id = MessageId.NONE;
    LoggedMessage message =
        new LoggedMessage(id, id, id, FROM, TO.getFirst(), "unknown", "esmtp", 0, 1);
    for (int i = 0; i < delivered; i++) {
      alerts.logDelivery(
          new LogEvent.Delivery(
              0, message, "company.com", 1, "g", "pink", 0, "h", new Reply(250, "", "ok")));
    }
    for (int i = 0; i < failed; i++) {
      alerts.logPermanentFailure(
          new LogEvent.Failure(
              0,
              true,
              message,
              "company.com",
              0,
              "g",
              "pink",
              Stage.RCPT_TO,
              0,
              Optional.empty(),
              new Reply(550, "", "no")));
    }
  }

  @Test
  void failureRates() {
    Alerts alerts = module(1_024);
    attempts(alerts, 89, 10);
    assertThat(alerts.failureRate("pink", "company.com", Duration.ofMinutes(30))).isZero();
    attempts(alerts, 1, 0);
    assertThat(alerts.failureRate("pink", "Company.com", Duration.ofMinutes(30))).isEqualTo(0.1);
    assertThat(alerts.failureRate("default", "company.com", Duration.ofMinutes(30))).isZero();
    clock.advance(Duration.ofMinutes(31));
    attempts(alerts, 0, 100);
    assertThat(alerts.failureRate("pink", "company.com", Duration.ofMinutes(30))).isEqualTo(1);
    assertThat(alerts.failureRate("pink", "company.com", Duration.ofHours(1))).isEqualTo(0.55);
  }
}
