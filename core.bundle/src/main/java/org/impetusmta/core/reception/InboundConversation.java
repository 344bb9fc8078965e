package org.impetusmta.core.reception;

import java.net.InetAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.impetusmta.api.auth.AuthMechanism;
import org.impetusmta.api.auth.AuthResult;
import org.impetusmta.api.auth.AuthStatus;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
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
import org.impetusmta.api.reception.Reception.Limits;
import org.impetusmta.api.reception.Reception.Outcome;
import org.impetusmta.api.reception.ReceptionState;
import org.impetusmta.api.reception.Transaction;
import org.impetusmta.api.reception.ValidationContext;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.tls.InboundTls;
import org.impetusmta.api.tls.InboundTlsChoice;
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

  private static final Reply TOO_MANY_MESSAGES =
      new Reply(451, "4.4.5", "too many messages at this time, please try later");

  static final Decision.Refused NO_RECIPIENTS =
      new Decision.Refused(
          new Reply(554, "5.5.1", "no valid recipients"),
          false,
          "core",
          "policy removed all recipients");

  private static final String CORE = "core";
  private static final String PATHWAY = "pathway";
  private static final String LOW_MEMORY = "low memory";

  /** The numbers that most counts are, as text. */
  private static final String[] COUNTS =
      IntStream.range(0, 128).mapToObj(Integer::toString).toArray(String[]::new);

  final CoreReception reception;
  volatile Endpoint remote;
  final EventLoop loop;
  final PhaseRunner phases;
  final InboundValidation validation;

  private final @Nullable InboundThrottle throttle;
  private final String protocol;
  private ScopePath.Receiving scope;
  private final Generation generation;
  private MessageRepair repair;
  private volatile Endpoint local;
  private final MessageId id;
  private final long number;
  private final Context context = new Context();
  private final InboundAuthentication authentication = new InboundAuthentication(this);

  // of the pathway, which policy may change
  ReceptionOptions options;
  private RelayRules relay;
  private EnvelopeRules rules;
  private String pathway;

  private final EarlyTalk early = new EarlyTalk();
  private String ehloDomain = "";

  /** What the client greeted with: {@code h}elo, {@code e}hlo, {@code l}hlo. */
  private char verb;

  private byte @Nullable [] traceBeginning;
  private @Nullable InboundTls tls;
  private int messages;
  private int recipients;

  /** Octets of content that the listener holds for it. */
  private int received;

  private boolean overloadTold;
  private EventLoop.@Nullable Timer tarpit;
  private boolean closed;
  private @Nullable InboundTransaction transaction;
  private volatile ReceptionState state = ReceptionState.JUST_CONNECTED;
  private volatile long since = System.nanoTime();

  InboundConversation(
      CoreReception reception,
      String protocol,
      ScopePath.Receiving scope,
      Generation generation,
      ReceptionOptions options,
      RelayRules relay,
      MessageRepair repair,
      Endpoint local,
      Endpoint remote,
      EventLoop loop,
      Optional<InboundThrottle> throttle) {
    this.reception = reception;
    this.throttle = throttle.orElse(null);
    this.protocol = protocol;
    this.verb = protocol.equals("esmtp") ? 'h' : 'e';
    this.scope = scope;
    this.generation = generation;
    this.options = options;
    this.relay = relay;
    this.repair = repair;
    this.local = local;
    this.remote = remote;
    this.loop = loop;
    this.id = reception.ids.next();
    this.number = reception.nextNumber();
    this.rules = new EnvelopeRules(options, relay, generation, reception.hooks, reception.queues);
    this.validation = new InboundValidation(!protocol.equals("ecstream"), this::recipientsChanged);
    this.phases =
        new PhaseRunner(
            loop,
            context,
            validation,
            options.validationTimeout(),
            reception.notices.remembersAsked());
    this.pathway = options.pathway().orElse("default");
    describe();
  }

  /** What the dictionary begins with. */
  private void describe() {
    context.set(PATHWAY, pathway);
    options.context().ifPresent(pairs -> pairs.forEach(context::set));
    if (relay.trusts(remote.address())) {
      context.set("can_relay", "true");
    }
  }

  /**
   * Policy may have chosen another pathway, in either dictionary: what is configured for it applies
   * from here on.
   */
  private void followPathway() {
    if (!phases.askedAny()) {
      return;
    }
    InboundTransaction current = transaction;
    Optional<String> ofMessage =
        current == null ? Optional.empty() : current.context().get(PATHWAY);
    String chosen = ofMessage.or(() -> context.get(PATHWAY)).orElse(pathway);
    if (chosen.equals(pathway)) {
      return;
    }
    pathway = chosen;
    ScopePath path = new ScopePath.OnPathway(scope, chosen);
    options = generation.options(ReceptionOptions.class, path);
    repair = new MessageRepair(generation.options(RepairOptions.class, path));
    relay = reception.rules(generation, options);
    rules = new EnvelopeRules(options, relay, generation, reception.hooks, reception.queues);
    traceBeginning = null;
    if (relay.trusts(remote.address())) {
      context.set("can_relay", "true");
    }
  }

  private static Outcome accepted(int code, String text) {
    return new Outcome(new Reply(code, text.isEmpty() ? "" : "2.0.0", text), false);
  }

  // TLS

  @Override
  public InboundTlsChoice tlsChoice() {
    return InboundSecurity.choice(reception.hooks, this);
  }

  @Override
  public void secured(InboundTls established, Consumer<Outcome> then) {
    reset();
    ehloDomain = "";
    traceBeginning = null;
    context.remove("ehlo_string");
    context.remove("ehlo_domain");
    authentication.forget(relay.trusts(remote.address()));
    InboundTls judged = InboundSecurity.verified(reception.hooks, this, established);
    tls = judged;
    InboundSecurity.describe(judged, context);
    if (judged.verified() && options.tlsVerifiedPeerCanRelay()) {
      context.set("can_relay", "true");
    }
    Decision decision =
        reception.hooks.tlsPostAccept().isEmpty()
            ? Decision.PASSED
            : phases.run(
                "tls_post_accept",
                reception.hooks.tlsPostAccept(),
                false,
                hook -> hook.inboundSmtpTlsPostAccept(this, judged),
                later -> answer(later, CONNECTED, then));
    if (decision != null) {
      answer(decision, CONNECTED, then);
    }
  }

  @Override
  public Optional<InboundTls> tls() {
    return Optional.ofNullable(tls);
  }

  // the phases

  @Override
  public void command(byte[] line, int length) {
    reception.notices.command(this, line, length);
  }

  @Override
  public void connect(Consumer<Outcome> then) {
    ReceptionHooks hooks = reception.hooks;
    reception.notices.opened(this);
    Decision decision =
        hooks.ignoreConnect()
            ? Decision.PASSED
            : phases.run(
                false,
                null,
                later -> answer(later, CONNECTED, then),
                new Question<>("accept", hooks.accept(), hook -> hook.validateAccept(this)),
                new Question<>("connect", hooks.connect(), hook -> hook.validateConnect(this)),
                Question.telling(
                    "core_validate_connect",
                    hooks.coreConnect(),
                    hook -> hook.coreValidateConnect(this)));
    if (decision != null) {
      answer(decision, CONNECTED, then);
    }
  }

  @Override
  public void ehlo(String domain, String line, Consumer<Outcome> then) {
    reset();
    greeted(domain, line);
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

  private void greeted(String domain, String line) {
    ehloDomain = domain;
    verb = protocol.equals("esmtp") ? (char) (line.charAt(0) | ' ') : 'e';
    traceBeginning = null;
    context.set("ehlo_string", line);
    context.set("ehlo_domain", domain);
  }

  @Override
  public void preAuth(AuthMechanism mechanism, Consumer<Optional<AuthStatus>> then) {
    authentication.preAuth(mechanism, then);
  }

  @Override
  public void grouped(String user, Optional<List<String>> groups, Optional<String> listener) {
    authentication.grouped(user, groups, listener);
  }

  @Override
  public void authenticated(
      AuthMechanism mechanism,
      AuthResult result,
      Optional<String> listener,
      Consumer<Outcome> then) {
    authentication.authenticated(mechanism, result, listener, then);
  }

  @Override
  public void authTimeout(String listener, String user) {
    authentication.timeout(listener, user);
  }

  @Override
  public void mailfrom(MailCommand command, Consumer<Outcome> then) {
    followPathway();
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
            this, reception.ids.next(), rules.qualifiedSender(command.sender()), command);
    transaction = begun;
    validation.transaction(begun);
    context.remove("message_rcpt_count");
    command.context().forEach(begun.context()::set);
    begun.context().set("mailfrom_string", command.line());
    begun.context().set("mailfrom_localpart", begun.sender().localpart());
    begun.context().set("mailfrom_domain", begun.sender().domain());
    Decision decision =
        reception.hooks.mailfrom().isEmpty()
            ? Decision.PASSED
            : phases.run(
                false,
                begun.context(),
                later -> mailfromDecided(begun, later, then),
                new Question<>(
                    "mailfrom", reception.hooks.mailfrom(), hook -> hook.validateMailfrom(begun)));
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
      tell(new Outcome(reply, false), then);
    } else {
      overloadTold = true;
      refuse(reply, false, reason, then);
    }
  }

  private void mailfromDecided(
      InboundTransaction begun, Decision decision, Consumer<Outcome> then) {
    followPathway();
    EnvelopeRules.Refusal refusal =
        decision instanceof Decision.Passed ? rules.sender(begun.sender()) : null;
    if (refusal != null) {
      refuse(refusal, then);
    } else {
      answer(decision, SENDER, then);
    }
    if (refusal != null || !(decision instanceof Decision.Passed)) {
      reset();
    }
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
    Address qualified = rules.qualifiedRecipient(recipient);
    RcptCommand asked =
        qualified == recipient
            ? command
            : new RcptCommand(qualified, command.line(), command.context());
    current.lookingAt(asked);
    Decision decision =
        reception.hooks.rcptto().isEmpty()
            ? Decision.PASSED
            : phases.run(
                false,
                current.context(),
                later -> rcpttoDecided(current, asked, later, then),
                new Question<>(
                    "rcptto",
                    reception.hooks.rcptto(),
                    hook -> hook.validateRcptto(qualified, current)));
    if (decision != null) {
      rcpttoDecided(current, asked, decision, then);
    }
  }

  private void rcpttoDecided(
      InboundTransaction current, RcptCommand command, Decision decision, Consumer<Outcome> then) {
    if (decision instanceof Decision.Passed) {
      followPathway();
      EnvelopeRules.Refusal refusal = rules.recipient(current, command.recipient(), mayRelay());
      if (refusal != null) {
        refuse(refusal, then);
        return;
      }
      current.add(command);
      recipients++;
      context.set("connection_rcpt_count", count(recipients));
      recipientsChanged();
    }
    answer(decision, RECIPIENT, then);
  }

  /** The list of the transaction is another. */
  private void recipientsChanged() {
    context.set("message_rcpt_count", count(validation.count()));
  }

  /** Whether mail to {@code recipient} is a report of failed delivery. */
  boolean isBounce(Address recipient) {
    return relay.isBounce(recipient, generation);
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

  @Override
  public void data(Consumer<Outcome> then) {
    InboundThrottle held = throttle;
    if (held == null
        || held.admits(
            () -> askForData(then),
            () -> refuse(TOO_MANY_MESSAGES, false, "inbound_throttle_messages reached", then))) {
      askForData(then);
    }
  }

  private void askForData(Consumer<Outcome> then) {
    InboundTransaction current = current();
    ReceptionHooks hooks = reception.hooks;
    Decision decision =
        hooks.rcpttoList().isEmpty() && hooks.rcpttoListFinal().isEmpty()
            ? Decision.PASSED
            : phases.run(
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
      answer(NO_RECIPIENTS, GO_AHEAD, then);
    } else {
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
  public void spool(Body received, boolean loneLineEnds, Consumer<Outcome> then) {
    spoolMessage(received, loneLineEnds, null, then);
  }

  @Override
  public void spool(Body received, Runnable ahead, Consumer<Outcome> then) {
    spoolMessage(received, false, ahead, then);
  }

  private void spoolMessage(
      Body received, boolean loneLineEnds, @Nullable Runnable ahead, Consumer<Outcome> then) {
    InboundTransaction current = current();
    Body body = repaired(current, received, loneLineEnds, then);
    if (body != null) {
      new Spooling(this, current, body, ahead, then).begin();
    }
  }

  @Override
  public void spoolForEach(Body received, boolean loneLineEnds, Consumer<List<Outcome>> then) {
    InboundTransaction current = current();
    int count = current.named();
    Body body =
        repaired(
            current,
            received,
            loneLineEnds,
            outcome -> then.accept(Collections.nCopies(count, outcome)));
    if (body != null) {
      Spooling.forEach(this, current, body, then).begin();
    }
  }

  /** Ends the transaction; null where the content is refused, which {@code then} is told. */
  private @Nullable Body repaired(
      InboundTransaction current, Body received, boolean loneLineEnds, Consumer<Outcome> then) {
    followPathway();
    if (reception.queues.memory().full()) {
      refuse(NO_STORAGE, false, LOW_MEMORY, then);
      reset();
      return null;
    }
    try {
      Body body =
          repair.settled(
              received,
              loneLineEnds,
              current.context(),
              () -> reception.trace.date(now() / 1000),
              () -> messageId(current.batchId()));
      messages++;
      context.set("connection_message_count", count(messages));
      transaction = null;
      return body;
    } catch (BadContent bad) {
      refuse(bad.reply(), false, bad.reply().text(), then);
      reset();
      return null;
    }
  }

  /** What a Message-ID field says that is added here. */
  private String messageId(MessageId batch) {
    return "<"
        + batch.toString().replace('/', '.')
        + "@"
        + CoreReception.receivedHostname(generation, options)
        + ">";
  }

  @Override
  public Limits limits() {
    return new Limits(options.maxReceptionsPerConnection(), options.maxRecipientsPerMessage());
  }

  @Override
  public void client(ScopePath.Receiving other, SocketAddress client) {
    if (relay.trusts(remote.address())) {
      context.remove("can_relay");
    }
    remote = Endpoint.of(client);
    scope = other;
    options = generation.options(ReceptionOptions.class, other);
    repair = new MessageRepair(generation.options(RepairOptions.class, other));
    relay = reception.rules(generation, options);
    rules = new EnvelopeRules(options, relay, generation, reception.hooks, reception.queues);
    pathway = options.pathway().orElse("default");
    describe();
    traceBeginning = null;
  }

  @Override
  public void server(SocketAddress server) {
    local = Endpoint.of(server);
  }

  @Override
  public void greeting(String domain, boolean extended) {
    if (domain.isEmpty()) {
      ehloDomain = "";
      traceBeginning = null;
      context.remove("ehlo_string");
      context.remove("ehlo_domain");
    } else {
      greeted(domain, (extended ? "EHLO " : "HELO ") + domain);
    }
  }

  @Override
  public void reset() {
    transaction = null;
    validation.transaction(null);
    context.remove("message_rcpt_count");
  }

  // refusals

  private void answer(Decision decision, Outcome passed, Consumer<Outcome> then) {
    switch (decision) {
      case Decision.Passed ok -> tell(validation.passed(passed), then);
      case Decision.Refused refused -> tell(refused(refused, messageContext()), then);
      case Decision.Discarded never -> tell(new Outcome(PhaseRunner.FAILED, false), then);
    }
  }

  /** Gives the answer, after the time that policy has the client wait. */
  void tell(Outcome outcome, Consumer<Outcome> then) {
    if (validation.untouched()) {
      then.accept(outcome);
      return;
    }
    validation.begin();
    afterTarpit(() -> then.accept(outcome));
  }

  /** Goes on when the client has waited, unless it goes before. */
  void afterTarpit(Runnable next) {
    Duration wait = validation.takeTarpit();
    if (wait.isZero()) {
      next.run();
      return;
    }
    tarpit =
        loop.schedule(
            () -> {
              if (!closed) {
                next.run();
              }
            },
            wait);
  }

  /** Logs a refusal of a message that is complete. */
  Outcome refused(Decision.Refused refused, Message message) {
    return refused(refused, message.context().asMap());
  }

  private Outcome refused(Decision.Refused refused, Map<String, String> messageContext) {
    Decision.Seen seen = refused.seen();
    log(
        refused.module(),
        refused.reply(),
        refused.reason(),
        seen == null ? context.asMap() : seen.connection(),
        seen == null ? messageContext : seen.message());
    return new Outcome(refused.reply(), refused.disconnect());
  }

  private void refuse(Reply reply, boolean disconnect, String reason, Consumer<Outcome> then) {
    log(CORE, reply, reason, messageContext());
    tell(new Outcome(reply, disconnect), then);
  }

  private void refuse(EnvelopeRules.Refusal refusal, Consumer<Outcome> then) {
    ReceptionState before = state;
    if (refusal.reply() == EnvelopeRules.RELAYING_DENIED) {
      state = ReceptionState.RELAYING_DENIED;
    }
    log(refusal.module(), refusal.reply(), refusal.reason(), messageContext());
    state = before;
    tell(new Outcome(refusal.reply(), validation.disconnects()), then);
  }

  @Override
  public void rejected(Reply reply, String reason) {
    reception.notices.refused(this, reply);
    log(CORE, reply, reason, messageContext());
  }

  private Map<String, String> messageContext() {
    InboundTransaction current = transaction;
    return current == null ? Map.of() : current.context().asMap();
  }

  /** Appends a rejection. */
  void log(String module, Reply reply, String reason, Map<String, String> messageContext) {
    log(module, reply, reason, context.asMap(), messageContext);
  }

  private void log(
      String module,
      Reply reply,
      String reason,
      Map<String, String> connectionContext,
      Map<String, String> messageContext) {
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
            connectionContext,
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
  public void whenTalkedEarly(Runnable task) {
    early.whenTalked(task);
  }

  @Override
  public void talkedEarly() {
    early.talked();
  }

  @Override
  public List<String> banner() {
    return validation.banner();
  }

  @Override
  public void state(ReceptionState next) {
    if (state == next) {
      return;
    }
    state = next;
    since = System.nanoTime();
  }

  @Override
  public ReceptionState state() {
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
  public void aborted() {
    reception.notices.aborted(this);
  }

  @Override
  public void closed() {
    closed = true;
    EventLoop.Timer waits = tarpit;
    tarpit = null;
    if (waits != null) {
      waits.cancel();
    }
    phases.close(() -> reception.notices.closed(this, phases::wasAsked));
    if (throttle != null) {
      throttle.close();
    }
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

  /** What follows {@code with} in the Received field of a message. */
  String with(Context message) {
    return TraceProtocol.word(protocol, verb, context, message);
  }

  /** Whether the client proved who it is by AUTH. */
  boolean isAuthenticated() {
    return authentication.authenticated();
  }

  /** What Authentication-Results calls this host. */
  String authservId() {
    return options
        .authservId()
        .map(AuthservId::text)
        .orElseGet(() -> CoreReception.receivedHostname(generation, options));
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
  public EventLoop loop() {
    return loop;
  }

  @Override
  public ValidationContext validation() {
    return validation;
  }

  @Override
  public String ehloDomain() {
    return ehloDomain;
  }
}
