package org.impetusmta.core.reception;

import java.io.IOException;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.reception.Reception.Outcome;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.impetusmta.api.spool.Spool.StoreListener;
import org.impetusmta.core.message.MailMessage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of one transaction's mail once policy has spoken: the spool, the log, the queues,
 * the reply, in this order. What the spool has taken is queued whoever listens.
 *
 * <p>Where some of several recipients were refused for good, their mail is never stored, so that no
 * crash can let it be delivered; the notification to the sender is made durable together with the
 * mail that is taken, before the client is answered. Source:
 * conf.ref.generate_bounces_for_multi_recipient_policy_rejections.
 *
 * <p>Thread-safety: single; owned by the session's loop.
 */
final class Acceptance {
  private static final Logger LOG = LoggerFactory.getLogger(Acceptance.class);

  private final InboundConversation session;
  private final CoreReception reception;
  private final InboundTransaction transaction;
  private final JudgedMail mail;
  private final FinalAnswer answer;
  private final @Nullable Runnable ahead;

  /** Of the first recipient's mail, by which the client knows it. */
  private final String id;

  private final Outcome accepted;
  private final List<MailMessage> notifications = new ArrayList<>(0);
  private final List<SpoolEntry> stored = new ArrayList<>(1);
  private int unanswered;
  private @Nullable IOException failure;

  /**
   * @param ahead told when the next transaction may begin, before the disk is done; null: nobody
   *     asks
   */
  Acceptance(
      InboundConversation session,
      InboundTransaction transaction,
      JudgedMail mail,
      String id,
      FinalAnswer answer,
      @Nullable Runnable ahead) {
    this.session = session;
    this.reception = session.reception;
    this.transaction = transaction;
    this.mail = mail;
    this.id = id;
    this.answer = answer;
    this.ahead = ahead;
    this.accepted =
        session.validation.passed(new Outcome(new Reply(250, "2.0.0", "OK " + id), false));
  }

  /** Once the client has waited for as long as policy says. */
  void begin() {
    session.validation.begin();
    session.answers.afterTarpit(this::composeThenWrite);
  }

  private void composeThenWrite() {
    session.validation.transaction(null);
    if (mail.refused.isEmpty()
        || answer.isForEach()
        || !session.options.generateBouncesForMultiRecipientPolicyRejections()) {
      write();
      return;
    }
    mail.refused.forEach(one -> one.message().takeRequests());
    try {
      reception.scheduler.pool("IO").execute(this::compose);
    } catch (RejectedExecutionException full) {
      defer("notifications cannot be composed", full);
    }
  }

  /** On a thread of the pool; the session waits. */
  @SuppressWarnings("CatchingUnchecked") // whatever goes wrong, the client is answered
  private void compose() {
    try {
      List<MailMessage> made = new ArrayList<>(mail.refused.size());
      for (JudgedMail.Refused one : mail.refused) {
        reception.queues.notification(one.message(), one.decision().reply()).ifPresent(made::add);
      }
      session.loop.execute(
          () -> {
            if (!session.isClosed()) {
              notifications.addAll(made);
              write();
            }
          });
    } catch (RuntimeException cause) {
      session.loop.execute(() -> defer("notifications cannot be composed", cause));
    }
  }

  /** One call for each body: one in all, unless a module edited or refused a recipient's mail. */
  private void write() {
    List<List<MailMessage>> groups = byBody();
    if (groups.isEmpty()) {
      accept();
      return;
    }
    unanswered = groups.size();
    if (ahead != null) {
      keepConnectionContext();
    }
    for (List<MailMessage> group : groups) {
      List<Envelope> envelopes = new ArrayList<>(group.size());
      int share = group.getFirst().size() / group.size();
      for (MailMessage message : group) {
        message.charge(share);
        message.takeRequests();
        envelopes.add(reception.queues.envelope(message));
      }
      reception.spool.store(
          envelopes,
          group.getFirst().body(),
          session.loop,
          new StoreListener() {
            @Override
            public void stored(List<SpoolEntry> entries) {
              for (int i = 0; i < entries.size(); i++) {
                group.get(i).stored(entries.get(i));
                stored.add(entries.get(i));
              }
              answered();
            }

            @Override
            public void failed(IOException cause) {
              failure = cause;
              answered();
            }
          });
    }
    if (ahead != null) {
      ahead.run();
    }
  }

  /**
   * The session may go on before the mail is queued; what it says of its connection then is not of
   * this mail.
   */
  private void keepConnectionContext() {
    Context now = session.context().copy();
    mail.messages.forEach(message -> message.contexts(message.context(), now));
    mail.refused.forEach(one -> one.message().contexts(one.message().context(), now));
    mail.discarded.forEach(one -> one.message().contexts(one.message().context(), now));
  }

  private List<List<MailMessage>> byBody() {
    boolean shared = !mail.messages.isEmpty() && notifications.isEmpty();
    for (MailMessage message : mail.messages) {
      shared &= message.body() == mail.messages.getFirst().body();
    }
    if (shared) {
      return List.of(mail.messages);
    }
    IdentityHashMap<Body, List<MailMessage>> known = new IdentityHashMap<>();
    List<List<MailMessage>> groups = new ArrayList<>();
    for (MailMessage notification : notifications) {
      groups.add(List.of(notification));
    }
    for (MailMessage message : mail.messages) {
      List<MailMessage> group = known.get(message.body());
      if (group == null) {
        group = new ArrayList<>();
        known.put(message.body(), group);
        groups.add(group);
      }
      group.add(message);
    }
    return groups;
  }

  private void answered() {
    if (--unanswered > 0) {
      return;
    }
    IOException cause = failure;
    if (cause == null) {
      accept();
      return;
    }
    stored.forEach(reception.spool::unlink);
    defer("not stored", cause, InboundConversation.NO_STORAGE);
  }

  private void defer(String why, Exception cause) {
    defer(why, cause, PhaseRunner.FAILED);
  }

  private void defer(String why, Exception cause, Reply reply) {
    LOG.error("{} from {} is deferred, {}", id, session.remote(), why, cause);
    session.answers.log(
        "core", reply, why + ": " + cause.getMessage(), transaction.context().asMap());
    answer.give(mail, new Outcome(reply, false));
  }

  private void accept() {
    long micros = session.nowMicros();
    for (MailMessage message : mail.messages) {
      received(message, micros);
      reception.queues.enqueue(message);
    }
    boolean disconnect = accepted.disconnect();
    for (JudgedMail.Refused one :
        answer.isForEach() ? List.<JudgedMail.Refused>of() : mail.refused) {
      received(one.message(), micros);
      failed(one.message(), one.decision().reply());
      disconnect |= one.decision().disconnect();
    }
    for (JudgedMail.Discarded gone : mail.discarded) {
      received(gone.message(), micros);
      failed(gone.message(), discardReply(gone.reason()));
    }
    for (MailMessage notification : notifications) {
      received(notification, micros);
      reception.queues.enqueue(notification);
    }
    answer.give(mail, new Outcome(accepted.reply(), disconnect));
  }

  /** A reason that is a reply is the reply. Source: lua.ref.msg_discard. */
  static Reply discardReply(String reason) {
    if (reason.isEmpty()) {
      return new Reply(550, "5.7.0", "discarded by policy");
    }
    return reason.matches("[45]\\d\\d (?s:.*)")
        ? Reply.parse(reason)
        : new Reply(550, "5.7.1", "[internal] discarded by policy: " + reason);
  }

  /** Mail that is accepted and goes nowhere. */
  private void failed(MailMessage message, Reply reply) {
    reception.counters.failed.increment();
    reception.log.append(
        new LogEvent.Failure(
            session.nowMicros(),
            true,
            message,
            message.recipient().routingDomain(),
            0,
            message.bindingGroup(),
            message.binding(),
            Stage.NOT_CONNECTED,
            0,
            Optional.empty(),
            reply));
  }

  /** Before the message is queued, so that its first attempt is logged after it. */
  private void received(MailMessage message, long micros) {
    reception.counters.received.increment();
    reception.log.append(
        new LogEvent.Reception(micros, message, message.bindingGroup(), message.binding()));
    for (JudgedMail.Bounce bounce : mail.bounces) {
      if (bounce.message() == message) {
        reception.log.append(
            new LogEvent.OutOfBandBounce(
                micros, message, bounce.report(), message.bindingGroup(), message.binding()));
      }
    }
  }
}
