package org.impetusmta.module.alias;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.datasource.Query;
import org.impetusmta.api.datasource.Rows;
import org.impetusmta.api.hook.Verdict;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.testkit.datasource.StandInDatasource;
import org.impetusmta.testkit.datasource.StandInDatasources;
import org.impetusmta.testkit.module.TestModule;
import org.impetusmta.testkit.module.TestStanza;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which schemes are asked, what is said at RCPT, and what the list becomes. */
class AliasTest {
  private static final String TEXT = "SELECT";

  private final StandInDatasources datasources = new StandInDatasources();
  private final StandInDatasource source = datasources.add("aliasdb");

  private static TestStanza scheme(String name, String... pairs) {
    TestStanza scheme =
        TestStanza.of("scheme", name)
            .say("cache", "aliasdb")
            .say("query", TEXT + " " + name)
            .say("map", "address=%{rcptto} local=%{localpart} domain=%{domain}");
    for (int i = 0; i < pairs.length; i += 2) {
      scheme.say(pairs[i], pairs[i + 1]);
    }
    return scheme;
  }

  private static TestStanza alias(TestStanza... schemes) {
    TestStanza alias = TestStanza.of("alias", "alias1");
    Arrays.stream(schemes).forEach(alias::with);
    return alias;
  }

  private static Map<String, Object> properties(TestStanza alias, TestStanza... others) {
    TestStanza[] all = Arrays.copyOf(others, others.length + 1);
    all[others.length] = TestStanza.of("datasource", "aliasdb");
    return TestModule.properties(alias, all);
  }

  private Alias module(Map<String, Object> properties) throws ConfigException {
    Alias[] made = new Alias[1];
    made[0] = new Alias(ModuleStanza.of(properties), datasources, () -> List.of(made[0]));
    return made[0];
  }

  private Alias module(TestStanza... schemes) throws ConfigException {
    return module(properties(alias(schemes)));
  }

  /** Says RCPT and, where that passes, remembers the recipient as the core does. */
  private static Verdict rcpt(Alias module, ToyTransaction transaction, String recipient)
      throws Exception {
    Verdict verdict = module.validateRcptto(Address.of(recipient), transaction);
    if (verdict instanceof Verdict.Suspend(var later)) {
      verdict = later.toCompletableFuture().get(30, TimeUnit.SECONDS);
    }
    if (verdict == Verdict.CONTINUE) {
      transaction.add(recipient);
    }
    return verdict;
  }

  private void knows(String scheme, String address, String... expansion) {
    Address parts = Address.of(address);
    source.answers(
        Query.of(
            TEXT + " " + scheme,
            Map.of("address", address, "local", parts.localpart(), "domain", parts.domain())),
        StandInDatasource.column("expansion", expansion));
  }

  @Test
  void recipientsAreReplacedWhenTheListIsComplete() throws Exception {
    knows("local", "a@example.com", "b@example.com", "c@other.example", " ");
    knows("local", "b@example.com", "d@example.com");
    Alias module = module(scheme("local"));
    ToyTransaction transaction = new ToyTransaction("alias_schemes", "local");
    assertThat(rcpt(module, transaction, "a@example.com")).isEqualTo(Verdict.CONTINUE);
    assertThat(rcpt(module, transaction, "e@example.com")).isEqualTo(Verdict.CONTINUE);
    assertThat(transaction.list()).containsExactly("a@example.com", "e@example.com");
    assertThat(module.validateRcpttoList(transaction)).isEqualTo(Verdict.CONTINUE);
    assertThat(transaction.list())
        .containsExactly("c@other.example", "d@example.com", "e@example.com");
    module.validateRcpttoList(transaction);
    assertThat(transaction.list()).hasSize(3);
  }

  @Test
  void nobodyIsThereTwice() throws Exception {
    knows("local", "a@x", "c@x", "d@x");
    knows("local", "b@x", "c@x", "e@x");
    Alias module = module(scheme("local"));
    ToyTransaction transaction = new ToyTransaction("alias_schemes", "local");
    for (String recipient : List.of("a@x", "b@x", "e@x")) {
      rcpt(module, transaction, recipient);
    }
    module.validateRcpttoList(transaction);
    assertThat(transaction.list()).containsExactly("c@x", "d@x", "e@x");
  }

  @Test
  void aRecipientThatWasRefusedIsNotBroughtBack() throws Exception {
    knows("local", "a@x", "c@x");
    Alias module = module(scheme("local"));
    ToyTransaction transaction = new ToyTransaction("alias_schemes", "local");
    rcpt(module, transaction, "a@x");
    rcpt(module, transaction, "b@x");
    transaction.remove("a@x");
    module.validateRcpttoList(transaction);
    assertThat(transaction.list()).containsExactly("b@x");
  }

  @Test
  void theFirstSchemeThatHasAnAnswerCounts() throws Exception {
    knows("second", "a@x", "b@x");
    knows("third", "a@x", "c@x");
    Alias module = module(scheme("first"), scheme("second"), scheme("third"));
    ToyTransaction transaction = new ToyTransaction("alias_schemes", "first second third");
    rcpt(module, transaction, "a@x");
    module.validateRcpttoList(transaction);
    assertThat(transaction.list()).containsExactly("b@x");
    assertThat(source.asked().stream().limit(2).map(Query::text))
        .containsExactly(TEXT + " first", TEXT + " second");
  }

  @Test
  void withoutSchemesNothingIsAsked() throws Exception {
    Alias module = module(scheme("local"));
    rcpt(module, new ToyTransaction("alias_schemes", ""), "a@x");
    rcpt(module, new ToyTransaction("other", ""), "a@x");
    rcpt(module, new ToyTransaction("alias_schemes", "local"), "postmaster");
    assertThat(source.asked()).isEmpty();
  }

  @Test
  void aSourceThatFailsDefersThatRecipientAlone() throws Exception {
    knows("local", "a@x", "c@x");
    Alias module = module(scheme("local"));
    ToyTransaction transaction = new ToyTransaction("alias_schemes", "local");
    source.fail("gone");
    Verdict verdict = rcpt(module, transaction, "a@x");
    assertThat(verdict).isInstanceOf(Verdict.Refuse.class);
    assertThat(((Verdict.Refuse) verdict).reply().toString()).startsWith("451 4.3.0 ");
    assertThat(((Verdict.Refuse) verdict).disconnect()).isFalse();
    source.recover();
    assertThat(rcpt(module, transaction, "a@x")).isEqualTo(Verdict.CONTINUE);
    datasources.remove("aliasdb");
    assertThat(rcpt(module, transaction, "b@x")).isInstanceOf(Verdict.Refuse.class);
    module.validateRcpttoList(transaction);
    assertThat(transaction.list()).containsExactly("c@x");
  }

  @Test
  void aSlowSourceIsWaitedForWithoutAThread() throws Exception {
    knows("local", "a@x", "c@x");
    Alias module = module(scheme("local"));
    ToyTransaction transaction = new ToyTransaction("alias_schemes", "local");
    source.hold();
    Verdict verdict = module.validateRcptto(Address.of("a@x"), transaction);
    assertThat(verdict).isInstanceOf(Verdict.Suspend.class);
    source.release();
    assertThat(
            ((Verdict.Suspend) verdict).verdict().toCompletableFuture().get(30, TimeUnit.SECONDS))
        .isEqualTo(Verdict.CONTINUE);
  }

  @Test
  void whatTheCacheHasIsAnsweredAtOnce() throws Exception {
    knows("local", "a@x", "c@x");
    source.caching(true);
    Alias module = module(scheme("local"));
    rcpt(module, new ToyTransaction("alias_schemes", "local"), "a@x");
    assertThat(
            module.validateRcptto(Address.of("a@x"), new ToyTransaction("alias_schemes", "local")))
        .isEqualTo(Verdict.CONTINUE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"no address", "@x", "a@", "a b@x", "a@x y", "<a@x>", "a@x\r\nDATA", "a\u0000@x"})
  void answersThatAreNoAddressDefer(String answer) throws Exception {
    knows("local", "a@x", "b@x", answer);
    Alias module = module(scheme("local"));
    ToyTransaction transaction = new ToyTransaction("alias_schemes", "local");
    assertThat(rcpt(module, transaction, "a@x")).isInstanceOf(Verdict.Refuse.class);
    module.validateRcpttoList(transaction);
    assertThat(transaction.list()).isEmpty();
  }

  @Test
  void columns() throws Exception {
    Rows rows = StandInDatasource.row("id", "1", "Target", "b@x");
    source.answers(TEXT + " local", query -> query.named().containsValue("a@x") ? rows : Rows.NONE);
    ToyTransaction transaction = new ToyTransaction("alias_schemes", "local");
    assertThat(rcpt(module(scheme("local")), transaction, "a@x"))
        .isInstanceOf(Verdict.Refuse.class);
    assertThat(rcpt(module(scheme("local", "column", "none")), transaction, "a@x"))
        .isInstanceOf(Verdict.Refuse.class);
    Alias module = module(scheme("local", "column", "target"));
    rcpt(module, transaction, "a@x");
    module.validateRcpttoList(transaction);
    assertThat(transaction.list()).containsExactly("b@x");
  }

  @Test
  void aClientCannotMakeItGrowWithoutEnd() throws Exception {
    String[] many = new String[Expansion.MOST - 1];
    for (int i = 0; i < many.length; i++) {
      many[i] = i + "@y";
    }
    Rows rows = StandInDatasource.column("expansion", many);
    source.answers(TEXT + " local", query -> query.named().containsValue("x") ? rows : Rows.NONE);
    source.caching(true);
    Alias module = module(scheme("local"));
    ToyTransaction transaction = new ToyTransaction("alias_schemes", "local");
    for (int i = 0; i < Alias.MOST / many.length; i++) {
      assertThat(rcpt(module, transaction, "r" + i + "@x")).isEqualTo(Verdict.CONTINUE);
    }
    Verdict verdict = rcpt(module, transaction, "one-more@x");
    assertThat(((Verdict.Refuse) verdict).reply().toString()).startsWith("452 4.5.3 ");
    assertThat(rcpt(module, transaction, "r0@x"))
        .as("once more the same adds nothing")
        .isEqualTo(Verdict.CONTINUE);
  }

  @Test
  void stanzasShareTheirSchemes() throws Exception {
    knows("one", "a@x", "b@x");
    knows("two", "c@x", "d@x");
    TestStanza first = alias(scheme("one"));
    TestStanza second = TestStanza.of("alias", "alias2").with(scheme("two"));
    Alias[] both = new Alias[2];
    both[0] =
        new Alias(ModuleStanza.of(properties(first, second)), datasources, () -> List.of(both));
    both[1] =
        new Alias(ModuleStanza.of(properties(second, first)), datasources, () -> List.of(both));
    ToyTransaction transaction = new ToyTransaction("alias_schemes", "one two");
    for (String recipient : List.of("a@x", "c@x")) {
      rcpt(both[0], transaction, recipient);
      assertThat(both[1].validateRcptto(Address.of(recipient), transaction))
          .isEqualTo(Verdict.CONTINUE);
    }
    both[1].validateRcpttoList(transaction);
    both[0].validateRcpttoList(transaction);
    assertThat(transaction.list()).containsExactly("b@x", "d@x");
  }

  @Test
  void aNewGeneration() throws Exception {
    knows("new", "a@x", "b@x");
    Alias module = module(scheme("local"));
    ModuleStanza next = ModuleStanza.of(properties(alias(scheme("new"))));
    module.prepare(next);
    assertThat(module.scheme("new")).isEmpty();
    module.commit(next);
    assertThat(module.scheme("new")).isPresent();
    assertThat(module.scheme("local")).isEmpty();
    assertThat(rcpt(module, new ToyTransaction("alias_schemes", "local"), "a@x"))
        .isInstanceOf(Verdict.Refuse.class);
  }

  @Test
  void whatIsRefused() {
    for (TestStanza scheme :
        List.of(
            scheme(""),
            scheme("a", "cache", ""),
            scheme("a", "cache", "other"),
            scheme("a", "query", " "),
            scheme("a", "map", "x=%{password}"))) {
      assertThatThrownBy(() -> module(scheme))
          .isInstanceOf(ConfigException.class)
          .hasMessageStartingWith("test.conf:1: in alias: ");
    }
    assertThatThrownBy(() -> module(scheme("a"), scheme("a")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("twice");
    for (TestStanza place :
        List.of(
            TestStanza.of("domain", "example.com").say("alias_schemes", "a b"),
            TestStanza.of("pathway", "p").say("alias_schemes", "b"),
            TestStanza.of("pathway_group", "g").say("alias_schemes", "b"),
            TestStanza.of("pathway_group", "g")
                .with(TestStanza.of("pathway", "p").say("alias_schemes", "b")))) {
      assertThatThrownBy(() -> module(properties(alias(scheme("a")), place)))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("alias_schemes: found \"b\", expected the name of a Scheme");
    }
  }
}
