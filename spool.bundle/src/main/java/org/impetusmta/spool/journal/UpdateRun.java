package org.impetusmta.spool.journal;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.api.spool.SpoolException;

/**
 * The meta of an update record: the attempt states of up to {@value #LIMIT} messages. What many
 * updates of one moment have in common costs nothing: each is told by what differs from the one
 * before it in the record, the first from serial 0, next attempt 0 and an empty reply.
 *
 * <pre>
 *   serial of the batch: difference (signed variable)
 *   index: (variable)
 *   retries * 2, plus 1 if the reply is the same as before (variable)
 *   next attempt: difference (signed variable)
 *   last reply, if it is not the same (text)
 * </pre>
 *
 * <p>Thread-safety: none; the static methods are concurrent.
 */
final class UpdateRun {
  /** Bounds what must be read to find one of them. */
  static final int LIMIT = 64;

  private final MetaBuffer meta = new MetaBuffer(4096);
  private int count;
  private long serial;
  private AttemptState last = AttemptState.NEW;

  /** Told about each message of a record. */
  interface Visitor {
    void update(long serial, int index, AttemptState state) throws SpoolException;
  }

  void clear() {
    meta.clear();
    count = 0;
    serial = 0;
    last = AttemptState.NEW;
  }

  int count() {
    return count;
  }

  MetaBuffer meta() {
    return meta;
  }

  void add(long ofBatch, int index, AttemptState state) {
    boolean same = state.lastReply().equals(last.lastReply());
    meta.putSigned(ofBatch - serial)
        .putVariable(index)
        .putVariable(Integer.toUnsignedLong(state.retries()) << 1 | (same ? 1 : 0))
        .putSigned(state.nextAttemptMillis() - last.nextAttemptMillis());
    if (!same) {
      meta.putText(state.lastReply());
    }
    serial = ofBatch;
    last = state;
    count++;
  }

  static void read(ByteBuffer in, int count, EnvelopeCodec codec, Visitor visitor)
      throws SpoolException {
    try {
      long serial = 0;
      long next = 0;
      String reply = "";
      for (int i = 0; i < count; i++) {
        serial += EnvelopeCodec.signed(in);
        int index = (int) EnvelopeCodec.variable(in);
        long retries = EnvelopeCodec.variable(in);
        next += EnvelopeCodec.signed(in);
        if ((retries & 1) == 0) {
          reply = codec.share(EnvelopeCodec.text(in));
        }
        visitor.update(serial, index, new AttemptState((int) (retries >>> 1), next, reply));
      }
    } catch (BufferUnderflowException e) {
      throw EnvelopeCodec.cutOff(e);
    }
  }
}
