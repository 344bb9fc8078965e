package org.impetusmta.module.outbound_audit;

import java.util.ArrayList;
import java.util.List;
import org.impetusmta.audit.Monitor;

/**
 * What happened with mail for one domain, in the windows of each monitor. Windows begin at whole
 * multiples of their length since 1970. Single: whoever has it holds the lock of the module.
 */
final class DomainSeries {
  private final List<Windows> monitors = new ArrayList<>();

  /** What is counted. */
  enum What {
    RECEPTION(0),
    DELIVERY(1),
    TRANSIENT_FAILURE(2),
    PERMANENT_FAILURE(3);

    private final int place;

    What(int place) {
      this.place = place;
    }
  }

  /**
   * A window as it is shown.
   *
   * @param seconds of delivery on average; 0 without deliveries
   */
  record Shown(
      int interval,
      int window,
      long receptions,
      long deliveries,
      double seconds,
      long transientFailures,
      long permanentFailures) {
    boolean isEmpty() {
      return receptions + deliveries + transientFailures + permanentFailures == 0;
    }
  }

  /** The ring of one monitor. */
  private static final class Windows {
    final int interval;
    final long[] numbers;
    final long[][] counts;
    final long[] millis;

    Windows(Monitor monitor) {
      interval = monitor.interval();
      numbers = new long[monitor.windows() + 1];
      counts = new long[monitor.windows() + 1][What.values().length];
      millis = new long[monitor.windows() + 1];
    }

    void add(What what, long tookMillis, long number) {
      int place = Math.floorMod(number, numbers.length);
      if (numbers[place] < number) {
        numbers[place] = number;
        counts[place] = new long[What.values().length];
        millis[place] = 0;
      }
      counts[place][what.place]++;
      millis[place] += tookMillis;
    }

    Shown shown(int window, long number) {
      int place = Math.floorMod(number - window, numbers.length);
      boolean there = numbers[place] == number - window;
      long[] found = there ? counts[place] : new long[What.values().length];
      long deliveries = found[What.DELIVERY.place];
      return new Shown(
          interval,
          window,
          found[What.RECEPTION.place],
          deliveries,
          deliveries == 0 ? 0 : millis[place] / 1_000.0 / deliveries,
          found[What.TRANSIENT_FAILURE.place],
          found[What.PERMANENT_FAILURE.place]);
    }
  }

  DomainSeries(List<Monitor> monitors) {
    monitors.forEach(monitor -> this.monitors.add(new Windows(monitor)));
  }

  void add(What what, long tookMillis, long seconds) {
    for (Windows windows : monitors) {
      windows.add(what, tookMillis, Math.floorDiv(seconds, windows.interval));
    }
  }

  /** All windows, those of a monitor from the current one back. */
  List<Shown> shown(long seconds) {
    List<Shown> all = new ArrayList<>();
    for (Windows windows : monitors) {
      long number = Math.floorDiv(seconds, windows.interval);
      for (int window = 0; window < windows.numbers.length; window++) {
        all.add(windows.shown(window, number));
      }
    }
    return all;
  }

  boolean hasData(long seconds) {
    return shown(seconds).stream().anyMatch(window -> !window.isEmpty());
  }
}
