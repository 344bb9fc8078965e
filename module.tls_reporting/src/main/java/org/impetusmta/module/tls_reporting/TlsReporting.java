package org.impetusmta.module.tls_reporting;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.ServerName;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.dns.Dns;
import org.impetusmta.api.hook.OutboundTlsResult;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.reception.Submission;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.api.scheduler.ThreadPool;
import org.impetusmta.api.tls.TlsPolicy;
import org.impetusmta.api.tls.TlsResult;
import org.impetusmta.module.tls_reporting.ReportSender.Outcome;
import org.impetusmta.module.tls_reporting.Tally.Counts;
import org.impetusmta.module.tls_reporting.Tally.Failure;
import org.impetusmta.module.tls_reporting.Tally.Policy;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SMTP TLS Reporting: counts how TLS to each domain went and sends those that ask for it a report
 * of each day (UTC). Counts are kept in {@code report_store}, written every five minutes. What
 * could not be sent is tried again every hour for two days.
 *
 * <p>Thread-safety: concurrent; files and reports are the business of one job at a time. Source:
 * RFC 8460; hooks.core.smtp_tls_reporting.
 */
@Module(
    name = "tls_reporting",
    kind = Module.Kind.SINGLETON,
    description = "SMTP TLS reports",
    singleton = "true")
@Component(
    factory = Module.FACTORY + "tls_reporting",
    service = {OutboundTlsResult.class, ConsoleCommand.class})
public final class TlsReporting implements OutboundTlsResult, ConsoleCommand {
  private static final Logger LOG = LoggerFactory.getLogger(TlsReporting.class);
  private static final Duration KEEP_EVERY = Duration.ofMinutes(5);
  private static final long RETRY_MILLIS = Duration.ofHours(1).toMillis();
  private static final int MOST_DAYS = 3;
  private static final Pattern NAME = Pattern.compile("[a-z0-9_-][a-z0-9._-]{0,252}");

  private final Scheduler scheduler;
  private final ThreadPool pool;
  private final EventLoop home;
  private final Options options;
  private final TallyFiles files;
  private final ReportSender sender;
  private final ConcurrentHashMap<LocalDate, Tally> tallies = new ConcurrentHashMap<>();
  private volatile Tally today;
  private volatile boolean ended;
  private EventLoop.@Nullable Timer timer;

  /** When reports were sent last, or begun to be; on the job alone. */
  private long sentMillis;

  /** Reports are on their way. */
  private @Nullable CompletableFuture<Integer> sending;

  /** Options of the stanza. */
  @OptionSet("tls_reporting")
  public record Options(
      @Option(doc = "Who reports, in the words of the report; unset: the name of the server")
          Optional<String> organizationName,
      @Option(doc = "Mailbox for questions about reports; unset: that of sender")
          Optional<String> contactInfo,
      @Option(doc = "Mailbox that reports come from; unset: postmaster at the name of the server")
          Optional<String> sender,
      @Option(
              value = "/var/spool/ecelerity/tlsrpt",
              doc = "Folder that keeps what was counted until it is reported")
          String reportStore,
      @Option(
              value = "7200",
              min = 0,
              max = 72_000,
              doc = "Time after midnight (UTC) at which the reports of the day before are sent")
          Duration reportDelay,
      @Option(value = "50000", min = 1, doc = "Most domains that are counted on one day")
          int maxDomains) {}

  @Activate
  public TlsReporting(
      Map<String, Object> properties,
      @Reference Dns dns,
      @Reference Submission submission,
      @Reference Scheduler scheduler)
      throws ConfigException {
    this(
        ModuleStanza.of(properties).options(Options.class),
        ModuleStanza.of(properties)
            .generation()
            .options(ServerName.class, ScopePath.GLOBAL)
            .external(),
        dns,
        submission,
        scheduler);
  }

  TlsReporting(Options options, String host, Dns dns, Submission submission, Scheduler scheduler)
      throws ConfigException {
    this.options = options;
    this.scheduler = scheduler;
    this.pool = scheduler.pool("IO");
    this.home = scheduler.loops().getFirst();
    this.files = new TallyFiles(Path.of(options.reportStore()), options.maxDomains());
    String from = options.sender().orElse("postmaster@" + host);
    if (!from.matches("[!-?A-~]+@[A-Za-z0-9.-]+")) {
      throw new ConfigException("sender: expected a mailbox, found " + from);
    }
    this.sender =
        new ReportSender(
            dns,
            submission,
            pool,
            new ReportSender.Identity(
                options.organizationName().orElse(host),
                options.contactInfo().orElse(from),
                Address.of(from),
                host));
    LocalDate day = day();
    Tally first = files.read(day).orElseGet(() -> new Tally(day, options.maxDomains()));
    today = first;
    tallies.put(day, first);
    home.execute(this::again);
  }

  private Instant now() {
    return scheduler.clock().instant();
  }

  private LocalDate day() {
    return LocalDate.ofInstant(now(), ZoneOffset.UTC);
  }

  @Deactivate
  void end() {
    ended = true;
    sender.end();
    home.execute(
        () -> {
          EventLoop.Timer waiting = timer;
          if (waiting != null) {
            waiting.cancel();
          }
        });
    keep();
  }

  // ---- counting ----

  @Override
  public void outboundTlsResult(
      Delivery delivery, Optional<TlsPolicy> policy, TlsResult result, String detail) {
    String domain = delivery.policyDomain().orElse("").toLowerCase(Locale.ROOT);
    if (!NAME.matcher(domain).matches()) {
      return;
    }
    Policy named = policy.map(p -> named(p, domain)).orElseGet(() -> none(domain));
    Tally tally = today();
    boolean known =
        result == TlsResult.SUCCESS
            ? tally.success(domain, named)
            : tally.failure(
                domain,
                named,
                new Failure(
                    result.code(),
                    delivery.sourceAddress().map(a -> a.getHostAddress()).orElse(""),
                    shown(delivery.host()),
                    delivery.address().getAddress().getHostAddress(),
                    shown(detail)));
    if (!known) {
      sender
          .wanted(domain)
          .thenAccept(
              wanted -> {
                if (wanted == Outcome.UNWANTED) {
                  tally.unwanted(domain);
                }
              });
    }
  }

  private static Policy none(String domain) {
    return new Policy("no-policy-found", domain, List.of());
  }

  private static Policy named(TlsPolicy policy, String domain) {
    return switch (policy.source()) {
      case TLSA ->
          new Policy("tlsa", policy.domain().isEmpty() ? domain : policy.domain(), policy.text());
      case STS ->
          new Policy("sts", policy.domain().isEmpty() ? domain : policy.domain(), policy.text());
      case NO_POLICY_FOUND -> none(domain);
    };
  }

  private static String shown(String text) {
    String printable = text.replaceAll("[^\\x20-\\x7E]", "?");
    return printable.length() > 200 ? printable.substring(0, 200) : printable;
  }

  private Tally today() {
    Tally known = today;
    LocalDate day = day();
    if (!known.day().equals(day)) {
      known = tallies.computeIfAbsent(day, d -> new Tally(d, options.maxDomains()));
      today = known;
    }
    return known;
  }

  // ---- keeping and sending ----

  private void again() {
    if (!ended) {
      pool.execute(this::look);
      timer = home.schedule(this::again, KEEP_EVERY);
    }
  }

  private void look() {
    keep();
    LocalDate day = day();
    Instant midnight = day.atStartOfDay(ZoneOffset.UTC).toInstant();
    boolean due = !now().isBefore(midnight.plus(options.reportDelay()));
    synchronized (this) {
      due &= sending == null && now().toEpochMilli() - sentMillis >= RETRY_MILLIS;
    }
    if (due) {
      sendAll();
    }
  }

  /** Writes what has changed. */
  private synchronized void keep() {
    for (Tally tally : tallies.values()) {
      if (tally.takeChanged()) {
        if (tally.domains().isEmpty()) {
          files.delete(tally.day());
        } else {
          files.write(tally);
        }
      }
    }
  }

  /** Sends the reports of all days that are over; the number that were sent. */
  private CompletableFuture<Integer> sendAll() {
    CompletableFuture<Integer> done = new CompletableFuture<>();
    LocalDate day = day();
    synchronized (this) {
      CompletableFuture<Integer> running = sending;
      if (running != null) {
        return running;
      }
      sending = done;
      sentMillis = now().toEpochMilli();
      for (LocalDate kept : files.days().headSet(day)) {
        tallies.computeIfAbsent(
            kept, d -> files.read(d).orElseGet(() -> new Tally(d, options.maxDomains())));
      }
    }
    List<Tally> over =
        tallies.values().stream()
            .filter(tally -> tally.day().isBefore(day))
            .sorted(java.util.Comparator.comparing(Tally::day))
            .toList();
    CompletableFuture<Integer> chain = CompletableFuture.completedFuture(0);
    for (Tally tally : over) {
      chain = chain.thenCompose(count -> send(tally, tally.domains(), 0, count));
    }
    chain.whenComplete(
        (count, failure) -> {
          if (failure != null) {
            LOG.error("TLS reports could not be sent", failure);
          }
          over.forEach(tally -> finish(tally, day));
          synchronized (this) {
            sending = null;
          }
          done.complete(failure == null ? count : 0);
        });
    return done;
  }

  private CompletableFuture<Integer> send(Tally tally, List<String> domains, int index, int count) {
    if (index == domains.size() || ended) {
      return CompletableFuture.completedFuture(count);
    }
    String domain = domains.get(index);
    Map<Policy, Counts> counts = tally.counts(domain);
    return sender
        .send(domain, tally.day(), counts, now())
        .thenComposeAsync(
            outcome -> {
              if (outcome != Outcome.LATER) {
                tally.done(domain);
              }
              return send(tally, domains, index + 1, outcome == Outcome.SENT ? count + 1 : count);
            },
            pool);
  }

  /** Forgets a day that was reported or is too long ago. */
  private synchronized void finish(Tally tally, LocalDate day) {
    if (tally.domains().isEmpty() || tally.day().isBefore(day.minusDays(MOST_DAYS - 1))) {
      tallies.remove(tally.day());
      files.delete(tally.day());
    } else {
      files.write(tally);
    }
  }

  // ---- tls_reporting show | send

  @Override
  public String name() {
    return "tls_reporting";
  }

  @Override
  public String synopsis() {
    return "show | send";
  }

  @Override
  public String summary() {
    return "what is counted for TLS reports; send those of past days now";
  }

  @Override
  public List<String> complete(List<String> arguments) {
    return arguments.size() <= 1 ? List.of("show", "send") : List.of();
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    switch (String.join(" ", invocation.arguments())) {
      case "show" -> show(invocation);
      case "send" -> {
        try {
          int sent = sendAll().get(600, java.util.concurrent.TimeUnit.SECONDS);
          invocation.println(sent + " reports sent");
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new ConsoleException("interrupted");
        } catch (java.util.concurrent.ExecutionException
            | java.util.concurrent.TimeoutException e) {
          throw new ConsoleException("the reports are still being sent");
        }
      }
      default -> throw new ConsoleException("usage: " + name() + " " + synopsis());
    }
  }

  private void show(ConsoleInvocation invocation) {
    for (Tally tally : tallies.values()) {
      for (String domain : tally.domains()) {
        tally
            .counts(domain)
            .forEach(
                (policy, counts) ->
                    invocation.printf(
                        "%s %s %s %s: %d successful, %d failed",
                        tally.day(),
                        domain,
                        policy.type(),
                        policy.domain(),
                        counts.successes,
                        counts.failures));
      }
    }
  }
}
