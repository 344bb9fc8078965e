package org.impetusmta.module.http_logger;

import java.time.InstantSource;
import java.util.Map;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.hook.LogFlush;
import org.impetusmta.api.hook.LogHttpRequest;
import org.impetusmta.api.hook.LogReopen;
import org.impetusmta.api.io.IoWrappers;
import org.impetusmta.api.log.EventLog;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.log.FileLogger;
import org.impetusmta.log.LineBuffer;
import org.impetusmta.log.LogFile;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * The httplog, a line for each request that an HTTP listener answered: {@code 1398088802
 * 10.77.0.158:18906 *:2081 "POST /api/v1/transmissions HTTP/1.0" 500 332 1045.000}.
 *
 * <p>Thread-safety: concurrent. Source: modules.http_logger, log_formats.httplog.
 */
@Module(
    name = "http_logger",
    kind = Module.Kind.LOGGER,
    description = "The httplog: requests to HTTP listeners and their answers")
@Component(
    factory = Module.FACTORY + "http_logger",
    service = {LogHttpRequest.class, LogFlush.class, LogReopen.class, ConsoleCommand.class})
public final class HttpLogger extends FileLogger implements LogHttpRequest {
  /** What ends a field, or the quotes around three of them. */
  private static final String DELIMITERS = " \"";

  private static final int MODE = 0644;

  private final LogFile file;

  /** The options of an http_logger stanza. */
  @OptionSet("http_logger")
  public record Options(
      @Option(
              value = "file:///var/log/ecelerity/httplog.ec",
              doc = "requests to HTTP listeners: a path, or a URI of an I/O wrapper")
          String log) {}

  @Activate
  public HttpLogger(
      Map<String, Object> properties,
      @Reference IoWrappers io,
      @Reference Scheduler scheduler,
      @Reference EventLog eventLog)
      throws ConfigException {
    this(
        ModuleStanza.of(properties).options(Options.class),
        ModuleStanza.of(properties).instance(),
        io,
        scheduler.clock(),
        eventLog.highResolution());
  }

  /**
   * @param micros whether times have microseconds
   * @throws ConfigException when the log cannot be opened
   */
  HttpLogger(Options options, String instance, IoWrappers io, InstantSource clock, boolean micros)
      throws ConfigException {
    super("http_logger", instance, io, clock, micros);
    file = open("log", options.log(), MODE);
  }

  @Override
  public synchronized void logHttpRequest(LogEvent.HttpExchange event) {
    LineBuffer line = file.line();
    line.time(event.timeMicros()).ascii(' ');
    field(line, event.remote()).ascii(' ');
    field(line, event.listen()).ascii(" \"");
    field(line, event.method()).ascii(' ');
    field(line, event.path()).ascii(' ');
    field(line, event.version()).ascii("\" ");
    line.decimal(event.status()).ascii(' ').decimal(event.bytes()).ascii(' ');
    line.decimal(event.micros() / 1000).ascii('.').digits(event.micros() % 1000, 3);
    file.endLine();
  }

  /** Text that nobody takes for another field; what is empty is a hyphen. */
  private static LineBuffer field(LineBuffer line, String text) {
    return text.isEmpty() ? line.ascii('-') : line.without(DELIMITERS, text);
  }

  @Deactivate
  void close() {
    closeAll();
  }
}
