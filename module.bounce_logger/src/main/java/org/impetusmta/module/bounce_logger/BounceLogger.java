package org.impetusmta.module.bounce_logger;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import org.impetusmta.api.bounce.BounceClassifier;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.hook.LogFlush;
import org.impetusmta.api.hook.LogOutOfBandBounce;
import org.impetusmta.api.hook.LogPermanentFailure;
import org.impetusmta.api.hook.LogReopen;
import org.impetusmta.api.hook.LogTransientFailure;
import org.impetusmta.api.io.IoWrappers;
import org.impetusmta.api.log.EventLog;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.log.BounceLog;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** The bouncelog; its lines are those of {@link BounceLog}. Source: modules.bounce_logger. */
@Module(
    name = "bounce_logger",
    kind = Module.Kind.LOGGER,
    description = "Momentum-style bounce logging")
@Component(
    factory = Module.FACTORY + "bounce_logger",
    service = {
      LogPermanentFailure.class,
      LogTransientFailure.class,
      LogOutOfBandBounce.class,
      LogFlush.class,
      LogReopen.class,
      ConsoleCommand.class
    })
public final class BounceLogger extends BounceLog {
  /** The options of a bounce_logger stanza. */
  @OptionSet("bounce_logger")
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
      @Option(value = "true", doc = "whether T records are written") boolean logTransientFailures) {
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
  public BounceLogger(
      Map<String, Object> properties,
      @Reference BounceClassifier classifier,
      @Reference IoWrappers io,
      @Reference Scheduler scheduler,
      @Reference EventLog eventLog)
      throws ConfigException {
    this(
        ModuleStanza.of(properties).options(Options.class),
        ModuleStanza.of(properties).instance(),
        classifier,
        io,
        scheduler.clock(),
        eventLog.highResolution());
  }

  BounceLogger(
      Options options,
      String instance,
      BounceClassifier classifier,
      IoWrappers io,
      InstantSource clock,
      boolean micros)
      throws ConfigException {
    super("bounce_logger", instance, options.settings(), classifier, io, clock, micros);
  }

  @Deactivate
  void close() {
    closeAll();
  }
}
