package org.impetusmta.module.smtp_cbv;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.dns.Dns;
import org.impetusmta.api.hook.ValidateMailfrom;
import org.impetusmta.api.hook.ValidateRcptto;
import org.impetusmta.api.hook.Verdict;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.AsciiDomain;
import org.impetusmta.api.metrics.CacheWatch;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.policy.RecipientProbe;
import org.impetusmta.api.reception.Transaction;
import org.impetusmta.api.scheduler.Scheduler;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the host of the sender's domain whether it would take mail for the sender, and tells policy
 * in {@code smtp_cbv_result}: {@code pass}, {@code error} (refused for good, or the domain takes no
 * mail), {@code transient} (nobody could be asked). Nothing is refused here. The null sender is not
 * asked for, nor is the sender that callbacks themselves have: two servers with callbacks do not
 * call each other for ever. No thread waits. Concurrent. Source: modules.smtp_cbv.
 */
@Module(
    name = "smtp_cbv",
    kind = Module.Kind.VALIDATE,
    requires = "smtp_rcptto_proxy",
    description = "Asks the sender's host whether it knows the sender")
@Component(
    factory = Module.FACTORY + "smtp_cbv",
    service = {ValidateMailfrom.class, ValidateRcptto.class, CacheWatch.class})
public final class SmtpCbv implements ValidateMailfrom, ValidateRcptto, CacheWatch {
  private static final Logger LOG = LoggerFactory.getLogger(SmtpCbv.class);
  static final String RESULT = "smtp_cbv_result";

  private final Phase phase;
  private final Address mailfrom;
  private final Map<String, String> map = new HashMap<>();
  private final int port;
  private final Duration timeout;
  private final MailHosts hosts;
  private final RecipientProbe probe;
  private final Scheduler scheduler;
  private final VerdictCache cache;
  private final String instance;

  /** When the sender is asked for. */
  public enum Phase {
    MAILFROM,
    /** With the first recipient. */
    RCPTTO
  }

  /** The options of an smtp_cbv stanza. */
  @OptionSet("smtp_cbv")
  public record Options(
      @Option(value = "mailfrom", doc = "mailfrom or rcptto: when the sender is asked for")
          Phase phase,
      @Option(doc = "Sender of the question; empty or unset: the null sender")
          Optional<String> mailfrom,
      @Option(doc = "Domains of senders, each with the domain whose host is asked instead")
          Map<String, String> map,
      @Option(
              value = "25",
              min = 1,
              max = 65_535,
              doc = "TCP port that is asked; beyond the manual")
          int port,
      @Option(
              value = "30",
              min = 1,
              max = 300,
              doc = "Longest time that all hosts may take together, seconds; beyond the manual")
          Duration timeout) {}

  @Activate
  public SmtpCbv(
      Map<String, Object> properties,
      @Reference Dns dns,
      @Reference RecipientProbe probe,
      @Reference Scheduler scheduler)
      throws ConfigException {
    this(
        ModuleStanza.of(properties).options(Options.class),
        ModuleStanza.of(properties).instance(),
        dns,
        probe,
        scheduler);
  }

  SmtpCbv(Options options, String instance, Dns dns, RecipientProbe probe, Scheduler scheduler)
      throws ConfigException {
    this.phase = options.phase();
    this.instance = instance;
    this.mailfrom = sender(options.mailfrom().orElse(""), instance);
    options.map().forEach((from, to) -> map.put(AsciiDomain.of(from), AsciiDomain.of(to)));
    this.port = options.port();
    this.timeout = options.timeout();
    this.hosts = new MailHosts(dns);
    this.probe = probe;
    this.scheduler = scheduler;
    this.cache = new VerdictCache(scheduler.clock().millis());
  }

  private static Address sender(String text, String instance) throws ConfigException {
    String bare = text.strip().replaceAll("^<|>$", "");
    Address address = Address.of(bare);
    if (!bare.isEmpty() && (address.localpart().isEmpty() || address.domain().isEmpty())) {
      throw new ConfigException(
          "smtp_cbv \""
              + instance
              + "\": mailfrom = \""
              + text
              + "\", expected an address or \"\"");
    }
    return address;
  }

  @Override
  public Verdict validateMailfrom(Transaction transaction) {
    return phase == Phase.MAILFROM ? verify(transaction) : Verdict.CONTINUE;
  }

  @Override
  public Verdict validateRcptto(Address recipient, Transaction transaction) {
    return phase == Phase.RCPTTO && transaction.context().get(RESULT).isEmpty()
        ? verify(transaction)
        : Verdict.CONTINUE;
  }

  private Verdict verify(Transaction transaction) {
    Address sender = transaction.sender();
    if (sender.domain().isEmpty() || same(sender, mailfrom)) {
      return Verdict.CONTINUE;
    }
    String domain = AsciiDomain.of(sender.domain());
    CompletionStage<Result> result =
        cache.find(
            sender.localpart() + '@' + domain,
            scheduler.clock().millis(),
            () -> ask(sender, map.getOrDefault(domain, domain)));
    return Verdict.suspend(
        result.thenApplyAsync(
            found -> {
              transaction.context().set(RESULT, found.text());
              return Verdict.CONTINUE;
            },
            transaction.connection().loop()));
  }

  private static boolean same(Address a, Address b) {
    return a.localpart().equals(b.localpart()) && a.domain().equalsIgnoreCase(b.domain());
  }

  private CompletionStage<Result> ask(Address sender, String domain) {
    long deadline = System.nanoTime() + timeout.toNanos();
    if (domain.startsWith("[") && domain.endsWith("]")) {
      String literal = domain.substring(1, domain.length() - 1);
      boolean six = literal.toLowerCase(Locale.ROOT).startsWith("ipv6:");
      return ask(sender, List.of(six ? literal.substring(5) : literal), 0, deadline);
    }
    return hosts
        .of(domain)
        .thenCompose(
            found -> {
              if (!found.known()) {
                return CompletableFuture.completedFuture(Result.TRANSIENT);
              }
              return found.hosts().isEmpty()
                  ? CompletableFuture.completedFuture(Result.ERROR)
                  : ask(sender, found.hosts(), 0, deadline);
            });
  }

  private CompletionStage<Result> ask(Address sender, List<String> among, int at, long deadline) {
    Duration left = Duration.ofNanos(deadline - System.nanoTime());
    if (at >= among.size() || !left.isPositive()) {
      return CompletableFuture.completedFuture(Result.TRANSIENT);
    }
    return probe
        .query(mailfrom, sender, among.get(at), port, left)
        .thenCompose(
            answer -> {
              if (answer.accepted()) {
                return CompletableFuture.completedFuture(Result.PASS);
              }
              if (answer.reply().isPresent()) {
                LOG.debug("{} answers {}", among.get(at), answer.reply().get().code());
                return CompletableFuture.completedFuture(
                    answer.reply().get().isPermanent() ? Result.ERROR : Result.TRANSIENT);
              }
              return ask(sender, among, at + 1, deadline);
            });
  }

  // the cache, as the console shows it

  @Override
  public String name() {
    return "smtp_cbv:" + instance;
  }

  @Override
  public Figures figures() {
    return cache.figures(scheduler.clock().millis());
  }
}
