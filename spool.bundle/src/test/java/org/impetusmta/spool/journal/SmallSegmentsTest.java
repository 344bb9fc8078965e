package org.impetusmta.spool.journal;

import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import org.impetusmta.api.spool.Spool;

/** The contract with segments so small that they are closed, copied on and reused all the time. */
class SmallSegmentsTest extends JournalSpoolTest {
  static final JournalSettings SMALL =
      new JournalSettings(
          8192,
          () -> true,
          0640,
          2,
          Duration.ZERO,
          Duration.ofMillis(1),
          Duration.ZERO,
          Duration.ofMillis(10));

  @Override
  protected Spool open() throws IOException {
    return new JournalSpool(base, SMALL, Disk.SYSTEM, InstantSource.system());
  }
}
