package org.impetusmta.module.custom_bounce_logger;

import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.bounce.BounceClassifier;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.hook.HooksInForce;
import org.impetusmta.api.hook.LogDetails;
import org.impetusmta.api.hook.LogFlush;
import org.impetusmta.api.hook.LogOutOfBandBounce;
import org.impetusmta.api.hook.LogPermanentFailure;
import org.impetusmta.api.hook.LogReopen;
import org.impetusmta.api.hook.LogTransientFailure;
import org.impetusmta.api.io.IoWrappers;
import org.impetusmta.api.log.EventLog;
import org.impetusmta.api.log.LogMacros;
import org.impetusmta.api.message.MessageOperations;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.log.BounceLog;
import org.impetusmta.log.LineBuffer;
import org.impetusmta.log.LogFormat;
import org.impetusmta.log.Sanitizer;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * The bouncelog with one more field: {@code user_string}, a {@link LogFormat} with the macros of
 * custom_logger, of sieve and of modules. The reply is not the last field, so that {@code @} in it
 * is escaped. Source: modules.custom_bounce_logger.
 */
@Module(
    name = "custom_bounce_logger",
    kind = Module.Kind.LOGGER,
    description = "Momentum-style bounce logging with text of the operator's own")
@Component(
    factory = Module.FACTORY + "custom_bounce_logger",
    service = {
      LogPermanentFailure.class,
      LogTransientFailure.class,
      LogOutOfBandBounce.class,
      LogDetails.class,
      LogFlush.class,
      LogReopen.class,
      ConsoleCommand.class
    })
public final class CustomBounceLogger extends BounceLog implements LogDetails {
  private final LogFormat userString;

  /** The options of a custom_bounce_logger stanza. */
  @OptionSet("custom_bounce_logger")
  public record Options(
      @Option(value = "/var/log/ecelerity/bouncelog.ec", doc = "every bounce, with its class")
          String bouncelog,
      @Option(
              value = "0644",
              unit = Option.Unit.OCTAL,
              min = 0,
              max = 0777,
              doc = "permissions of a bouncelog that is created")
          int bouncelogMode,
      @Option(value = "60", min = 0, doc = "seconds between heartbeats; 0: none")
          Duration heartbeat,
      @Option(value = "true", doc = "whether failed deliveries are written")
          boolean logInbandBounces,
      @Option(value = "true", doc = "whether mail that came back to bounce_domains is written")
          boolean logOutofbandBounces,
      @Option(value = "true", doc = "whether T records are written") boolean logTransientFailures,
      @Option(doc = "text and macros of the last field of every line")
          Optional<String> userString) {
    Settings settings() {
      return new Settings(
          bouncelog,
          bouncelogMode,
          heartbeat,
          logInbandBounces,
          logOutofbandBounces,
          logTransientFailures);
    }
  }

  @Activate
  public CustomBounceLogger(
      Map<String, Object> properties,
      @Reference BounceClassifier classifier,
      @Reference IoWrappers io,
      @Reference Scheduler scheduler,
      @Reference EventLog eventLog,
      @Reference HooksInForce hooks,
      @Reference MessageOperations operations)
      throws ConfigException {
    this(
        ModuleStanza.of(properties).options(Options.class),
        ModuleStanza.of(properties).instance(),
        classifier,
        io,
        scheduler.clock(),
        eventLog.highResolution(),
        formats(ModuleStanza.of(properties).generation(), hooks, operations, classifier));
  }

  /**
   * @param formats what the format of the user string knows
   * @throws ConfigException when the user string is no format, or the log cannot be opened
   */
  CustomBounceLogger(
      Options options,
      String instance,
      BounceClassifier classifier,
      IoWrappers io,
      InstantSource clock,
      boolean micros,
      LogFormat.Environment formats)
      throws ConfigException {
    super("custom_bounce_logger", instance, options.settings(), classifier, io, clock, micros);
    try {
      userString = LogFormat.of(options.userString().orElse(""), formats);
    } catch (IllegalArgumentException e) {
      closeAll();
      throw new ConfigException(
          "in custom_bounce_logger \"%s\": user_string: %s".formatted(instance, e.getMessage()), e);
    }
  }

  private static LogFormat.Environment formats(
      Generation generation,
      HooksInForce hooks,
      MessageOperations operations,
      BounceClassifier classifier) {
    List<String> namespaces = new ArrayList<>(List.of(LogFormat.CUSTOM_LOGGER, LogFormat.SIEVE));
    hooks.present(LogMacros.class).stream()
        .map(LogMacros::namespace)
        .distinct()
        .forEach(namespaces::add);
    return new LogFormat.Environment(
        List.copyOf(namespaces),
        hooks.present(LogMacros.class),
        hooks.inForce(LogMacros.class),
        pathway -> pathwayGroup(generation, pathway),
        operations,
        failure ->
            classifier
                .classify(failure.reply(), failure.stage(), failure.routingDomain())
                .bounceClass(),
        Sanitizer.PLAIN,
        ZoneId.systemDefault());
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

  @Override
  public boolean dictionaries() {
    return userString.dictionaries();
  }

  @Override
  public boolean bodies() {
    return userString.bodies();
  }

  @Override
  protected void reply(LineBuffer line, String reply, Bounce bounce) {
    line.field(reply).ascii('@');
    userString.append(bounce.event(), line);
  }

  @Deactivate
  void close() {
    closeAll();
  }
}
