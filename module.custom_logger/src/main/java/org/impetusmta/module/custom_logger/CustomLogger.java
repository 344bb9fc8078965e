package org.impetusmta.module.custom_logger;

import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.impetusmta.api.bounce.BounceClass;
import org.impetusmta.api.bounce.BounceClassifier;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.hook.HooksInForce;
import org.impetusmta.api.hook.LogDelivery;
import org.impetusmta.api.hook.LogDetails;
import org.impetusmta.api.hook.LogError;
import org.impetusmta.api.hook.LogFlush;
import org.impetusmta.api.hook.LogPermanentFailure;
import org.impetusmta.api.hook.LogReception;
import org.impetusmta.api.hook.LogRejection;
import org.impetusmta.api.hook.LogReopen;
import org.impetusmta.api.hook.LogTransientFailure;
import org.impetusmta.api.io.IoWrappers;
import org.impetusmta.api.log.EventLog;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.log.LogMacros;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.MessageOperations;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.log.BounceClasses;
import org.impetusmta.log.FileLogger;
import org.impetusmta.log.LineBuffer;
import org.impetusmta.log.LogFile;
import org.impetusmta.log.LogFormat;
import org.impetusmta.log.Sanitizer;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs in formats of the operator's own ({@link LogFormat}), one for each stage of mail, into one
 * log or a log for each. Lines are made by the log thread, or in a pool ({@link Lanes}), where
 * those of one message stay in order.
 *
 * <p>Thread-safety: concurrent. Source: modules.custom_logger.
 */
@Module(
    name = "custom_logger",
    kind = Module.Kind.LOGGER,
    description = "Logs in formats of the operator's own")
@Component(
    factory = Module.FACTORY + "custom_logger",
    service = {
      LogReception.class,
      LogDelivery.class,
      LogTransientFailure.class,
      LogPermanentFailure.class,
      LogRejection.class,
      LogError.class,
      LogDetails.class,
      LogFlush.class,
      LogReopen.class,
      ConsoleCommand.class
    })
public final class CustomLogger extends FileLogger
    implements LogReception,
        LogDelivery,
        LogTransientFailure,
        LogPermanentFailure,
        LogRejection,
        LogError,
        LogDetails {
  /** Events that wait for their lines, unless a pool of the operator's says how many may. */
  static final int BACKLOG = 1024;

  private static final Logger LOG = LoggerFactory.getLogger(CustomLogger.class);
  private static final Duration CLOSING = Duration.ofSeconds(10);

  private final String instance;
  private final Options options;
  private final InstantSource clock;
  private final Map<String, LogFile> logs = new HashMap<>();
  private final @Nullable LogFile paniclog;
  private final @Nullable Output receptions;
  private final @Nullable Output deliveries;
  private final @Nullable Output transientFailures;
  private final @Nullable Output permanentFailures;
  private final @Nullable Output rejections;
  private final @Nullable Lanes lanes;
  private final boolean dictionaries;
  private final boolean bodies;

  /** Lines of the log thread, before they are in a log. */
  private final LineBuffer scratch = new LineBuffer();

  /** A stage that is logged. */
  private record Output(LogFormat format, LogFile log) {}

  /**
   * What a logger is made with.
   *
   * @param micros whether the paniclog has microseconds
   * @param said whether an option is said in the stanza
   */
  record Surroundings(
      IoWrappers io,
      Scheduler scheduler,
      boolean micros,
      LogFormat.Environment formats,
      Predicate<String> said) {}

  @Activate
  public CustomLogger(
      Map<String, Object> properties,
      @Reference IoWrappers io,
      @Reference Scheduler scheduler,
      @Reference EventLog eventLog,
      @Reference HooksInForce hooks,
      @Reference MessageOperations operations,
      @Reference(cardinality = ReferenceCardinality.OPTIONAL) @Nullable BounceClassifier classifier)
      throws ConfigException {
    this(
        ModuleStanza.of(properties),
        io,
        scheduler,
        eventLog.highResolution(),
        hooks,
        operations,
        classifier);
  }

  private CustomLogger(
      ModuleStanza stanza,
      IoWrappers io,
      Scheduler scheduler,
      boolean micros,
      HooksInForce hooks,
      MessageOperations operations,
      @Nullable BounceClassifier classifier)
      throws ConfigException {
    this(
        stanza.options(Options.class),
        stanza.instance(),
        new Surroundings(
            io,
            scheduler,
            micros,
            new LogFormat.Environment(
                List.of(),
                hooks.present(LogMacros.class),
                hooks.inForce(LogMacros.class),
                pathway -> pathwayGroup(stanza.generation(), pathway),
                operations,
                classes(classifier),
                Sanitizer.PLAIN,
                ZoneId.systemDefault()),
            option ->
                stanza
                    .generation()
                    .origin(Options.class, option, new ScopePath.Within(stanza.stanza()))
                    .isPresent()));
  }

  /**
   * @throws ConfigException when an option is none, or a log cannot be opened
   */
  CustomLogger(Options options, String instance, Surroundings surroundings) throws ConfigException {
    super(
        "custom_logger",
        instance,
        surroundings.io(),
        surroundings.scheduler().clock(),
        surroundings.micros());
    this.instance = instance;
    this.options = options;
    this.clock = surroundings.scheduler().clock();
    LogFormat.Environment formats = environment(surroundings.formats());
    Map<Options.Stage, LogFormat> wanted = new HashMap<>();
    for (Options.Stage stage :
        List.of(
            options.reception(),
            options.delivery(),
            options.transientFailure(),
            options.permanentFailure(),
            options.rejection())) {
      format(stage, formats, surroundings.said()).ifPresent(format -> wanted.put(stage, format));
    }
    if (options.logErrors() && options.paniclog().isEmpty()) {
      throw refused("log_errors is on, expected a paniclog too");
    }
    // opened first, closed last: the others may have something to report
    paniclog =
        options.paniclog().isPresent()
            ? log("paniclog", options.paniclog().get(), options.paniclogMode())
            : null;
    receptions = output(options.reception(), wanted);
    deliveries = output(options.delivery(), wanted);
    transientFailures = output(options.transientFailure(), wanted);
    permanentFailures = output(options.permanentFailure(), wanted);
    rejections = output(options.rejection(), wanted);
    // a rejection has its dictionaries anyway, and no body
    wanted.remove(options.rejection());
    dictionaries = wanted.values().stream().anyMatch(LogFormat::dictionaries);
    bodies = wanted.values().stream().anyMatch(LogFormat::bodies);
    lanes = lanes(surroundings.scheduler());
  }

  private @Nullable Lanes lanes(Scheduler scheduler) {
    if (options.threadPool().isPresent()) {
      return new Lanes(
          scheduler.pool(options.threadPool().get()), options.concurrency(), Integer.MAX_VALUE);
    }
    return options.concurrency() == 1
        ? null
        : new Lanes(scheduler.pool("IO"), options.concurrency(), BACKLOG);
  }

  // ---- what the stanza says

  private ConfigException refused(String reason) {
    return new ConfigException("in custom_logger \"%s\": %s".formatted(instance, reason));
  }

  private LogFormat.Environment environment(LogFormat.Environment formats) throws ConfigException {
    List<String> namespaces = new ArrayList<>();
    options.namespace().stream()
        .flatMap(words -> Arrays.stream(words.split("[,\\s]+")))
        .filter(word -> !word.isEmpty() && !namespaces.contains(word))
        .forEach(namespaces::add);
    try {
      return new LogFormat.Environment(
          List.copyOf(namespaces),
          formats.macros(),
          formats.inForce(),
          formats.pathwayGroup(),
          formats.operations(),
          formats.classes(),
          options.sanitize().map(Sanitizer::of).orElse(Sanitizer.PLAIN),
          formats.zone());
    } catch (IllegalArgumentException e) {
      throw refused("sanitize: " + e.getMessage());
    }
  }

  /** The format of a stage that is logged. What is said and would have no effect is refused. */
  private Optional<LogFormat> format(
      Options.Stage stage, LogFormat.Environment environment, Predicate<String> said)
      throws ConfigException {
    if (!stage.on() && said.test(stage.toggle())) {
      return Optional.empty();
    }
    if (stage.format().isEmpty()) {
      String why =
          stage.on()
              ? stage.toggle() + " is on"
              : stage.logfile().isPresent() ? stage.name() + "_logfile is set" : "";
      if (why.isEmpty()) {
        return Optional.empty();
      }
      throw refused("%s, expected a %s_format too".formatted(why, stage.name()));
    }
    if (stage.logfile().isEmpty() && options.mainlog().isEmpty()) {
      throw refused(
          "%s_format is set, expected a %s_logfile or a mainlog too"
              .formatted(stage.name(), stage.name()));
    }
    try {
      return Optional.of(LogFormat.of(stage.format().get(), environment));
    } catch (IllegalArgumentException e) {
      throw refused("%s_format: %s".formatted(stage.name(), e.getMessage()));
    }
  }

  private @Nullable Output output(Options.Stage stage, Map<Options.Stage, LogFormat> wanted)
      throws ConfigException {
    LogFormat format = wanted.get(stage);
    if (format == null) {
      return null;
    }
    return new Output(
        format,
        stage.logfile().isPresent()
            ? log(stage.name() + "_logfile", stage.logfile().get(), stage.mode())
            : log("mainlog", options.mainlog().orElseThrow(), options.mainlogMode()));
  }

  /** What is named twice is one log, so that its lines stay in order. */
  private LogFile log(String option, String target, int mode) throws ConfigException {
    LogFile known = logs.get(target);
    if (known == null) {
      known = open(option, target, mode);
      logs.put(target, known);
    }
    return known;
  }

  private static String pathwayGroup(Generation generation, String pathway) {
    for (Stanza group : generation.stanzas("pathway_group")) {
      for (Stanza member : group.children("pathway")) {
        if (member.instance().equals(Optional.of(pathway))) {
          return group.instance().orElse("default");
        }
      }
    }
    return "default";
  }

  private static BounceClasses classes(@Nullable BounceClassifier classifier) {
    return failure ->
        classifier == null
            ? BounceClass.UNDETERMINED
            : classifier
                .classify(failure.reply(), failure.stage(), failure.routingDomain())
                .bounceClass();
  }

  // ---- events

  @Override
  public boolean dictionaries() {
    return dictionaries;
  }

  @Override
  public boolean bodies() {
    return bodies;
  }

  @Override
  public void logReception(LogEvent.Reception event) {
    log(receptions, event, event.message());
  }

  @Override
  public void logDelivery(LogEvent.Delivery event) {
    log(deliveries, event, event.message());
  }

  @Override
  public void logTransientFailure(LogEvent.Failure event) {
    log(transientFailures, event, event.message());
  }

  @Override
  public void logPermanentFailure(LogEvent.Failure event) {
    log(permanentFailures, event, event.message());
  }

  @Override
  public void logRejection(LogEvent.Rejection event) {
    Output output = rejections;
    Lanes beside = lanes;
    if (output == null) {
      return;
    }
    if (beside == null) {
      write(output, event, scratch);
    } else {
      beside.submit(
          Long.hashCode(event.connectionId().bits()), () -> write(output, event, new LineBuffer()));
    }
  }

  private void log(@Nullable Output output, LogEvent event, Message message) {
    Lanes beside = lanes;
    if (output == null) {
      return;
    }
    if (beside == null) {
      write(output, event, scratch);
      return;
    }
    Optional<Body> kept = output.format().bodies() ? held(message) : Optional.empty();
    beside.submit(
        Long.hashCode(message.id().bits()),
        () -> {
          try {
            write(output, event, new LineBuffer());
          } finally {
            kept.ifPresent(Body::letGo);
          }
        });
  }

  /** The body, which may be let go when the hook returns, is kept until the line is made. */
  private static Optional<Body> held(Message message) {
    try {
      Body body = message.body();
      body.hold();
      return Optional.of(body);
    } catch (IllegalStateException e) {
      LOG.debug("{} is logged without what it carried", message.id(), e);
      return Optional.empty();
    }
  }

  private void write(Output output, LogEvent event, LineBuffer line) {
    try {
      output.format().append(event, line);
      synchronized (this) {
        output.log().line().octets(line.octets(), line.length());
        output.log().endLine();
      }
    } finally {
      line.discard(line.length());
    }
  }

  // ---- diagnostics

  @Override
  public synchronized void logError(LogEvent.Diagnostic event) {
    if (options.logErrors()) {
      panic(event.timeMicros(), event.source(), event.text());
    }
  }

  @Override
  protected void problem(String option, String problem) {
    if (!option.equals("paniclog")) {
      panic(LogEvent.micros(clock.instant()), "custom_logger", problem);
    }
  }

  private void panic(long micros, String source, String text) {
    LogFile log = paniclog;
    if (log != null) {
      log.line().time(micros).ascii(':').text(source).ascii(": ").text(text);
      log.endLine();
    }
  }

  @Deactivate
  void close() {
    Lanes beside = lanes;
    if (beside != null && !beside.finish(CLOSING)) {
      LOG.error("custom_logger \"{}\" ends although lines are missing", instance);
    }
    closeAll();
  }
}
