package org.impetusmta.delivery.esmtp;

import java.util.Optional;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;

/**
 * Looks whether a message may go on the wire. What SMTP brought has been looked at by reception; an
 * address or a body that was made here could still break out of its command. Thread-safety:
 * read-only.
 */
final class Sendable {
  private Sendable() {}

  /** Why {@code message} must not be sent; empty where it may. */
  static Optional<Reply> objection(Message message) {
    if (!Commands.printable(message.sender())) {
      return Optional.of(Failures.BAD_SENDER);
    }
    if (Commands.length(message.sender()) > Commands.MAX_PATH) {
      return Optional.of(Failures.MAIL_FROM_TOO_LONG);
    }
    Optional<Reply> recipient = objection(message.recipient());
    if (recipient.isPresent()) {
      return recipient;
    }
    if (!message.protocol().equals("esmtp") && !WireForm.holds(message.body())) {
      return Optional.of(Failures.NOT_WIRE_FORM);
    }
    return Optional.empty();
  }

  /** Why {@code recipient} must not be sent; empty where it may. */
  static Optional<Reply> objection(Address recipient) {
    if (!Commands.printable(recipient)) {
      return Optional.of(Failures.BAD_RECIPIENT);
    }
    return Commands.length(recipient) > Commands.MAX_PATH
        ? Optional.of(Failures.RCPT_TO_TOO_LONG)
        : Optional.empty();
  }
}
