package org.impetusmta.core.reception;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.MessageThresholds;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.reception.Reception.Outcome;
import org.impetusmta.core.bounce.ReturnedReport;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.core.message.MessageShape;
import org.impetusmta.core.mime.CoreMessageOperations;
import org.jspecify.annotations.Nullable;

/**
 * What policy says after the final dot of one transaction: the trace header, data and data_spool
 * for the message that all recipients share, what checks of the sender came to, then for each
 * recipient's own message data_spool_each_rcpt, set_binding and final_validation; what goes on is
 * {@link Acceptance}'s. The steps stop when the session closes.
 *
 * <p>A refusal refuses the whole transaction and stores nothing, but for one: where
 * data_spool_each_rcpt refuses some of several recipients for good, the others' mail is taken and
 * theirs fails. A transient refusal, or a module that fails, defers all.
 *
 * <p>Thread-safety: single; owned by the session's loop.
 */
final class ContentPhases {
  private enum Step {
    DATA,
    DATA_SPOOL,
    EACH_RCPT,
    SET_BINDING,
    FINAL_VALIDATION,
    STORE;

    Step following() {
      return switch (this) {
        case DATA -> DATA_SPOOL;
        case DATA_SPOOL -> EACH_RCPT;
        case EACH_RCPT -> SET_BINDING;
        case SET_BINDING -> FINAL_VALIDATION;
        case FINAL_VALIDATION, STORE -> STORE;
      };
    }

    /** Whether all recipients share one message yet. */
    boolean shared() {
      return this == DATA || this == DATA_SPOOL;
    }
  }

  private final InboundConversation session;
  private final CoreReception reception;
  private final ReceptionHooks hooks;
  private final InboundTransaction transaction;
  private final TraceFields fields;
  private final Body received;
  private final FinalAnswer answer;
  private final @Nullable Runnable ahead;
  private final JudgedMail mail;
  private Step step = Step.DATA;
  private int next;
  private String firstId = "";

  /**
   * @param ahead told when the next transaction may begin, before the disk is done; null: nobody
   *     asks
   */
  ContentPhases(
      InboundConversation session,
      InboundTransaction transaction,
      Body received,
      FinalAnswer answer,
      @Nullable Runnable ahead) {
    this.session = session;
    this.reception = session.reception;
    this.hooks = reception.hooks;
    this.transaction = transaction;
    this.fields = new TraceFields(session);
    this.received = received;
    this.answer = answer;
    this.ahead = ahead;
    this.mail = new JudgedMail(transaction.recipients().size());
  }

  void begin() {
    long now = session.now();
    MailMessage shared =
        message(reception.ids.next(), transaction.recipients().getFirst(), received, now);
    firstId = shared.id().toString();
    mail.messages.add(shared);
    transaction.lookingAt(0);
    shared.contexts(transaction.context(), session.context());
    try {
      Body traced = fields.traced(shared, received, now);
      if (traced != received) {
        shared.setBody(traced);
      }
    } catch (ModuleFailure failure) {
      tell(refusal(failure.decision(), shared));
      return;
    }
    if (looksForParts(shared)) {
      lookForParts(shared);
    } else {
      go();
    }
  }

  private boolean looksForParts(MailMessage shared) {
    if (hooks.seeNoContent()) {
      return false;
    }
    MessageThresholds thresholds =
        session.generation().options(MessageThresholds.class, ScopePath.GLOBAL);
    return thresholds.mimeParseLargeMessagesDuringReception() && thresholds.isLarge(shared.size());
  }

  /** Policy finds the parts of a large message known, which costs the loop nothing. */
  private void lookForParts(MailMessage shared) {
    Body body = shared.body();
    try {
      reception
          .scheduler
          .pool("CPU")
          .execute(
              () -> {
                MessageShape found = shapeOf(body);
                session.loop.execute(
                    () -> {
                      if (!session.isClosed()) {
                        shared.shape(found);
                        go();
                      }
                    });
              });
    } catch (RejectedExecutionException full) {
      go(); // whoever wants to know them looks for them
    }
  }

  @SuppressWarnings("CatchingUnchecked") // policy meets it again, if it asks
  private static @Nullable MessageShape shapeOf(Body body) {
    try {
      return CoreMessageOperations.shape(body);
    } catch (RuntimeException | StackOverflowError unfit) {
      return null;
    }
  }

  private MailMessage message(MessageId id, Address recipient, Body body, long now) {
    return new MailMessage(
        id,
        transaction.batchId(),
        session.id(),
        transaction.sender(),
        recipient,
        session.remote.ip().isEmpty() ? "unknown" : session.remote.ip(),
        session.protocol(),
        now,
        transaction.eightBitMime(),
        body);
  }

  /** Asks one module after the other until one is parked, one refuses, or all have been asked. */
  private void go() {
    while (step != Step.STORE) {
      Decision decision = ask();
      if (decision == null || !settle(decision)) {
        return;
      }
    }
    new Acceptance(session, transaction, mail, firstId, answer, ahead).begin();
  }

  private void resume(Decision decision) {
    if (settle(decision)) {
      go();
    }
  }

  private @Nullable Decision ask() {
    MailMessage message = mail.messages.get(next);
    return switch (step) {
      case DATA ->
          hooks.data().isEmpty()
              ? Decision.PASSED
              : ask(
                  message,
                  new Question<>(
                      "data", hooks.data(), hook -> hook.validateData(message, session)));
      case DATA_SPOOL ->
          hooks.dataSpool().isEmpty()
              ? Decision.PASSED
              : ask(
                  message,
                  new Question<>(
                      "data_spool",
                      hooks.dataSpool(),
                      hook -> hook.validateDataSpool(message, session)));
      case EACH_RCPT ->
          hooks.ignoreEachRcpt()
              ? Decision.PASSED
              : ask(
                  message,
                  new Question<>(
                      "data_spool_each_rcpt",
                      hooks.dataSpoolEachRcpt(),
                      hook -> hook.validateDataSpoolEachRcpt(message, session)),
                  Question.telling(
                      "core_validate_data_spool_each_rcpt",
                      hooks.coreEachRcpt(),
                      hook -> hook.coreValidateDataSpoolEachRcpt(message, session)),
                  Question.telling(
                      "post_validate_data_spool_each_rcpt",
                      hooks.postEachRcpt(),
                      hook -> hook.postValidateDataSpoolEachRcpt(message, session)));
      case SET_BINDING ->
          hooks.setBinding().isEmpty()
              ? Decision.PASSED
              : ask(message, Injection.setBinding(hooks, message));
      case FINAL_VALIDATION ->
          hooks.ignoreFinal()
              ? Decision.PASSED
              : ask(message, Injection.finalValidation(hooks, message));
      case STORE -> Decision.PASSED;
    };
  }

  private @Nullable Decision ask(MailMessage message, Question<?>... stages) {
    return session.phases.run(true, message.context(), this::resume, stages);
  }

  /** Whether to go on. */
  private boolean settle(Decision decision) {
    switch (decision) {
      case Decision.Passed passed -> {
        if (step == Step.SET_BINDING) {
          MailMessage message = mail.messages.get(next);
          Optional<Reply> later = reception.queues.bound(message);
          if (later.isPresent()) {
            return settle(new Decision.Refused(later.get(), false, "core", later.get().text()));
          }
        }
        next++;
      }
      case Decision.Refused no when isOfOne(no) ->
          mail.refused.add(new JudgedMail.Refused(mail.messages.remove(next), no));
      case Decision.Refused no -> {
        tell(refusal(no, mail.messages.get(Math.min(next, mail.messages.size() - 1))));
        return false;
      }
      case Decision.Discarded gone -> {
        if (step.shared()) {
          split();
          mail.discard(gone.reason());
        } else {
          mail.discarded.add(new JudgedMail.Discarded(mail.messages.remove(next), gone.reason()));
        }
      }
    }
    if (step.shared() && !mail.messages.isEmpty()) {
      if (transaction.recipients().isEmpty()) {
        tell(refusal(InboundConversation.NO_RECIPIENTS, mail.messages.getFirst()));
        return false;
      }
      if (step == Step.DATA_SPOOL) {
        MailMessage shared = mail.messages.getFirst();
        Body reported = fields.withResults(shared.body());
        if (reported != shared.body()) {
          shared.setBody(reported);
        }
        split();
        dropBounces();
      }
    }
    if (mail.messages.isEmpty()) {
      if (mail.discarded.isEmpty()) {
        refuse();
        return false;
      }
      step = Step.STORE;
      return true;
    }
    if (step.shared() || next == mail.messages.size()) {
      step = step.following();
      next = 0;
    }
    return true;
  }

  /** Whether a refusal is that of one recipient's message alone. */
  private boolean isOfOne(Decision.Refused no) {
    return answer.isForEach()
        ? !step.shared() && no.seen() == null
        : step == Step.EACH_RCPT && no.reply().isPermanent() && transaction.recipients().size() > 1;
  }

  /**
   * Every recipient was refused: the client is told, in the words for the first where there is one
   * answer.
   */
  private void refuse() {
    if (answer.isForEach()) {
      tell(new Outcome(mail.refused.getFirst().decision().reply(), false));
      return;
    }
    boolean disconnect = false;
    for (JudgedMail.Refused one : mail.refused) {
      disconnect |= refusal(one.decision(), one.message()).disconnect();
    }
    tell(new Outcome(mail.refused.getFirst().decision().reply(), disconnect));
  }

  /** Makes each recipient's message; the shared one becomes the first's. */
  private void split() {
    MailMessage shared = mail.messages.getFirst();
    List<Address> recipients = transaction.recipients();
    boolean alone = recipients.size() == 1 && recipients.getFirst().equals(shared.recipient());
    if (!recipients.getFirst().equals(shared.recipient())) {
      // policy has changed the list
      mail.messages.set(0, copy(shared, shared.id(), recipients.getFirst()));
    }
    for (int i = 1; i < recipients.size(); i++) {
      mail.messages.add(copy(shared, reception.ids.next(), recipients.get(i)));
    }
    if (alone) {
      transaction.parametersOf(0).forEach(shared.context()::set);
    } else {
      for (int i = 0; i < mail.messages.size(); i++) {
        mail.messages.get(i).contexts(transaction.contextOf(i), session.context());
      }
    }
    session.validation.settled();
    if (answer.isForEach()) {
      mail.ofRecipients = List.copyOf(mail.messages);
    }
  }

  private MailMessage copy(MailMessage shared, MessageId id, Address recipient) {
    MailMessage copy = message(id, recipient, shared.body(), shared.receivedMillis());
    copy.setPriority(shared.priority());
    copy.shape(shared.shape());
    return copy;
  }

  /** Reports of failed delivery are looked at, and {@code bounce_behavior} lets them through. */
  private void dropBounces() {
    mail.messages.removeIf(
        message -> {
          if (session.pathway().isBounce(message.recipient())) {
            mail.bounces.add(
                new JudgedMail.Bounce(
                    message, ReturnedReport.describe(message, session.generation())));
          }
          boolean drops = session.pathway().dropsBounce(message.recipient());
          if (drops) {
            mail.discarded.add(new JudgedMail.Discarded(message, "bounce_behavior"));
          }
          return drops;
        });
  }

  private Outcome refusal(Decision.Refused no, MailMessage message) {
    return session.answers.refused(no, message);
  }

  /** Answers before anything was stored. */
  private void tell(Outcome outcome) {
    session.validation.transaction(null);
    if (!session.isClosed()) {
      session.answers.tell(outcome, told -> answer.give(mail, told));
    }
  }
}
