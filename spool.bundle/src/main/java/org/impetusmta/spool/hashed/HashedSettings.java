package org.impetusmta.spool.hashed;

import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;

/**
 * What the hashed engine is tuned by and runs in. Immutable, but for the answers of {@code
 * forceFsync} and {@code useMmap}.
 *
 * @param forceFsync whether a store waits for the disk
 * @param useMmap asked for each body that is swapped in: whether it stays in its file
 * @param fileMode permission bits of the files
 * @param swapOut writes bodies and metadata; the pool SwapOut
 * @param unlink removes files; the pool Unlink
 * @param batchUnlink removes files when many are to go at once; the pool Batch_Unlink
 */
public record HashedSettings(
    BooleanSupplier forceFsync,
    BooleanSupplier useMmap,
    int fileMode,
    Executor swapOut,
    Executor unlink,
    Executor batchUnlink) {
  /** Bodies are read, never mapped. */
  public HashedSettings(
      BooleanSupplier forceFsync,
      int fileMode,
      Executor swapOut,
      Executor unlink,
      Executor batchUnlink) {
    this(forceFsync, () -> false, fileMode, swapOut, unlink, batchUnlink);
  }
}
