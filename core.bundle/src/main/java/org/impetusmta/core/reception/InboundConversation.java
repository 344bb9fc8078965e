package org.impetusmta.core.reception;

import java.net.InetAddress;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.reception.MailCommand;
import org.impetusmta.api.reception.RcptCommand;
import org.impetusmta.api.reception.Reception.InboundSession;
import org.impetusmta.api.reception.Reception.Outcome;
import org.impetusmta.api.reception.ReceptionState;
import org.impetusmta.api.reception.Transaction;
import org.impetusmta.api.scheduler.EventLoop;
import org.jspecify.annotations.Nullable;

/**
 * One inbound session as the core keeps it: the phases connect to data, each the modules' verdicts
 * followed by the core's own decision; limits are looked at before modules are asked.
 *
 * <p>Thread-safety: single; owned by the session's loop. {@link #state}, {@link #since}, {@link
 * #remote} and {@link #floating} may be read by any thread.
 */
final class InboundConversation implements InboundSession {
  private static final Outcome CONNECTED = accepted(220, "");
  private static final Outcome GREETED = accepted(250, "");
  private static final Outcome SENDER = accepted(250, "MAIL FROM accepted");
  private static final Outcome RECIPIENT = accepted(250, "RCPT TO accepted");
  private static final Outcome GO_AHEAD =
      new Outcome(new Reply(354, "", "continue.  finished with \"\\r\\n.\\r\\n\""), false);

  private static final Reply OVERLOADED =
      new Reply(451, "4.3.0", "Resource limitations, please try later");
  static final Reply NO_STORAGE =
      new Reply(452, "4.3.1", "Insufficient system storage, please try later");
  private static final Reply ENOUGH_MESSAGES = new Reply(421, "4.4.5", "Service unavailable");
  private static final Reply ENOUGH_RECIPIENTS =
      new Reply(452, "4.5.3", "Service unavailable, recipients per message limit reached");
  private static final Reply ENOUGH_RECIPIENTS_OF_CONNECTION =
      new Reply(452, "4.5.3", "Service unavailable, recipients per connection limit reached");
  private static final Reply NULL_SENDER =
      new Reply(550, "5.7.1", "null envelope sender not allowed");
  private static final Reply IP_LITERAL = new Reply(550, "5.1.2", "IP address literal not allowed");
  private static final Reply NO_DOMAIN = new Reply(554, "5.1.2", "No Valid Domain");
  private static final Reply SENDER_SYNTAX = new Reply(501, "5.5.2", "MAIL FROM syntax error");
  private static final Reply BLACKHOLED = new Reply(551, "5.7.1", "recipient blackholed");
  private static final Reply RELAYING_DENIED = new Reply(550, "5.7.1", "relaying denied");

  private static final String CORE = "core";
  private static final String LOW_MEMORY = "low memory";

  /** The numbers that most counts are, as text. */
  private static final String[] COUNTS =
      IntStream.range(0, 128).mapToObj(Integer::toString).toArray(String[]::new);

  final CoreReception reception;
  final ReceptionOptions options;
  final Endpoint remote;
  final EventLoop loop;
  final PhaseRunner phases;

  private final String protocol;
  private final Generation generation;
  private final RelayRules relay;
  private final Endpoint local;
  private final MessageId id;
  private final long number;
  private final Context context = new Context();
  private final String pathway;
  private String ehloDomain = "";
  private String with;
  private byte @Nullable [] traceBeginning;
  private int messages;
  private int recipients;

  /** Octets of content that the listener holds for it. */
  private int received;

  private boolean overloadTold;
  private boolean closed;
  private @Nullable InboundTransaction transaction;
  private volatile ReceptionState state = ReceptionState.JUST_CONNECTED;
  private volatile long since = System.nanoTime();

  InboundConversation(
      CoreReception reception,
      String protocol,
      Generation generation,
      ReceptionOptions options,
      RelayRules relay,
      Endpoint local,
      Endpoint remote,
      EventLoop loop) {
    this.reception = reception;
    this.protocol = protocol;
    this.with = protocol.equals("esmtp") ? "SMTP" : protocol.toUpperCase(Locale.ROOT);
    this.generation = generation;
    this.options = options;
    this.relay = relay;
    this.local = local;
    this.remote = remote;
    this.loop = loop;
    this.id = reception.ids.next();
    this.number = reception.nextNumber();
    this.phases = new PhaseRunner(loop, context);
    this.pathway = options.pathway().orElse("default");
    context.set("pathway", pathway);
    options.context().ifPresent(pairs -> pairs.forEach(context::set));
    if (relay.trusts(remote.address())) {
      context.set("can_relay", "true");
    }
  }

  private static Outcome accepted(int code, String text) {
    return new Outcome(new Reply(code, text.isEmpty() ? "" : "2.0.0", text), false);
  }

  // the phases

  @Override
  public void connect(Consumer<Outcome> then) {
    Decision decision =
        reception.hooks.connect().isEmpty()
            ? Decision.PASSED
            : phases.run(
                "connect",
                reception.hooks.connect(),
                false,
                hook -> hook.validateConnect(this),
                later -> answer(later, CONNECTED, then));
    if (decision != null) {
      answer(decision, CONNECTED, then);
    }
  }

  @Override
  public void ehlo(String domain, String line, Consumer<Outcome> then) {
    reset();
    ehloDomain = domain;
    boolean extended = line.startsWith("E") || line.startsWith("e");
    with = protocol.equals("esmtp") && !extended ? "SMTP" : protocol.toUpperCase(Locale.ROOT);
    traceBeginning = null;
    context.set("ehlo_string", line);
    context.set("ehlo_domain", domain);
    Decision decision =
        reception.hooks.ehlo().isEmpty()
            ? Decision.PASSED
            : phases.run(
                "ehlo",
                reception.hooks.ehlo(),
                false,
                hook -> hook.validateEhlo(line, this),
                later -> answer(later, GREETED, then));
    if (decision != null) {
      answer(decision, GREETED, then);
    }
  }

  @Override
  public void mailfrom(MailCommand command, Consumer<Outcome> then) {
    if (reception.log.overloaded()) {
      overloaded(OVERLOADED, "too many events wait for the log", then);
      return;
    }
    if (reception.queues.memory().full()) {
      overloaded(NO_STORAGE, LOW_MEMORY, then);
      return;
    }
    if (!reception.spool.writable()) {
      overloaded(NO_STORAGE, "the spool takes no mail", then);
      return;
    }
    overloadTold = false;
    if (options.maxReceptionsPerConnection() > 0
        && messages >= options.maxReceptionsPerConnection()) {
      refuse(ENOUGH_MESSAGES, true, "max_receptions_per_connection reached", then);
      return;
    }
    InboundTransaction begun =
        new InboundTransaction(
            this, reception.ids.next(), qualifiedSender(command.sender()), command);
    transaction = begun;
    context.remove("message_rcpt_count");
    command.context().forEach(begun.context()::set);
    begun.context().set("mailfrom_string", command.line());
    begun.context().set("mailfrom_localpart", begun.sender().localpart());
    begun.context().set("mailfrom_domain", begun.sender().domain());
    Decision decision =
        reception.hooks.mailfrom().isEmpty()
            ? Decision.PASSED
            : phases.run(
                "mailfrom",
                reception.hooks.mailfrom(),
                false,
                hook -> hook.validateMailfrom(begun),
                later -> mailfromDecided(begun, later, then));
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
      then.accept(new Outcome(reply, false));
    } else {
      overloadTold = true;
      refuse(reply, false, reason, then);
    }
  }

  private void mailfromDecided(
      InboundTransaction begun, Decision decision, Consumer<Outcome> then) {
    Address sender = begun.sender();
    if (!(decision instanceof Decision.Passed)) {
      answer(decision, SENDER, then);
      reset();
    } else if (sender.isNull() && !options.allowNullEnvelopeSender()) {
      refuse(NULL_SENDER, false, NULL_SENDER.text(), then);
      reset();
    } else if (!sender.isNull() && sender.domain().isEmpty()) {
      refuse(SENDER_SYNTAX, false, "sender without a domain", then);
      reset();
    } else if (isLiteral(sender) && !options.allowIpLiteral()) {
      refuse(IP_LITERAL, false, IP_LITERAL.text(), then);
      reset();
    } else {
      then.accept(SENDER);
    }
  }

  private Address qualifiedSender(Address sender) {
    return !sender.isNull()
            && sender.domain().isEmpty()
            && options.domainForUnqualifiedSenderAddress().isPresent()
        ? new Address(sender.localpart(), options.domainForUnqualifiedSenderAddress().get())
        : sender;
  }

  @Override
  public void rcptto(RcptCommand command, Consumer<Outcome> then) {
    Address recipient = command.recipient();
    InboundTransaction current = current();
    int limit = options.maxRecipientsPerMessage();
    if (limit > 0 && current.recipients().size() >= limit) {
      refuse(ENOUGH_RECIPIENTS, false, ENOUGH_RECIPIENTS.text(), then);
      return;
    }
    limit = options.maxRecipientsPerConnection();
    if (limit > 0 && recipients >= limit) {
      Reply reply = ENOUGH_RECIPIENTS_OF_CONNECTION;
      refuse(reply, false, reply.text(), then);
      return;
    }
    Address qualified =
        recipient.domain().isEmpty() && options.domainForUnqualifiedRecipientAddresses().isPresent()
            ? new Address(
                recipient.localpart(), options.domainForUnqualifiedRecipientAddresses().get())
            : recipient;
    RcptCommand asked =
        qualified == recipient
            ? command
            : new RcptCommand(qualified, command.line(), command.context());
    current.lookingAt(asked);
    Decision decision =
        reception.hooks.rcptto().isEmpty()
            ? Decision.PASSED
            : phases.run(
                "rcptto",
                reception.hooks.rcptto(),
                false,
                hook -> hook.validateRcptto(qualified, current),
                later -> rcpttoDecided(current, asked, later, then));
    if (decision != null) {
      rcpttoDecided(current, asked, decision, then);
    }
  }

  private void rcpttoDecided(
      InboundTransaction current, RcptCommand command, Decision decision, Consumer<Outcome> then) {
    Address recipient = command.recipient();
    if (!(decision instanceof Decision.Passed)) {
      answer(decision, RECIPIENT, then);
    } else if (recipient.domain().isEmpty()) {
      refuse(NO_DOMAIN, false, "recipient without a domain", then);
    } else if (isLiteral(recipient) && !options.allowIpLiteral()) {
      refuse(IP_LITERAL, false, IP_LITERAL.text(), then);
    } else if (!mayRelay()
        && !relay.permits(current.sender(), recipient)
        && !relay.isBounce(recipient, generation)) {
      refuse(RELAYING_DENIED, false, RELAYING_DENIED.text(), then);
    } else if (reception.queues.refuses(recipient.routingDomain())) {
      refuse(BLACKHOLED, false, BLACKHOLED.text(), then);
    } else {
      current.add(command);
      recipients++;
      context.set("connection_rcpt_count", count(recipients));
      context.set("message_rcpt_count", count(current.recipients().size()));
      then.accept(RECIPIENT);
    }
  }

  /** Whether mail to {@code recipient} is a report of failed delivery that is dropped. */
  boolean dropsBounce(Address recipient) {
    return relay.dropsBounce(recipient, generation);
  }

  private static String count(int count) {
    return count < COUNTS.length ? COUNTS[count] : Integer.toString(count);
  }

  /** Modules may have said so in the meantime, authentication for one. */
  private boolean mayRelay() {
    return context.get("can_relay").filter("true"::equals).isPresent();
  }

  private static boolean isLiteral(Address address) {
    return address.domain().startsWith("[");
  }

  @Override
  public void data(Consumer<Outcome> then) {
    InboundTransaction current = current();
    Decision decision =
        reception.hooks.data().isEmpty()
            ? Decision.PASSED
            : phases.run(
                "data",
                reception.hooks.data(),
                false,
                hook -> hook.validateData(current),
                later -> answer(later, GO_AHEAD, then));
    if (decision != null) {
      answer(decision, GO_AHEAD, then);
    }
  }

  @Override
  public boolean receiving(int octets) {
    if (octets < 0) {
      int given = Math.min(-octets, received);
      received -= given;
      reception.queues.memory().give(given);
      return true;
    }
    boolean taken = reception.queues.memory().take(octets);
    received += taken ? octets : 0;
    return taken;
  }

  @Override
  public void spool(Body body, Consumer<Outcome> then) {
    InboundTransaction current = current();
    if (reception.queues.memory().full()) {
      refuse(NO_STORAGE, false, LOW_MEMORY, then);
      reset();
      return;
    }
    messages++;
    context.set("connection_message_count", count(messages));
    transaction = null;
    new Spooling(this, current, body, then).begin();
  }

  @Override
  public void reset() {
    transaction = null;
    context.remove("message_rcpt_count");
  }

  // refusals

  private void answer(Decision decision, Outcome passed, Consumer<Outcome> then) {
    switch (decision) {
      case Decision.Passed ok -> then.accept(passed);
      case Decision.Refused refused -> then.accept(refused(refused));
      case Decision.Discarded never -> then.accept(new Outcome(PhaseRunner.FAILED, false));
    }
  }

  /** Logs a module's refusal. */
  private Outcome refused(Decision.Refused refused) {
    log(refused.module(), refused.reply(), refused.reason(), messageContext());
    return new Outcome(refused.reply(), refused.disconnect());
  }

  /** Logs a module's refusal of a message that is complete. */
  Outcome refused(Decision.Refused refused, Message message) {
    log(refused.module(), refused.reply(), refused.reason(), message.context().asMap());
    return new Outcome(refused.reply(), refused.disconnect());
  }

  private void refuse(Reply reply, boolean disconnect, String reason, Consumer<Outcome> then) {
    if (reply == RELAYING_DENIED) {
      ReceptionState before = state;
      state = ReceptionState.RELAYING_DENIED;
      log(CORE, reply, reason, messageContext());
      state = before;
    } else {
      log(CORE, reply, reason, messageContext());
    }
    then.accept(new Outcome(reply, disconnect));
  }

  @Override
  public void rejected(Reply reply, String reason) {
    log(CORE, reply, reason, messageContext());
  }

  private Map<String, String> messageContext() {
    InboundTransaction current = transaction;
    return current == null ? Map.of() : current.context().asMap();
  }

  /** Appends a rejection. */
  void log(String module, Reply reply, String reason, Map<String, String> messageContext) {
    reception.counters.rejected.increment();
    reception.log.append(
        new LogEvent.Rejection(
            nowMicros(),
            remote.text(),
            local.text(),
            id,
            pathway,
            CoreReception.pathwayGroup(generation, pathway),
            state,
            module,
            context.asMap(),
            messageContext,
            reply,
            reason));
  }

  long now() {
    return reception.scheduler.clock().millis();
  }

  /** The time of an event that happens now. */
  long nowMicros() {
    return LogEvent.micros(reception.scheduler.clock().instant());
  }

  // what others ask

  @Override
  public void state(ReceptionState next) {
    if (state == next) {
      return;
    }
    state = next;
    since = System.nanoTime();
  }

  ReceptionState state() {
    return state;
  }

  /** {@link System#nanoTime} of the last change of state. */
  long since() {
    return since;
  }

  /** Counts the sessions of this process. */
  long number() {
    return number;
  }

  /** Whether a module is at work for it in a thread pool. */
  boolean floating() {
    return phases.parked();
  }

  boolean isClosed() {
    return closed;
  }

  @Override
  public void closed() {
    closed = true;
    phases.close();
    transaction = null;
    receiving(-received);
    reception.closed(this);
  }

  private InboundTransaction current() {
    InboundTransaction current = transaction;
    if (current == null) {
      throw new IllegalStateException("no transaction");
    }
    return current;
  }

  @Override
  public Optional<Transaction> transaction() {
    return Optional.ofNullable(transaction);
  }

  /** The Received field up to the sender; the same for all mail until the next EHLO. */
  byte[] traceBeginning() {
    byte[] known = traceBeginning;
    if (known == null) {
      known =
          TraceHeader.beginning(
              remote.ip(),
              remote.text(),
              ehloDomain,
              CoreReception.receivedHostname(generation, options));
      traceBeginning = known;
    }
    return known;
  }

  /** What follows {@code with} in the Received field. */
  String with() {
    return with;
  }

  @Override
  public MessageId id() {
    return id;
  }

  @Override
  public String protocol() {
    return protocol;
  }

  @Override
  public String remote() {
    return remote.text();
  }

  @Override
  public String local() {
    return local.text();
  }

  @Override
  public Optional<InetAddress> remoteAddress() {
    return remote.address();
  }

  @Override
  public Generation generation() {
    return generation;
  }

  @Override
  public Context context() {
    return context;
  }

  @Override
  public String ehloDomain() {
    return ehloDomain;
  }
}
