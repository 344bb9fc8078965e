package org.impetusmta.api.hook;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Takes something that a script or a module wants to log; it is written later, beside the caller.
 * Modules call it, {@code chunk_logger} implements it. Called on any thread; may not block. Source:
 * modules.chunk_logger.
 */
@ConsumerType
public interface ChunkLoggerLog {
  /** What callers pass while there is one destination only. */
  String DEFAULT = "default";

  /**
   * Logs an item.
   *
   * @param destination {@link #DEFAULT}
   */
  void chunkLoggerLog(String destination, String item);
}
