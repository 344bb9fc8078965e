package org.impetusmta.spool.layer;

import java.io.IOException;
import java.util.List;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.spool.EncodedBody;

/**
 * A spool that keeps bodies as they are given to it, and their encoding beside them. Concurrent.
 */
public interface EncodedSpool extends Spool {
  /** Stores a body that is encoded; otherwise as {@link Spool#store}. */
  void store(
      List<Envelope> envelopes,
      AttemptState state,
      EncodedBody body,
      EventLoop loop,
      StoreListener listener);

  /** Reads a body as it was stored; otherwise as {@link Spool#read}. */
  EncodedBody readEncoded(SpoolEntry entry) throws IOException;
}
