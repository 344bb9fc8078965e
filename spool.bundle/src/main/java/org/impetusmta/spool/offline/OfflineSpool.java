package org.impetusmta.spool.offline;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.impetusmta.spool.hashed.OfflineHashed;
import org.impetusmta.spool.journal.OfflineJournal;

/**
 * A spool whose files are read and never written to. A server may be at work on it; what it changes
 * meanwhile may be seen or not. Thread-safety: none.
 */
public interface OfflineSpool {
  /**
   * Reports everything in it: faults as they are met, messages in the order of their arrival.
   * Blocks.
   */
  void scan(Findings findings) throws IOException;

  /** What of either engine lies below {@code base}; empty where there is no spool. */
  static List<OfflineSpool> in(Path base) {
    List<OfflineSpool> found = new ArrayList<>();
    if (Files.isDirectory(base.resolve(OfflineJournal.FOLDER))) {
      found.add(new OfflineJournal(base));
    }
    if (Files.isDirectory(base.resolve(OfflineHashed.FOLDER))) {
      found.add(new OfflineHashed(base));
    }
    return found;
  }
}
