package org.impetusmta.module.tls_reporting;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.zip.GZIPOutputStream;
import org.impetusmta.api.dns.Dns;
import org.impetusmta.api.dns.DnsAnswer;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.reception.Submission;
import org.impetusmta.module.tls_reporting.Tally.Counts;
import org.impetusmta.module.tls_reporting.Tally.Policy;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends the report of a day to a domain: looks up whether and where it wants it, makes it, queues
 * it as mail or posts it over HTTPS. Concurrent; never blocks. Source: RFC 8460 sections 3 to 5.
 */
final class ReportSender {
  private static final Logger LOG = LoggerFactory.getLogger(ReportSender.class);
  private static final int TXT = 16;
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private final Dns dns;
  private final Submission submission;
  private final Executor executor;
  private final Identity identity;
  private @Nullable HttpClient client;

  /** Who reports. */
  record Identity(String organization, String contact, Address sender, String host) {}

  /** What came of it. */
  enum Outcome {
    SENT,
    /** The domain wants none. */
    UNWANTED,
    /** To be tried again. */
    LATER
  }

  ReportSender(Dns dns, Submission submission, Executor executor, Identity identity) {
    this.dns = dns;
    this.submission = submission;
    this.executor = executor;
    this.identity = identity;
  }

  /** Whether {@code domain} wants reports; {@code LATER} where it cannot be told now. */
  CompletableFuture<Outcome> wanted(String domain) {
    return dns.lookup("_smtp._tls." + domain, TXT)
        .thenApply(
            answer ->
                failed(answer)
                    ? Outcome.LATER
                    : Destinations.of(answer.records()).isPresent()
                        ? Outcome.SENT
                        : Outcome.UNWANTED);
  }

  private static boolean failed(DnsAnswer answer) {
    return answer.status() == DnsAnswer.Status.TEMPORARY
        || answer.status() == DnsAnswer.Status.BOGUS;
  }

  /** Sends a report; never completed exceptionally. */
  CompletableFuture<Outcome> send(
      String domain, LocalDate day, Map<Policy, Counts> counts, Instant now) {
    return dns.lookup("_smtp._tls." + domain, TXT)
        .thenComposeAsync(
            answer -> {
              if (failed(answer)) {
                return CompletableFuture.completedFuture(Outcome.LATER);
              }
              return Destinations.of(answer.records())
                  .map(to -> send(to, domain, day, counts, now))
                  .orElseGet(() -> CompletableFuture.completedFuture(Outcome.UNWANTED));
            },
            executor)
        .exceptionally(
            failure -> {
              LOG.error("no report for {} about {}", day, domain, failure);
              return Outcome.LATER;
            });
  }

  /** One place that took it is enough. */
  private CompletableFuture<Outcome> send(
      Destinations to, String domain, LocalDate day, Map<Policy, Counts> counts, Instant now) {
    String id =
        UUID.nameUUIDFromBytes(
                (identity.host() + " " + domain + " " + day).getBytes(StandardCharsets.UTF_8))
            .toString();
    byte[] report = gzip(id, day, counts);
    List<CompletableFuture<Boolean>> sent = new ArrayList<>();
    for (Address mailbox : to.mailboxes()) {
      sent.add(
          submission
              .submit(
                  identity.sender(),
                  mailbox,
                  ReportMail.compose(
                      identity.sender(), mailbox, identity.host(), domain, id, day, now, report),
                  Map.of("tls_required", "no"))
              .handle((message, failure) -> took(domain, "mail", failure)));
    }
    for (URI uri : to.posts()) {
      sent.add(post(uri, report).handle((nothing, failure) -> took(domain, "post", failure)));
    }
    return CompletableFuture.allOf(sent.toArray(new CompletableFuture<?>[0]))
        .thenApply(
            all -> sent.stream().anyMatch(CompletableFuture::join) ? Outcome.SENT : Outcome.LATER);
  }

  private static boolean took(String domain, String way, @Nullable Throwable failure) {
    if (failure != null) {
      LOG.warn("the TLS report about {} was not sent by {}: {}", domain, way, failure.toString());
    }
    return failure == null;
  }

  private byte[] gzip(String id, LocalDate day, Map<Policy, Counts> counts) {
    ByteArrayOutputStream octets = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(octets)) {
      ReportJson.report(
          new ReportJson.Heading(identity.organization(), identity.contact(), id, day),
          counts,
          out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return octets.toByteArray();
  }

  private CompletableFuture<Void> post(URI uri, byte[] report) {
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .timeout(TIMEOUT)
            .header("Content-Type", "application/tlsrpt+gzip")
            .POST(HttpRequest.BodyPublishers.ofByteArray(report))
            .build();
    return client()
        .sendAsync(request, HttpResponse.BodyHandlers.discarding())
        .thenAccept(
            answer -> {
              if (answer.statusCode() / 100 != 2) {
                throw new IllegalStateException("status " + answer.statusCode());
              }
            });
  }

  private synchronized HttpClient client() {
    HttpClient made = client;
    if (made == null) {
      made =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .followRedirects(HttpClient.Redirect.NEVER)
              .connectTimeout(TIMEOUT)
              .executor(executor)
              .build();
      client = made;
    }
    return made;
  }

  /** What is being posted fails. */
  synchronized void end() {
    HttpClient made = client;
    if (made != null) {
      made.shutdownNow();
    }
  }
}
