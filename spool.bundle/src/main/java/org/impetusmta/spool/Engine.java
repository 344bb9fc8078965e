package org.impetusmta.spool;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.api.spool.SpoolException;

/** A spool in a folder that it holds the lock of. Concurrent. */
public interface Engine extends Spool, Closeable {
  /** Stores a body that a layer above has encoded; otherwise as {@link Spool#store}. */
  void store(
      List<Envelope> envelopes,
      AttemptState state,
      EncodedBody body,
      EventLoop loop,
      StoreListener listener);

  /** Reads a body as it was stored; otherwise as {@link Spool#read}. */
  EncodedBody readEncoded(SpoolEntry entry) throws IOException;

  /** Reads a body as it was stored; otherwise as {@link Spool#swapIn}. */
  EncodedBody swapInEncoded(SpoolEntry entry) throws IOException;

  /** Reads a body that nothing has encoded; otherwise as {@link Spool#read}. */
  @Override
  default Body read(SpoolEntry entry) throws IOException {
    return plain(entry, readEncoded(entry));
  }

  /** Reads a body that nothing has encoded; otherwise as {@link Spool#swapIn}. */
  @Override
  default Body swapIn(SpoolEntry entry) throws IOException {
    return plain(entry, swapInEncoded(entry));
  }

  private static Body plain(SpoolEntry entry, EncodedBody body) throws SpoolException {
    if (body.encoding() != 0) {
      throw new SpoolException(
          "message " + entry.id() + " has a body of encoding " + body.encoding());
    }
    return body.octets();
  }

  /** Finishes what was asked for, syncs, closes. What comes later is refused. Blocks. */
  @Override
  void close() throws IOException;
}
