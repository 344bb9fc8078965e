package org.impetusmta.module.bounce_classifier_override;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.RejectedExecutionException;
import org.impetusmta.api.bounce.BounceClass;
import org.impetusmta.api.bounce.BounceClassifier;
import org.impetusmta.api.bounce.BounceReport;
import org.impetusmta.api.bounce.Classified;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.datasource.Datasources;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.hook.BounceErrorClassify;
import org.impetusmta.api.hook.SmtpErrorClassify;
import org.impetusmta.api.io.IoWrappers;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rules and classes of an operator, before those that are built in. Files are read again in the
 * pool IO every {@code refresh} seconds; one that cannot be read leaves the rules as they were.
 * Concurrent. Source: modules.bounce_classifier_override.
 */
@Module(
    name = "bounce_classifier_override",
    kind = Module.Kind.SINGLETON,
    singleton = "true",
    requires = "ds_core",
    description = "Rules and classes of an operator's own for bounces")
@Component(
    factory = Module.FACTORY + "bounce_classifier_override",
    service = {SmtpErrorClassify.class, BounceErrorClassify.class, ConsoleCommand.class})
public final class BounceClassifierOverride
    implements SmtpErrorClassify, BounceErrorClassify, ConsoleCommand {
  static final String USER_SMTP = "user_smtp_classification.ovr";
  static final String USER_MDN = "user_mdn_classification.ovr";
  static final String SYSTEM_SMTP = "/opt/msys/ecelerity/etc/updates/smtp_classification.ovr";
  static final String SYSTEM_MDN = "/opt/msys/ecelerity/etc/updates/mdn_classification.ovr";

  private static final Logger LOG = LoggerFactory.getLogger(BounceClassifierOverride.class);

  private final OverrideFiles files;
  private final Duration refresh;
  private final BounceClassifier classifier;
  private final Scheduler scheduler;
  private final EventLoop home;
  private volatile OverrideFiles.Rules rules;

  /** Confined to the loop. */
  private EventLoop.@Nullable Timer timer;

  /** Confined to the loop. */
  private boolean ended;

  /** The options of a bounce_classifier_override stanza. */
  @OptionSet("bounce_classifier_override")
  public record Options(
      @Option(doc = "classes of an operator's own: code below 100 = description")
          Optional<Map<String, String>> customClasses,
      @Option(value = "1", doc = "whether the system's files are read besides the user's")
          boolean enableSystemUpdates,
      @Option(value = "300", min = 1, doc = "seconds until the files are read again")
          Duration refresh,
      @Option(value = SYSTEM_SMTP, doc = "as user_smtp_classification_override, asked after it")
          String systemSmtpClassificationOverride,
      @Option(value = SYSTEM_MDN, doc = "as user_mdn_classification_override, asked after it")
          String systemMdnClassificationOverride,
      @Option(
              value = USER_SMTP,
              doc = "rules for replies, domain,code,rule: a file, or :datasource:NAME:QUERY")
          String userSmtpClassificationOverride,
      @Option(value = USER_MDN, doc = "rules for mail that came back, code,rule: as before")
          String userMdnClassificationOverride) {}

  @Activate
  public BounceClassifierOverride(
      Map<String, Object> properties,
      @Reference BounceClassifier classifier,
      @Reference IoWrappers io,
      @Reference Datasources datasources,
      @Reference Scheduler scheduler)
      throws ConfigException {
    this(
        ModuleStanza.of(properties).options(Options.class),
        classifier,
        io,
        datasources,
        scheduler,
        Path.of(System.getProperty("impetus.home", "")).resolve("etc"));
  }

  /**
   * @param etc where files are that are named without a folder
   * @throws ConfigException when a file cannot be read
   */
  BounceClassifierOverride(
      Options options,
      BounceClassifier classifier,
      IoWrappers io,
      Datasources datasources,
      Scheduler scheduler,
      Path etc)
      throws ConfigException {
    this.classifier = classifier;
    this.scheduler = scheduler;
    this.refresh = options.refresh();
    this.home = scheduler.loops().getFirst();
    files = new OverrideFiles(options, custom(options), io, datasources, etc);
    rules = files.read(true);
    classifier.forget();
    home.execute(this::sleep);
  }

  private static Map<Integer, BounceClass> custom(Options options) throws ConfigException {
    Map<Integer, BounceClass> custom = new TreeMap<>();
    for (Map.Entry<String, String> entry : options.customClasses().orElse(Map.of()).entrySet()) {
      try {
        int code = Integer.parseInt(entry.getKey().strip());
        custom.put(code, BounceClass.custom(code, entry.getValue()));
      } catch (IllegalArgumentException e) {
        throw new ConfigException(
            "in bounce_classifier_override: custom_classes: \"%s\" = \"%s\": expected a code below"
                    .formatted(entry.getKey(), entry.getValue())
                + " 100 that is not built in = description",
            e);
      }
    }
    return custom;
  }

  @Deactivate
  void end() {
    home.execute(
        () -> {
          ended = true;
          EventLoop.Timer waiting = timer;
          if (waiting != null) {
            waiting.cancel();
          }
        });
    classifier.forget();
  }

  /** On the loop. */
  private void sleep() {
    if (!ended) {
      timer = home.schedule(this::readInPool, refresh);
    }
  }

  /** On the loop. */
  private void readInPool() {
    try {
      scheduler.pool("IO").execute(this::readAgain);
    } catch (RejectedExecutionException full) {
      LOG.warn("the files of bounce_classifier_override are not read again: {}", full.toString());
      sleep();
    }
  }

  private void readAgain() {
    try {
      reload();
    } catch (ConfigException e) {
      LOG.error("{}; the rules stay as they were", e.getMessage());
    } finally {
      home.execute(this::sleep);
    }
  }

  private OverrideFiles.Rules reload() throws ConfigException {
    OverrideFiles.Rules next = files.read(false);
    if (!next.equals(rules)) {
      rules = next;
      classifier.forget();
    }
    return next;
  }

  @Override
  public Optional<Classified> smtpErrorClassify(Reply reply, String domain) {
    return rules.smtp().classify(reply.toString(), domain);
  }

  @Override
  public Optional<Classified> bounceErrorClassify(BounceReport report) {
    String status = report.failed().map(s -> s.status() + " " + s.diagnostic()).orElse("");
    return rules.reports().classify(report.header() + "\n" + report.text() + "\n" + status, "");
  }

  // ---- bounce_classifier_override help | reload | test REPLY

  @Override
  public String name() {
    return "bounce_classifier_override";
  }

  @Override
  public String synopsis() {
    return "help | reload | test reply";
  }

  @Override
  public String summary() {
    return "rules of an operator's own for bounces";
  }

  @Override
  public List<String> complete(List<String> arguments) {
    return arguments.size() < 2 ? List.of("help", "reload", "test") : List.of();
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    List<String> arguments = invocation.arguments();
    String command = arguments.isEmpty() ? "help" : arguments.getFirst();
    if (command.equals("test") && arguments.size() > 1) {
      test(invocation, String.join(" ", arguments.subList(1, arguments.size())));
    } else if (command.equals("reload") && arguments.size() == 1) {
      try {
        OverrideFiles.Rules now = reload();
        invocation.println(
            "%d rules for replies, %d for mail that came back"
                .formatted(now.smtp().size(), now.reports().size()));
      } catch (ConfigException e) {
        throw new ConsoleException(e.getMessage() + "; the rules stay as they were");
      }
    } else if (command.equals("help")) {
      invocation.println("reload");
      invocation.println("\tRead the files with rules again");
      invocation.println("test reply");
      invocation.println("\tThe class of an SMTP reply, and the rule that gave it");
    } else {
      throw new ConsoleException("usage: " + name() + " " + synopsis());
    }
  }

  private void test(ConsoleInvocation invocation, String text) {
    Reply reply =
        text.matches("(?s)[245]\\d\\d(?:[ -].*)?") ? Reply.parse(text) : new Reply(550, "", text);
    Classified found = classifier.classify(reply, Stage.UNKNOWN, "");
    BounceClass bounceClass = found.bounceClass();
    invocation.println(bounceClass.code() + " " + bounceClass.name());
    invocation.println(found.rule().isEmpty() ? "no rule" : found.rule());
  }
}
