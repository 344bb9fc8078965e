package org.impetusmta.api.queue;

import java.time.Instant;
import java.util.Optional;
import org.impetusmta.api.message.Message;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A message in an active or delayed queue, as a {@link QueueWatch.Visitor} sees it. The same object
 * stands for one message after the other: valid during the call alone, on the loop that owns the
 * queue.
 */
@ProviderType
public interface WaitingMessage {
  /** The message; its body need not be resident. */
  Message message();

  /** Whether it waits for its next attempt; false: for a connection. */
  boolean delayed();

  /** When the next attempt is due; {@link Instant#EPOCH}: now. */
  Instant nextAttempt();

  /**
   * How far the warnings of this message have come: the number that was last given to {@link
   * #warnSender} or {@link #warned}, 0 before. It is spooled with the message, under {@code
   * #delay_dsn_count} of the message dictionary.
   */
  int warnings();

  /**
   * When the last of them was; spooled as {@code #delay_dsn_sent}. Empty before the first, and
   * while the message has left its dictionary to the spool.
   */
  Optional<Instant> lastWarning();

  /**
   * Warns the sender that the message is delayed (RFC 3464, {@code Action: delayed}): the warning
   * is composed, stored, logged and queued by the core, unless the message is delivered or fails
   * before. {@code warnings} is written to the spool first, so that no warning is sent twice; where
   * the warning cannot be stored the former number is put back.
   *
   * @param warnings what {@link #warnings} is from now on, 1 to 127
   * @return false where nobody can be warned: the sender is null, or too many notifications are
   *     being made just now; nothing is changed then
   */
  boolean warnSender(int warnings);

  /**
   * Records {@code warnings} as {@link #warnSender} does, and sends nothing.
   *
   * @return false where too much is being done just now; nothing is changed then
   */
  boolean warned(int warnings);
}
