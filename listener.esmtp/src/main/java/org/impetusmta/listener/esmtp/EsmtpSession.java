package org.impetusmta.listener.esmtp;

import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.reception.Reception.InboundSession;
import org.impetusmta.api.reception.Reception.Outcome;
import org.impetusmta.api.reception.ReceptionState;
import org.impetusmta.api.scheduler.EventLoop;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The protocol of one session (RFC 5321): one method for each verb. It reads command lines as
 * octets, asks reception, and answers. Before a phase it parks the connection, and what the phase
 * came to resumes it.
 *
 * <p>Thread-safety: single; owned by its event loop.
 */
final class EsmtpSession {
  private static final Logger LOG = LoggerFactory.getLogger(EsmtpSession.class);

  private static final int VERB_HELO = 'H' << 24 | 'E' << 16 | 'L' << 8 | 'O';
  private static final int VERB_EHLO = 'E' << 24 | 'H' << 16 | 'L' << 8 | 'O';
  private static final int VERB_MAIL = 'M' << 24 | 'A' << 16 | 'I' << 8 | 'L';
  private static final int VERB_RCPT = 'R' << 24 | 'C' << 16 | 'P' << 8 | 'T';
  private static final int VERB_DATA = 'D' << 24 | 'A' << 16 | 'T' << 8 | 'A';
  private static final int VERB_RSET = 'R' << 24 | 'S' << 16 | 'E' << 8 | 'T';
  private static final int VERB_NOOP = 'N' << 24 | 'O' << 16 | 'O' << 8 | 'P';
  private static final int VERB_VRFY = 'V' << 24 | 'R' << 16 | 'F' << 8 | 'Y';
  private static final int VERB_HELP = 'H' << 24 | 'E' << 16 | 'L' << 8 | 'P';
  private static final int VERB_QUIT = 'Q' << 24 | 'U' << 16 | 'I' << 8 | 'T';

  /** Commands that a client may get wrong. */
  static final int BAD_COMMANDS = 20;

  private static final Set<String> OTHER_PROTOCOLS =
      Set.of("GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "CONNECT", "PATCH", "TRACE");

  private static final Reply UNRECOGNIZED = new Reply(500, "5.5.2", "unrecognized command");
  private static final Reply LINE_TOO_LONG = new Reply(500, "5.5.2", "line too long");
  private static final Reply LONE_LF = new Reply(500, "5.5.2", "line not ended by CR LF");
  private static final Reply BAD_OCTETS = new Reply(500, "5.5.2", "invalid characters in command");
  private static final Reply NON_ASCII =
      new Reply(553, "5.6.7", "non-ASCII addresses are not supported");
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
  private static final Reply INVALID_HELO = new Reply(501, "5.5.2", "invalid HELO");
  private static final Reply INVALID_EHLO = new Reply(501, "5.5.2", "invalid EHLO");
  private static final Reply EHLO_NEEDED = new Reply(501, "5.5.1", "RFC2821 HELO/EHLO needed");
  private static final Reply MAIL_SYNTAX = new Reply(501, "5.5.2", "MAIL FROM syntax error");
  private static final Reply MAIL_TWICE = new Reply(501, "5.5.1", "MAIL FROM already established");
  private static final Reply RCPT_SYNTAX = new Reply(501, "5.5.2", "RCPT TO syntax error");
  private static final Reply RCPT_EARLY = new Reply(503, "5.5.1", "RCPT TO without MAIL FROM");
  private static final Reply DATA_ARGUMENT = new Reply(501, "5.5.4", "unexpected argument to DATA");
  private static final Reply DATA_WITHOUT_MAIL = new Reply(503, "5.5.1", "DATA without MAIL FROM");
  private static final Reply DATA_WITHOUT_RCPT = new Reply(503, "5.5.1", "DATA without RCPT TO");
  private static final Reply RSET_ARGUMENT = new Reply(501, "5.5.4", "invalid arguments to RSET");
  private static final Reply TOO_LARGE = new Reply(552, "5.3.4", "message size limit exceeded");
  private static final Reply OUT_OF_MEMORY =
      new Reply(421, "4.3.4", "allocated resources exceeded");
  private static final Reply LOW_MEMORY =
      new Reply(452, "4.3.1", "Insufficient system storage, please try later");
  private static final Reply LONE_IN_HEADERS =
      new Reply(550, "5.6.0", "Lone CR or LF in headers (see RFC2822 section 2.2)");
  private static final Reply LONE_IN_BODY =
      new Reply(550, "5.6.0", "Lone CR or LF in body (see RFC2822 section 2.3)");
  private static final Reply OK = new Reply(250, "2.0.0", "OK");
  private static final Reply VRFY =
      new Reply(252, "2.1.5", "cannot verify, but will accept the message and attempt delivery");
  private static final Reply HELP =
      new Reply(214, "2.0.0", "HELO EHLO MAIL RCPT DATA RSET NOOP VRFY HELP QUIT");

  private final EsmtpConnection connection;
  private final EsmtpListener listener;
  private final ListenSocket socket;
  private final InboundSession inbound;
  private final EsmtpOptions options;
  private final Set<Extension> extensions;
  private final Mailbox.AddressRules addressRules;
  private final Mailbox.Domains domains = new Mailbox.Domains();
  private final Consumer<Outcome> mailDone = this::mailDone;
  private final Consumer<Outcome> rcptDone = this::rcptDone;
  private final Consumer<Outcome> dataDone = this::dataDone;
  private final Consumer<Outcome> spoolDone = this::spoolDone;
  private Address lastSender = Address.NULL;
  private boolean greeted;
  private boolean inTransaction;
  private int recipients;
  private int badCommands;
  private boolean quitting;

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
    this.extensions = extensions(options);
    this.addressRules =
        new Mailbox.AddressRules(
            options.rfc2821PedanticAddressRules(), options.allowTrailingWhitespaceInCommands());
    connection.enhanced(extensions.contains(Extension.ENHANCED_STATUS_CODES));
  }

  private static Set<Extension> extensions(EsmtpOptions options) {
    if (options.smtpExtensions().isEmpty()) {
      return Extension.ALL;
    }
    try {
      return Extension.parse(options.smtpExtensions().get());
    } catch (ConfigException late) {
      // the listener looks at every scope before a generation comes into force
      LOG.error("no extensions are offered: {}", late.getMessage());
      return Set.of();
    }
  }

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
    if (exceeds(options.listenerSessions(), socket.sessions.get())
        || exceeds(options.serviceSessions(), listener.sessions())) {
      inbound.state(ReceptionState.CONCURRENCY_LIMIT);
      end(CONCURRENCY, CONCURRENCY.text());
      return;
    }
    connection.park();
    inbound.connect(this::connectDone);
  }

  private static boolean exceeds(int limit, int count) {
    return limit > 0 && count > limit;
  }

  private void connectDone(Outcome outcome) {
    if (outcome.accepted()) {
      inbound.state(ReceptionState.SENDING_BANNER);
      connection.replyLine(options.staticBanner().orElseGet(this::banner));
      inbound.state(ReceptionState.AWAITING_EHLO);
      connection.resume();
    } else {
      // without a banner there is no session (RFC 5321 section 3.1)
      connection.reply(outcome.reply());
      connection.close();
    }
  }

  private String banner() {
    return "220 " + hostname() + " ESMTP impetus " + listener.version() + " " + listener.date();
  }

  private String hostname() {
    return options.bannerHostname().orElseGet(() -> listener.hostname(inbound.generation()));
  }

  void lineTooLong() {
    bad(LINE_TOO_LONG);
  }

  void lineWithoutCr() {
    bad(LONE_LF);
  }

  /** Nothing has come of the client for too long. */
  void idle(boolean inContent) {
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

  void closed() {
    connection.contentDone();
    inbound.closed();
  }

  /** A command line without its CR LF. */
  void command(byte[] line, int length) {
    switch (verb(line, length)) {
      case VERB_HELO -> helo(line, length);
      case VERB_EHLO -> ehlo(line, length);
      case VERB_MAIL -> mail(line, length);
      case VERB_RCPT -> rcpt(line, length);
      case VERB_DATA -> data(length);
      case VERB_RSET -> rset(length);
      case VERB_NOOP -> connection.reply(OK);
      case VERB_VRFY -> vrfy(line, length);
      case VERB_HELP -> connection.reply(HELP);
      case VERB_QUIT -> quit(length);
      default -> unknown(line, length);
    }
  }

  /** The verb in capitals as a number; 0 when it is none of ours. All of ours have four letters. */
  private static int verb(byte[] line, int length) {
    if (length < 4 || (length > 4 && line[4] != ' ')) {
      return 0;
    }
    return (line[0] & 0xDF) << 24
        | (line[1] & 0xDF) << 16
        | (line[2] & 0xDF) << 8
        | (line[3] & 0xDF);
  }

  // the verbs

  private void helo(byte[] line, int length) {
    greet(line, length, false);
  }

  private void ehlo(byte[] line, int length) {
    greet(line, length, true);
  }

  private void greet(byte[] line, int length, boolean extended) {
    boolean valid = length > 5 && length - 5 <= 255;
    for (int i = 5; i < length; i++) {
      valid &= line[i] > ' ' && line[i] <= '~';
    }
    if (!valid) {
      bad(extended ? INVALID_EHLO : INVALID_HELO);
      return;
    }
    inTransaction = false;
    connection.park();
    String domain = text(line, 5, length);
    inbound.ehlo(domain, text(line, 0, length), extended ? this::ehloDone : this::heloDone);
  }

  private void heloDone(Outcome outcome) {
    if (outcome.accepted()) {
      greeted = true;
      connection.replyLine("250 " + hostname() + " says HELO to " + remote());
      inbound.state(ReceptionState.AWAITING_MAILFROM);
      connection.resume();
    } else {
      answer(outcome);
    }
  }

  private void ehloDone(Outcome outcome) {
    if (!outcome.accepted()) {
      answer(outcome);
      return;
    }
    greeted = true;
    int left = extensions.size();
    connection.replyLine((left > 0 ? "250-" : "250 ") + hostname() + " says EHLO to " + remote());
    for (Extension extension : extensions) {
      String line = --left > 0 ? "250-" : "250 ";
      line += extension.keyword();
      if (extension == Extension.SIZE && options.maxMessageSize() > 0) {
        line += " " + options.maxMessageSize();
      }
      connection.replyLine(line);
    }
    inbound.state(ReceptionState.AWAITING_MAILFROM);
    connection.resume();
  }

  private String remote() {
    return inbound.remoteAddress().map(java.net.InetAddress::getHostAddress).orElse("unix");
  }

  private void mail(byte[] line, int length) {
    if (!greeted && options.requireEhlo()) {
      bad(EHLO_NEEDED);
    } else if (inTransaction) {
      bad(MAIL_TWICE);
    } else if (listener.reloadedSince(inbound.generation())) {
      reconfigured();
    } else if (!printable(line, length)) {
      bad(nonAscii(line, length) ? NON_ASCII : MAIL_SYNTAX);
    } else {
      mailPath(line, withoutBlanks(line, length));
    }
  }

  private void mailPath(byte[] line, int length) {
    Mailbox path = new Mailbox(line, pathStart(line, length, " FROM:"), length, addressRules);
    Address sender = path.path(domains);
    MailParameters parameters = new MailParameters();
    Reply refusal =
        sender == null ? MAIL_SYNTAX : parameters.read(line, path.position(), length, extensions);
    if (sender == null || refusal != null) {
      bad(refusal == null ? MAIL_SYNTAX : refusal);
    } else if (options.maxMessageSize() > 0
        && parameters.size().orElse(0) > options.maxMessageSize()) {
      refuse(TOO_LARGE, "SIZE=" + parameters.size().getAsLong() + " declared");
    } else {
      // mail of one sender in a row shares its address while it waits
      lastSender = sender.equals(lastSender) ? lastSender : sender;
      connection.park();
      inbound.state(ReceptionState.AWAITING_MAILFROM);
      inbound.mailfrom(
          lastSender,
          text(line, 0, length),
          parameters.size(),
          parameters.eightBitMime(),
          mailDone);
    }
  }

  private void mailDone(Outcome outcome) {
    if (outcome.accepted()) {
      inTransaction = true;
      recipients = 0;
      inbound.state(ReceptionState.AWAITING_RCPTTO);
    }
    answer(outcome);
  }

  private void rcpt(byte[] line, int length) {
    if (!inTransaction) {
      bad(RCPT_EARLY);
    } else if (!printable(line, length)) {
      bad(nonAscii(line, length) ? NON_ASCII : RCPT_SYNTAX);
    } else {
      rcptPath(line, withoutBlanks(line, length));
    }
  }

  private void rcptPath(byte[] line, int length) {
    Mailbox path = new Mailbox(line, pathStart(line, length, " TO:"), length, addressRules);
    Address recipient = path.path(domains);
    if (recipient == null || recipient.isNull()) {
      bad(RCPT_SYNTAX);
      return;
    }
    if (path.position() < length) {
      Reply refusal = new MailParameters().read(line, path.position(), length, Set.of());
      if (refusal != null) {
        bad(refusal);
        return;
      }
    }
    connection.park();
    inbound.rcptto(recipient, text(line, 0, length), rcptDone);
  }

  private void rcptDone(Outcome outcome) {
    if (outcome.accepted()) {
      recipients++;
    }
    answer(outcome);
  }

  private void data(int length) {
    if (length > 4) {
      bad(DATA_ARGUMENT);
    } else if (!inTransaction) {
      bad(DATA_WITHOUT_MAIL);
    } else if (recipients == 0) {
      bad(DATA_WITHOUT_RCPT);
    } else {
      connection.park();
      inbound.state(ReceptionState.DATA_PHASE);
      inbound.data(dataDone);
    }
  }

  private void dataDone(Outcome outcome) {
    if (outcome.accepted()) {
      inbound.state(ReceptionState.READING_BODY);
      connection.content(listener.contentReader(options, inbound::receiving));
    } else {
      inbound.state(ReceptionState.AWAITING_RCPTTO);
    }
    answer(outcome);
  }

  /** The line with the dot has come. */
  void contentEnded(ContentReader reader) {
    Reply refusal =
        switch (reader.fault()) {
          case NONE -> null;
          case TOO_LARGE -> TOO_LARGE;
          case LONE_CR_OR_LF_IN_HEADERS -> LONE_IN_HEADERS;
          case LONE_CR_OR_LF_IN_BODY -> LONE_IN_BODY;
          case OUT_OF_MEMORY -> OUT_OF_MEMORY;
          case LOW_MEMORY -> LOW_MEMORY;
        };
    inTransaction = false;
    if (refusal == null) {
      inbound.state(ReceptionState.ASYNC_BODY_RESPONSE);
      connection.park();
      inbound.spool(reader.body(), spoolDone);
    } else if (refusal == OUT_OF_MEMORY) {
      end(refusal, refusal.text());
    } else {
      connection.contentDone();
      refuse(refusal, refusal == LOW_MEMORY ? "low memory" : refusal.text());
      inbound.reset();
      inbound.state(ReceptionState.AWAITING_MAILFROM);
    }
  }

  private void spoolDone(Outcome outcome) {
    connection.contentDone();
    inbound.state(ReceptionState.AWAITING_MAILFROM);
    answer(outcome);
  }

  private void rset(int length) {
    if (length > 4) {
      bad(RSET_ARGUMENT);
    } else if (listener.reloadedSince(inbound.generation())) {
      reconfigured();
    } else {
      inTransaction = false;
      inbound.reset();
      inbound.state(greeted ? ReceptionState.AWAITING_MAILFROM : ReceptionState.AWAITING_EHLO);
      connection.reply(OK);
    }
  }

  private void vrfy(byte[] line, int length) {
    if (length <= 5) {
      bad(new Reply(501, "5.5.4", "VRFY needs an argument"));
    } else if (!printable(line, length)) {
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

  private void unknown(byte[] line, int length) {
    int end = 0;
    while (end < length && line[end] != ' ') {
      end++;
    }
    String word = text(line, 0, Math.min(end, 16)).toUpperCase(Locale.ROOT);
    if (OTHER_PROTOCOLS.contains(word)) {
      end(WRONG_PROTOCOL, "another protocol: " + word);
    } else if (word.equals("EXPN") || word.equals("TURN")) {
      bad(NOT_IMPLEMENTED);
    } else {
      bad(printable(line, length) ? UNRECOGNIZED : BAD_OCTETS);
    }
  }

  // parsing

  /**
   * Where the path begins behind {@code MAIL FROM:} or {@code RCPT TO:}; the end when it is not
   * that.
   */
  private static int pathStart(byte[] line, int length, String word) {
    int at = 4;
    for (int i = 0; i < word.length(); i++, at++) {
      int octet = at < length ? line[at] : -1;
      int capital = octet >= 'a' && octet <= 'z' ? octet - 32 : octet;
      if (capital != word.charAt(i)) {
        return length;
      }
    }
    while (at < length && line[at] == ' ') {
      at++;
    }
    return at;
  }

  private int withoutBlanks(byte[] line, int length) {
    int end = length;
    while (options.rfc2821AllowWhitespaceInEnvelope()
        && end > 0
        && (line[end - 1] == ' ' || line[end - 1] == '\t')) {
      end--;
    }
    return end;
  }

  /** Whether there is nothing but printable ASCII, blanks and, where blanks are ignored, tabs. */
  private boolean printable(byte[] line, int length) {
    for (int i = 0; i < length; i++) {
      if ((line[i] < ' ' || line[i] > '~') && line[i] != '\t') {
        return false;
      }
    }
    return true;
  }

  private static boolean nonAscii(byte[] line, int length) {
    for (int i = 0; i < length; i++) {
      if (line[i] < 0) {
        return true;
      }
    }
    return false;
  }

  private static String text(byte[] line, int from, int to) {
    return new String(line, from, to - from, StandardCharsets.ISO_8859_1);
  }

  // answering

  /** Tells what a phase came to, and goes on. */
  private void answer(Outcome outcome) {
    connection.reply(outcome.reply());
    if (outcome.disconnect()) {
      connection.close();
    } else {
      connection.resume();
    }
  }

  /** Refuses what the client got wrong; not for ever. */
  private void bad(Reply reply) {
    refuse(reply, reply.text());
    if (++badCommands >= BAD_COMMANDS) {
      end(TOO_MANY_ERRORS, TOO_MANY_ERRORS.text());
    }
  }

  private void refuse(Reply reply, String reason) {
    inbound.rejected(reply, reason);
    connection.reply(reply);
  }

  private void end(Reply reply, String reason) {
    inbound.rejected(reply, reason);
    connection.reply(reply);
    connection.close();
  }

  private void reconfigured() {
    end(Reply.parse("421 " + options.reconfigMessage()), "the configuration was reloaded");
  }
}
