package org.impetusmta.module.smtp_cbv;

import java.time.Duration;
import java.util.Locale;

/** What a callback came to, as {@code smtp_cbv_result} says it, and for how long that is kept. */
enum Result {
  PASS(Duration.ofHours(1)),
  ERROR(Duration.ofMinutes(15)),
  TRANSIENT(Duration.ofMinutes(1));

  private final Duration kept;

  Result(Duration kept) {
    this.kept = kept;
  }

  Duration kept() {
    return kept;
  }

  String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
