package org.impetusmta.spool.layer;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.jspecify.annotations.Nullable;

/**
 * Messages that share a body and are in memory alone, until they are written. Guarded by its
 * monitor, but for what is final and {@link Message#real}.
 */
final class HeldBatch {
  /** What a message costs beside its body, roughly. */
  private static final int OVERHEAD = 600;

  /** Where it is. */
  enum Phase {
    /** In memory alone. */
    HELD,
    /** In memory, and on its way to the disk. */
    WRITING,
    /** On the disk; every message knows its entry there. */
    WRITTEN,
    /** Nothing is left of it. */
    GONE
  }

  final long number;
  final long charge;
  final EventLoop loop;
  @Nullable Body body;
  List<Message> messages = new ArrayList<>();
  int live;
  Phase phase = Phase.HELD;

  /** Completed when the writing that is under way has ended, in one way or the other. */
  CompletableFuture<Void> written = new CompletableFuture<>();

  HeldBatch(long number, List<Envelope> envelopes, AttemptState state, Body body, EventLoop loop) {
    this.number = number;
    this.body = body;
    this.loop = loop;
    this.live = envelopes.size();
    this.charge = body.length() + (long) OVERHEAD * envelopes.size();
    for (Envelope envelope : envelopes) {
      messages.add(new Message(this, envelope, state));
    }
  }

  /** One message; the queue keeps it for as long as the message waits. */
  static final class Message implements SpoolEntry {
    private final MessageId id;
    final HeldBatch batch;
    @Nullable Envelope envelope;
    AttemptState state;
    boolean unlinked;

    /** Its entry on the disk, once all is said there that was said of it before. */
    volatile @Nullable SpoolEntry real;

    Message(HeldBatch batch, Envelope envelope, AttemptState state) {
      this.id = envelope.id();
      this.batch = batch;
      this.envelope = envelope;
      this.state = state;
    }

    @Override
    public MessageId id() {
      return id;
    }
  }
}
