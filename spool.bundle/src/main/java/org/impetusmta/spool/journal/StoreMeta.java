package org.impetusmta.spool.journal;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Map;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.api.spool.SpoolException;
import org.jspecify.annotations.Nullable;

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

  /** The connection dictionary that {@link #encoded} is: recipients of a batch share it. */
  private @Nullable Map<String, String> known;

  private final MetaBuffer encoded = new MetaBuffer(0);

  /** Writes {@code count} messages to {@code meta}. */
  StoreMeta(MetaBuffer meta, int count) {
    this.meta = meta;
    this.left = count;
  }

  void put(int index, AttemptState state, Envelope envelope) {
    meta.putVariable(index);
    if (--left == 0) {
      put(meta, state, envelope);
      return;
    }
    one.clear();
    put(one, state, envelope);
    meta.putVariable(one.length()).putAll(one);
  }

  @SuppressWarnings("ReferenceEquality") // a snapshot is the same until the dictionary changes
  private void put(MetaBuffer out, AttemptState state, Envelope envelope) {
    EnvelopeCodec.put(out, state);
    EnvelopeCodec.putHead(out, envelope);
    Map<String, String> connection = envelope.connectionContext();
    if (connection != known) {
      if (left == 0 || !DictionaryCodec.standsAlone(connection)) {
        DictionaryCodec.put(out, connection, envelope.sender(), envelope.recipient());
        return;
      }
      known = connection;
      encoded.clear();
      DictionaryCodec.put(encoded, connection, envelope.sender(), envelope.recipient());
    }
    out.putAll(encoded);
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
