package org.impetusmta.spool.hashed;

import java.io.IOException;
import java.time.InstantSource;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.testkit.spool.SpoolContract;
import org.junit.jupiter.api.AfterEach;

/** The contract, in the pools of a server. */
class HashedSpoolTest extends SpoolContract {
  private final TestPools pools = new TestPools();

  @AfterEach
  void closePools() {
    pools.close();
  }

  @Override
  protected Spool open() throws IOException {
    return HashedSpool.open(base, pools.settings(() -> true, 0640), InstantSource.system());
  }

  @Override
  protected void close(Spool spool) throws IOException {
    ((HashedSpool) spool).close();
  }

  @Override
  protected void crash(Spool spool) throws IOException {
    ((HashedSpool) spool).abandon();
  }
}
