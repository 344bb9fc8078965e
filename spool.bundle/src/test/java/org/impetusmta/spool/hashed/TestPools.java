package org.impetusmta.spool.hashed;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;

/** The pools of a server, with as many threads as are predefined. Concurrent. */
final class TestPools implements AutoCloseable {
  private static final int SWAP_OUT = 5;
  private static final int UNLINK = 6;
  private static final int BATCH_UNLINK = 4;

  private final ExecutorService swapOut = pool(SWAP_OUT);
  private final ExecutorService unlink = pool(UNLINK);
  private final ExecutorService batchUnlink = pool(BATCH_UNLINK);

  private static ExecutorService pool(int threads) {
    return Executors.newFixedThreadPool(threads, Thread.ofPlatform().daemon().factory());
  }

  HashedSettings settings(BooleanSupplier forceFsync, int mode) {
    return new HashedSettings(forceFsync, mode, swapOut, unlink, batchUnlink);
  }

  /** Settings under which every step is done by whoever asks for it, one after the other. */
  static HashedSettings direct(BooleanSupplier forceFsync) {
    return new HashedSettings(forceFsync, 0640, Runnable::run, Runnable::run, Runnable::run);
  }

  @Override
  public void close() {
    swapOut.shutdownNow();
    unlink.shutdownNow();
    batchUnlink.shutdownNow();
  }
}
