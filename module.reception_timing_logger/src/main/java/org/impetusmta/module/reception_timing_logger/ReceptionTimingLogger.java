package org.impetusmta.module.reception_timing_logger;

import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.impetusmta.api.hook.ChunkLoggerLog;
import org.impetusmta.api.hook.HooksInForce;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.timing.ReceptionTimed;
import org.impetusmta.api.timing.ReceptionTiming;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Hands what {@code reception_timing} measured to {@code chunk_logger}, a line for each.
 * Concurrent. Source: modules.reception_timing.
 */
@Module(
    name = "reception_timing_logger",
    kind = Module.Kind.LOGGER,
    requires = "chunk_logger",
    description = "Logs how long receptions take")
@Component(factory = Module.FACTORY + "reception_timing_logger", service = ReceptionTimed.class)
public final class ReceptionTimingLogger implements ReceptionTimed {
  private final Supplier<List<ChunkLoggerLog>> loggers;

  @Activate
  public ReceptionTimingLogger(@Reference HooksInForce hooks) {
    this(hooks.inForce(ChunkLoggerLog.class));
  }

  ReceptionTimingLogger(Supplier<List<ChunkLoggerLog>> loggers) {
    this.loggers = loggers;
  }

  @Override
  public void receptionTimed(ReceptionTiming timing) {
    List<ChunkLoggerLog> all = loggers.get();
    if (!all.isEmpty()) {
      String line = line(timing);
      all.forEach(logger -> logger.chunkLoggerLog(ChunkLoggerLog.DEFAULT, line));
    }
  }

  /** What stands behind the time. A size is {@code 0???} where the content did not begin. */
  @SuppressWarnings("EnumOrdinal") // the ordinal is the number, as ReceptionState says
  static String line(ReceptionTiming timing) {
    StringBuilder line =
        new StringBuilder(timing.result().text())
            .append(" after ")
            .append(seconds(timing.micros()))
            .append(" s (scanned in ")
            .append(seconds(timing.scanMicros()))
            .append(" s) size=")
            .append(timing.size() < 0 ? "0???" : Long.toString(timing.size()))
            .append(" src=")
            .append(timing.source())
            .append(" dst=")
            .append(timing.destination())
            .append(" pathway=")
            .append(timing.pathway())
            .append(" ID=")
            .append(timing.id())
            .append(" batch-ID=")
            .append(timing.batchId())
            .append(" Message-ID=\"")
            .append(timing.messageId().replace("\\", "\\\\").replace("\"", "\\\""))
            .append('"');
    timing
        .state()
        .ifPresent(
            state ->
                line.append(" phase=")
                    .append(state.ordinal())
                    .append(" (")
                    .append(state.text())
                    .append(')'));
    return line.toString();
  }

  private static String seconds(long micros) {
    return String.format(Locale.ROOT, "%d.%06d", micros / 1_000_000, micros % 1_000_000);
  }
}
