package org.impetusmta.delivery.esmtp;

import java.util.ArrayDeque;
import java.util.Optional;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.jspecify.annotations.Nullable;

/**
 * The messages that leave in one SMTP transaction: one MAIL, a RCPT for each, DATA once. They are
 * of one reception and have one body; each is answered for itself, exactly once.
 *
 * <pre>
 *   taken -> asked (RCPT has left) -> accepted -> delivered
 *       \          \                     \----> failed with the reply to DATA or to the dot
 *        \          \----> failed with the reply to its RCPT; over the limit: given back
 *         \----> failed with the reply to MAIL; RCPT never left: given back
 * </pre>
 *
 * <p>A 452 to a RCPT behind one that was accepted says that the peer takes no more recipients in
 * this transaction (RFC 5321 section 4.5.3.1.10), not that it does not want this one: the message
 * goes back untried, and with it all behind it whose RCPT did not leave. As the transaction has a
 * recipient, each such round makes some progress. A mailbox that is full (452 4.2.2) is its
 * message's own trouble.
 *
 * <p>Holds nothing between two transactions; one object serves a connection for its life.
 * Thread-safety: single, confined to the delivery's loop.
 */
final class Transaction {
  private static final int TOO_MANY_RECIPIENTS = 452;

  /** What RFC 821 had in its place; to be taken for it (RFC 5321 section 4.5.3.1.10). */
  private static final int TOO_MANY_RECIPIENTS_OF_OLD = 552;

  private final Delivery delivery;
  private final ArrayDeque<Message> taken = new ArrayDeque<>(1);
  private final ArrayDeque<Message> asked = new ArrayDeque<>(1);
  private final ArrayDeque<Message> accepted = new ArrayDeque<>(1);

  /** Refused for the limit alone; given back when the replies to all RCPTs are there. */
  private final ArrayDeque<Message> overLimit = new ArrayDeque<>(1);

  /** Whether MAIL has left. */
  private boolean begun;

  /** Whether a RCPT has left. */
  private boolean askedOnce;

  /** Recipients that the peer has accepted, those among them that nobody wants any more. */
  private int recipients;

  /** Replies to RCPT that the peer owes. */
  private int repliesDue;

  /** Octets of the body that have left. */
  private int sent;

  /** Most recipients that the peer takes, as far as it said so. */
  private int limit = Integer.MAX_VALUE;

  Transaction(Delivery delivery) {
    this.delivery = delivery;
  }

  // ---- before MAIL

  /** Takes the first message from the core, unless there is one; false if there is none. */
  boolean take() {
    if (!taken.isEmpty()) {
      return true;
    }
    begun = false;
    askedOnce = false;
    recipients = 0;
    repliesDue = 0;
    sent = 0;
    Optional<Message> next = delivery.next();
    next.ifPresent(taken::add);
    return next.isPresent();
  }

  /** Takes one that may leave with the first one, within the peer's limit. */
  Optional<Message> takeSibling() {
    Message first = taken.peekFirst();
    if (first == null || taken.size() >= limit) {
      return Optional.empty();
    }
    Optional<Message> sibling = delivery.sibling(first);
    sibling.ifPresent(taken::addLast);
    return sibling;
  }

  /** The first message that was taken; null where there is none. */
  @Nullable Message first() {
    return taken.peekFirst();
  }

  /** The message taken last cannot be sent. */
  void unsendable(Reply reply) {
    Message message = taken.pollLast();
    if (message != null) {
      delivery.failed(message, Stage.MAIL_FROM, reply, 0);
    }
  }

  /** The first message fails before MAIL. */
  void firstFails(Stage where, Reply reply) {
    Message message = taken.pollFirst();
    if (message != null) {
      delivery.failed(message, where, reply, 0);
    }
  }

  /** MAIL leaves. */
  void begin() {
    begun = true;
  }

  // ---- its recipients

  /** The message whose RCPT leaves next; null when all have left. */
  @Nullable Message ask() {
    Message next = taken.pollFirst();
    if (next != null) {
      asked.addLast(next);
      askedOnce = true;
      repliesDue++;
    }
    return next;
  }

  /** Whether there is a RCPT that has not left. */
  boolean hasMoreToAsk() {
    return !taken.isEmpty();
  }

  /** Whether a reply to RCPT is due. */
  boolean awaitsRecipients() {
    return repliesDue > 0;
  }

  /** 2xx to RCPT. */
  void recipientAccepted() {
    recipients++;
    Message message = asked.pollFirst();
    if (message != null) {
      accepted.addLast(message);
    }
    recipientAnswered();
  }

  /** 4xx or 5xx to RCPT. */
  void recipientRefused(Reply reply) {
    Message message = asked.pollFirst();
    if (message != null) {
      if (overTheLimit(reply)) {
        limit = Math.min(limit, recipients);
        overLimit.addLast(message);
      } else {
        delivery.failed(message, Stage.AFTER_RCPT_TO, reply, 0);
      }
    }
    recipientAnswered();
  }

  private boolean overTheLimit(Reply reply) {
    return !accepted.isEmpty()
        && switch (reply.code()) {
          case TOO_MANY_RECIPIENTS -> !reply.enhanced().startsWith("4.2.");
          case TOO_MANY_RECIPIENTS_OF_OLD ->
              reply.enhanced().isEmpty() || reply.enhanced().equals("5.5.3");
          default -> false;
        };
  }

  private void recipientAnswered() {
    repliesDue--;
    if (repliesDue == 0 && !overLimit.isEmpty()) {
      giveBack(taken);
      giveBack(overLimit);
    }
  }

  /** The message whose body is sent for all: the first that was accepted; null: there is none. */
  @Nullable Message firstAccepted() {
    return accepted.peekFirst();
  }

  /** How many messages the peer has accepted a recipient for. */
  int acceptedCount() {
    return accepted.size();
  }

  /** Whether SMTPUTF8 has to be declared for one of those taken. */
  boolean needsSmtpUtf8() {
    for (Message message : taken) {
      if (Sendable.needsSmtpUtf8(message)) {
        return true;
      }
    }
    return false;
  }

  /** Whether the peer has a recipient, be it one of a MAIL that it refused. */
  boolean hasRecipient() {
    return recipients > 0;
  }

  /** The first {@code octets} of the body have left. */
  void progress(int octets) {
    sent = octets;
  }

  // ---- its end

  /** Whether there is no message in hand. */
  boolean isEmpty() {
    return taken.isEmpty() && asked.isEmpty() && accepted.isEmpty() && overLimit.isEmpty();
  }

  /**
   * The peer has taken responsibility for all that it accepted.
   *
   * @param reports whether it was told what the sender wants to hear
   */
  void delivered(Reply reply, boolean reports) {
    for (Message m = accepted.pollFirst(); m != null; m = accepted.pollFirst()) {
      if (reports) {
        delivery.reportsTaken(m);
      }
      delivery.delivered(m, reply, sent);
    }
  }

  /** LMTP: the reply for the recipient that is next, positive or not. */
  void recipientConfirmed(Reply reply, boolean reports) {
    Message message = accepted.pollFirst();
    if (message == null) {
      return;
    }
    if (reply.isPositive()) {
      if (reports) {
        delivery.reportsTaken(message);
      }
      delivery.delivered(message, reply, sent);
    } else {
      delivery.failed(message, Stage.CONFIRMATION, reply, sent);
    }
  }

  /** MAIL, DATA or the body was refused: that holds for all of them. */
  void refused(Stage where, Reply reply) {
    fail(accepted, where, reply);
    fail(asked, where, reply);
    fail(taken, where, reply);
  }

  /**
   * The dialogue broke off with {@code reply}: what the peer was asked to take failed, the rest was
   * not attempted.
   */
  void broken(Stage where, Reply reply) {
    if (begun) {
      if (!askedOnce) {
        ask(); // MAIL was sent for the first one
      }
      fail(accepted, where, reply);
      fail(asked, where, reply);
    }
    giveBack();
  }

  private void fail(ArrayDeque<Message> messages, Stage where, Reply reply) {
    for (Message m = messages.pollFirst(); m != null; m = messages.pollFirst()) {
      delivery.failed(m, where, reply, sent);
    }
  }

  /** None of them was attempted. */
  void giveBack() {
    giveBack(taken);
    giveBack(overLimit);
    giveBack(asked);
    giveBack(accepted);
  }

  /** From behind, as each goes to the head of the queue. */
  private void giveBack(ArrayDeque<Message> messages) {
    for (Message m = messages.pollLast(); m != null; m = messages.pollLast()) {
      delivery.giveBack(m);
    }
  }
}
