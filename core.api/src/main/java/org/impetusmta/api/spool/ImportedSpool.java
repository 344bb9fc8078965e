package org.impetusmta.api.spool;

import java.io.Closeable;
import java.io.IOException;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.spool.Spool.Recovery;
import org.impetusmta.api.spool.Spool.RecoveryListener;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A spool that is not the server's own. Its entries mean nothing to the server's spool. Concurrent;
 * all but {@link #unlink} block.
 */
@ProviderType
public interface ImportedSpool extends Closeable {
  /** Hands over every message; may be called once. See {@link Spool#recover}. */
  Recovery recover(RecoveryListener listener) throws IOException;

  /**
   * Reads a body as it is stored.
   *
   * @throws SpoolException when it is damaged or gone
   */
  Body read(SpoolEntry entry) throws IOException;

  /** Removes a message that is finished with. Never blocks. */
  void unlink(SpoolEntry entry);

  /** Makes all removals durable. */
  void sync() throws IOException;

  /** Finishes what was asked for and gives the lock back. */
  @Override
  void close() throws IOException;
}
