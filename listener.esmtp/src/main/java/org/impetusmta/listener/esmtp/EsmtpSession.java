package org.impetusmta.listener.esmtp;

import io.netty.buffer.ByteBuf;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.reception.Reception.InboundSession;
import org.impetusmta.api.reception.Reception.Outcome;
import org.impetusmta.api.reception.ReceptionState;
import org.impetusmta.api.reception.SmtpExtension;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.tls.InboundTls;
import org.impetusmta.net.ListenSocket;
import org.impetusmta.tls.InboundTlsOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The protocol of one session (RFC 5321): gives each command line to its verb ({@link Greeting},
 * {@link MailTransaction}, {@link Verb}), which asks reception and answers. Before a phase a verb
 * parks the connection, and what the phase came to resumes it.
 *
 * <p>Thread-safety: single; owned by its event loop.
 */
final class EsmtpSession {
  private static final Logger LOG = LoggerFactory.getLogger(EsmtpSession.class);

  /** Commands that a client may get wrong. */
  static final int BAD_COMMANDS = 20;

  /** Octets of a verb that are looked at. */
  private static final int LONGEST_VERB = 16;

  private static final Set<String> OTHER_PROTOCOLS =
      Set.of("GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "CONNECT", "PATCH", "TRACE");

  private static final Reply UNRECOGNIZED = new Reply(500, "5.5.2", "unrecognized command");
  private static final Reply LINE_TOO_LONG = new Reply(500, "5.5.2", "line too long");
  private static final Reply LONE_LF = new Reply(500, "5.5.2", "line not ended by CR LF");
  private static final Reply BAD_OCTETS = new Reply(500, "5.5.2", "invalid characters in command");
  private static final Reply NO_CHUNKING = new Reply(502, "5.5.1", "CHUNKING is not offered");
  private static final List<ReceptionState> EXTENSION_STATES =
      List.of(
          ReceptionState.EXTENSION_1,
          ReceptionState.EXTENSION_2,
          ReceptionState.EXTENSION_3,
          ReceptionState.EXTENSION_4);
  private static final Reply NOT_IMPLEMENTED = new Reply(502, "5.5.1", "command not implemented");
  private static final Reply TOO_MANY_ERRORS = new Reply(421, "4.7.0", "too many bad commands");
  private static final Reply WRONG_PROTOCOL = new Reply(421, "4.7.0", "this is an SMTP server");
  private static final Reply CONCURRENCY =
      new Reply(421, "4.4.5", "Service unavailable, concurrency limit reached");
  private static final Reply IDLE =
      new Reply(421, "4.4.2", "idle for too long, closing connection");
  private static final Reply SHUTTING_DOWN = new Reply(421, "4.3.2", "Service shutting down");
  private static final Reply NO_PARAMETERS =
      new Reply(501, "5.5.4", "Syntax error (no parameters allowed)");
  static final Reply OK = new Reply(250, "2.0.0", "OK");
  private static final Reply VRFY =
      new Reply(252, "2.1.5", "cannot verify, but will accept the message and attempt delivery");
  private static final String HELP = " MAIL RCPT DATA BDAT RSET NOOP VRFY HELP QUIT";
  private static final Reply FAILED = new Reply(451, "4.3.0", "transaction failed");

  /** Verbs by their names in capitals, but those that {@link #command} knows. */
  private static final Map<String, Verb> RARE_VERBS =
      Map.of(
          "NOOP", (session, line, length) -> session.connection.reply(OK),
          "AUTH", (session, line, length) -> session.authentication.auth(line, length),
          "HELP", (session, line, length) -> session.help(),
          "VRFY", EsmtpSession::vrfy,
          "STARTTLS", (session, line, length) -> session.startTls.command(length),
          "EXPN", (session, line, length) -> session.bad(NOT_IMPLEMENTED),
          "TURN", (session, line, length) -> session.bad(NOT_IMPLEMENTED),
          "LHLO", (session, line, length) -> session.greeting.lhlo(line, length),
          "XFORWARD", EsmtpSession::xforward);

  private final EsmtpConnection connection;
  private final EsmtpListener listener;
  private final ListenSocket socket;
  private final InboundSession inbound;
  private final EsmtpOptions options;
  private final EventLoop loop;
  private final Set<Extension> extensions;

  /** Those that hold without TLS. */
  private final Set<Extension> inClear;

  /** The keywords of modules that {@code SMTP_Extensions} lists. */
  private final Set<String> moduleKeywords;

  private final Greeting greeting;
  private final MailTransaction mail;
  private final SessionAuthentication authentication;
  private final StartTls startTls;
  private int badCommands;
  private boolean quitting;
  private boolean closed;

  EsmtpSession(
      EsmtpConnection connection,
      EsmtpListener listener,
      ListenSocket socket,
      SocketAddress local,
      SocketAddress remote,
      EventLoop loop) {
    this.connection = connection;
    this.listener = listener;
    this.socket = socket;
    var scope = EsmtpListener.scope(socket.name(), remote);
    this.inbound = listener.reception().accept("esmtp", scope, local, remote, loop);
    this.options = inbound.generation().options(EsmtpOptions.class, scope);
    this.loop = loop;
    this.extensions = extensions(options, listener.moduleVerbs());
    this.inClear = EnumSet.noneOf(Extension.class);
    inClear.addAll(extensions);
    inClear.remove(Extension.REQUIRETLS);
    this.moduleKeywords =
        options.smtpExtensions().map(listener.moduleVerbs()::among).orElse(Set.of());
    this.greeting = new Greeting(this);
    this.mail = new MailTransaction(this);
    this.startTls =
        new StartTls(
            this,
            listener.tlsContexts(),
            inbound.generation().options(InboundTlsOptions.class, scope));
    this.authentication =
        new SessionAuthentication(
            this, inbound.generation().options(AuthenticationOptions.class, scope), loop);
    connection.enhanced(extensions.contains(Extension.ENHANCED_STATUS_CODES));
  }

  private static Set<Extension> extensions(EsmtpOptions options, ModuleVerbs modules) {
    if (options.smtpExtensions().isEmpty()) {
      return Extension.DEFAULT;
    }
    try {
      return Extension.parse(modules.without(options.smtpExtensions().get()));
    } catch (ConfigException late) {
      // the listener looks at every scope before a generation comes into force
      LOG.error("no extensions are offered: {}", late.getMessage());
      return Set.of();
    }
  }

  // what the verbs ask

  EsmtpConnection connection() {
    return connection;
  }

  EsmtpListener listener() {
    return listener;
  }

  InboundSession inbound() {
    return inbound;
  }

  EsmtpOptions options() {
    return options;
  }

  /** The extensions that EHLO offers here. */
  Set<Extension> extensions() {
    return extensions;
  }

  /** Those of them whose parameters MAIL and RCPT may have now. */
  Set<Extension> parameters() {
    return tls().isPresent() ? extensions : inClear;
  }

  /** What modules offer here. */
  List<SmtpExtension> moduleExtensions() {
    return listener.moduleVerbs().offered(moduleKeywords);
  }

  EventLoop loop() {
    return loop;
  }

  ListenSocket socket() {
    return socket;
  }

  boolean isClosed() {
    return closed;
  }

  Greeting greeting() {
    return greeting;
  }

  MailTransaction mail() {
    return mail;
  }

  SessionAuthentication authentication() {
    return authentication;
  }

  StartTls startTls() {
    return startTls;
  }

  /** TLS on the connection; empty while it is in clear text. */
  Optional<InboundTls> tls() {
    return startTls.established();
  }

  /** The instance name of the stanza that the client came in by. */
  String listenName() {
    return socket.name();
  }

  // what the connection asks

  Duration idleTime() {
    return options.idleTime();
  }

  /** Whether the client said that it has finished. */
  boolean quitting() {
    return quitting;
  }

  // what the connection tells

  /** The connection stands. */
  void connected() {
    if (exceeds(options.listenerSessions(), socket.sessions())
        || exceeds(options.serviceSessions(), listener.sessions())) {
      inbound.state(ReceptionState.CONCURRENCY_LIMIT);
      end(CONCURRENCY, CONCURRENCY.text());
      return;
    }
    if (authentication.denied()) {
      end(SessionAuthentication.DENIED, "always_deny");
      return;
    }
    startTls.fromTheBeginning(this::begin);
  }

  private void begin() {
    connection.park();
    inbound.connect(this::connectDone);
    connection.readWhileParked();
  }

  /** The session begins anew: the phase connect, the banner, and the client has to greet again. */
  void beginAgain() {
    mail.forget();
    greeting.forget();
    inbound.reset();
    inbound.state(ReceptionState.JUST_CONNECTED);
    begin();
  }

  private static boolean exceeds(int limit, int count) {
    return limit > 0 && count > limit;
  }

  private void connectDone(Outcome outcome) {
    if (outcome.accepted()) {
      inbound.state(ReceptionState.SENDING_BANNER);
      greet();
      inbound.state(ReceptionState.AWAITING_EHLO);
      connection.resume();
    } else {
      // without a banner there is no session (RFC 5321 section 3.1)
      connection.reply(outcome.reply());
      connection.close();
    }
  }

  private void greet() {
    List<String> lines = inbound.banner();
    lines.forEach(connection::replyLine);
    if (lines.isEmpty() || lines.getLast().startsWith("220-")) {
      connection.replyLine(options.staticBanner().orElseGet(this::banner));
    }
  }

  /** Octets came while the session was parked. */
  void talkedWhileParked() {
    if (inbound.state() == ReceptionState.JUST_CONNECTED) {
      inbound.talkedEarly();
    }
  }

  private String banner() {
    return "220 "
        + hostname()
        + (options.lmtp() ? " LMTP impetus " : " ESMTP impetus ")
        + listener.version()
        + " "
        + listener.date();
  }

  /** What this host calls itself. */
  String hostname() {
    return options.bannerHostname().orElseGet(() -> listener.hostname(inbound.generation()));
  }

  void lineTooLong() {
    authentication.cancel();
    bad(LINE_TOO_LONG);
  }

  void lineWithoutCr() {
    authentication.cancel();
    bad(LONE_LF);
  }

  /** Nothing has come of the client for too long. */
  void idle(boolean inContent) {
    authentication.timeout();
    end(IDLE, inContent ? "idle in the middle of the message" : "idle");
  }

  /** The client does not read what it is told. */
  void neverRead() {
    inbound.rejected(IDLE, "replies are not read");
  }

  /** The listener stops: no refusal of this client, so the rejectlog has nothing of it. */
  void shutDown() {
    connection.reply(SHUTTING_DOWN);
    connection.close();
  }

  /**
   * The connection is gone.
   *
   * @param early whether the client went before anybody said the end
   */
  void closed(boolean early) {
    closed = true;
    connection.contentDone();
    mail.forget();
    if (early) {
      inbound.aborted();
    }
    inbound.closed();
  }

  /** Whether what begins there is AUTH or answers its challenge, and may be longer than others. */
  boolean isAuth(ByteBuf from, int start) {
    return authentication.available()
        && (authentication.awaitsResponse()
            || ((from.getInt(start) & 0xDFDFDFDF) == CommandLine.AUTH
                && from.getByte(start + 4) == ' '));
  }

  /** A command line without its CR LF. */
  void command(byte[] line, int length) {
    if (authentication.awaitsResponse()) {
      authentication.response(line, length);
      return;
    }
    inbound.command(line, length);
    switch (CommandLine.verb(line, length)) {
      case CommandLine.HELO -> greeting.helo(line, length);
      case CommandLine.EHLO -> greeting.ehlo(line, length);
      case CommandLine.MAIL -> mail.mail(line, length);
      case CommandLine.RCPT -> mail.rcpt(line, length);
      case CommandLine.DATA -> mail.data(length);
      case CommandLine.BDAT -> bdat(line, length);
      case CommandLine.RSET -> mail.rset(length);
      case CommandLine.QUIT -> quit(length);
      default -> rareVerb(line, length);
    }
  }

  private void rareVerb(byte[] line, int length) {
    int end = 0;
    while (end < length && line[end] != ' ') {
      end++;
    }
    String word = CommandLine.text(line, 0, Math.min(end, LONGEST_VERB)).toUpperCase(Locale.ROOT);
    Verb verb = RARE_VERBS.get(word);
    if (verb != null) {
      verb.run(this, line, length);
    } else if (!moduleKeywords.isEmpty() && moduleVerb(word, line, length)) {
      return;
    } else if (OTHER_PROTOCOLS.contains(word)) {
      end(WRONG_PROTOCOL, "another protocol: " + word);
    } else {
      bad(CommandLine.printable(line, length) ? UNRECOGNIZED : BAD_OCTETS);
    }
  }

  /** Whether it is a verb of a module; then the module has had it. */
  @SuppressWarnings("CatchingUnchecked") // a module that fails is no end of the session
  private boolean moduleVerb(String word, byte[] line, int length) {
    List<SmtpExtension> offered = moduleExtensions();
    for (int i = 0; i < offered.size(); i++) {
      SmtpExtension module = offered.get(i);
      if (!module.keyword().equals(word)) {
        continue;
      }
      if (!CommandLine.printable(line, length)) {
        bad(BAD_OCTETS);
        return true;
      }
      ReceptionState before = inbound.state();
      inbound.state(EXTENSION_STATES.get(Math.min(i, EXTENSION_STATES.size() - 1)));
      int argument = Math.min(word.length() + 1, length);
      try {
        module
            .command(CommandLine.text(line, argument, length).strip(), new ModuleDialogue(this))
            .ifPresentOrElse(
                reply -> {
                  if (reply.isPermanent()) {
                    bad(reply);
                  } else if (reply.isTransient()) {
                    refuse(reply, reply.text());
                  } else {
                    connection.reply(reply);
                  }
                  inbound.state(before);
                },
                this::beginAgain);
      } catch (RuntimeException | LinkageError cause) {
        LOG.error("the module of {} failed", word, cause);
        refuse(FAILED, "the module of " + word + " failed");
        inbound.state(before);
      }
      return true;
    }
    return false;
  }

  private void bdat(byte[] line, int length) {
    if (extensions.contains(Extension.CHUNKING)) {
      mail.chunks().bdat(line, length);
    } else {
      // its octets would be taken for commands
      end(NO_CHUNKING, NO_CHUNKING.text());
    }
  }

  private void xforward(byte[] line, int length) {
    if (extensions.contains(Extension.XFORWARD)) {
      mail.forwarded().xforward(line, length);
    } else {
      bad(UNRECOGNIZED);
    }
  }

  private void help() {
    StringBuilder verbs = new StringBuilder(options.lmtp() ? "LHLO" : "HELO EHLO").append(HELP);
    if (!extensions.contains(Extension.CHUNKING)) {
      verbs.delete(verbs.indexOf(" BDAT"), verbs.indexOf(" RSET"));
    }
    if (extensions.contains(Extension.AUTH)) {
      verbs.append(" AUTH");
    }
    if (startTls.offered()) {
      verbs.append(" STARTTLS");
    }
    for (SmtpExtension module : moduleExtensions()) {
      verbs.append(' ').append(module.keyword());
    }
    connection.reply(new Reply(214, "2.0.0", verbs.toString()));
  }

  // the verbs that are not about mail

  private void vrfy(byte[] line, int length) {
    if (length <= 5) {
      bad(new Reply(501, "5.5.4", "VRFY needs an argument"));
    } else if (!CommandLine.printable(line, length)
        && !(extensions.contains(Extension.SMTPUTF8) && CommandLine.isUtf8(line, length))) {
      bad(BAD_OCTETS);
    } else {
      connection.reply(VRFY);
    }
  }

  private void quit(int length) {
    if (length > 4) {
      bad(NO_PARAMETERS);
      return;
    }
    quitting = true;
    connection.reply(new Reply(221, "2.3.0", hostname() + " closing connection"));
    connection.close();
  }

  // answering

  /** Tells what a phase came to, and goes on. */
  void answer(Outcome outcome) {
    connection.reply(outcome.reply());
    if (outcome.disconnect()) {
      connection.close();
    } else {
      connection.resume();
    }
  }

  /** Refuses what the client got wrong; not for ever. */
  void bad(Reply reply) {
    refuse(reply, reply.text());
    if (++badCommands >= BAD_COMMANDS) {
      end(TOO_MANY_ERRORS, TOO_MANY_ERRORS.text());
    }
  }

  /** Refuses, and logs why. */
  void refuse(Reply reply, String reason) {
    inbound.rejected(reply, reason);
    connection.reply(reply);
  }

  /** Refuses, logs why, and ends the connection. */
  void end(Reply reply, String reason) {
    inbound.rejected(reply, reason);
    connection.reply(reply);
    connection.close();
  }

  /** A newer configuration is in force. */
  void reconfigured() {
    end(Reply.parse("421 " + options.reconfigMessage()), "the configuration was reloaded");
  }
}
