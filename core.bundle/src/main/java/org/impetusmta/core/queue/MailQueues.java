package org.impetusmta.core.queue;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.core.message.MailMessage;

/** Where stored mail waits and leaves from; the way in for reception and recovery. Concurrent. */
public interface MailQueues {
  /**
   * Puts a stored message into the queue of its binding and routing domain: the active one, or the
   * delayed one where its next attempt is not due. The message belongs to that queue's loop from
   * here on. Never blocks.
   */
  void enqueue(MailMessage message);

  /** Whether mail to {@code domain} is refused while it is received: {@code blackhole}. */
  default boolean refuses(String domain) {
    return false;
  }

  /**
   * Settles what set_binding left open of a message that is not stored yet: the member of a binding
   * group, the group of a binding. Any thread; never blocks.
   *
   * @return why mail without a binding is not taken ({@code default_binding = none}); empty: it is
   */
  Optional<Reply> bound(MailMessage message);

  /** What the spool stores of a message: all but what {@code exclude_vctx_*} leaves out. */
  Envelope envelope(MailMessage message);

  /** The memory that mail takes, and whether there is any left. */
  Memory memory();

  /**
   * Composes the notification that tells the sender of {@code failed}, which was never stored or
   * queued, why it fails; empty where nobody is to be told (a null sender, {@code
   * Generate_Bounces}). The caller stores and enqueues it with the rest of the batch, so that the
   * refusal of one recipient is as durable as the acceptance of the others. Reads the whole
   * message: thread pools only.
   */
  Optional<MailMessage> notification(MailMessage failed, Reply reply);

  /**
   * Begins to enqueue what an earlier process left in the spool, in the pool SpoolIn, while mail is
   * accepted. Called once. Never blocks; the future tells when all is enqueued.
   */
  CompletableFuture<Spool.Recovery> spoolIn();

  /**
   * Ends deliveries politely and stops; what was not delivered stays in the spool. Blocks for
   * {@code atMost}.
   */
  void stop(Duration atMost);
}
