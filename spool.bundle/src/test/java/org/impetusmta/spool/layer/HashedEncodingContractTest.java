package org.impetusmta.spool.layer;

import java.io.IOException;
import java.time.InstantSource;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.impetusmta.spool.Engine;
import org.impetusmta.spool.hashed.HashedSettings;
import org.impetusmta.spool.hashed.HashedSpool;
import org.junit.jupiter.api.AfterEach;

/** The contract of the hashed engine while every body is compressed. */
class HashedEncodingContractTest extends EncodingContractTest {
  private final ExecutorService pool =
      Executors.newFixedThreadPool(5, Thread.ofPlatform().daemon().factory());

  @AfterEach
  void closePool() {
    pool.shutdownNow();
  }

  @Override
  protected Engine engine() throws IOException {
    return HashedSpool.open(
        base,
        new HashedSettings(() -> true, () -> true, 0640, pool, pool, pool),
        InstantSource.system());
  }
}
