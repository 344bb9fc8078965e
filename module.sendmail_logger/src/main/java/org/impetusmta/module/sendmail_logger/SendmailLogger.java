package org.impetusmta.module.sendmail_logger;

import java.time.InstantSource;
import java.time.ZoneId;
import java.util.Map;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.ServerName;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.hook.LogDelivery;
import org.impetusmta.api.hook.LogError;
import org.impetusmta.api.hook.LogFlush;
import org.impetusmta.api.hook.LogPermanentFailure;
import org.impetusmta.api.hook.LogReception;
import org.impetusmta.api.hook.LogRejection;
import org.impetusmta.api.hook.LogReopen;
import org.impetusmta.api.hook.LogTransientFailure;
import org.impetusmta.api.io.IoWrappers;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.log.MailLogFormat;
import org.impetusmta.log.MailLogger;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * Logs that read like those of Sendmail; the lines are {@link SendmailFormat}'s. Concurrent.
 * Source: modules.sendmail_logger.
 */
@Module(
    name = "sendmail_logger",
    kind = Module.Kind.LOGGER,
    description = "Logging in the format of Sendmail: mainlog, paniclog")
@Component(
    factory = Module.FACTORY + "sendmail_logger",
    service = {
      LogReception.class,
      LogDelivery.class,
      LogTransientFailure.class,
      LogPermanentFailure.class,
      LogRejection.class,
      LogError.class,
      LogFlush.class,
      LogReopen.class,
      ConsoleCommand.class
    })
public final class SendmailLogger extends MailLogger {
  /** The options of a stanza. */
  @OptionSet("sendmail_logger")
  public record Options(
      @Option(value = "/var/log/sendmail/mainlog", doc = "what becomes of every message")
          String mainlog,
      @Option(value = "/var/log/sendmail/paniclog", doc = "the server's own diagnostics")
          String paniclog) {}

  @Activate
  public SendmailLogger(
      Map<String, Object> properties,
      @Reference IoWrappers io,
      @Reference Scheduler scheduler,
      @Reference Configuration configuration)
      throws ConfigException {
    this(
        ModuleStanza.of(properties),
        new SendmailFormat(
            ZoneId.systemDefault(),
            configuration.current().options(ServerName.class, ScopePath.GLOBAL).name(),
            ProcessHandle.current().pid()),
        io,
        scheduler.clock());
  }

  private SendmailLogger(
      ModuleStanza stanza, MailLogFormat format, IoWrappers io, InstantSource clock)
      throws ConfigException {
    this(stanza.options(Options.class), stanza.instance(), format, io, clock);
  }

  /**
   * @throws ConfigException when a log cannot be opened
   */
  SendmailLogger(
      Options options, String instance, MailLogFormat format, IoWrappers io, InstantSource clock)
      throws ConfigException {
    super(
        "sendmail_logger",
        instance,
        format,
        options.mainlog(),
        options.paniclog(),
        true,
        io,
        clock);
  }

  @Deactivate
  void close() {
    closeAll();
  }
}
