package org.impetusmta.listener.esmtp;

import java.util.ArrayList;
import java.util.List;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.reception.Reception.Outcome;
import org.impetusmta.api.reception.ReceptionState;
import org.impetusmta.api.reception.SmtpExtension;

/**
 * HELO and EHLO (RFC 5321 section 4.1.1.1), LHLO of LMTP (RFC 2033). Single; owned by the session's
 * event loop.
 */
final class Greeting {
  private static final Reply INVALID_HELO = new Reply(501, "5.5.2", "invalid HELO");
  private static final Reply IS_LMTP = new Reply(500, "5.5.1", "this is LMTP: LHLO expected");
  private static final Reply IS_SMTP = new Reply(500, "5.5.2", "unrecognized command");
  private static final Reply INVALID_EHLO = new Reply(501, "5.5.2", "invalid EHLO");

  private final EsmtpSession session;
  private boolean greeted;
  private boolean extended;

  Greeting(EsmtpSession session) {
    this.session = session;
  }

  /** Whether the client has greeted. */
  boolean greeted() {
    return greeted;
  }

  /** Whether it did so with EHLO. */
  boolean extended() {
    return extended;
  }

  /** The client has to greet again. */
  void forget() {
    greeted = false;
  }

  void helo(byte[] line, int length) {
    greet(line, length, false, session.options().lmtp());
  }

  void ehlo(byte[] line, int length) {
    greet(line, length, true, session.options().lmtp());
  }

  void lhlo(byte[] line, int length) {
    greet(line, length, true, !session.options().lmtp());
  }

  private void greet(byte[] line, int length, boolean extended, boolean wrong) {
    if (wrong) {
      session.bad(session.options().lmtp() ? IS_LMTP : IS_SMTP);
      return;
    }
    boolean valid = length > 5 && length - 5 <= 255;
    for (int i = 5; i < length; i++) {
      valid &= line[i] > ' ' && line[i] <= '~';
    }
    if (!valid) {
      session.bad(extended ? INVALID_EHLO : INVALID_HELO);
      return;
    }
    session.mail().forget();
    session.connection().park();
    String domain = CommandLine.text(line, 5, length);
    session
        .inbound()
        .ehlo(
            domain, CommandLine.text(line, 0, length), extended ? this::ehloDone : this::heloDone);
  }

  private void heloDone(Outcome outcome) {
    if (outcome.accepted()) {
      greeted = true;
      extended = false;
      session.connection().replyLine("250 " + session.hostname() + " says HELO to " + remote());
      session.inbound().state(ReceptionState.AWAITING_MAILFROM);
      session.connection().resume();
    } else {
      session.answer(outcome);
    }
  }

  private void ehloDone(Outcome outcome) {
    if (!outcome.accepted()) {
      session.answer(outcome);
      return;
    }
    greeted = true;
    extended = true;
    String first =
        session.hostname()
            + (session.options().lmtp() ? " says LHLO to " : " says EHLO to ")
            + remote();
    List<String> lines = new ArrayList<>();
    for (Extension extension : session.extensions()) {
      extension.offer(session).ifPresent(lines::add);
    }
    for (SmtpExtension module : session.moduleExtensions()) {
      String parameters = module.parameters();
      lines.add(parameters.isEmpty() ? module.keyword() : module.keyword() + " " + parameters);
    }
    session.connection().replyLine((lines.isEmpty() ? "250 " : "250-") + first);
    for (int i = 0; i < lines.size(); i++) {
      session.connection().replyLine((i < lines.size() - 1 ? "250-" : "250 ") + lines.get(i));
    }
    session.inbound().state(ReceptionState.AWAITING_MAILFROM);
    session.connection().resume();
  }

  private String remote() {
    return session
        .inbound()
        .remoteAddress()
        .map(java.net.InetAddress::getHostAddress)
        .orElse("unix");
  }
}
