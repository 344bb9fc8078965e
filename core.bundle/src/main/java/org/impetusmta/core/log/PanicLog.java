package org.impetusmta.core.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import java.io.PrintStream;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.log.LogEvent.Diagnostic;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;

/**
 * Where the server's own diagnostics go, whoever wrote them with SLF4J: into the event log, whose
 * loggers write the paniclog; into memory, the last {@value #KEPT} of each level, for the console
 * command {@code paniclog}; to stderr as {@link Stderr} says. {@link DebugFlags} and {@link
 * Throttle} say which. The levels that SLF4J lacks are markers: {@code NOTICE} on INFO, {@code
 * CRITICAL} on ERROR.
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
  private volatile @Nullable EventLogThread connection;
  private volatile @Nullable Passing passing;
  private volatile @Nullable Throttle throttle;
  private volatile TimestampFormat timestamps = TimestampFormat.DEFAULT;

  /** What is let through; {@code warnings}: those pass whatever the flags say. */
  private record Passing(DebugFlags flags, boolean warnings) {}

  public PanicLog(PrintStream err, Stderr stderr) {
    this.err = err;
    this.stderr = stderr;
  }

  /** From now on diagnostics go into {@code log}. */
  void connect(EventLogThread log) {
    connection = log;
  }

  /** From now on what {@code flags} let pass is logged; before, everything is. */
  void flags(DebugFlags flags, boolean warnings) {
    passing = new Passing(flags, warnings);
  }

  void throttle(Throttle now) {
    throttle = now;
  }

  /** How times are printed on stderr and in the console. */
  void timestamps(TimestampFormat now) {
    timestamps = now;
  }

  /** Diagnostics no longer go into {@code log}. */
  static void disconnect(EventLogThread log) {
    Logback.installed()
        .ifPresent(
            panicLog -> {
              if (panicLog.connection == log) {
                panicLog.connection = null;
              }
            });
  }

  @Override
  protected void append(ILoggingEvent event) {
    LogEvent.Level level = level(event);
    Passing filter = passing;
    if (filter != null
        && !(filter.warnings && level.compareTo(LogEvent.Level.WARNING) <= 0)
        && !filter.flags.passes(level, event.getLoggerName())) {
      return;
    }
    Throttle limit = throttle;
    if (limit != null
        && level.compareTo(LogEvent.Level.WARNING) > 0
        && !limit.passes(event.getMessage())) {
      return;
    }
    Instant time = event.getInstant();
    add(
        new Diagnostic(
            LogEvent.micros(time == null ? Instant.ofEpochMilli(event.getTimeStamp()) : time),
            level,
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
    EventLogThread to = connection;
    boolean aboutLoggers = to != null && to.inLogThread();
    boolean logged = to != null && !aboutLoggers && to.takesDiagnostics();
    if (to != null && !aboutLoggers) {
      to.append(diagnostic);
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
    return timestamps.format(diagnostic.timeMicros())
        + "["
        + diagnostic.level().name().toLowerCase(Locale.ROOT)
        + "] "
        + diagnostic.source()
        + ": "
        + printable(diagnostic.text());
  }

  /** Text that no terminal and no line-oriented reader takes for anything else. */
  public static String printable(String text) {
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

  /** SLF4J has four of the six levels; the others are markers of that name. */
  private static LogEvent.Level level(ILoggingEvent event) {
    boolean critical = marked(event, LogEvent.Level.CRITICAL);
    boolean notice = marked(event, LogEvent.Level.NOTICE);
    return switch (event.getLevel().toInt()) {
      case Level.ERROR_INT -> critical ? LogEvent.Level.CRITICAL : LogEvent.Level.ERROR;
      case Level.WARN_INT -> LogEvent.Level.WARNING;
      case Level.INFO_INT -> notice ? LogEvent.Level.NOTICE : LogEvent.Level.INFO;
      default -> LogEvent.Level.DEBUG;
    };
  }

  private static boolean marked(ILoggingEvent event, LogEvent.Level level) {
    List<Marker> markers = event.getMarkerList();
    return markers != null && markers.stream().anyMatch(m -> m.getName().equals(level.name()));
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
