package org.impetusmta.module.chunk_logger;

import java.time.InstantSource;
import java.time.ZoneId;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.hook.ChunkLoggerLog;
import org.impetusmta.api.hook.LogFlush;
import org.impetusmta.api.hook.LogReopen;
import org.impetusmta.api.io.IoWrappers;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.log.FileLogger;
import org.impetusmta.log.LineBuffer;
import org.impetusmta.log.LogFile;
import org.impetusmta.log.Strftime;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * Writes what scripts and modules log: {@code TIME: ITEM}. An item is formatted in memory by
 * whoever logs it and written by the log thread within a second. While the disk refuses, 16 MiB are
 * kept in each place; what comes on top is dropped, counted and told of in the log.
 *
 * <p>Thread-safety: concurrent. Source: modules.chunk_logger; the form of a line is that of
 * modules.reception_timing.
 */
@Module(
    name = "chunk_logger",
    kind = Module.Kind.LOGGER,
    description = "What scripts and modules log, written beside them")
@Component(
    factory = Module.FACTORY + "chunk_logger",
    service = {ChunkLoggerLog.class, LogFlush.class, LogReopen.class, ConsoleCommand.class})
public final class ChunkLogger extends FileLogger implements ChunkLoggerLog {
  /** Octets that wait for the log thread at most. */
  static final int MOST = 16 * 1024 * 1024;

  private static final int MODE = 0644;

  private final InstantSource clock;
  private final @Nullable Strftime timestamp;
  private final boolean addNewline;
  private final LogFile file;
  private final Object gathering = new Object();

  /** Guarded by {@code gathering}. */
  private LineBuffer pending = new LineBuffer();

  /** Of the log thread, but for the exchange with {@code pending}. */
  private LineBuffer spare = new LineBuffer();

  /** Items that had no room; guarded by {@code gathering}. */
  private long dropped;

  /** The options of a chunk_logger stanza. */
  @OptionSet("chunk_logger")
  public record Options(
      @Option(doc = "time in front of each item, as strftime(3) has it; unset: seconds since 1970")
          Optional<String> timestampFormat,
      @Option(doc = "the log: a path, or a URI of an I/O wrapper") Optional<String> destination,
      @Option(
              value = "true",
              doc = "whether a line end follows each item; if not, those in items are kept")
          boolean addNewline) {}

  @Activate
  public ChunkLogger(
      Map<String, Object> properties, @Reference IoWrappers io, @Reference Scheduler scheduler)
      throws ConfigException {
    this(
        ModuleStanza.of(properties).options(Options.class),
        ModuleStanza.of(properties).instance(),
        io,
        scheduler.clock(),
        ZoneId.systemDefault());
  }

  /**
   * @throws ConfigException when an option is none, or the log cannot be opened
   */
  ChunkLogger(Options options, String instance, IoWrappers io, InstantSource clock, ZoneId zone)
      throws ConfigException {
    super("chunk_logger", instance, io, clock, false);
    this.clock = clock;
    this.addNewline = options.addNewline();
    this.timestamp = timestamp(options, instance, zone);
    String destination =
        options
            .destination()
            .orElseThrow(
                () ->
                    new ConfigException(
                        "in chunk_logger \"%s\": destination is not set, expected a path or a URI"
                            .formatted(instance)));
    file = open("destination", destination, MODE);
  }

  private static @Nullable Strftime timestamp(Options options, String instance, ZoneId zone)
      throws ConfigException {
    try {
      return options.timestampFormat().map(format -> Strftime.of(format, zone)).orElse(null);
    } catch (IllegalArgumentException e) {
      throw new ConfigException(
          "in chunk_logger \"%s\": timestamp_format: %s".formatted(instance, e.getMessage()), e);
    }
  }

  @Override
  public void chunkLoggerLog(String destination, String item) {
    long micros = LogEvent.micros(clock.instant());
    synchronized (gathering) {
      if (pending.length() > MOST) {
        dropped++;
        return;
      }
      stamp(pending, micros);
      if (addNewline) {
        pending.text(item).ascii('\n');
      } else {
        withLineEnds(item);
      }
    }
  }

  private void stamp(LineBuffer line, long micros) {
    Strftime format = timestamp;
    if (format == null) {
      line.time(micros);
    } else {
      format.append(micros, line);
    }
    line.ascii(": ");
  }

  private void withLineEnds(String item) {
    int begin = 0;
    for (int end = item.indexOf('\n'); end >= 0; end = item.indexOf('\n', begin)) {
      pending.text(item.substring(begin, end)).ascii('\n');
      begin = end + 1;
    }
    pending.text(item.substring(begin));
  }

  /** Takes what was gathered over to the log. */
  @Override
  protected void beforeWrite() {
    if (file.line().length() > MOST) {
      return; // the disk refuses
    }
    LineBuffer full;
    long lost;
    synchronized (gathering) {
      full = pending;
      pending = spare;
      lost = dropped;
      dropped = 0;
    }
    file.line().octets(full.octets(), full.length());
    full.discard(full.length());
    spare = full;
    if (lost > 0) {
      stamp(file.line(), LogEvent.micros(clock.instant()));
      file.line().ascii("chunk_logger: ").decimal(lost).ascii(" items had no room and are lost\n");
    }
  }

  @Deactivate
  void close() {
    logFlush();
    closeAll();
  }
}
