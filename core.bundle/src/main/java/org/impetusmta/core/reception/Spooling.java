package org.impetusmta.core.reception;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.impetusmta.api.bounce.BounceReport;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.MessageThresholds;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.reception.Reception.Outcome;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.impetusmta.api.spool.Spool.StoreListener;
import org.impetusmta.core.bounce.ReturnedReport;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.core.message.MessageShape;
import org.impetusmta.core.mime.CoreMessageOperations;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What follows the final dot of one transaction: the trace header, data and data_spool for the
 * message that all recipients share, what checks of the sender came to, then for each recipient's
 * own message data_spool_each_rcpt, set_binding and final_validation, then the spool, the log, the
 * queues, the reply. The steps before the spool stop when the session closes; what the spool has
 * taken is queued whoever listens.
 *
 * <p>A refusal refuses the whole transaction and stores nothing, but for one: where
 * data_spool_each_rcpt refuses some of several recipients for good, the others' mail is taken and
 * theirs fails. It is never stored, so that no crash can let it be delivered; the notification to
 * the sender is made durable together with the mail that is taken, before the client is answered. A
 * transient refusal, or a module that fails, defers all. Source:
 * conf.ref.generate_bounces_for_multi_recipient_policy_rejections.
 *
 * <p>Thread-safety: single; owned by the session's loop.
 */
final class Spooling {
  private static final Logger LOG = LoggerFactory.getLogger(Spooling.class);

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

  private record Discarded(MailMessage message, String reason) {}

  private record Refused(MailMessage message, Decision.Refused decision) {}

  private record Bounce(MailMessage message, BounceReport report) {}

  private final InboundConversation session;
  private final CoreReception reception;
  private final ReceptionHooks hooks;
  private final InboundTransaction transaction;
  private final TraceFields fields;
  private final Body received;
  private final @Nullable Runnable ahead;
  private final @Nullable Consumer<Outcome> then;

  /** Gets an outcome for each recipient; null where there is one for all. */
  private final @Nullable Consumer<List<Outcome>> forEach;

  private final List<MailMessage> messages;

  /** The messages by recipient, where each has an outcome. */
  private List<MailMessage> ofRecipients = List.of();

  private final List<Discarded> discarded = new ArrayList<>(0);
  private final List<Refused> refused = new ArrayList<>(0);
  private final List<Bounce> bounces = new ArrayList<>(0);
  private final List<MailMessage> notifications = new ArrayList<>(0);
  private final List<SpoolEntry> stored = new ArrayList<>(1);
  private Step step = Step.DATA;
  private int next;
  private int unanswered;
  private @Nullable IOException failure;
  private String firstId = "";
  private Outcome accepted = new Outcome(PhaseRunner.FAILED, false);

  Spooling(
      InboundConversation session,
      InboundTransaction transaction,
      Body received,
      @Nullable Runnable ahead,
      Consumer<Outcome> then) {
    this(session, transaction, received, ahead, then, null);
  }

  private Spooling(
      InboundConversation session,
      InboundTransaction transaction,
      Body received,
      @Nullable Runnable ahead,
      @Nullable Consumer<Outcome> then,
      @Nullable Consumer<List<Outcome>> forEach) {
    this.session = session;
    this.reception = session.reception;
    this.hooks = reception.hooks;
    this.transaction = transaction;
    this.fields = new TraceFields(session);
    this.received = received;
    this.ahead = ahead;
    this.then = then;
    this.forEach = forEach;
    this.messages = new ArrayList<>(transaction.recipients().size());
  }

  /** With an outcome for each recipient: see {@code InboundSession.spoolForEach}. */
  static Spooling forEach(
      InboundConversation session,
      InboundTransaction transaction,
      Body received,
      Consumer<List<Outcome>> then) {
    return new Spooling(session, transaction, received, null, null, then);
  }

  void begin() {
    long now = session.now();
    MailMessage shared =
        message(reception.ids.next(), transaction.recipients().getFirst(), received, now);
    firstId = shared.id().toString();
    messages.add(shared);
    transaction.lookingAt(0);
    shared.contexts(transaction.context(), session.context());
    try {
      Body traced = fields.traced(shared, received, now);
      if (traced != received) {
        shared.setBody(traced);
      }
    } catch (ModuleFailure failure) {
      tell(session.refused(failure.decision(), shared));
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
    store();
  }

  private void resume(Decision decision) {
    if (settle(decision)) {
      go();
    }
  }

  private @Nullable Decision ask() {
    MailMessage message = messages.get(next);
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
          MailMessage message = messages.get(next);
          Optional<Reply> later = reception.queues.bound(message);
          if (later.isPresent()) {
            return settle(new Decision.Refused(later.get(), false, "core", later.get().text()));
          }
        }
        next++;
      }
      case Decision.Refused no when isOfOne(no) ->
          refused.add(new Refused(messages.remove(next), no));
      case Decision.Refused no -> {
        tell(session.refused(no, messages.get(Math.min(next, messages.size() - 1))));
        return false;
      }
      case Decision.Discarded gone -> {
        if (step.shared()) {
          split();
          for (MailMessage message : messages) {
            discarded.add(new Discarded(message, gone.reason()));
          }
          messages.clear();
        } else {
          discarded.add(new Discarded(messages.remove(next), gone.reason()));
        }
      }
    }
    if (step.shared() && !messages.isEmpty()) {
      if (transaction.recipients().isEmpty()) {
        tell(session.refused(InboundConversation.NO_RECIPIENTS, messages.getFirst()));
        return false;
      }
      if (step == Step.DATA_SPOOL) {
        MailMessage shared = messages.getFirst();
        Body reported = fields.withResults(shared.body());
        if (reported != shared.body()) {
          shared.setBody(reported);
        }
        split();
        dropBounces();
      }
    }
    if (messages.isEmpty()) {
      if (discarded.isEmpty()) {
        refuse();
        return false;
      }
      step = Step.STORE;
      return true;
    }
    if (step.shared() || next == messages.size()) {
      step = step.following();
      next = 0;
    }
    return true;
  }

  /** Whether a refusal is that of one recipient's message alone. */
  private boolean isOfOne(Decision.Refused no) {
    return forEach == null
        ? step == Step.EACH_RCPT && no.reply().isPermanent() && transaction.recipients().size() > 1
        : !step.shared() && no.seen() == null;
  }

  /**
   * Every recipient was refused: the client is told, in the words for the first where there is one
   * answer.
   */
  private void refuse() {
    if (forEach != null) {
      tell(new Outcome(refused.getFirst().decision().reply(), false));
      return;
    }
    boolean disconnect = false;
    for (Refused one : refused) {
      disconnect |= session.refused(one.decision(), one.message()).disconnect();
    }
    tell(new Outcome(refused.getFirst().decision().reply(), disconnect));
  }

  /** Makes each recipient's message; the shared one becomes the first's. */
  private void split() {
    MailMessage shared = messages.getFirst();
    List<Address> recipients = transaction.recipients();
    boolean alone = recipients.size() == 1 && recipients.getFirst().equals(shared.recipient());
    if (!recipients.getFirst().equals(shared.recipient())) {
      // policy has changed the list
      messages.set(0, copy(shared, shared.id(), recipients.getFirst()));
    }
    for (int i = 1; i < recipients.size(); i++) {
      messages.add(copy(shared, reception.ids.next(), recipients.get(i)));
    }
    if (alone) {
      transaction.parametersOf(0).forEach(shared.context()::set);
    } else {
      for (int i = 0; i < messages.size(); i++) {
        messages.get(i).contexts(transaction.contextOf(i), session.context());
      }
    }
    session.validation.settled();
    if (forEach != null) {
      ofRecipients = List.copyOf(messages);
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
    messages.removeIf(
        message -> {
          if (session.isBounce(message.recipient())) {
            bounces.add(
                new Bounce(message, ReturnedReport.describe(message, session.generation())));
          }
          boolean drops = session.dropsBounce(message.recipient());
          if (drops) {
            discarded.add(new Discarded(message, "bounce_behavior"));
          }
          return drops;
        });
  }

  // the spool

  private void store() {
    accepted =
        session.validation.passed(new Outcome(new Reply(250, "2.0.0", "OK " + firstId), false));
    session.validation.begin();
    session.afterTarpit(this::storeNow);
  }

  private void storeNow() {
    session.validation.transaction(null);
    if (refused.isEmpty()
        || forEach != null
        || !session.options.generateBouncesForMultiRecipientPolicyRejections()) {
      write();
      return;
    }
    refused.forEach(one -> one.message().takeRequests());
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
      List<MailMessage> made = new ArrayList<>(refused.size());
      for (Refused one : refused) {
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
    messages.forEach(message -> message.contexts(message.context(), now));
    refused.forEach(one -> one.message().contexts(one.message().context(), now));
    discarded.forEach(one -> one.message().contexts(one.message().context(), now));
  }

  private List<List<MailMessage>> byBody() {
    boolean shared = !messages.isEmpty() && notifications.isEmpty();
    for (MailMessage message : messages) {
      shared &= message.body() == messages.getFirst().body();
    }
    if (shared) {
      return List.of(messages);
    }
    IdentityHashMap<Body, List<MailMessage>> known = new IdentityHashMap<>();
    List<List<MailMessage>> groups = new ArrayList<>();
    for (MailMessage notification : notifications) {
      groups.add(List.of(notification));
    }
    for (MailMessage message : messages) {
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
    LOG.error("{} from {} is deferred, {}", firstId, session.remote(), why, cause);
    session.log("core", reply, why + ": " + cause.getMessage(), transaction.context().asMap());
    answer(new Outcome(reply, false));
  }

  private void accept() {
    long micros = session.nowMicros();
    for (MailMessage message : messages) {
      received(message, micros);
      reception.queues.enqueue(message);
    }
    boolean disconnect = accepted.disconnect();
    for (Refused one : forEach == null ? refused : List.<Refused>of()) {
      received(one.message(), micros);
      failed(one.message(), one.decision().reply());
      disconnect |= one.decision().disconnect();
    }
    for (Discarded gone : discarded) {
      received(gone.message(), micros);
      failed(gone.message(), discardReply(gone.reason()));
    }
    for (MailMessage notification : notifications) {
      received(notification, micros);
      reception.queues.enqueue(notification);
    }
    answer(new Outcome(accepted.reply(), disconnect));
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
    for (Bounce bounce : bounces) {
      if (bounce.message() == message) {
        reception.log.append(
            new LogEvent.OutOfBandBounce(
                micros, message, bounce.report(), message.bindingGroup(), message.binding()));
      }
    }
  }

  private void answer(Outcome outcome) {
    if (!session.isClosed()) {
      give(outcome);
    }
  }

  /** Answers before anything was stored. */
  private void tell(Outcome outcome) {
    session.validation.transaction(null);
    if (!session.isClosed()) {
      session.tell(outcome, this::give);
    }
  }

  private void give(Outcome outcome) {
    Consumer<List<Outcome>> each = forEach;
    Consumer<Outcome> all = then;
    if (each != null) {
      each.accept(outcomes(outcome));
    } else if (all != null) {
      all.accept(outcome);
    }
  }

  /**
   * One for each recipient that the client named: what refused its message, or {@code rest}, which
   * is also the answer for those that policy has removed.
   */
  private List<Outcome> outcomes(Outcome rest) {
    List<Outcome> outcomes = new ArrayList<>(Collections.nCopies(transaction.named(), rest));
    for (int i = 0; i < ofRecipients.size(); i++) {
      int place = transaction.place(i);
      if (place >= 0) {
        outcomes.set(place, outcomeOf(ofRecipients.get(i), rest));
      }
    }
    return outcomes;
  }

  private Outcome outcomeOf(MailMessage message, Outcome rest) {
    for (Refused one : refused) {
      if (one.message() == message) {
        return session.refused(one.decision(), message);
      }
    }
    return rest.accepted()
        ? new Outcome(new Reply(250, "2.0.0", "OK " + message.id()), rest.disconnect())
        : rest;
  }
}
