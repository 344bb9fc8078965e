package org.impetusmta.core.reception;

import java.net.InetAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.impetusmta.api.auth.AuthMechanism;
import org.impetusmta.api.auth.AuthResult;
import org.impetusmta.api.auth.AuthStatus;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Context;
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

/**
 * One inbound session as the core keeps it: who is at its ends, what is configured for it, where it
 * stands. The phases until ehlo are here; those of TLS are {@link InboundSecurity}'s, those of AUTH
 * {@link InboundAuthentication}'s, those of mail {@link MailTransactions}'.
 *
 * <p>Thread-safety: single; owned by the session's loop. {@link #state}, {@link #since}, {@link
 * #remote} and {@link #floating} may be read by any thread.
 */
final class InboundConversation implements InboundSession {
  private static final Outcome CONNECTED = accepted(220, "");
  private static final Outcome GREETED = accepted(250, "");

  static final Reply NO_STORAGE =
      new Reply(452, "4.3.1", "Insufficient system storage, please try later");

  static final Decision.Refused NO_RECIPIENTS =
      new Decision.Refused(
          new Reply(554, "5.5.1", "no valid recipients"),
          false,
          "core",
          "policy removed all recipients");

  private static final String CAN_RELAY = "can_relay";

  final CoreReception reception;
  volatile Endpoint remote;
  final EventLoop loop;
  final PhaseRunner phases;
  final InboundValidation validation;
  final InboundGreeting greeting;
  final InboundAnswers answers;
  final MailTransactions transactions;

  private final InboundSecurity security;
  private final InboundAuthentication authentication;
  private final String protocol;
  private final Generation generation;
  private volatile Endpoint local;
  private final MessageId id;
  private final long number;
  private final Context context = new Context();
  private final EarlyTalk early = new EarlyTalk();

  private InboundPathway pathway;

  /** Those of the pathway. */
  ReceptionOptions options;

  /** Octets of content that the listener holds for it. */
  private int received;

  private boolean closed;
  private volatile ReceptionState state = ReceptionState.JUST_CONNECTED;
  private volatile long since = System.nanoTime();

  InboundConversation(
      CoreReception reception,
      String protocol,
      Generation generation,
      InboundPathway pathway,
      Endpoint local,
      Endpoint remote,
      EventLoop loop,
      Optional<InboundThrottle> throttle) {
    this.reception = reception;
    this.protocol = protocol;
    this.generation = generation;
    this.pathway = pathway;
    this.options = pathway.options();
    this.local = local;
    this.remote = remote;
    this.loop = loop;
    this.id = reception.ids.next();
    this.number = reception.nextNumber();
    this.greeting = new InboundGreeting(this);
    this.answers = new InboundAnswers(this);
    this.security = new InboundSecurity(this);
    this.authentication = new InboundAuthentication(this);
    this.transactions = new MailTransactions(this, throttle.orElse(null));
    this.validation =
        new InboundValidation(!protocol.equals("ecstream"), transactions::recipientsChanged);
    this.phases =
        new PhaseRunner(
            loop,
            context,
            validation,
            options.validationTimeout(),
            reception.notices.remembersAsked());
    pathway.describe(context);
    trust();
  }

  /** A client that relay rules name may relay. */
  private void trust() {
    if (pathway.trusts(remote.address())) {
      context.set(CAN_RELAY, "true");
    }
  }

  /**
   * Policy may have chosen another pathway, in either dictionary: what is configured for it applies
   * from here on.
   */
  void followPathway() {
    if (!phases.askedAny()) {
      return;
    }
    InboundTransaction current = transactions.open();
    InboundPathway chosen = pathway.chosen(current == null ? null : current.context(), context);
    if (chosen != pathway) {
      stand(chosen);
      trust();
    }
  }

  private void stand(InboundPathway other) {
    pathway = other;
    options = other.options();
    greeting.changed();
  }

  /** What is configured for it. */
  InboundPathway pathway() {
    return pathway;
  }

  private static Outcome accepted(int code, String text) {
    return new Outcome(new Reply(code, text.isEmpty() ? "" : "2.0.0", text), false);
  }

  // the phases

  @Override
  public InboundTlsChoice tlsChoice() {
    return security.choice();
  }

  @Override
  public void secured(InboundTls established, Consumer<Outcome> then) {
    reset();
    greeting.forget();
    authentication.forget(pathway.trusts(remote.address()));
    security.secured(established, then);
  }

  @Override
  public Optional<InboundTls> tls() {
    return security.tls();
  }

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
                later -> answers.answer(later, CONNECTED, then),
                new Question<>("accept", hooks.accept(), hook -> hook.validateAccept(this)),
                new Question<>("connect", hooks.connect(), hook -> hook.validateConnect(this)),
                Question.telling(
                    "core_validate_connect",
                    hooks.coreConnect(),
                    hook -> hook.coreValidateConnect(this)));
    if (decision != null) {
      answers.answer(decision, CONNECTED, then);
    }
  }

  @Override
  public void ehlo(String domain, String line, Consumer<Outcome> then) {
    reset();
    greeting.said(domain, line);
    Decision decision =
        reception.hooks.ehlo().isEmpty()
            ? Decision.PASSED
            : phases.run(
                "ehlo",
                reception.hooks.ehlo(),
                false,
                hook -> hook.validateEhlo(line, this),
                later -> answers.answer(later, GREETED, then));
    if (decision != null) {
      answers.answer(decision, GREETED, then);
    }
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
    transactions.mailfrom(command, then);
  }

  @Override
  public void rcptto(RcptCommand command, Consumer<Outcome> then) {
    transactions.rcptto(command, then);
  }

  @Override
  public void data(Consumer<Outcome> then) {
    transactions.data(then);
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
    transactions.spool(received, loneLineEnds, null, then);
  }

  @Override
  public void spool(Body received, Runnable ahead, Consumer<Outcome> then) {
    transactions.spool(received, false, ahead, then);
  }

  @Override
  public void spoolForEach(Body received, boolean loneLineEnds, Consumer<List<Outcome>> then) {
    transactions.spoolForEach(received, loneLineEnds, then);
  }

  @Override
  public Limits limits() {
    return new Limits(options.maxReceptionsPerConnection(), options.maxRecipientsPerMessage());
  }

  @Override
  public void client(ScopePath.Receiving other, SocketAddress client) {
    if (pathway.trusts(remote.address())) {
      context.remove(CAN_RELAY);
    }
    remote = Endpoint.of(client);
    stand(new InboundPathway(reception, generation, other));
    pathway.describe(context);
    trust();
  }

  @Override
  public void server(SocketAddress server) {
    local = Endpoint.of(server);
  }

  @Override
  public void greeting(String domain, boolean extended) {
    if (domain.isEmpty()) {
      greeting.forget();
    } else {
      greeting.said(domain, (extended ? "EHLO " : "HELO ") + domain);
    }
  }

  @Override
  public void reset() {
    transactions.reset();
  }

  @Override
  public void rejected(Reply reply, String reason) {
    reception.notices.refused(this, reply);
    answers.rejected(reply, reason);
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
    answers.close();
    phases.close(() -> reception.notices.closed(this, phases::wasAsked));
    transactions.close();
    receiving(-received);
    reception.closed(this);
  }

  @Override
  public Optional<Transaction> transaction() {
    return Optional.ofNullable(transactions.open());
  }

  /** Whether the client proved who it is by AUTH. */
  boolean isAuthenticated() {
    return authentication.authenticated();
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
    return greeting.domain();
  }
}
