package org.impetusmta.core.reception;

import java.io.IOException;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.hook.Verdict;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.reception.Reception.Outcome;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.impetusmta.api.spool.Spool.StoreListener;
import org.impetusmta.core.bounce.ReturnedReport;
import org.impetusmta.core.hook.HookList;
import org.impetusmta.core.message.MailMessage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What follows the final dot of one transaction: the trace header, data_spool for the message that
 * all recipients share, then for each recipient's own message data_spool_each_rcpt, set_binding and
 * final_validation, then the spool, the log, the queues, the reply. The steps before the spool stop
 * when the session closes; what the spool has taken is queued whoever listens.
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
    DATA_SPOOL,
    EACH_RCPT,
    SET_BINDING,
    FINAL_VALIDATION,
    STORE;

    Step following() {
      return switch (this) {
        case DATA_SPOOL -> EACH_RCPT;
        case EACH_RCPT -> SET_BINDING;
        case SET_BINDING -> FINAL_VALIDATION;
        case FINAL_VALIDATION, STORE -> STORE;
      };
    }
  }

  private record Discarded(MailMessage message, String reason) {}

  private record Refused(MailMessage message, Decision.Refused decision) {}

  private final InboundConversation session;
  private final CoreReception reception;
  private final ReceptionHooks hooks;
  private final InboundTransaction transaction;
  private final Body received;
  private final Consumer<Outcome> then;
  private final List<MailMessage> messages;
  private final List<Discarded> discarded = new ArrayList<>(0);
  private final List<Refused> refused = new ArrayList<>(0);
  private final List<MailMessage> notifications = new ArrayList<>(0);
  private final List<SpoolEntry> stored = new ArrayList<>(1);
  private Step step = Step.DATA_SPOOL;
  private int next;
  private int unanswered;
  private @Nullable IOException failure;
  private String firstId = "";

  Spooling(
      InboundConversation session,
      InboundTransaction transaction,
      Body received,
      Consumer<Outcome> then) {
    this.session = session;
    this.reception = session.reception;
    this.hooks = reception.hooks;
    this.transaction = transaction;
    this.received = received;
    this.then = then;
    this.messages = new ArrayList<>(transaction.recipients().size());
  }

  void begin() {
    long now = session.now();
    MailMessage shared = message(transaction.recipients().getFirst(), received, now);
    firstId = shared.id().toString();
    if (session.options.rfc2822TraceHeaders()) {
      shared.setBody(
          received.prepend(
              reception.trace.field(
                  session.traceBeginning(),
                  transaction.sender(),
                  session.with(),
                  shared.id(),
                  now)));
    }
    messages.add(shared);
    transaction.lookingAt(0);
    shared.contexts(transaction.context(), session.context());
    go();
  }

  private MailMessage message(Address recipient, Body body, long now) {
    return new MailMessage(
        reception.ids.next(),
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
    return switch (step) {
      case DATA_SPOOL ->
          ask(
              "data_spool",
              hooks.dataSpool(),
              (hook, message) -> hook.validateDataSpool(message, session));
      case EACH_RCPT ->
          ask(
              "data_spool_each_rcpt",
              hooks.dataSpoolEachRcpt(),
              (hook, message) -> hook.validateDataSpoolEachRcpt(message, session));
      case SET_BINDING ->
          ask(
              "set_binding",
              hooks.setBinding(),
              (hook, message) -> {
                message.bindable(true);
                try {
                  return hook.validateSetBinding(message);
                } finally {
                  message.bindable(false);
                }
              });
      case FINAL_VALIDATION ->
          ask(
              "final_validation",
              hooks.finalValidation(),
              (hook, message) -> hook.finalValidation(message));
      case STORE -> Decision.PASSED;
    };
  }

  private <T> @Nullable Decision ask(
      String phase, HookList<T> modules, BiFunction<T, MailMessage, Verdict> call) {
    if (modules.isEmpty()) {
      return Decision.PASSED;
    }
    MailMessage message = messages.get(next);
    return session.phases.run(
        phase, modules, true, hook -> call.apply(hook, message), this::resume);
  }

  /** Whether to go on. */
  private boolean settle(Decision decision) {
    switch (decision) {
      case Decision.Passed passed -> {
        if (step == Step.SET_BINDING) {
          MailMessage message = messages.get(next);
          Optional<Reply> later = reception.queues.bound(message);
          if (later.isPresent()) {
            answer(
                session.refused(
                    new Decision.Refused(later.get(), false, "core", "default_binding is none"),
                    message));
            return false;
          }
        }
        next++;
      }
      case Decision.Refused no
          when step == Step.EACH_RCPT
              && no.reply().isPermanent()
              && transaction.recipients().size() > 1 ->
          refused.add(new Refused(messages.remove(next), no));
      case Decision.Refused no -> {
        answer(session.refused(no, messages.get(Math.min(next, messages.size() - 1))));
        return false;
      }
      case Decision.Discarded gone -> {
        if (step == Step.DATA_SPOOL) {
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
    if (step == Step.DATA_SPOOL && !messages.isEmpty()) {
      split();
      dropBounces();
    }
    if (messages.isEmpty()) {
      if (discarded.isEmpty()) {
        refuse();
        return false;
      }
      step = Step.STORE;
      return true;
    }
    if (step == Step.DATA_SPOOL || next == messages.size()) {
      step = step.following();
      next = 0;
    }
    return true;
  }

  /** Every recipient was refused: the client is told, in the words for the first. */
  private void refuse() {
    boolean disconnect = false;
    for (Refused one : refused) {
      disconnect |= session.refused(one.decision(), one.message()).disconnect();
    }
    answer(new Outcome(refused.getFirst().decision().reply(), disconnect));
  }

  /** Makes each recipient's message; the shared one becomes the first's. */
  private void split() {
    MailMessage shared = messages.getFirst();
    List<Address> recipients = transaction.recipients();
    for (int i = 1; i < recipients.size(); i++) {
      messages.add(message(recipients.get(i), shared.body(), shared.receivedMillis()));
    }
    for (int i = 0; messages.size() > 1 && i < messages.size(); i++) {
      messages.get(i).contexts(transaction.contextOf(i), session.context());
    }
  }

  /** Reports of failed delivery are looked at, and {@code bounce_behavior} lets them through. */
  private void dropBounces() {
    messages.removeIf(
        message -> {
          if (session.isBounce(message.recipient())) {
            ReturnedReport.describe(message, session.generation());
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
    if (refused.isEmpty() || !session.options.generateBouncesForMultiRecipientPolicyRejections()) {
      write();
      return;
    }
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
    for (List<MailMessage> group : groups) {
      List<Envelope> envelopes = new ArrayList<>(group.size());
      int share = group.getFirst().size() / group.size();
      for (MailMessage message : group) {
        message.charge(share);
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
    for (MailMessage message : messages) {
      received(message);
      reception.queues.enqueue(message);
    }
    boolean disconnect = false;
    for (Refused one : refused) {
      received(one.message());
      failed(one.message(), one.decision().reply());
      disconnect |= one.decision().disconnect();
    }
    for (Discarded gone : discarded) {
      received(gone.message());
      failed(
          gone.message(),
          new Reply(550, "5.7.1", "[internal] discarded by policy: " + gone.reason()));
    }
    for (MailMessage notification : notifications) {
      received(notification);
      reception.queues.enqueue(notification);
    }
    answer(new Outcome(new Reply(250, "2.0.0", "OK " + firstId), disconnect));
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
  private void received(MailMessage message) {
    reception.counters.received.increment();
    reception.log.append(
        new LogEvent.Reception(
            session.nowMicros(), message, message.bindingGroup(), message.binding()));
  }

  private void answer(Outcome outcome) {
    if (!session.isClosed()) {
      then.accept(outcome);
    }
  }
}
