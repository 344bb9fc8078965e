package org.impetusmta.core.reception;

import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.reception.Reception.Outcome;
import org.impetusmta.api.reception.ReceptionState;
import org.impetusmta.api.scheduler.EventLoop;
import org.jspecify.annotations.Nullable;

/**
 * What a session answers its client: what a phase came to, in policy's words where it has any, and
 * after the time that it has the client wait. A refusal goes into the rejectlog first.
 *
 * <p>Thread-safety: single; owned by the session's loop.
 */
final class InboundAnswers {
  private static final String CORE = "core";

  private final InboundConversation session;
  private final CoreReception reception;
  private EventLoop.@Nullable Timer tarpit;

  InboundAnswers(InboundConversation session) {
    this.session = session;
    this.reception = session.reception;
  }

  /**
   * Gives what a phase came to.
   *
   * @param passed what is said where nobody objected
   */
  void answer(Decision decision, Outcome passed, Consumer<Outcome> then) {
    switch (decision) {
      case Decision.Passed ok -> tell(session.validation.passed(passed), then);
      case Decision.Refused refused -> tell(refused(refused, messageContext()), then);
      case Decision.Discarded never -> tell(new Outcome(PhaseRunner.FAILED, false), then);
    }
  }

  /** Gives the answer, after the time that policy has the client wait. */
  void tell(Outcome outcome, Consumer<Outcome> then) {
    InboundValidation validation = session.validation;
    if (validation.untouched()) {
      then.accept(outcome);
      return;
    }
    validation.begin();
    afterTarpit(() -> then.accept(outcome));
  }

  /** Goes on when the client has waited, unless it goes before. */
  void afterTarpit(Runnable next) {
    Duration wait = session.validation.takeTarpit();
    if (wait.isZero()) {
      next.run();
      return;
    }
    tarpit =
        session.loop.schedule(
            () -> {
              if (!session.isClosed()) {
                next.run();
              }
            },
            wait);
  }

  /** Nobody waits any more. */
  void close() {
    EventLoop.Timer waits = tarpit;
    tarpit = null;
    if (waits != null) {
      waits.cancel();
    }
  }

  // refusals

  /** Logs a refusal of policy; says what the client is told. */
  Outcome refused(Decision.Refused refused, Map<String, String> messageContext) {
    Decision.Seen seen = refused.seen();
    log(
        refused.module(),
        refused.reply(),
        refused.reason(),
        session.state(),
        seen == null ? session.context().asMap() : seen.connection(),
        seen == null ? messageContext : seen.message());
    return new Outcome(refused.reply(), refused.disconnect());
  }

  /** The same for a message that is complete. */
  Outcome refused(Decision.Refused refused, Message message) {
    return refused(refused, message.context().asMap());
  }

  /** A refusal of the core. */
  void refuse(Reply reply, boolean disconnect, String reason, Consumer<Outcome> then) {
    log(CORE, reply, reason, messageContext());
    tell(new Outcome(reply, disconnect), then);
  }

  /** A refusal of a sender or a recipient. */
  void refuse(EnvelopeRules.Refusal refusal, Consumer<Outcome> then) {
    log(
        refusal.module(),
        refusal.reply(),
        refusal.reason(),
        refusal.reply() == EnvelopeRules.RELAYING_DENIED
            ? ReceptionState.RELAYING_DENIED
            : session.state(),
        session.context().asMap(),
        messageContext());
    tell(new Outcome(refusal.reply(), session.validation.disconnects()), then);
  }

  /** Logs a refusal of the protocol, which has told the client. */
  void rejected(Reply reply, String reason) {
    log(CORE, reply, reason, messageContext());
  }

  private Map<String, String> messageContext() {
    InboundTransaction current = session.transactions.open();
    return current == null ? Map.of() : current.context().asMap();
  }

  /** Appends a rejection. */
  void log(String module, Reply reply, String reason, Map<String, String> messageContext) {
    log(module, reply, reason, session.state(), session.context().asMap(), messageContext);
  }

  private void log(
      String module,
      Reply reply,
      String reason,
      ReceptionState state,
      Map<String, String> connectionContext,
      Map<String, String> messageContext) {
    reception.counters.rejected.increment();
    reception.log.append(
        new LogEvent.Rejection(
            session.nowMicros(),
            session.remote(),
            session.local(),
            session.id(),
            session.pathway().name(),
            session.pathway().group(),
            state,
            module,
            connectionContext,
            messageContext,
            reply,
            reason));
  }
}
