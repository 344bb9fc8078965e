package org.impetusmta.module.bounce_classifier_override;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.bounce.BounceClass;
import org.impetusmta.api.bounce.BounceClassifier;
import org.impetusmta.api.bounce.BounceReport;
import org.impetusmta.api.bounce.Classified;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.datasource.Rows;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Reply;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.console.Typed;
import org.impetusmta.testkit.datasource.StandInDatasource;
import org.impetusmta.testkit.datasource.StandInDatasources;
import org.impetusmta.testkit.io.FileWrappers;
import org.impetusmta.testkit.queue.TestScheduler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BounceClassifierOverrideTest {
  @TempDir Path etc;

  private final TestScheduler scheduler = new TestScheduler(new ManualClock(0), 1);
  private final StandInDatasources datasources = new StandInDatasources();
  private int forgotten;

  private final BounceClassifier classifier =
      new BounceClassifier() {
        @Override
        public Classified classify(Reply reply, Stage stage, String domain) {
          return new Classified(BounceClass.GENERIC, reply.code() + " by a rule");
        }

        @Override
        public Classified classify(BounceReport report) {
          return new Classified(BounceClass.GENERIC, "");
        }

        @Override
        public void forget() {
          forgotten++;
        }
      };

  private BounceClassifierOverride module(String userSmtp, boolean system, Map<String, String> own)
      throws ConfigException {
    return new BounceClassifierOverride(
        new BounceClassifierOverride.Options(
            Optional.of(own),
            system,
            Duration.ofSeconds(300),
            etc.resolve("system.ovr").toString(),
            BounceClassifierOverride.SYSTEM_MDN,
            userSmtp,
            BounceClassifierOverride.USER_MDN),
        classifier,
        new FileWrappers(),
        datasources,
        scheduler,
        etc);
  }

  private BounceClassifierOverride module() throws ConfigException {
    return module(BounceClassifierOverride.USER_SMTP, false, Map.of("99", "profanity"));
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(etc.resolve(name), text);
  }

  private static int code(BounceClassifierOverride module, String reply, String domain) {
    return module
        .smtpErrorClassify(Reply.parse(reply), domain)
        .map(found -> found.bounceClass().code())
        .orElse(0);
  }

  @Test
  void rulesOfADomainComeBeforeThoseOfAll() throws Exception {
    write(
        "user_smtp_classification.ovr",
        """
        # domain,code,rule
        ,50,Go away, please
        Example.com,99,go away

        ,22,mail|full
        """);
    BounceClassifierOverride module = module();
    assertThat(code(module, "550 5.7.1 GO AWAY, please!", "example.com")).isEqualTo(99);
    assertThat(code(module, "550 5.7.1 go away, please!", "example.org")).isEqualTo(50);
    assertThat(code(module, "550 5.7.1 go away", "example.org")).isZero();
    assertThat(code(module, "550 the mailbox is so full", "")).isEqualTo(22);
    assertThat(code(module, "550 full of mail", "")).isZero();
    assertThat(module.smtpErrorClassify(Reply.parse("550 go away"), "example.com"))
        .hasValueSatisfying(
            found -> {
              assertThat(found.rule()).isEqualTo("go away");
              assertThat(found.bounceClass().description()).isEqualTo("profanity");
            });
  }

  @Test
  void rulesForMailThatCameBack() throws Exception {
    write("user_mdn_classification.ovr", "99,dirty|word\n");
    BounceReport report =
        new BounceReport(
            Optional.empty(),
            Optional.of(new BounceReport.Status("failed", "5.0.0", "a word too many")),
            "Subject: dirty",
            "text");
    assertThat(module().bounceErrorClassify(report))
        .hasValueSatisfying(found -> assertThat(found.bounceClass().code()).isEqualTo(99));
  }

  @Test
  void theSystemsFilesAreReadAfterTheUsersAndOnlyIfWanted() throws Exception {
    write("system.ovr", ",51,one\n,51,two\n");
    write("user_smtp_classification.ovr", ",10,two\n");
    BounceClassifierOverride with = module(BounceClassifierOverride.USER_SMTP, true, Map.of());
    assertThat(code(with, "550 one", "")).isEqualTo(51);
    assertThat(code(with, "550 two", "")).isEqualTo(10);
    BounceClassifierOverride without = module(BounceClassifierOverride.USER_SMTP, false, Map.of());
    assertThat(code(without, "550 one", "")).isZero();
  }

  @Test
  void filesAreReadAgainAndABadOneChangesNothing() throws Exception {
    write("user_smtp_classification.ovr", ",10,one\n");
    BounceClassifierOverride module = module();
    int before = forgotten;
    scheduler.advance(Duration.ofSeconds(301));
    assertThat(forgotten).isEqualTo(before);
    write("user_smtp_classification.ovr", ",22,one\n");
    scheduler.advance(Duration.ofSeconds(301));
    assertThat(code(module, "550 one", "")).isEqualTo(22);
    assertThat(forgotten).isEqualTo(before + 1);
    write("user_smtp_classification.ovr", ",77,one\n");
    scheduler.advance(Duration.ofSeconds(301));
    assertThat(code(module, "550 one", "")).isEqualTo(22);
    module.end();
    scheduler.run();
    write("user_smtp_classification.ovr", ",23,one\n");
    scheduler.advance(Duration.ofSeconds(301));
    assertThat(code(module, "550 one", "")).isEqualTo(22);
  }

  @Test
  void whatIsWrongIsRefused() throws Exception {
    write("bad.ovr", "x\n");
    write("code.ovr", "\n,77,x\n");
    write("empty.ovr", ",10,|\n");
    assertThatThrownBy(() -> module("bad.ovr", false, Map.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("user_smtp_classification_override = \"bad.ovr\"")
        .hasMessageContaining("line 1: expected domain,code,rule");
    assertThatThrownBy(() -> module("code.ovr", false, Map.of()))
        .hasMessageContaining("line 2: code 77: expected a built-in class");
    assertThatThrownBy(() -> module("empty.ovr", false, Map.of()))
        .hasMessageContaining("expected text to look for");
    assertThatThrownBy(() -> module("absent.ovr", false, Map.of()))
        .hasMessageContaining("cannot be read");
    for (String target : List.of(":datasource:db", ":datasource:db:", ":datasource::SELECT 1")) {
      assertThatThrownBy(() -> module(target, false, Map.of()))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("expected :datasource:NAME:QUERY");
    }
    assertThatThrownBy(() -> module(":datasource:db:SELECT 1", false, Map.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("there is no Datasource \"db\" stanza");
    for (String code : List.of("100", "10", "x", "0")) {
      assertThatThrownBy(
              () -> module(BounceClassifierOverride.USER_SMTP, false, Map.of(code, "mine")))
          .as(code)
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("custom_classes: \"" + code + "\"");
    }
  }

  @Test
  void console() throws Exception {
    BounceClassifierOverride module = module();
    assertThat(Typed.run(module, "test", "go", "away").lines())
        .containsExactly("40 Generic Bounce", "550 by a rule");
    assertThat(Typed.run(module, "test", "450 go away").lines())
        .containsExactly("40 Generic Bounce", "450 by a rule");
    write("user_smtp_classification.ovr", ",10,one\n");
    assertThat(Typed.run(module, "reload").lines())
        .containsExactly("1 rules for replies, 0 for mail that came back");
    assertThat(code(module, "550 one", "")).isEqualTo(10);
    write("user_smtp_classification.ovr", "?\n");
    assertThatThrownBy(() -> Typed.run(module, "reload"))
        .isInstanceOf(ConsoleException.class)
        .hasMessageContaining("stay as they were");
    assertThatThrownBy(() -> Typed.run(module, "test")).hasMessageContaining("usage");
  }

  @Test
  void rules_come_from_a_datasource() throws Exception {
    StandInDatasource db = datasources.add("db");
    db.answers(
        "SELECT domain, bounce_code, rule FROM overrides;",
        new Rows(
            List.of("domain", "bounce_code", "rule"),
            List.of(
                Arrays.asList(null, "99", "rude, very"), List.of("example.com", "10", "no such"))));
    BounceClassifierOverride module =
        module(
            ":datasource:db:SELECT domain, bounce_code, rule FROM overrides;",
            false,
            Map.of("99", "profanity"));
    assertThat(module.smtpErrorClassify(Reply.parse("550 you are rude, very"), "a.example"))
        .get()
        .extracting(found -> found.bounceClass().code())
        .isEqualTo(99);
    assertThat(module.smtpErrorClassify(Reply.parse("550 no such user"), "a.example")).isEmpty();
    assertThat(module.smtpErrorClassify(Reply.parse("550 no such user"), "example.com"))
        .isPresent();
    db.fail("down");
    assertThatThrownBy(() -> Typed.run(module, "reload"))
        .isInstanceOf(ConsoleException.class)
        .hasMessageContaining("down; the rules stay as they were");
    assertThat(module.smtpErrorClassify(Reply.parse("550 no such user"), "example.com"))
        .isPresent();
  }

  @Test
  void a_datasource_that_does_not_answer_at_the_start_has_no_rules_until_it_does()
      throws Exception {
    StandInDatasource db = datasources.add("db");
    db.answers("q", new Rows(List.of("d", "c", "r"), List.of(List.of("", "99", "rude"))));
    db.fail("down");
    BounceClassifierOverride module = module(":datasource:db:q", false, Map.of("99", "profanity"));
    assertThat(module.smtpErrorClassify(Reply.parse("550 rude"), "")).isEmpty();
    db.recover();
    scheduler.advance(Duration.ofSeconds(301));
    assertThat(module.smtpErrorClassify(Reply.parse("550 rude"), "")).isPresent();
  }

  @Test
  void an_answer_that_is_no_rules_is_refused() {
    StandInDatasource db = datasources.add("db");
    db.answers("two", new Rows(List.of("a", "b"), List.of(List.of("10", "x"))));
    assertThatThrownBy(() -> module(":datasource:db:two", false, Map.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("found 2 columns, expected 3: domain, code, rule");
    db.answers("comma", new Rows(List.of("a", "b", "c"), List.of(List.of("a,b", "10", "x"))));
    assertThatThrownBy(() -> module(":datasource:db:comma", false, Map.of()))
        .hasMessageContaining("row 1: found a comma");
    db.answers("code", new Rows(List.of("a", "b", "c"), List.of(List.of("", "none", "x"))));
    assertThatThrownBy(() -> module(":datasource:db:code", false, Map.of()))
        .hasMessageContaining("code \"none\"");
  }
}
