package org.impetusmta.core.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.impetusmta.api.log.LogEvent;
import org.slf4j.ILoggerFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logback's configuration, in code: whatever it configured itself with is thrown away, the only
 * appender is the {@link PanicLog}. The kernel calls {@link #install} before anything else logs.
 * Thread-safety: concurrent.
 */
public final class Logback {
  private static final String APPENDER = "paniclog";

  /** Libraries whose INFO is no news to an operator. */
  private static final List<String> QUIET =
      List.of("io.netty", "org.xbill.DNS", "org.apache.felix", "org.jgroups");

  private Logback() {}

  /** Has every diagnostic of {@code level} or graver go to {@code panicLog}. */
  public static void install(PanicLog panicLog, org.slf4j.event.Level level) {
    LoggerContext context = context();
    context.reset();
    context.setName("impetus");
    for (String library : QUIET) {
      context.getLogger(library).setLevel(Level.WARN);
    }
    var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.convertAnSLF4JLevel(level));
    panicLog.setName(APPENDER);
    panicLog.setContext(context);
    panicLog.start();
    root.addAppender(panicLog);
  }

  /**
   * Has every logger make the messages that the flags may let pass, and no others: what is not
   * wanted costs the comparison of two numbers.
   *
   * @param warnings whether warnings pass whatever the flags say
   */
  static void follow(DebugFlags flags, boolean warnings) {
    LoggerContext context = context();
    Set<String> wanted = new HashSet<>(flags.loggers());
    for (Logger logger : context.getLoggerList()) {
      if (!wanted.contains(logger.getName()) && !logger.getName().equals(Logger.ROOT_LOGGER_NAME)) {
        context.getLogger(logger.getName()).setLevel(null);
      }
    }
    wanted.add(Logger.ROOT_LOGGER_NAME);
    for (String name : wanted) {
      context.getLogger(name).setLevel(level(flags.least(name), warnings));
    }
  }

  private static Level level(LogEvent.Level least, boolean warnings) {
    return switch (least) {
      case CRITICAL, ERROR -> warnings ? Level.WARN : Level.ERROR;
      case WARNING -> Level.WARN;
      case NOTICE, INFO -> Level.INFO;
      case DEBUG -> Level.DEBUG;
    };
  }

  /** The paniclog that was installed; one that also writes to stderr where none was. */
  static synchronized PanicLog panicLog() {
    return installed()
        .orElseGet(
            () -> {
              PanicLog panicLog = new PanicLog(System.err, PanicLog.Stderr.UNTIL_LOGGED);
              install(panicLog, org.slf4j.event.Level.INFO);
              return panicLog;
            });
  }

  /** The paniclog, if {@link #install} was called. */
  static Optional<PanicLog> installed() {
    if (!(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) {
      return Optional.empty();
    }
    Appender<ILoggingEvent> appender =
        context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender(APPENDER);
    return appender instanceof PanicLog panicLog ? Optional.of(panicLog) : Optional.empty();
  }

  private static LoggerContext context() {
    ILoggerFactory factory = LoggerFactory.getILoggerFactory();
    if (factory instanceof LoggerContext context) {
      return context;
    }
    throw new IllegalStateException(
        "SLF4J is bound to "
            + factory.getClass().getName()
            + " and not to Logback: the bundles slf4j.logback and logback-classic are missing");
  }
}
