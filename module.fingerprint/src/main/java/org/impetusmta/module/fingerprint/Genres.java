package org.impetusmta.module.fingerprint;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.impetusmta.api.policy.HostFingerprints.Fingerprint;

/**
 * Receptions and rejections by what clients seem to be; {@value #MOST} kinds, those beyond are
 * counted together. Concurrent.
 */
final class Genres {
  static final int MOST = 1000;
  private static final Fingerprint OTHERS = new Fingerprint("others", "");

  private final Map<Fingerprint, long[]> counts = new HashMap<>();

  /** A line of the summary. */
  record Count(Fingerprint fingerprint, long receptions, long rejections) {}

  synchronized void received(Fingerprint fingerprint) {
    counts(fingerprint)[0]++;
  }

  synchronized void rejected(Fingerprint fingerprint) {
    counts(fingerprint)[1]++;
  }

  private long[] counts(Fingerprint fingerprint) {
    Fingerprint key =
        counts.size() >= MOST && !counts.containsKey(fingerprint) ? OTHERS : fingerprint;
    return counts.computeIfAbsent(key, _ -> new long[2]);
  }

  /** All, by genre and detail. */
  synchronized List<Count> all() {
    return counts.entrySet().stream()
        .map(entry -> new Count(entry.getKey(), entry.getValue()[0], entry.getValue()[1]))
        .sorted(
            Comparator.comparing((Count count) -> count.fingerprint().genre())
                .thenComparing(count -> count.fingerprint().detail()))
        .toList();
  }
}
