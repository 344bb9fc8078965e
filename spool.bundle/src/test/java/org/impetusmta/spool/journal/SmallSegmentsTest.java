package org.impetusmta.spool.journal;

import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import org.impetusmta.api.spool.Spool;

/** The contract with segments so small that they are closed, copied on and reused all the time. */
class SmallSegmentsTest extends JournalSpoolTest {
  static final JournalSettings SMALL =
      TestSettings.eager(8192, () -> true, 2, Duration.ofMillis(1), Duration.ofMillis(10));

  @Override
  protected Spool open() throws IOException {
    return new JournalSpool(base, SMALL, Disk.SYSTEM, InstantSource.system());
  }
}
