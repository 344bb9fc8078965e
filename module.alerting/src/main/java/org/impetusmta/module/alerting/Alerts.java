package org.impetusmta.module.alerting;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.impetusmta.api.alert.Alerting;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.hook.LogDelivery;
import org.impetusmta.api.hook.LogPermanentFailure;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.MessageOperations;
import org.impetusmta.api.message.NewMessage;
import org.impetusmta.api.metrics.CacheWatch;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.scheduler.Scheduler;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Sends alerts by e-mail, and keeps counters and failure rates by binding and domain for scripts
 * that decide on them. Concurrent. Source: modules.alerting, web3.automated.alerting.
 */
@Module(
    name = "alerting",
    kind = Module.Kind.SINGLETON,
    singleton = "true",
    requires = "inbound_audit",
    description = "Sends alerts by e-mail")
@Component(
    factory = Module.FACTORY + "alerting",
    service = {Alerting.class, CacheWatch.class, LogDelivery.class, LogPermanentFailure.class})
public final class Alerts implements Alerting, CacheWatch, LogDelivery, LogPermanentFailure {
  /** Deliveries that a rate needs to mean something. */
  static final int ENOUGH = 100;

  private static final int LONGEST_SUBJECT = 900;

  private final MessageOperations operations;
  private final InstantSource clock;
  private final AlertCache<Long> counters;
  private final AlertCache<Long> sent;
  private final FailureRates rates = new FailureRates();

  /** The stanza. */
  @OptionSet("alerting")
  public record Options(
      @Option(value = "3600", min = 1, doc = "how long a counter stays that nobody adds to")
          Duration alertingCacheTtl,
      @Option(
              value = "1048576",
              min = 1024,
              unit = Option.Unit.SIZE,
              doc = "octets that counters, and what was sent lately, take at most")
          long alertingCacheSize) {}

  @Activate
  public Alerts(
      Map<String, Object> properties,
      @Reference MessageOperations operations,
      @Reference Scheduler scheduler) {
    this(ModuleStanza.of(properties).options(Options.class), operations, scheduler.clock());
  }

  Alerts(Options options, MessageOperations operations, InstantSource clock) {
    this.operations = operations;
    this.clock = clock;
    this.counters =
        new AlertCache<>(options.alertingCacheSize(), options.alertingCacheTtl(), clock);
    this.sent = new AlertCache<>(options.alertingCacheSize(), Duration.ofDays(1), clock);
  }

  // counters

  @Override
  public long incCount(String binding, String domain, String key) {
    return counters.update(name(binding, domain, key), count -> count == null ? 1 : count + 1);
  }

  @Override
  public long count(String binding, String domain, String key) {
    return counters.get(name(binding, domain, key)).orElse(0L);
  }

  @Override
  public void reset(String binding, String domain, String key) {
    counters.remove(name(binding, domain, key));
  }

  private static String name(String binding, String domain, String key) {
    return binding + "\0" + domain.toLowerCase(Locale.ROOT) + "\0" + key;
  }

  @Override
  public String name() {
    return "alerting:counters";
  }

  @Override
  public Figures figures() {
    return counters.figures();
  }

  // failure rates

  @Override
  public void logDelivery(LogEvent.Delivery event) {
    rates.add(event.binding(), event.routingDomain(), false, minute());
  }

  @Override
  public void logPermanentFailure(LogEvent.Failure event) {
    rates.add(event.binding(), event.routingDomain(), true, minute());
  }

  @Override
  public double failureRate(String binding, String domain, Duration period) {
    return rates.rate(binding, domain, Math.clamp(period.toMinutes(), 1, 60), minute());
  }

  private long minute() {
    return Math.floorDiv(clock.millis(), 60_000L);
  }

  // mail

  @Override
  public CompletableFuture<List<MessageId>> send(
      Address sender, List<Address> recipients, String subject, String body, Duration throttle) {
    if (recipients.isEmpty() || recipients.stream().anyMatch(Address::isNull)) {
      throw new IllegalArgumentException("an alert needs recipients");
    }
    if (subject.length() > LONGEST_SUBJECT || subject.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException(
          "a subject is one line of " + LONGEST_SUBJECT + " characters at most");
    }
    if (heldBack(sender + "\0" + recipients + "\0" + subject, throttle)) {
      return CompletableFuture.completedFuture(List.of());
    }
    NewMessage message =
        new NewMessage(
            List.of(
                Map.entry("From", sender.isNull() ? "<>" : sender.toString()),
                Map.entry(
                    "To", String.join(", ", recipients.stream().map(Address::toString).toList())),
                Map.entry("Subject", subject),
                Map.entry("Auto-Submitted", "auto-generated")),
            List.of(Map.entry("text/plain", body)),
            List.of());
    return operations.inject(operations.build(message), sender, recipients);
  }

  private boolean heldBack(String what, Duration throttle) {
    if (throttle.isZero() || throttle.isNegative()) {
      return false;
    }
    long now = clock.millis();
    boolean[] held = {false};
    sent.update(
        what,
        last -> {
          held[0] = last != null && now < last + throttle.toMillis();
          return held[0] && last != null ? last : now;
        });
    return held[0];
  }
}
