package org.impetusmta.core.reception;

import java.util.ArrayList;
import java.util.List;
import org.impetusmta.api.bounce.BounceReport;
import org.impetusmta.core.message.MailMessage;

/**
 * The mail of one transaction as policy judges it: first the message that all recipients share,
 * then one for each of them.
 *
 * <p>Thread-safety: single; owned by the session's loop.
 */
final class JudgedMail {
  record Discarded(MailMessage message, String reason) {}

  record Refused(MailMessage message, Decision.Refused decision) {}

  record Bounce(MailMessage message, BounceReport report) {}

  /** What goes on. */
  final List<MailMessage> messages;

  final List<Discarded> discarded = new ArrayList<>(0);
  final List<Refused> refused = new ArrayList<>(0);

  /** Which of them are reports of failed delivery. */
  final List<Bounce> bounces = new ArrayList<>(0);

  /** By recipient of the transaction, whatever became of them; empty while they share one. */
  List<MailMessage> ofRecipients = List.of();

  /**
   * @param recipients how many there may be
   */
  JudgedMail(int recipients) {
    messages = new ArrayList<>(recipients);
  }

  /** Policy has discarded all that goes on. */
  void discard(String reason) {
    for (MailMessage message : messages) {
      discarded.add(new Discarded(message, reason));
    }
    messages.clear();
  }
}
