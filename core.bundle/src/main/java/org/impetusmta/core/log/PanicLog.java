package org.impetusmta.core.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import java.io.PrintStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.log.LogEvent.Diagnostic;
import org.jspecify.annotations.Nullable;

/**
 * Where the server's own diagnostics go, whoever wrote them with SLF4J: into the event log, whose
 * loggers write the paniclog; into memory, the last {@value #KEPT} of each level, for the console
 * command {@code paniclog}; to stderr as {@link Stderr} says.
 *
 * <p>What is logged on the log thread itself (a logger reports that it cannot write) never goes
 * into the event log, which would feed itself, but to stderr. One diagnostic is one line: a stack
 * trace follows the text. Thread-safety: concurrent.
 */
public final class PanicLog extends UnsynchronizedAppenderBase<ILoggingEvent> {
  /** Diagnostics of each level that are kept for the console. */
  static final int KEPT = 10;

  private static final int MAX_TEXT = 8192;
  private static final int MAX_FRAMES = 12;
  private static final int MAX_CAUSES = 5;

  /** When diagnostics go to stderr too. */
  public enum Stderr {
    /** Always: the server runs in the foreground. */
    ALWAYS,
    /** As long as no module writes a paniclog. */
    UNTIL_LOGGED,
    /** Only what a logger says on the log thread. */
    NEVER
  }

  private final PrintStream err;
  private final Stderr stderr;
  private final Map<LogEvent.Level, ArrayDeque<Diagnostic>> recent =
      new EnumMap<>(LogEvent.Level.class);
  private volatile @Nullable Connection connection;

  /** The event log that diagnostics go to, and the configuration that says how to print them. */
  private record Connection(EventLogThread log, Configuration configuration) {}

  public PanicLog(PrintStream err, Stderr stderr) {
    this.err = err;
    this.stderr = stderr;
  }

  /** From now on diagnostics go into {@code log}. */
  void connect(EventLogThread log, Configuration configuration) {
    connection = new Connection(log, configuration);
  }

  /** Diagnostics no longer go into {@code log}. */
  static void disconnect(EventLogThread log) {
    Logback.installed()
        .ifPresent(
            panicLog -> {
              Connection now = panicLog.connection;
              if (now != null && now.log == log) {
                panicLog.connection = null;
              }
            });
  }

  @Override
  protected void append(ILoggingEvent event) {
    add(
        new Diagnostic(
            event.getTimeStamp(),
            level(event.getLevel()),
            source(event.getLoggerName()),
            text(event)));
  }

  /** Takes a diagnostic in. */
  public void add(Diagnostic diagnostic) {
    synchronized (recent) {
      ArrayDeque<Diagnostic> kept =
          recent.computeIfAbsent(diagnostic.level(), level -> new ArrayDeque<>(KEPT));
      if (kept.size() == KEPT) {
        kept.removeFirst();
      }
      kept.addLast(diagnostic);
    }
    Connection to = connection;
    boolean aboutLoggers = to != null && to.log.inLogThread();
    boolean logged = to != null && !aboutLoggers && to.log.takesDiagnostics();
    if (to != null && !aboutLoggers) {
      to.log.append(diagnostic);
    }
    if (aboutLoggers || stderr == Stderr.ALWAYS || (stderr == Stderr.UNTIL_LOGGED && !logged)) {
      err.println(line(diagnostic));
    }
  }

  /** The last diagnostics, the gravest level first, the oldest of each level first. */
  public List<Diagnostic> recent() {
    List<Diagnostic> all = new ArrayList<>();
    synchronized (recent) {
      recent.values().forEach(all::addAll);
    }
    return all;
  }

  /** {@code [Sun 30 Nov 2003 10:31:37] [error] source: text}, without control characters. */
  public String line(Diagnostic diagnostic) {
    return timestamps().format(diagnostic.timeMillis())
        + "["
        + diagnostic.level().name().toLowerCase(Locale.ROOT)
        + "] "
        + diagnostic.source()
        + ": "
        + printable(diagnostic.text());
  }

  private TimestampFormat timestamps() {
    Connection to = connection;
    if (to == null) {
      return TimestampFormat.DEFAULT;
    }
    return TimestampFormat.of(
        to.configuration
            .current()
            .options(TimestampFormat.Options.class, ScopePath.GLOBAL)
            .timestampformat());
  }

  /** Text that no terminal and no line-oriented reader takes for anything else. */
  static String printable(String text) {
    StringBuilder safe = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean control = Character.isISOControl(c) || c == '\u2028' || c == '\u2029';
      if (control && safe == null) {
        safe = new StringBuilder(text.length() + 16).append(text, 0, i);
      }
      if (safe != null) {
        if (c == '\n') {
          safe.append("\\n");
        } else if (control) {
          safe.append(String.format(Locale.ROOT, c < 256 ? "\\x%02X" : "\\u%04X", (int) c));
        } else {
          safe.append(c);
        }
      }
    }
    return safe == null ? text : safe.toString();
  }

  private static LogEvent.Level level(ch.qos.logback.classic.Level level) {
    return switch (level.toInt()) {
      case ch.qos.logback.classic.Level.ERROR_INT -> LogEvent.Level.ERROR;
      case ch.qos.logback.classic.Level.WARN_INT -> LogEvent.Level.WARNING;
      case ch.qos.logback.classic.Level.INFO_INT -> LogEvent.Level.INFO;
      default -> LogEvent.Level.DEBUG;
    };
  }

  /** The subsystem or module: {@code org.impetusmta.module.ec_logger.LogFile} is ec_logger. */
  private static String source(String logger) {
    String ours = "org.impetusmta.";
    int dot = logger.lastIndexOf('.');
    if (!logger.startsWith(ours) || dot < ours.length()) {
      return logger;
    }
    String subsystem = logger.substring(ours.length(), dot);
    return subsystem.startsWith("module.") ? subsystem.substring("module.".length()) : subsystem;
  }

  private static String text(ILoggingEvent event) {
    StringBuilder text = new StringBuilder(event.getFormattedMessage());
    String joint = "; ";
    IThrowableProxy thrown = event.getThrowableProxy();
    for (int causes = 0; thrown != null && causes < MAX_CAUSES; causes++) {
      text.append(joint).append(thrown.getClassName());
      if (thrown.getMessage() != null) {
        text.append(": ").append(thrown.getMessage());
      }
      StackTraceElementProxy[] frames = thrown.getStackTraceElementProxyArray();
      int shown = Math.min(frames.length - thrown.getCommonFrames(), MAX_FRAMES);
      for (int i = 0; i < shown; i++) {
        text.append(i == 0 ? " at " : " < ").append(frames[i].getStackTraceElement());
      }
      joint = "; caused by ";
      thrown = thrown.getCause();
    }
    if (text.length() > MAX_TEXT) {
      text.setLength(MAX_TEXT);
      text.append(" ...");
    }
    return text.toString();
  }
}
