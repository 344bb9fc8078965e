package org.impetusmta.core.reception;

import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.reception.MailCommand;
import org.impetusmta.api.reception.RcptCommand;
import org.impetusmta.api.reception.Reception.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * The mail transactions of one session (RFC 5321 section 3.3), one after the other: the phases
 * mailfrom, rcptto and rcptto_list, until content is there for {@link ContentPhases}. Limits are
 * looked at before modules are asked; the core's own decision ({@link EnvelopeRules}) comes after
 * theirs.
 *
 * <p>Thread-safety: single; owned by the session's loop.
 */
final class MailTransactions {
  private static final Outcome SENDER = accepted("MAIL FROM accepted");
  private static final Outcome RECIPIENT = accepted("RCPT TO accepted");
  private static final Outcome GO_AHEAD =
      new Outcome(new Reply(354, "", "continue.  finished with \"\\r\\n.\\r\\n\""), false);

  private static final Reply OVERLOADED =
      new Reply(451, "4.3.0", "Resource limitations, please try later");
  private static final Reply ENOUGH_MESSAGES = new Reply(421, "4.4.5", "Service unavailable");
  private static final Reply ENOUGH_RECIPIENTS =
      new Reply(452, "4.5.3", "Service unavailable, recipients per message limit reached");
  private static final Reply ENOUGH_RECIPIENTS_OF_CONNECTION =
      new Reply(452, "4.5.3", "Service unavailable, recipients per connection limit reached");
  private static final Reply TOO_MANY_MESSAGES =
      new Reply(451, "4.4.5", "too many messages at this time, please try later");

  private static final String LOW_MEMORY = "low memory";
  private static final String RECIPIENTS_OF_MESSAGE = "message_rcpt_count";

  /** The numbers that most counts are, as text. */
  private static final String[] COUNTS =
      IntStream.range(0, 128).mapToObj(Integer::toString).toArray(String[]::new);

  private final InboundConversation session;
  private final CoreReception reception;
  private final ReceptionHooks hooks;
  private final Context connection;
  private final @Nullable InboundThrottle throttle;
  private @Nullable InboundTransaction open;
  private int messages;
  private int recipients;
  private boolean overloadTold;

  MailTransactions(InboundConversation session, @Nullable InboundThrottle throttle) {
    this.session = session;
    this.reception = session.reception;
    this.hooks = reception.hooks;
    this.connection = session.context();
    this.throttle = throttle;
  }

  private static Outcome accepted(String text) {
    return new Outcome(new Reply(250, "2.0.0", text), false);
  }

  /** The one that is open; null: none. */
  @Nullable InboundTransaction open() {
    return open;
  }

  private InboundTransaction current() {
    InboundTransaction current = open;
    if (current == null) {
      throw new IllegalStateException("no transaction");
    }
    return current;
  }

  /** Forgets the transaction. */
  void reset() {
    open = null;
    session.validation.transaction(null);
    connection.remove(RECIPIENTS_OF_MESSAGE);
  }

  /** The session is over. */
  void close() {
    if (throttle != null) {
      throttle.close();
    }
    open = null;
  }

  // MAIL

  void mailfrom(MailCommand command, Consumer<Outcome> then) {
    session.followPathway();
    if (reception.log.overloaded()) {
      overloaded(OVERLOADED, "too many events wait for the log", then);
      return;
    }
    if (reception.queues.memory().full()) {
      overloaded(InboundConversation.NO_STORAGE, LOW_MEMORY, then);
      return;
    }
    if (!reception.spool.writable()) {
      overloaded(InboundConversation.NO_STORAGE, "the spool takes no mail", then);
      return;
    }
    overloadTold = false;
    int limit = session.options.maxReceptionsPerConnection();
    if (limit > 0 && messages >= limit) {
      session.answers.refuse(ENOUGH_MESSAGES, true, "max_receptions_per_connection reached", then);
      return;
    }
    InboundTransaction begun =
        new InboundTransaction(
            session,
            reception.ids.next(),
            session.pathway().rules().qualifiedSender(command.sender()),
            command);
    open = begun;
    session.validation.transaction(begun);
    connection.remove(RECIPIENTS_OF_MESSAGE);
    command.context().forEach(begun.context()::set);
    begun.context().set("mailfrom_string", command.line());
    begun.context().set("mailfrom_localpart", begun.sender().localpart());
    begun.context().set("mailfrom_domain", begun.sender().domain());
    Decision decision =
        hooks.mailfrom().isEmpty()
            ? Decision.PASSED
            : session.phases.run(
                false,
                begun.context(),
                later -> mailfromDecided(begun, later, then),
                new Question<>("mailfrom", hooks.mailfrom(), hook -> hook.validateMailfrom(begun)));
    if (decision != null) {
      mailfromDecided(begun, decision, then);
    }
  }

  /**
   * The log, the memory or the disk is what is short: a client that asks again and again gets one
   * line in the rejectlog.
   */
  private void overloaded(Reply reply, String reason, Consumer<Outcome> then) {
    if (overloadTold) {
      reception.counters.rejected.increment();
      session.answers.tell(new Outcome(reply, false), then);
    } else {
      overloadTold = true;
      session.answers.refuse(reply, false, reason, then);
    }
  }

  private void mailfromDecided(
      InboundTransaction begun, Decision decision, Consumer<Outcome> then) {
    session.followPathway();
    EnvelopeRules.Refusal refusal =
        decision instanceof Decision.Passed
            ? session.pathway().rules().sender(begun.sender())
            : null;
    if (refusal != null) {
      session.answers.refuse(refusal, then);
    } else {
      session.answers.answer(decision, SENDER, then);
    }
    if (refusal != null || !(decision instanceof Decision.Passed)) {
      reset();
    }
  }

  // RCPT

  void rcptto(RcptCommand command, Consumer<Outcome> then) {
    Address recipient = command.recipient();
    InboundTransaction current = current();
    int limit = session.options.maxRecipientsPerMessage();
    if (limit > 0 && current.recipients().size() >= limit) {
      session.answers.refuse(ENOUGH_RECIPIENTS, false, ENOUGH_RECIPIENTS.text(), then);
      return;
    }
    limit = session.options.maxRecipientsPerConnection();
    if (limit > 0 && recipients >= limit) {
      Reply reply = ENOUGH_RECIPIENTS_OF_CONNECTION;
      session.answers.refuse(reply, false, reply.text(), then);
      return;
    }
    Address qualified = session.pathway().rules().qualifiedRecipient(recipient);
    RcptCommand asked =
        qualified == recipient
            ? command
            : new RcptCommand(qualified, command.line(), command.context());
    current.lookingAt(asked);
    Decision decision =
        hooks.rcptto().isEmpty()
            ? Decision.PASSED
            : session.phases.run(
                false,
                current.context(),
                later -> rcpttoDecided(current, asked, later, then),
                new Question<>(
                    "rcptto", hooks.rcptto(), hook -> hook.validateRcptto(qualified, current)));
    if (decision != null) {
      rcpttoDecided(current, asked, decision, then);
    }
  }

  private void rcpttoDecided(
      InboundTransaction current, RcptCommand command, Decision decision, Consumer<Outcome> then) {
    if (decision instanceof Decision.Passed) {
      session.followPathway();
      EnvelopeRules.Refusal refusal =
          session.pathway().rules().recipient(current, command.recipient(), mayRelay());
      if (refusal != null) {
        session.answers.refuse(refusal, then);
        return;
      }
      current.add(command);
      recipients++;
      connection.set("connection_rcpt_count", count(recipients));
      recipientsChanged();
    }
    session.answers.answer(decision, RECIPIENT, then);
  }

  /** Modules may have said so in the meantime, authentication for one. */
  private boolean mayRelay() {
    return connection.get("can_relay").filter("true"::equals).isPresent();
  }

  /** The list of the transaction is another. */
  void recipientsChanged() {
    connection.set(RECIPIENTS_OF_MESSAGE, count(session.validation.count()));
  }

  private static String count(int count) {
    return count < COUNTS.length ? COUNTS[count] : Integer.toString(count);
  }

  // DATA

  void data(Consumer<Outcome> then) {
    InboundThrottle held = throttle;
    if (held == null
        || held.admits(
            () -> askForData(then),
            () ->
                session.answers.refuse(
                    TOO_MANY_MESSAGES, false, "inbound_throttle_messages reached", then))) {
      askForData(then);
    }
  }

  private void askForData(Consumer<Outcome> then) {
    InboundTransaction current = current();
    Decision decision =
        hooks.rcpttoList().isEmpty() && hooks.rcpttoListFinal().isEmpty()
            ? Decision.PASSED
            : session.phases.run(
                false,
                current.context(),
                later -> listDecided(current, later, then),
                new Question<>(
                    "rcptto_list", hooks.rcpttoList(), hook -> hook.validateRcpttoList(current)),
                new Question<>(
                    "rcptto_list_final",
                    hooks.rcpttoListFinal(),
                    hook -> hook.validateRcpttoListFinal(current)));
    if (decision != null) {
      listDecided(current, decision, then);
    }
  }

  private void listDecided(InboundTransaction current, Decision decision, Consumer<Outcome> then) {
    if (decision instanceof Decision.Passed && current.recipients().isEmpty()) {
      session.answers.answer(InboundConversation.NO_RECIPIENTS, GO_AHEAD, then);
    } else {
      session.answers.answer(decision, GO_AHEAD, then);
    }
  }

  // the content

  /**
   * Ends the transaction with its content.
   *
   * @param loneLineEnds whether a CR or LF stands alone in it
   * @param ahead told when the next one may begin, before the disk is done; null: nobody asks
   */
  void spool(
      Body received, boolean loneLineEnds, @Nullable Runnable ahead, Consumer<Outcome> then) {
    InboundTransaction current = current();
    Body body = repaired(current, received, loneLineEnds, then);
    if (body != null) {
      begin(current, body, new FinalAnswer.ForAll(session, then), ahead);
    }
  }

  /** The same with an outcome for each recipient. */
  void spoolForEach(Body received, boolean loneLineEnds, Consumer<List<Outcome>> then) {
    InboundTransaction current = current();
    int count = current.named();
    Body body =
        repaired(
            current,
            received,
            loneLineEnds,
            outcome -> then.accept(Collections.nCopies(count, outcome)));
    if (body != null) {
      begin(current, body, new FinalAnswer.ForEach(session, current, then), null);
    }
  }

  private void begin(
      InboundTransaction current, Body body, FinalAnswer answer, @Nullable Runnable ahead) {
    new ContentPhases(session, current, body, answer, ahead).begin();
  }

  /** Ends the transaction; null where the content is refused, which {@code then} is told. */
  private @Nullable Body repaired(
      InboundTransaction current, Body received, boolean loneLineEnds, Consumer<Outcome> then) {
    session.followPathway();
    if (reception.queues.memory().full()) {
      session.answers.refuse(InboundConversation.NO_STORAGE, false, LOW_MEMORY, then);
      reset();
      return null;
    }
    try {
      Body body =
          session
              .pathway()
              .repair()
              .settled(
                  received,
                  loneLineEnds,
                  current.context(),
                  () -> reception.trace.date(session.now() / 1000),
                  () -> messageId(current.batchId()));
      messages++;
      connection.set("connection_message_count", count(messages));
      open = null;
      return body;
    } catch (BadContent bad) {
      session.answers.refuse(bad.reply(), false, bad.reply().text(), then);
      reset();
      return null;
    }
  }

  /** What a Message-ID field says that is added here. */
  private String messageId(MessageId batch) {
    return "<"
        + batch.toString().replace('/', '.')
        + "@"
        + session.pathway().receivedHostname()
        + ">";
  }
}
