package org.impetusmta.module.alerting;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Deliveries and permanent failures of the last hour by binding and domain, a minute each. 20,000
 * pairs at most; the one that was used least recently makes room. Concurrent.
 */
final class FailureRates {
  private static final int MOST = 20_000;
  private static final int MINUTES = 61;

  /** Guarded by this. */
  private final Map<String, Minutes> pairs = new LinkedHashMap<>(16, 0.75f, true);

  /** A ring of minutes. */
  private static final class Minutes {
    final long[] numbers = new long[MINUTES];
    final int[] delivered = new int[MINUTES];
    final int[] failed = new int[MINUTES];
  }

  private static String name(String binding, String domain) {
    return binding + "\0" + domain.toLowerCase(Locale.ROOT);
  }

  synchronized void add(String binding, String domain, boolean failure, long minute) {
    Minutes minutes = pairs.computeIfAbsent(name(binding, domain), _ -> new Minutes());
    int place = Math.floorMod(minute, MINUTES);
    if (minutes.numbers[place] < minute) {
      minutes.numbers[place] = minute;
      minutes.delivered[place] = 0;
      minutes.failed[place] = 0;
    }
    minutes.delivered[place] += failure ? 0 : 1;
    minutes.failed[place] += failure ? 1 : 0;
    if (pairs.size() > MOST) {
      pairs.remove(pairs.keySet().iterator().next());
    }
  }

  /** The part that failed in the last {@code period} minutes and the one that goes on. */
  synchronized double rate(String binding, String domain, int period, long minute) {
    Minutes minutes = pairs.get(name(binding, domain));
    if (minutes == null) {
      return 0;
    }
    long delivered = 0;
    long failed = 0;
    for (int i = 0; i < MINUTES; i++) {
      if (minutes.numbers[i] >= minute - period && minutes.numbers[i] <= minute) {
        delivered += minutes.delivered[i];
        failed += minutes.failed[i];
      }
    }
    long all = delivered + failed;
    return all < Alerts.ENOUGH ? 0 : (double) failed / all;
  }
}
