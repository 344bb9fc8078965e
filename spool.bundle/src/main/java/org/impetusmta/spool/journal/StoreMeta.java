package org.impetusmta.spool.journal;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.api.spool.SpoolException;

/**
 * The messages in the meta of a store. For each: its index in the batch (variable); for all but the
 * last how many octets follow (variable), so that a reader who needs one, or the ids alone, passes
 * over the rest; attempt state and envelope ({@link EnvelopeCodec}). Stateless but for the buffer;
 * thread-safety: none; the static methods are concurrent.
 */
final class StoreMeta {
  private final MetaBuffer meta;
  private final MetaBuffer one = new MetaBuffer(0);
  private int left;

  /** Writes {@code count} messages to {@code meta}. */
  StoreMeta(MetaBuffer meta, int count) {
    this.meta = meta;
    this.left = count;
  }

  void put(int index, AttemptState state, Envelope envelope) {
    meta.putVariable(index);
    if (--left == 0) {
      EnvelopeCodec.put(meta, state);
      EnvelopeCodec.put(meta, envelope);
      return;
    }
    one.clear();
    EnvelopeCodec.put(one, state);
    EnvelopeCodec.put(one, envelope);
    meta.putVariable(one.length()).putAll(one);
  }

  /** Told about each message. */
  interface Visitor {
    /** {@code message} is state and envelope, for this call only. */
    void message(int index, ByteBuffer message) throws SpoolException;
  }

  /** Reads {@code count} messages. */
  static void read(ByteBuffer in, int count, Visitor visitor) throws SpoolException {
    try {
      for (int i = 0; i < count; i++) {
        int index = (int) EnvelopeCodec.variable(in);
        long length = i == count - 1 ? in.remaining() : EnvelopeCodec.variable(in);
        if (length < 0 || length > in.remaining()) {
          throw new SpoolException("message of " + length + " octets in " + in.remaining());
        }
        visitor.message(index, in.slice(in.position(), (int) length));
        in.position(in.position() + (int) length);
      }
    } catch (BufferUnderflowException e) {
      throw EnvelopeCodec.cutOff(e);
    }
  }
}
