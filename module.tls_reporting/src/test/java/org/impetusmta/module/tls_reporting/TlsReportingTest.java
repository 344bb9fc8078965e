package org.impetusmta.module.tls_reporting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.zip.GZIPInputStream;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.dns.Dns;
import org.impetusmta.api.dns.DnsAnswer;
import org.impetusmta.api.dns.DnsAnswer.Status;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.reception.Submission;
import org.impetusmta.api.tls.TlsPolicy;
import org.impetusmta.api.tls.TlsResult;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.queue.TestScheduler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Counting, keeping and reporting under a clock that the test holds. */
final class TlsReportingTest {
  private static final long NOON = Instant.parse("2026-11-26T12:00:00Z").toEpochMilli();

  @TempDir
  @SuppressWarnings("NullAway.Init")
  Path folder;

  private final ManualClock clock = new ManualClock(NOON);
  private final TestScheduler scheduler = new TestScheduler(clock, 1);
  private final Map<String, DnsAnswer> zone = new HashMap<>();
  private final List<String> mail = new ArrayList<>();
  private boolean spoolFails;

  private final class Zone implements Dns {
    @Override
    public CompletableFuture<DnsAnswer> lookup(String name, int type) {
      return CompletableFuture.completedFuture(
          zone.getOrDefault(
              name,
              new DnsAnswer(Status.NO_SUCH_DOMAIN, List.of(), false, clock.millis() + 60_000)));
    }

    @Override
    public CompletableFuture<DnsAnswer> validated(String name, int type) {
      throw new IllegalStateException();
    }
  }

  private final class Mailbox implements Submission {
    @Override
    public CompletableFuture<MessageId> submit(
        Address sender, Address recipient, Body body, Map<String, String> context) {
      if (spoolFails) {
        return CompletableFuture.failedFuture(new java.io.IOException("full"));
      }
      assertThat(context).containsEntry("tls_required", "no");
      mail.add(
          sender
              + " "
              + recipient
              + "\r\n"
              + new String(body.toByteArray(), StandardCharsets.US_ASCII));
      return CompletableFuture.completedFuture(MessageId.NONE);
    }

    @Override
    public CompletableFuture<MessageId> generate(
        Address sender, Address recipient, Body body, Map<String, String> context) {
      throw new IllegalStateException();
    }
  }

  private TlsReporting module(String sender) throws ConfigException {
    return new TlsReporting(
        new TlsReporting.Options(
            Optional.of("Example Ltd"),
            Optional.empty(),
            Optional.of(sender),
            folder.resolve("tlsrpt").toString(),
            Duration.ofHours(2),
            3),
        "mta.example.com",
        new Zone(),
        new Mailbox(),
        scheduler);
  }

  private TlsReporting module() throws ConfigException {
    return module("tls@example.com");
  }

  private void wants(String domain, String record) {
    byte[] text = record.getBytes(StandardCharsets.US_ASCII);
    ByteBuffer rdata = ByteBuffer.allocate(text.length + 1).put((byte) text.length).put(text);
    zone.put(
        "_smtp._tls." + domain,
        new DnsAnswer(Status.FOUND, List.of(rdata.flip()), false, clock.millis() + 60_000));
  }

  private ByteBuffer record(String domain) {
    return new Zone().lookup("_smtp._tls." + domain, 16).join().records().getFirst();
  }

  private Delivery to(String domain) {
    return (Delivery)
        Proxy.newProxyInstance(
            Delivery.class.getClassLoader(),
            new Class<?>[] {Delivery.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "policyDomain" -> Optional.of(domain);
                  case "sourceAddress" ->
                      Optional.of(InetAddress.getByAddress(new byte[] {(byte) 192, 0, 2, 1}));
                  case "host" -> "mx." + domain;
                  case "address" ->
                      new InetSocketAddress(
                          InetAddress.getByAddress(new byte[] {(byte) 192, 0, 2, 9}), 25);
                  default -> throw new IllegalStateException(method.getName());
                });
  }

  private static TlsPolicy sts(String domain) {
    return new TlsPolicy(
        TlsPolicy.Source.STS,
        true,
        TlsPolicy.Verification.PKIX,
        List.of(),
        List.of(),
        Optional.empty(),
        domain,
        List.of("version: STSv1", "mode: enforce", "mx: *.example.org", "max_age: 86400"));
  }

  private void count(TlsReporting module, String domain) {
    module.outboundTlsResult(to(domain), Optional.of(sts(domain)), TlsResult.SUCCESS, "");
    module.outboundTlsResult(to(domain), Optional.of(sts(domain)), TlsResult.SUCCESS, "");
    module.outboundTlsResult(
        to(domain), Optional.of(sts(domain)), TlsResult.CERTIFICATE_EXPIRED, "expired\u0007");
    module.outboundTlsResult(
        to(domain), Optional.of(sts(domain)), TlsResult.CERTIFICATE_EXPIRED, "expired\u0007");
    module.outboundTlsResult(to(domain), Optional.empty(), TlsResult.STARTTLS_NOT_SUPPORTED, "");
  }

  private void toTheMorning() {
    scheduler.advance(
        Duration.ofMillis(Instant.parse("2026-11-27T02:10:00Z").toEpochMilli() - clock.millis()));
  }

  private static String json(String message) throws Exception {
    String base64 = message.substring(message.indexOf(".json.gz\"\r\n\r\n") + 13);
    byte[] gzip = Base64.getMimeDecoder().decode(base64.substring(0, base64.indexOf("\r\n--")));
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(gzip))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void aDayIsReportedOnTheNext() throws Exception {
    wants("example.org", "v=TLSRPTv1; rua=mailto:tlsrpt@example.org");
    TlsReporting module = module();
    count(module, "example.org");
    count(module, "example.net");
    scheduler.run();
    assertThat(mail).isEmpty();
    toTheMorning();
    assertThat(mail).hasSize(1);
    String message = mail.getFirst();
    assertThat(message)
        .startsWith("tls@example.com tlsrpt@example.org\r\nFrom: <tls@example.com>\r\n")
        .contains(
            "\r\nTLS-Report-Domain: example.org\r\nTLS-Report-Submitter: mta.example.com\r\n",
            "\r\nTLS-Required: No\r\n",
            "\r\nContent-Type: multipart/report; report-type=\"tlsrpt\";\r\n",
            "\r\nContent-Type: application/tlsrpt+gzip\r\n",
            "mta.example.com!example.org!1795651200!1795737599!")
        .doesNotContain("\n.")
        .endsWith("--\r\n");
    assertThat(message.replace("\r\n", "")).doesNotContain("\r", "\n");
    String id = message.replaceAll("(?s).*Report-ID: <([0-9a-f-]+)@.*", "$1");
    assertThat(json(message))
        .isEqualTo(
            ("{'organization-name':'Example Ltd','date-range':{"
                    + "'start-datetime':'2026-11-26T00:00:00Z',"
                    + "'end-datetime':'2026-11-26T23:59:59Z'},"
                    + "'contact-info':'tls@example.com','report-id':'"
                    + id
                    + "','policies':[{'policy':{'policy-type':'sts','policy-string':["
                    + "'version: STSv1','mode: enforce','mx: *.example.org','max_age: 86400'],"
                    + "'policy-domain':'example.org','mx-host':['*.example.org']},"
                    + "'summary':{'total-successful-session-count':2,"
                    + "'total-failure-session-count':2},'failure-details':[{"
                    + "'result-type':'certificate-expired','sending-mta-ip':'192.0.2.1',"
                    + "'receiving-mx-hostname':'mx.example.org','receiving-ip':'192.0.2.9',"
                    + "'failed-session-count':2,'failure-reason-code':'expired?'}]},"
                    + "{'policy':{'policy-type':'no-policy-found','policy-domain':'example.org'},"
                    + "'summary':{'total-successful-session-count':0,"
                    + "'total-failure-session-count':1},'failure-details':[{"
                    + "'result-type':'starttls-not-supported','sending-mta-ip':'192.0.2.1',"
                    + "'receiving-mx-hostname':'mx.example.org','receiving-ip':'192.0.2.9',"
                    + "'failed-session-count':1}]}]}")
                .replace('\'', '"'));
    scheduler.advance(Duration.ofHours(20));
    assertThat(mail).as("once").hasSize(1);
    assertThat(folder.resolve("tlsrpt")).isEmptyDirectory();
    module.end();
  }

  @Test
  void aRestartForgetsNothing() throws Exception {
    wants("example.org", "v=TLSRPTv1; rua=mailto:tlsrpt@example.org");
    TlsReporting first = module();
    count(first, "example.org");
    first.end();
    TlsReporting second = module();
    count(second, "example.org");
    second.end();
    clock.set(Instant.parse("2026-11-27T08:00:00Z").toEpochMilli());
    TlsReporting third = module();
    scheduler.run();
    assertThat(mail).hasSize(1);
    assertThat(json(mail.getFirst()))
        .contains(
            "\"total-successful-session-count\":4,\"total-failure-session-count\":4",
            "\"failed-session-count\":4")
        .doesNotContain("\"failed-session-count\":1");
    third.end();
  }

  @Test
  void whatCannotBeSentIsTriedAgainAndGivenUpInTheEnd() throws Exception {
    wants("example.org", "v=TLSRPTv1; rua=mailto:tlsrpt@example.org");
    TlsReporting module = module();
    count(module, "example.org");
    spoolFails = true;
    toTheMorning();
    assertThat(Files.exists(folder.resolve("tlsrpt/2026-11-26.json"))).isTrue();
    spoolFails = false;
    scheduler.advance(Duration.ofHours(1));
    assertThat(mail).hasSize(1);
    count(module, "example.org");
    spoolFails = true;
    scheduler.advance(Duration.ofDays(4));
    spoolFails = false;
    scheduler.advance(Duration.ofHours(2));
    assertThat(mail).hasSize(1);
    assertThat(folder.resolve("tlsrpt")).isEmptyDirectory();
    module.end();
  }

  @Test
  void thereAreLimits() throws Exception {
    TlsReporting module = module();
    for (int i = 0; i < 5; i++) {
      wants("d" + i + ".example", "v=TLSRPTv1; rua=mailto:t@example.org");
      count(module, "d" + i + ".example");
    }
    module.outboundTlsResult(to("bad name\r\n"), Optional.empty(), TlsResult.SUCCESS, "");
    toTheMorning();
    assertThat(mail).hasSize(3);
    module.end();
    Tally tally = new Tally(java.time.LocalDate.EPOCH, 1);
    Tally.Policy policy = new Tally.Policy("sts", "a", List.of());
    for (int i = 0; i < 2 * Tally.MOST_FAILURES; i++) {
      tally.failure("a", policy, new Tally.Failure("r" + i, "", "", "", ""));
      tally.success("a", new Tally.Policy("sts", "p" + i, List.of()));
    }
    assertThat(tally.counts("a")).hasSize(Tally.MOST_POLICIES);
    Tally.Counts counts = tally.counts("a").getOrDefault(policy, new Tally.Counts());
    assertThat(counts.details).hasSize(Tally.MOST_FAILURES);
    assertThat(counts.failures).isEqualTo(2L * Tally.MOST_FAILURES);
  }

  @Test
  void aDamagedFileIsNotUsed() throws Exception {
    Files.createDirectories(folder.resolve("tlsrpt"));
    for (String text : List.of("", "{", "[]", "{\"day\":\"x\"}", "{\"day\":null}")) {
      Files.writeString(folder.resolve("tlsrpt/2026-11-26.json"), text);
      TlsReporting module = module();
      count(module, "example.org");
      module.end();
    }
  }

  @Test
  void aSenderIsAMailbox() {
    assertThatThrownBy(() -> module("nobody"))
        .isInstanceOf(ConfigException.class)
        .hasMessage("sender: expected a mailbox, found nobody");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "v=TLSRPTv1;rua=mailto:a@b.example|[a@b.example]|[]",
        "v=TLSRPTv1; rua=mailto:a%2Bc@b.example,https://r.example/x"
            + " ;|[a+c@b.example]|[https://r.example/x]",
        "v=TLSRPTv1; ext=1; rua=https://192.0.2.1/, https://u@r.example/, https://r.example:8443/,"
            + " mailto:x@y.example|[x@y.example]|[]",
        "v=TLSRPTv1; rua=mailto:a%0Ab@c.example||",
        "v=TLSRPTv1; rua=http://r.example/||",
        "v=TLSRPTv1||",
        "v=TLSRPTv2; rua=mailto:a@b.example||",
        "v=TLSRPTv1; rua=mailto:%zz@b.example||",
      })
  void aRecordNamesPlaces(String text, String mailboxes, String posts) {
    wants("x", text);
    Optional<Destinations> found = Destinations.of(List.of(record("x")));
    assertThat(found.map(d -> d.mailboxes().toString()).orElse(null)).isEqualTo(mailboxes);
    assertThat(found.map(d -> d.posts().toString()).orElse(null)).isEqualTo(posts);
  }

  @Test
  void twoRecordsNameNone() {
    wants("x", "v=TLSRPTv1;rua=mailto:a@b.example");
    ByteBuffer one = record("x");
    assertThat(Destinations.of(List.of(one, one))).isEmpty();
  }
}
