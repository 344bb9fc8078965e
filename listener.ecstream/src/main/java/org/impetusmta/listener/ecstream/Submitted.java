package org.impetusmta.listener.ecstream;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.impetusmta.api.ecstream.Frame;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.reception.MailCommand;
import org.impetusmta.api.reception.RcptCommand;
import org.impetusmta.api.reception.Reception.InboundSession;
import org.impetusmta.api.reception.Reception.Outcome;
import org.impetusmta.api.reception.ReceptionState;
import org.jspecify.annotations.Nullable;

/**
 * One message of a session on its way through the phases: mailfrom, rcptto for each recipient,
 * data, and what follows the final dot in SMTP. Single: owned by the session's loop.
 */
final class Submitted implements Consumer<Outcome> {
  private static final Reply BAD_SENDER = new Reply(553, "5.1.7", "bad sender address");
  private static final Reply BAD_RECIPIENT = new Reply(553, "5.1.3", "bad recipient address");
  private static final Reply NOT_WIRE_FORM = new Reply(550, "5.6.0", "body is not in wire form");
  private static final Reply CONNECTION_OVER = new Reply(421, "4.3.2", "connection is ended");

  private final EcStreamSession session;
  private final InboundSession inbound;
  private final Frame.Submit message;

  /** Of recipients that were refused on their own; null where none was. */
  private Reply @Nullable [] refusals;

  private int accepted;

  // where the recipients have got to
  private int index;
  private boolean asking;
  private boolean answered;
  private boolean done;

  /** Whose domain was looked at last, and what it was found to be. */
  private String domain = "";

  private boolean domainIsSound;

  Submitted(EcStreamSession session, Frame.Submit message) {
    this.session = session;
    this.inbound = session.inbound();
    this.message = message;
  }

  int sequence() {
    return message.sequence();
  }

  int octets() {
    return message.body().length();
  }

  void begin() {
    boolean known = message.sender().isNull() || Syntax.isMailbox(message.sender());
    Reply refusal = !known ? BAD_SENDER : Syntax.isWireForm(message.body()) ? null : NOT_WIRE_FORM;
    if (refusal != null) {
      inbound.rejected(refusal, refusal.text());
      finish(refusal, false);
      return;
    }
    if (!inbound.receiving(octets())) {
      inbound.rejected(EcStreamSession.LOW_MEMORY, "low memory");
      finish(EcStreamSession.LOW_MEMORY, false);
      return;
    }
    Address sender = message.sender();
    inbound.mailfrom(
        new MailCommand(
            sender,
            "MAIL FROM:<" + sender + ">",
            OptionalLong.of(octets()),
            message.eightBitMime(),
            Map.of()),
        outcome -> {
          if (outcome.accepted()) {
            inbound.state(ReceptionState.AWAITING_RCPTTO);
            recipients();
          } else {
            given();
            finish(outcome.reply(), outcome.disconnect());
          }
        });
  }

  private void given() {
    inbound.receiving(-octets());
  }

  // ---- the recipients, asked for in order without a stack that grows with them

  private void recipients() {
    List<Address> all = message.recipients();
    while (index < all.size()) {
      Address recipient = all.get(index);
      if (!isMailbox(recipient)) {
        inbound.rejected(BAD_RECIPIENT, BAD_RECIPIENT.text());
        refuse(BAD_RECIPIENT);
        continue;
      }
      asking = true;
      answered = false;
      inbound.rcptto(new RcptCommand(recipient, "RCPT TO:<" + recipient + ">", Map.of()), this);
      asking = false;
      if (!answered || done) {
        return;
      }
    }
    content();
  }

  @SuppressWarnings("ReferenceEquality") // the addresses of a frame share the text of their domain
  private boolean isMailbox(Address recipient) {
    if (recipient.domain() != domain) {
      domain = recipient.domain();
      domainIsSound = Syntax.isDomain(domain);
    }
    return domainIsSound && Syntax.isLocalpart(recipient.localpart());
  }

  private void refuse(Reply reply) {
    Reply[] all = refusals;
    if (all == null) {
      all = new Reply[message.recipients().size()];
      refusals = all;
    }
    all[index++] = reply;
  }

  @Override
  public void accept(Outcome outcome) {
    answered = true;
    if (outcome.accepted()) {
      accepted++;
      index++;
    } else {
      refuse(outcome.reply());
      if (outcome.disconnect()) {
        given();
        inbound.reset();
        finish(CONNECTION_OVER, true);
        return;
      }
    }
    if (!asking) {
      recipients();
    }
  }

  // ---- the content

  private void content() {
    if (accepted == 0) {
      given();
      inbound.reset();
      finish(BAD_RECIPIENT, false);
      return;
    }
    inbound.state(ReceptionState.DATA_PHASE);
    inbound.data(
        outcome -> {
          if (!outcome.accepted()) {
            given();
            finish(outcome.reply(), outcome.disconnect());
            return;
          }
          inbound.spool(
              message.body(),
              () -> session.ahead(this),
              stored -> {
                given();
                finish(stored.reply(), stored.disconnect());
              });
        });
  }

  /**
   * It has its result.
   *
   * @param rest the reply for the recipients that were not refused on their own
   */
  private void finish(Reply rest, boolean disconnect) {
    done = true;
    Reply[] each = refusals;
    if (each == null) {
      session.finished(this, List.of(rest), disconnect);
      return;
    }
    List<Reply> all = new ArrayList<>(each.length);
    boolean same = true;
    for (Reply reply : each) {
      all.add(reply == null ? rest : reply);
      same &= all.getLast().equals(all.getFirst());
    }
    session.finished(this, same ? List.of(all.getFirst()) : all, disconnect);
  }
}
