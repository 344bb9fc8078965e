package org.impetusmta.module.url_ripper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.dns.DnsAnswer.Status;
import org.impetusmta.api.hook.Verdict;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.HeaderAddress;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.MessageOperations;
import org.impetusmta.api.message.MimePart;
import org.impetusmta.api.reception.Transaction;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.log.LoggedMessage;
import org.impetusmta.testkit.policy.StandInConnection;
import org.impetusmta.testkit.policy.StandInDns;
import org.impetusmta.testkit.queue.TestScheduler;
import org.junit.jupiter.api.Test;

final class UrlExtractionTest {
  private static final String BASE = "multi.surbl.test";

  private final TestScheduler scheduler = new TestScheduler(new ManualClock(1_000_000), 1);
  private final StandInDns dns = new StandInDns();
  private final StandInConnection connection =
      new StandInConnection(scheduler.loops().getFirst(), "192.0.2.100");
  private final Message message =
      new LoggedMessage(
          MessageId.NONE,
          MessageId.NONE,
          MessageId.NONE,
          Address.NULL,
          Address.of("a@example.com"),
          "192.0.2.100",
          "esmtp",
          0,
          1,
          "x",
          new Context(),
          new Context());

  /** A From field and an HTML part. */
  private MessageOperations operations(String from, String html) {
    MimePart part =
        only(MimePart.class, Map.of("contentType", "text/html", "text", Optional.of(html)));
    MimePart root = only(MimePart.class, Map.of("walk", List.of(part)));
    return only(
        MessageOperations.class,
        Map.of(
            "addressHeader",
            from.isEmpty() ? List.of() : List.of(new HeaderAddress("", "x", from)),
            "mime",
            root));
  }

  private static <T> T only(Class<T> type, Map<String, Object> answers) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, called, arguments) -> {
              assertThat(answers).containsKey(called.getName());
              return answers.get(called.getName());
            }));
  }

  private UrlExtraction module(boolean forward, int most, MessageOperations operations)
      throws ConfigException {
    return module(
        Map.of("0.0.0.2", "list2_hits", "0.0.0.4", "list4_hits"), forward, most, operations);
  }

  private UrlExtraction module(
      Map<String, String> bits, boolean forward, int most, MessageOperations operations)
      throws ConfigException {
    return new UrlExtraction(
        new UrlExtraction.Options(
            List.of("From:Sender"),
            Optional.of(BASE),
            new LinkedHashMap<>(bits),
            Map.of("127.0.0.2", "simple_hits"),
            forward,
            most),
        "r1",
        "f:1: in url_ripper: ",
        dns,
        operations,
        scheduler);
  }

  private void passes(Verdict verdict) {
    assertThat(verdict).isInstanceOf(Verdict.Suspend.class);
    CompletableFuture<Verdict> later = ((Verdict.Suspend) verdict).verdict().toCompletableFuture();
    scheduler.run();
    assertThat(later).isCompletedWithValue(Verdict.CONTINUE);
  }

  @Test
  void the_manuals_example_looks_up_what_the_manual_says() throws Exception {
    dns.address("superabuser.com", "192.0.2.10")
        .address("www.covertabuser.co.uk", "192.0.2.20")
        .address("sender.example.com", "192.0.2.30")
        .address("mail.example.com", "2001:db8::40")
        .address("100.2.0.192." + BASE, "127.0.0.2")
        .address("covertabuser.co.uk." + BASE, "127.0.0.6")
        .address("20.2.0.192." + BASE, "127.0.0.4");
    UrlExtraction module =
        module(
            true,
            100,
            operations("superabuser.com", "<a href=\"http://www.covertabuser.co.uk\">x</a>"));

    passes(module.validateConnect(connection));
    assertThat(connection.context().asMap())
        .isEqualTo(Map.of("list2_hits", "1", "simple_hits", "1"));
    passes(module.validateEhlo("EHLO sender.example.com", connection.ehlo("sender.example.com")));
    Transaction transaction = connection.transaction("sender@mail.example.com");
    passes(module.validateMailfrom(transaction));
    assertThat(dns.asked())
        .contains(
            "100.2.0.192." + BASE,
            "30.2.0.192." + BASE,
            "example.com." + BASE,
            "0.4.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2." + BASE)
        .doesNotContain("mail.example.com." + BASE);

    passes(module.validateData(message, connection));
    assertThat(dns.asked())
        .contains(
            "10.2.0.192." + BASE,
            "20.2.0.192." + BASE,
            "superabuser.com." + BASE,
            "covertabuser.co.uk." + BASE);
    assertThat(message.context().asMap()).isEqualTo(Map.of("list2_hits", "1", "list4_hits", "2"));
  }

  @Test
  void without_forward_hosts_are_not_resolved() throws Exception {
    dns.address("superabuser.com", "192.0.2.10");
    UrlExtraction module = module(false, 100, operations("superabuser.com", "http://192.0.2.7/"));
    assertThat(module.validateEhlo("EHLO a.example", connection.ehlo("a.example")))
        .isEqualTo(Verdict.CONTINUE);
    passes(module.validateRcptto(Address.of("x@rcpt.example"), connection.transaction("")));
    passes(module.validateData(message, connection));
    assertThat(dns.asked())
        .containsExactlyInAnyOrder(
            "rcpt.example." + BASE, "superabuser.com." + BASE, "7.2.0.192." + BASE);
  }

  @Test
  void a_message_full_of_hosts_meets_the_limit() throws Exception {
    StringBuilder html = new StringBuilder();
    for (int i = 0; i < 500; i++) {
      html.append("http://h").append(i).append(".example/ ");
    }
    passes(module(true, 7, operations("", html.toString())).validateData(message, connection));
    List<String> listed = new ArrayList<>(dns.asked());
    listed.removeIf(name -> !name.endsWith(BASE));
    assertThat(listed).hasSize(7);
    assertThat(dns.asked()).hasSize(7 + 2 * 7);
  }

  @Test
  void what_nobody_answers_is_told_and_answers_that_are_no_lists_have_no_bits() throws Exception {
    dns.fails("100.2.0.192." + BASE, Status.TEMPORARY);
    UrlExtraction module = module(true, 100, operations("", ""));
    passes(module.validateConnect(connection));
    assertThat(connection.context().asMap()).isEqualTo(Map.of("url_ripper_failures", "1"));
    // a resolver that answers everything
    dns.address("example.com." + BASE, "198.51.100.6");
    Transaction transaction = connection.transaction("a@example.com");
    passes(module.validateMailfrom(transaction));
    assertThat(transaction.context().asMap()).isEmpty();
  }

  @Test
  void scripts_get_what_was_listed() throws Exception {
    dns.address("evil.example." + BASE, "127.0.0.2");
    UrlExtraction module = module(true, 100, operations("", "http://www.evil.example/"));
    CompletableFuture<Map<String, List<String>>> found =
        module.rip(message, connection).toCompletableFuture();
    scheduler.run();
    assertThat(found)
        .isCompletedWithValue(
            Map.of("list2_hits", List.of("evil.example"), "simple_hits", List.of("evil.example")));
    assertThat(message.context().get("simple_hits")).contains("1");
  }

  @Test
  void while_the_dns_thinks_nothing_waits_but_the_session() throws Exception {
    dns.hold();
    Verdict verdict = module(true, 100, operations("", "")).validateConnect(connection);
    scheduler.run();
    CompletableFuture<Verdict> later = ((Verdict.Suspend) verdict).verdict().toCompletableFuture();
    assertThat(later).isNotDone();
    dns.release();
    scheduler.run();
    assertThat(later).isCompletedWithValue(Verdict.CONTINUE);
  }

  @Test
  void marks_are_addresses() {
    assertThatThrownBy(() -> module(Map.of("two", "x"), true, 1, operations("", "")))
        .isInstanceOf(ConfigException.class)
        .hasMessage("f:1: in url_ripper: bits: \"two\", expected an IPv4 address = \"variable\"");
  }
}
