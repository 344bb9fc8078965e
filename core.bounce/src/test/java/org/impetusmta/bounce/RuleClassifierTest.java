package org.impetusmta.bounce;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.impetusmta.api.bounce.BounceClass;
import org.impetusmta.api.bounce.BounceReport;
import org.impetusmta.api.bounce.Classified;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.hook.BounceErrorClassify;
import org.impetusmta.api.hook.SmtpErrorClassify;
import org.impetusmta.api.message.Reply;
import org.junit.jupiter.api.Test;

final class RuleClassifierTest {
  /** A classifier with a configuration, hooks and a clock. */
  static final class Fixture implements Configuration, Generation {
    final AtomicLong nanos = new AtomicLong();
    final List<SmtpErrorClassify> smtp = new ArrayList<>();
    final List<BounceErrorClassify> reports = new ArrayList<>();
    RuleClassifier.Options options = new RuleClassifier.Options(100, Duration.ofSeconds(60));
    final RuleClassifier classifier =
        new RuleClassifier(this, () -> smtp, () -> reports, nanos::get);

    @Override
    public Generation current() {
      return this;
    }

    @Override
    public long number() {
      return 1;
    }

    @Override
    public long reloads() {
      return 0;
    }

    @Override
    public <T extends Record> T options(Class<T> type, ScopePath path) {
      return type.cast(options);
    }

    @Override
    public List<Stanza> stanzas(String name) {
      return List.of();
    }

    Classified classify(String reply, Stage stage) {
      return classifier.classify(Reply.parse(reply), stage, "example.com");
    }

    Classified report(String header, String text) {
      return classifier.classify(
          new BounceReport(Optional.empty(), Optional.empty(), header, text));
    }

    int status(String action, String status, String diagnostic) {
      return classifier
          .classify(
              new BounceReport(
                  Optional.of("joe@example.com"),
                  Optional.of(new BounceReport.Status(action, status, diagnostic)),
                  "",
                  ""))
          .bounceClass()
          .code();
    }
  }

  private final Fixture fixture = new Fixture();

  @Test
  void addressesAndHostNamesSayNothing() {
    assertThat(fixture.classify("550 5.1.1 <spam@virus.example.com>: User unknown", Stage.RCPT_TO))
        .extracting(Classified::bounceClass)
        .isEqualTo(BounceClass.INVALID_RECIPIENT);
    assertThat(Words.of("see mail-spam.example.com: <spam@x.org> [192.0.2.1] 5.1.1 don't"))
        .containsExactly(
            "see", ".mail-spam", ".example", ".com", "<addr>", "<ip>", "5.1.1", "dont");
    assertThat(Words.of("Postfach überfüllt.Bitte warten [internal] x"))
        .containsExactly("postfach", "uberfullt", "bitte", "warten", "[internal]", "x");
  }

  @Test
  void theStageDecidesWhereThereAreNoWords() {
    assertThat(fixture.classify("550 x", Stage.RCPT_TO).bounceClass().code()).isEqualTo(10);
    assertThat(fixture.classify("550 x", Stage.BANNER).bounceClass().code()).isEqualTo(50);
    assertThat(fixture.classify("550 x", Stage.CONFIRMATION).bounceClass().code()).isEqualTo(1);
  }

  @Test
  void aDeliveryStatusIsReadBeforeTheText() {
    assertThat(fixture.status("failed", "5.1.1", "550 5.1.1 user unknown")).isEqualTo(10);
    assertThat(fixture.status("failed", "5.2.2", "")).isEqualTo(22);
    assertThat(fixture.status("failed", "5.0.0", "550 mailbox full")).isEqualTo(22);
    assertThat(fixture.status("failed", "4.4.7", "")).isEqualTo(24);
    assertThat(fixture.status("failed", "4.0.0", "")).isEqualTo(20);
    assertThat(fixture.status("delayed", "4.4.1", "connection refused")).isEqualTo(70);
    assertThat(fixture.status("delivered", "2.0.0", "")).isEqualTo(60);
  }

  @Test
  void aReportWithoutADeliveryStatusIsReadAsText() {
    String daemon = "From: MAILER-DAEMON@example.net\nSubject: failure notice\n";
    assertThat(
            fixture
                .report(daemon, "<joe@example.com>:\nSorry, no mailbox here by that name. (#5.1.1)")
                .bounceClass()
                .code())
        .isEqualTo(10);
    assertThat(fixture.report(daemon, "It failed.").bounceClass().code()).isEqualTo(30);
    assertThat(fixture.report("Subject: hello", "How are you?").bounceClass().code()).isEqualTo(1);
    assertThat(
            fixture
                .report("Subject: Warning: message delayed 4 hours", "It will be retried.")
                .bounceClass()
                .code())
        .isEqualTo(70);
  }

  @Test
  void hooksComeFirstAndWhatTheyAnswerIsRememberedForATime() {
    BounceClass own = BounceClass.custom(99, "profanity");
    AtomicLong calls = new AtomicLong();
    fixture.smtp.add(
        (reply, domain) -> {
          calls.incrementAndGet();
          return domain.equals("example.com")
              ? Optional.of(new Classified(own, "rule"))
              : Optional.empty();
        });
    for (int i = 0; i < 3; i++) {
      assertThat(fixture.classify("550 user unknown", Stage.RCPT_TO).bounceClass()).isEqualTo(own);
    }
    assertThat(calls).hasValue(1);
    fixture.nanos.addAndGet(Duration.ofSeconds(61).toNanos());
    fixture.classify("550 user unknown", Stage.RCPT_TO);
    assertThat(calls).hasValue(2);
    fixture.classifier.forget();
    fixture.classify("550 user unknown", Stage.RCPT_TO);
    assertThat(calls).hasValue(3);
    assertThat(
            fixture
                .classifier
                .classify(Reply.parse("550 user unknown"), Stage.RCPT_TO, "other.example")
                .bounceClass())
        .isEqualTo(BounceClass.INVALID_RECIPIENT);
  }

  @Test
  void whatIsRememberedIsBounded() {
    Remembered remembered = new Remembered(100, Long.MAX_VALUE / 2, () -> 0);
    Classified value = new Classified(BounceClass.GENERIC, "");
    for (int i = 0; i < 1000; i++) {
      remembered.put("key" + i, value);
    }
    assertThat(remembered.size()).isBetween(50, 100);
    assertThat(remembered.get("key999")).isEqualTo(value);
    assertThat(remembered.get("key0")).isNull();
    Remembered none = new Remembered(0, 1, () -> 0);
    none.put("a", value);
    assertThat(none.size()).isZero();
  }
}
