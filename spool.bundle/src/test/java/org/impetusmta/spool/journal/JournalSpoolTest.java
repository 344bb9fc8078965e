package org.impetusmta.spool.journal;

import java.io.IOException;
import java.time.InstantSource;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.testkit.spool.SpoolContract;

/** The contract, with the settings of a server. */
class JournalSpoolTest extends SpoolContract {
  @Override
  protected Spool open() throws IOException {
    return new JournalSpool(
        base, JournalSettings.of(() -> true, 0640), Disk.SYSTEM, InstantSource.system());
  }

  @Override
  protected void close(Spool spool) throws IOException {
    ((JournalSpool) spool).close();
  }

  @Override
  protected void crash(Spool spool) throws IOException {
    ((JournalSpool) spool).abandon();
  }
}
