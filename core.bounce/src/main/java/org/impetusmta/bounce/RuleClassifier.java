package org.impetusmta.bounce;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.impetusmta.api.bounce.BounceClass;
import org.impetusmta.api.bounce.BounceClassifier;
import org.impetusmta.api.bounce.BounceReport;
import org.impetusmta.api.bounce.Classified;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Scopes;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.hook.BounceErrorClassify;
import org.impetusmta.api.hook.HooksInForce;
import org.impetusmta.api.hook.SmtpErrorClassify;
import org.impetusmta.api.message.Reply;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Classifies by rules: {@code smtp.rules} for replies, {@code report.rules} for what comes back as
 * mail, both resources of this bundle. Immediate: were it made for the module whose hooks it calls,
 * it would look for them while that one is not there yet, and never again. Concurrent. Source:
 * bounce_logger.classification.codes.
 */
@Component(service = BounceClassifier.class, immediate = true)
public final class RuleClassifier implements BounceClassifier {
  private final RuleSet replies = rules("smtp.rules");
  private final RuleSet reports = rules("report.rules");
  private final Configuration configuration;
  private final Supplier<List<SmtpErrorClassify>> smtpHooks;
  private final Supplier<List<BounceErrorClassify>> reportHooks;
  private final LongSupplier nanoTime;
  private volatile @Nullable Cache cache;

  /** What is remembered under one generation. */
  private record Cache(Generation generation, Remembered replies) {}

  /** Options of the classification. */
  @OptionSet(Scopes.GLOBAL)
  public record Options(
      @Option(value = "16384", min = 0, doc = "Classified replies that are remembered")
          int bounceCacheSize,
      @Option(value = "60", min = 0, doc = "How long a classified reply is remembered")
          Duration bounceCacheTtl) {}

  @Activate
  public RuleClassifier(@Reference Configuration configuration, @Reference HooksInForce hooks) {
    this(
        configuration,
        hooks.inForce(SmtpErrorClassify.class),
        hooks.inForce(BounceErrorClassify.class),
        System::nanoTime);
  }

  RuleClassifier(
      Configuration configuration,
      Supplier<List<SmtpErrorClassify>> smtpHooks,
      Supplier<List<BounceErrorClassify>> reportHooks,
      LongSupplier nanoTime) {
    this.configuration = configuration;
    this.smtpHooks = smtpHooks;
    this.reportHooks = reportHooks;
    this.nanoTime = nanoTime;
  }

  static RuleSet rules(String resource) {
    InputStream in = RuleClassifier.class.getResourceAsStream(resource);
    if (in == null) {
      throw new IllegalStateException("no resource " + resource);
    }
    try (BufferedReader reader =
        new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      return RuleSet.parse(reader.lines().toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (IllegalArgumentException e) {
      throw new IllegalStateException(resource + ": " + e.getMessage(), e);
    }
  }

  private Remembered remembered() {
    Generation now = configuration.current();
    Cache known = cache;
    if (known == null || known.generation != now) {
      Options options = now.options(Options.class, ScopePath.GLOBAL);
      known =
          new Cache(
              now,
              new Remembered(
                  options.bounceCacheSize(), options.bounceCacheTtl().toNanos(), nanoTime));
      cache = known;
    }
    return known.replies;
  }

  @Override
  public void forget() {
    cache = null;
  }

  @Override
  public Classified classify(Reply reply, Stage stage, String domain) {
    List<SmtpErrorClassify> hooks = smtpHooks.get();
    String name = hooks.isEmpty() ? "" : domain.toLowerCase(Locale.ROOT);
    String key = name + "@" + stage.code() + "@" + reply;
    Remembered remembered = remembered();
    Classified known = remembered.get(key);
    if (known != null) {
      return known;
    }
    for (SmtpErrorClassify hook : hooks) {
      Optional<Classified> answer = hook.smtpErrorClassify(reply, name);
      if (answer.isPresent()) {
        remembered.put(key, answer.get());
        return answer.get();
      }
    }
    Classified found = byRules(reply, stage);
    remembered.put(key, found);
    return found;
  }

  private Classified byRules(Reply reply, Stage stage) {
    return replies
        .classify(reply.code(), reply.enhanced(), stage, reply.text())
        .orElse(new Classified(BounceClass.UNDETERMINED, ""));
  }

  @Override
  public Classified classify(BounceReport report) {
    for (BounceErrorClassify hook : reportHooks.get()) {
      Optional<Classified> answer = hook.bounceErrorClassify(report);
      if (answer.isPresent()) {
        return answer.get();
      }
    }
    Classified found = report.failed().map(this::ofStatus).orElseGet(() -> ofText(report));
    BounceClass kind = found.bounceClass();
    boolean generic =
        kind.equals(BounceClass.GENERIC)
            || (kind.equals(BounceClass.UNDETERMINED) && report.failed().isPresent());
    return generic && report.originalRecipient().isEmpty()
        ? new Classified(BounceClass.GENERIC_NO_RCPT, found.rule())
        : found;
  }

  /** RFC 3464: what happened, then the reply, then the status alone. */
  private Classified ofStatus(BounceReport.Status status) {
    return switch (status.action()) {
      case "delayed" -> new Classified(BounceClass.TRANSIENT_FAILURE, "Action: delayed");
      case "delivered", "relayed", "expanded" ->
          new Classified(BounceClass.AUTO_REPLY, "Action: " + status.action());
      default -> ofFailure(status);
    };
  }

  private Classified ofFailure(BounceReport.Status status) {
    int ofClass = status.status().startsWith("4") ? 450 : 550;
    Reply parsed = Reply.parse(status.diagnostic());
    boolean hasCode =
        status.diagnostic().matches("(?s)[45]\\d\\d(?:[ -].*)?") && !parsed.isPositive();
    int code = hasCode ? parsed.code() : ofClass;
    String enhanced =
        status.status().matches("[45]\\.[1-9]\\d{0,2}\\.\\d{1,3}")
                && status.status().charAt(0) == '0' + code / 100
                && parsed.enhanced().isEmpty()
            ? status.status()
            : "";
    String text = hasCode ? parsed.text() : status.diagnostic();
    Reply reply =
        new Reply(
            code, hasCode && !parsed.enhanced().isEmpty() ? parsed.enhanced() : enhanced, text);
    Classified found = byRules(reply, Stage.OUT_OF_BAND);
    // a receiver that has failed the mail does not try again
    return found.bounceClass().equals(BounceClass.TRANSIENT_FAILURE) && code / 100 == 4
        ? new Classified(BounceClass.SOFT, found.rule())
        : found;
  }

  private Classified ofText(BounceReport report) {
    String all = report.header() + "\n" + report.text();
    return reports
        .classify(550, "", Stage.OUT_OF_BAND, all)
        .filter(found -> !found.bounceClass().equals(BounceClass.GENERIC))
        .orElseGet(
            () -> {
              Optional<Classified> generic = reports.classify(550, "", Stage.OUT_OF_BAND, all);
              return ofReplyIn(report.text())
                  .or(() -> generic)
                  .orElse(new Classified(BounceClass.UNDETERMINED, ""));
            });
  }

  /** What the rules for replies find in the text of a report without a delivery status. */
  private Optional<Classified> ofReplyIn(String text) {
    return replies
        .classify(550, "", Stage.OUT_OF_BAND, text)
        .filter(
            found ->
                !found.bounceClass().equals(BounceClass.TRANSIENT_FAILURE)
                    && !found.bounceClass().equals(BounceClass.GENERIC)
                    && !found.bounceClass().equals(BounceClass.UNDETERMINED));
  }
}
