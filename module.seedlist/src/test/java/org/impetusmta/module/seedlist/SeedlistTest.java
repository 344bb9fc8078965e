package org.impetusmta.module.seedlist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.datasource.Query;
import org.impetusmta.api.hook.HookPoints;
import org.impetusmta.api.hook.SeedlistGenerateSeed;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.MessageOperations;
import org.impetusmta.api.reception.Submission;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.datasource.StandInDatasource;
import org.impetusmta.testkit.datasource.StandInDatasources;
import org.impetusmta.testkit.log.LoggedMessage;
import org.impetusmta.testkit.policy.StandInConnection;
import org.impetusmta.testkit.queue.TestScheduler;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SeedlistTest {
  private static final String VERP = "bounces-(?P<campaignid>\\w+)";

  @TempDir Path folder;

  private final TestScheduler scheduler = new TestScheduler(new ManualClock(1_000_000), 1);
  private final StandInConnection connection =
      new StandInConnection(scheduler.loops().getFirst(), "192.0.2.1");
  private final StandInDatasources sources = new StandInDatasources();
  private final Map<String, String> headers = new LinkedHashMap<>();
  private final List<String> submitted = new ArrayList<>();
  private final List<SeedlistGenerateSeed> scripts = new ArrayList<>();
  private Path seeds;

  private final Submission submission =
      new Submission() {
        @Override
        public CompletableFuture<MessageId> submit(
            Address sender, Address recipient, Body body, Map<String, String> context) {
          submitted.add(
              sender
                  + ">"
                  + recipient
                  + " "
                  + context
                  + " "
                  + new String(body.toByteArray(), StandardCharsets.UTF_8).replace("\r\n", "|"));
          return CompletableFuture.completedFuture(MessageId.NONE);
        }

        @Override
        public CompletableFuture<MessageId> generate(
            Address sender, Address recipient, Body body, Map<String, String> context) {
          throw new AssertionError("copies are no templates");
        }
      };

  private final MessageOperations operations =
      (MessageOperations)
          Proxy.newProxyInstance(
              MessageOperations.class.getClassLoader(),
              new Class<?>[] {MessageOperations.class},
              (proxy, called, arguments) ->
                  switch (called.getName()) {
                    case "header" ->
                        Optional.ofNullable(headers.get(arguments[1])).stream().toList();
                    case "encodeWords" -> arguments[0];
                    default -> throw new AssertionError(called);
                  });

  private final HookPoints hooks =
      new HookPoints() {
        @Override
        public <T> HookPoint<T> of(Class<T> hook) {
          return new HookPoint<>() {
            @Override
            public boolean isEmpty() {
              return scripts.isEmpty();
            }

            @Override
            public <R> Optional<R> first(Function<? super T, Optional<R>> question) {
              for (SeedlistGenerateSeed script : scripts) {
                Optional<R> answer = question.apply(hook.cast(script));
                if (answer.isPresent()) {
                  return answer;
                }
              }
              return Optional.empty();
            }
          };
        }
      };

  @BeforeEach
  void seeds() throws Exception {
    seeds =
        Files.writeString(
            folder.resolve("seeds"), "s1@seed.example\n# no\n\n<s2@seed.example>\nnonsense\n");
  }

  private Seedlist module(
      List<String> verp,
      Map<String, List<String>> matchHeader,
      Optional<String> header,
      Optional<String> mailFrom,
      Optional<String> file)
      throws ConfigException {
    return new Seedlist(
        new SeedOptions("ecdb", header, mailFrom, verp, Optional.of("no_seed"), "seedlist", file),
        matchHeader,
        "s1",
        operations,
        submission,
        scheduler,
        hooks);
  }

  private Seedlist module() throws ConfigException {
    return module(
        List.of(VERP), Map.of(), Optional.empty(), Optional.empty(), Optional.of(seeds.toString()));
  }

  private Message mail(String sender) {
    return new LoggedMessage(
        MessageId.NONE,
        MessageId.NONE,
        MessageId.NONE,
        Address.of(sender),
        Address.of("john@example.com"),
        "192.0.2.1",
        "esmtp",
        0,
        1,
        "Subject: x\r\n\r\nhello\r\n",
        new Context(),
        new Context());
  }

  private void pass(Seedlist module, Message message) {
    module.postValidateDataSpoolEachRcpt(message, connection);
    scheduler.run();
  }

  @Test
  void the_first_mail_of_each_campaign_is_copied_to_each_seed() throws Exception {
    Seedlist module = module();
    pass(module, mail("bounces-a@foo.example"));
    pass(module, mail("bounces-a@foo.example"));
    assertThat(submitted)
        .containsExactly(
            "bounces-a@foo.example>s1@seed.example {#seedlist-orig-from=bounces-a@foo.example}"
                + " Subject: x||hello|",
            "bounces-a@foo.example>s2@seed.example {#seedlist-orig-from=bounces-a@foo.example}"
                + " Subject: x||hello|");
    pass(module, mail("bounces-b@foo.example"));
    assertThat(submitted).hasSize(4);
    pass(module, mail("other@foo.example"));
    assertThat(submitted).hasSize(4);
  }

  @Test
  void header_fields_are_asked_when_the_sender_says_nothing() throws Exception {
    Map<String, List<String>> matchHeader =
        Map.of("Message-ID", List.of("foo-(?P<campaignid>\\w+)", "bar-(?<campaignid>\\w+)"));
    Seedlist module =
        module(
            List.of(VERP),
            matchHeader,
            Optional.of("X-Campaign-ID"),
            Optional.of("seeds@us.example"),
            Optional.of(seeds.toString()));
    headers.put("Message-ID", "<bar-77@host>");
    pass(module, mail("news@foo.example"));
    assertThat(submitted.getFirst())
        .isEqualTo(
            "seeds@us.example>s1@seed.example {#seedlist-orig-from=news@foo.example}"
                + " X-Campaign-ID: 77|Subject: x||hello|");
  }

  @Test
  void mail_that_a_variable_exempts_and_copies_themselves_are_left_alone() throws Exception {
    Seedlist module = module();
    Message exempt = mail("bounces-a@foo.example");
    exempt.context().set("no_seed", "");
    pass(module, exempt);
    Message exemptToo = mail("bounces-a@foo.example");
    exemptToo.connectionContext().set("no_seed", "1");
    pass(module, exemptToo);
    Message copy = mail("bounces-a@foo.example");
    copy.context().set("#seedlist-orig-from", "x");
    pass(module, copy);
    assertThat(submitted).isEmpty();
  }

  @Test
  void scripts_may_rewrite_each_copy() throws Exception {
    scripts.add(
        (original, seed) -> {
          assertThat(seed.context().get("#seedlist-orig-from")).contains("bounces-a@foo.example");
          assertThat(original.recipient()).isEqualTo(Address.of("john@example.com"));
          seed.sender(Address.of("script@" + seed.recipient().localpart()));
        });
    pass(module(), mail("bounces-a@foo.example"));
    assertThat(submitted)
        .hasSize(2)
        .allMatch(line -> line.startsWith("script@s1>") || line.startsWith("script@s2>"));
  }

  @Test
  void mail_that_is_generated_here_counts_too() throws Exception {
    module().msgGenDataSpool(mail("bounces-a@foo.example"));
    scheduler.run();
    assertThat(submitted).hasSize(2);
  }

  @Test
  void the_datasource_has_seeds_and_knows_campaigns_of_other_servers() throws Exception {
    StandInDatasource ecdb = sources.add("ecdb");
    ecdb.answers(
        "SELECT address FROM seedlist.seeds",
        StandInDatasource.column("address", "db@seed.example"));
    Seedlist module =
        module(List.of(VERP), Map.of(), Optional.empty(), Optional.empty(), Optional.empty());
    pass(module, mail("bounces-a@foo.example"));
    assertThat(submitted).isEmpty();
    module.setDatasources(sources);
    pass(module, mail("bounces-a@foo.example"));
    assertThat(submitted).hasSize(1).first().asString().contains("db@seed.example");
    // the id is a value, never a part of the text
    assertThat(ecdb.executed())
        .containsExactly(
            Query.of(
                "INSERT INTO seedlist.campaigns (campaignid) SELECT ? WHERE NOT EXISTS (SELECT 1"
                    + " FROM seedlist.campaigns WHERE campaignid = ?)",
                "a",
                "a"));
    ecdb.answers(
        "SELECT campaignid FROM seedlist.campaigns WHERE campaignid = ?",
        StandInDatasource.column("campaignid", "b"));
  }

  @Test
  void a_datasource_that_is_dead_does_not_stop_mail() throws Exception {
    StandInDatasource ecdb = sources.add("ecdb");
    ecdb.fail("gone");
    Seedlist module = module();
    module.setDatasources(sources);
    pass(module, mail("bounces-a@foo.example"));
    pass(module, mail("bounces-a@foo.example"));
    assertThat(submitted).hasSize(2);
  }

  @Test
  void seeds_that_cannot_be_read_are_tried_with_the_next_mail() throws Exception {
    Seedlist module = module();
    Files.delete(seeds);
    pass(module, mail("bounces-a@foo.example"));
    assertThat(submitted).isEmpty();
    Files.writeString(seeds, "s1@seed.example\n");
    pass(module, mail("bounces-a@foo.example"));
    assertThat(submitted).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bounces-(\\w+) | expected a group (?P<campaignid>…) in it",
        "bounces-( | expected a regular expression"
      })
  void a_pattern_has_to_find_an_id(String pattern, String message) {
    assertThatThrownBy(
            () ->
                module(
                    List.of(pattern),
                    Map.of(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.of(seeds.toString())))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("seedlist \"s1\": match_verp")
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"seeds; DROP TABLE x", "a.b", "", "1x", "\"s\""})
  void a_schema_is_a_name(String schema) {
    assertThatThrownBy(
            () ->
                new Seedlist(
                    new SeedOptions(
                        "ecdb",
                        Optional.empty(),
                        Optional.empty(),
                        List.of(VERP),
                        Optional.empty(),
                        schema,
                        Optional.of(seeds.toString())),
                    Map.of(),
                    "s1",
                    operations,
                    submission,
                    scheduler,
                    hooks))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("expected the name of a schema");
  }

  @Test
  void a_file_that_is_not_there_is_told_at_once() {
    assertThatThrownBy(
            () ->
                module(
                    List.of(VERP),
                    Map.of(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.of("/nowhere/seeds")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("seedlist_file = \"/nowhere/seeds\", expected a file");
  }
}
