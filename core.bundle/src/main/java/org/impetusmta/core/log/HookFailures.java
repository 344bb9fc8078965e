package org.impetusmta.core.log;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports logger hooks that throw: once a minute for each module, with the number of those that
 * were not reported. Single: the log thread.
 */
final class HookFailures {
  private static final Logger LOG = LoggerFactory.getLogger(HookFailures.class);
  private static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final LongSupplier nanoTime;
  private final Reporter reporter;
  private final Map<String, Silence> silences = new HashMap<>();

  /** Where reports go. */
  interface Reporter {
    /** {@code unreported} failures of the module came since its last report. */
    void report(String module, long unreported, Throwable thrown);
  }

  private static final class Silence {
    long until;
    long unreported;
  }

  HookFailures(LongSupplier nanoTime) {
    this(
        nanoTime,
        (module, unreported, thrown) ->
            LOG.error(
                "logger {} failed ({} times more since the last report); the event is lost to it",
                module,
                unreported,
                thrown));
  }

  HookFailures(LongSupplier nanoTime, Reporter reporter) {
    this.nanoTime = nanoTime;
    this.reporter = reporter;
  }

  void report(String module, Throwable thrown) {
    long now = nanoTime.getAsLong();
    Silence silence = silences.get(module);
    if (silence == null) {
      silence = new Silence();
      silences.put(module, silence);
    } else if (now - silence.until < 0) {
      silence.unreported++;
      return;
    }
    long unreported = silence.unreported;
    silence.until = now + QUIET_NANOS;
    silence.unreported = 0;
    reporter.report(module, unreported, thrown);
  }
}
