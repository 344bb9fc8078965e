package org.impetusmta.spool;

import java.io.Closeable;
import java.io.IOException;
import org.impetusmta.api.spool.Spool;

/** A spool in a folder that it holds the lock of. Concurrent. */
public interface Engine extends Spool, Closeable {
  /** Finishes what was asked for, syncs, closes. What comes later is refused. Blocks. */
  @Override
  void close() throws IOException;
}
