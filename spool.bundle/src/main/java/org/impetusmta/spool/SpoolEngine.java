package org.impetusmta.spool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.spool.hashed.HashedSettings;
import org.impetusmta.spool.hashed.HashedSpool;
import org.impetusmta.spool.hashed.OfflineHashed;
import org.impetusmta.spool.journal.JournalSpool;
import org.impetusmta.spool.journal.OfflineJournal;

/** The engines; each has a folder of its name below SpoolBase. Immutable. */
public enum SpoolEngine {
  /** Append-only segments, written by one thread. */
  JOURNAL {
    @Override
    Engine open(
        Path base,
        BooleanSupplier forceFsync,
        BooleanSupplier useMmap,
        int mode,
        Scheduler scheduler)
        throws IOException {
      return JournalSpool.open(
          base, forceFsync, useMmap, mode, scheduler.clock(), scheduler.pool("SwapOut"));
    }

    @Override
    boolean holdsMail(Path base) throws IOException {
      return new OfflineJournal(base).holdsMail();
    }
  },

  /** Two files for each message. */
  HASHED {
    @Override
    Engine open(
        Path base,
        BooleanSupplier forceFsync,
        BooleanSupplier useMmap,
        int mode,
        Scheduler scheduler)
        throws IOException {
      return HashedSpool.open(
          base,
          new HashedSettings(
              forceFsync,
              useMmap,
              mode,
              scheduler.pool("SwapOut"),
              scheduler.pool("Unlink"),
              scheduler.pool("Batch_Unlink")),
          scheduler.clock());
    }

    @Override
    boolean holdsMail(Path base) throws IOException {
      return new OfflineHashed(base).holdsMail();
    }
  };

  /** Opens the engine in a folder and takes its lock. */
  abstract Engine open(
      Path base, BooleanSupplier forceFsync, BooleanSupplier useMmap, int mode, Scheduler scheduler)
      throws IOException;

  /** Opens the engine in a folder and takes its lock; bodies are read, never mapped. */
  Engine open(Path base, BooleanSupplier forceFsync, int mode, Scheduler scheduler)
      throws IOException {
    return open(base, forceFsync, () -> false, mode, scheduler);
  }

  /** Whether a folder holds mail of this engine; the folder's lock must be free. Blocks. */
  abstract boolean holdsMail(Path base) throws IOException;

  /** The name of the option's value, and of the folder. */
  String folder() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether the folder of this engine is there. */
  boolean isIn(Path base) {
    return Files.isDirectory(base.resolve(folder()));
  }
}
