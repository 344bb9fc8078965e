package org.impetusmta.core.log;

import java.util.Map;
import java.util.function.Supplier;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.core.config.ConfigParticipant;

/**
 * Puts in force what the configuration says of diagnostics: {@code Debug_Flags}, the {@code
 * debug_level} of modules, throttling and timestamps. Until the server is ready, warnings pass
 * whatever the flags say: who starts a server is to see what is wrong with it. Single: called by
 * commits, one at a time.
 */
public final class Diagnostics implements ConfigParticipant {
  private final PanicLog panicLog;
  private final Supplier<Map<String, String>> packages;
  private boolean ready;
  private boolean micros;
  private boolean begun;
  private DebugFlags flags = DebugFlags.byDefault();

  /**
   * @param packages where each module's loggers are, by the module's name
   */
  public Diagnostics(PanicLog panicLog, Supplier<Map<String, String>> packages) {
    this.panicLog = panicLog;
    this.packages = packages;
  }

  /** From now on the flags alone count. */
  public synchronized void ready() {
    ready = true;
    apply();
  }

  @Override
  public void prepare(Generation next) throws ConfigException {
    DebugFlags.of(next, packages.get());
  }

  @Override
  public synchronized void commit(Generation now) {
    try {
      flags = DebugFlags.of(now, packages.get());
    } catch (ConfigException e) {
      throw new IllegalStateException("committed what was not prepared", e);
    }
    TimestampFormat.Options times = now.options(TimestampFormat.Options.class, ScopePath.GLOBAL);
    if (!begun) {
      begun = true;
      micros = times.logHiresTimestamp();
    }
    panicLog.timestamps(new TimestampFormat(times.timestampformat(), micros));
    panicLog.throttle(
        new Throttle(now.options(Throttle.Options.class, ScopePath.GLOBAL), System::nanoTime));
    apply();
  }

  private void apply() {
    panicLog.flags(flags, !ready);
    Logback.follow(flags, !ready);
  }

  @Override
  public String toString() {
    return "the diagnostics";
  }
}
