package org.impetusmta.delivery.esmtp;

import java.util.Optional;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.message.SenderRequests;

/**
 * Looks whether a message may go on the wire. What SMTP brought has been looked at by reception; an
 * address or a body that was made here could still break out of its command. Thread-safety:
 * read-only.
 */
final class Sendable {
  private Sendable() {}

  /** Why {@code message} must not be sent to a peer with these extensions; empty where it may. */
  static Optional<Reply> objection(Message message, Extensions offered) {
    Address sender = message.sender();
    if (!Commands.sendable(sender) || !hasAsciiDomain(sender)) {
      return Optional.of(Failures.BAD_SENDER);
    }
    if (Commands.length(sender) > Commands.MAX_PATH) {
      return Optional.of(Failures.MAIL_FROM_TOO_LONG);
    }
    Optional<Reply> recipient = objection(message.recipient(), offered);
    if (recipient.isPresent()) {
      return recipient;
    }
    if (!offered.smtpUtf8()
        && (!Commands.printable(sender.localpart()) || hasUtf8Headers(message))) {
      return Optional.of(Failures.NEEDS_SMTPUTF8);
    }
    if (!message.protocol().equals("esmtp") && !WireForm.holds(message.body())) {
      return Optional.of(Failures.NOT_WIRE_FORM);
    }
    long limit = offered.sizeLimit();
    if (limit > 0
        && message.body().length() > limit
        && message.body().length() - Octets.stuffedDots(message.body()) > limit) {
      return Optional.of(Failures.TOO_BIG);
    }
    return Optional.empty();
  }

  /** Why {@code recipient} must not be sent; empty where it may. */
  static Optional<Reply> objection(Address recipient, Extensions offered) {
    if (!Commands.sendable(recipient) || !hasAsciiDomain(recipient)) {
      return Optional.of(Failures.BAD_RECIPIENT);
    }
    if (!offered.smtpUtf8() && !Commands.printable(recipient.localpart())) {
      return Optional.of(Failures.NEEDS_SMTPUTF8);
    }
    return Commands.length(recipient) > Commands.MAX_PATH
        ? Optional.of(Failures.RCPT_TO_TOO_LONG)
        : Optional.empty();
  }

  /** Whether SMTPUTF8 has to be declared for {@code message} and its recipient. */
  static boolean needsSmtpUtf8(Message message) {
    return !Commands.printable(message.sender().localpart())
        || !Commands.printable(message.recipient().localpart())
        || hasUtf8Headers(message);
  }

  /** Declared with SMTPUTF8 (and 8BITMIME, which goes with it), and in need of it. */
  private static boolean hasUtf8Headers(Message message) {
    if (!message.eightBitMime() || message.context().get(SenderRequests.SMTPUTF8).isEmpty()) {
      return false;
    }
    Body body = message.body();
    int left = body.headerLength();
    for (int i = 0; i < body.segments() && left > 0; i++) {
      byte[] octets = body.segment(i);
      int length = Math.min(left, body.segmentLength(i));
      for (int j = 0; j < length; j++) {
        if (octets[j] < 0) {
          return true;
        }
      }
      left -= length;
    }
    return false;
  }

  private static boolean hasAsciiDomain(Address address) {
    try {
      return Commands.asciiDomain(address.domain()).length() <= 255;
    } catch (IllegalArgumentException notAName) {
      return false;
    }
  }
}
