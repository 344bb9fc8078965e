package org.impetusmta.listener.esmtp;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.reception.MailCommand;
import org.impetusmta.api.reception.RcptCommand;
import org.impetusmta.api.reception.Reception.InboundSession;
import org.impetusmta.api.reception.Reception.Outcome;
import org.impetusmta.api.reception.ReceptionState;
import org.jspecify.annotations.Nullable;

/**
 * The mail transactions of a session: MAIL, RCPT, DATA and RSET (RFC 5321 section 3.3), answered
 * for each recipient where LMTP (RFC 2033) or PRDR says so; BDAT is {@link Chunks}'. Single; owned
 * by the session's event loop.
 */
final class MailTransaction {
  private static final Reply EHLO_NEEDED = new Reply(501, "5.5.1", "RFC2821 HELO/EHLO needed");
  private static final Reply MAIL_SYNTAX = new Reply(501, "5.5.2", "MAIL FROM syntax error");
  private static final Reply MAIL_TWICE = new Reply(501, "5.5.1", "MAIL FROM already established");
  private static final Reply RCPT_SYNTAX = new Reply(501, "5.5.2", "RCPT TO syntax error");
  private static final Reply RCPT_EARLY = new Reply(503, "5.5.1", "RCPT TO without MAIL FROM");
  private static final Reply DATA_ARGUMENT = new Reply(501, "5.5.4", "unexpected argument to DATA");
  private static final Reply DATA_WITHOUT_MAIL = new Reply(503, "5.5.1", "DATA without MAIL FROM");
  private static final Reply DATA_WITHOUT_RCPT = new Reply(503, "5.5.1", "DATA without RCPT TO");
  private static final Reply RSET_ARGUMENT = new Reply(501, "5.5.4", "invalid arguments to RSET");
  static final Reply TOO_LARGE = new Reply(552, "5.3.4", "message size limit exceeded");
  private static final Reply OUT_OF_MEMORY =
      new Reply(421, "4.3.4", "allocated resources exceeded");
  private static final Reply LOW_MEMORY =
      new Reply(452, "4.3.1", "Insufficient system storage, please try later");
  private static final Reply NON_ASCII =
      new Reply(553, "5.6.7", "non-ASCII addresses are not supported");
  private static final Reply NEEDS_SMTPUTF8 =
      new Reply(553, "5.6.7", "a non-ASCII address needs SMTPUTF8");
  private static final Reply AFTER_BDAT = new Reply(503, "5.5.1", "not between chunks of BDAT");
  private static final Reply BINARY_DATA = new Reply(503, "5.5.1", "BINARYMIME needs BDAT");
  private static final Reply NOT_CONVERTED =
      new Reply(554, "5.6.1", "not the MIME message that BINARYMIME declares");
  private static final Reply ANALYSIS =
      new Reply(353, "", "the content is looked at for each recipient");
  private static final Reply TAKEN = new Reply(250, "2.0.0", "OK");
  private static final Reply TAKEN_BY_NONE =
      new Reply(550, "5.7.1", "no recipient takes the message");
  private static final Reply TAKEN_BY_NONE_YET =
      new Reply(450, "4.7.1", "no recipient takes the message now");

  private static final MailParameters NO_PARAMETERS =
      new MailParameters(InstantSource.fixed(Instant.EPOCH), Duration.ZERO);

  private final EsmtpSession session;
  private final EsmtpConnection connection;
  private final InboundSession inbound;
  private final EsmtpOptions options;
  private final Mailbox.AddressRules addressRules;
  private final Mailbox.Domains domains = new Mailbox.Domains();
  private final Consumer<Outcome> mailDone = this::mailDone;
  private final Consumer<Outcome> rcptDone = this::rcptDone;
  private final Consumer<Outcome> dataDone = this::dataDone;
  private final Consumer<Outcome> spoolDone = this::spoolDone;
  private final Consumer<List<Outcome>> spoolDoneForEach = this::spoolDoneForEach;
  private final Chunks chunks;
  private final Forwarded forwarded;
  private Address lastSender = Address.NULL;
  private MailParameters parameters;
  private boolean open;

  /** Recipients that the client named and that were accepted. */
  private int named;

  MailTransaction(EsmtpSession session) {
    this.session = session;
    this.connection = session.connection();
    this.inbound = session.inbound();
    this.options = session.options();
    this.addressRules =
        new Mailbox.AddressRules(
            options.rfc2821PedanticAddressRules(), options.allowTrailingWhitespaceInCommands());
    this.chunks = new Chunks(session);
    this.forwarded = new Forwarded(session);
    this.parameters = NO_PARAMETERS;
  }

  /** Forgets the transaction, as a new greeting does. */
  void forget() {
    open = false;
    chunks.forget();
    forwarded.forget();
  }

  /** Whether MAIL was accepted and content is still to come. */
  boolean isOpen() {
    return open;
  }

  /** The recipients accepted, with what policy has made of them. */
  int recipients() {
    return inbound.transaction().map(transaction -> transaction.recipients().size()).orElse(0);
  }

  /** Whether BODY=BINARYMIME was declared. */
  boolean binary() {
    return parameters.binary();
  }

  Chunks chunks() {
    return chunks;
  }

  Forwarded forwarded() {
    return forwarded;
  }

  void mail(byte[] line, int length) {
    if (!session.greeting().greeted() && options.requireEhlo()) {
      session.bad(EHLO_NEEDED);
    } else if (session.authentication().required()) {
      session.bad(SessionAuthentication.REQUIRED);
    } else if (open) {
      session.bad(MAIL_TWICE);
    } else if (session.listener().reloadedSince(inbound.generation())) {
      session.reconfigured();
    } else if (!readable(line, length)) {
      session.bad(unreadable(line, length, MAIL_SYNTAX));
    } else {
      mailPath(line, withoutBlanks(line, length));
    }
  }

  /** Whether the line is text: ASCII, or UTF-8 where SMTPUTF8 is offered. */
  private boolean readable(byte[] line, int length) {
    return CommandLine.printable(line, length)
        || (session.extensions().contains(Extension.SMTPUTF8)
            && CommandLine.nonAscii(line, length)
            && CommandLine.isUtf8(line, length));
  }

  private Reply unreadable(byte[] line, int length, Reply syntax) {
    boolean unsupported =
        CommandLine.nonAscii(line, length) && !session.extensions().contains(Extension.SMTPUTF8);
    return unsupported ? NON_ASCII : syntax;
  }

  private void mailPath(byte[] line, int length) {
    Mailbox path =
        new Mailbox(line, CommandLine.pathStart(line, length, " FROM:"), length, addressRules);
    Address sender = path.path(domains);
    parameters =
        path.position() < length
            ? new MailParameters(session.listener().clock(), options.futureReleaseMaxInterval())
            : NO_PARAMETERS;
    Reply refusal =
        sender == null
            ? MAIL_SYNTAX
            : parameters.read(line, path.position(), length, session.parameters());
    if (refusal == null && !parameters.smtpUtf8() && CommandLine.nonAscii(line, length)) {
      refusal = NEEDS_SMTPUTF8;
    }
    if (sender == null || refusal != null) {
      session.bad(refusal == null ? MAIL_SYNTAX : refusal);
    } else if (options.maxMessageSize() > 0
        && parameters.size().orElse(0) > options.maxMessageSize()) {
      session.refuse(TOO_LARGE, "SIZE=" + parameters.size().getAsLong() + " declared");
    } else {
      // mail of one sender in a row shares its address while it waits
      lastSender = sender.equals(lastSender) ? lastSender : sender;
      connection.park();
      inbound.state(ReceptionState.AWAITING_MAILFROM);
      inbound.mailfrom(
          new MailCommand(
              lastSender,
              CommandLine.text(line, length),
              parameters.size(),
              parameters.eightBitMime(),
              forwarded.taken(context(parameters))),
          mailDone);
    }
  }

  /** RFC 4954 section 5: what a client says that is not trusted is not handed on. */
  private Map<String, String> context(MailParameters parameters) {
    if (parameters.submitter().isEmpty()) {
      return parameters.context();
    }
    Map<String, String> context = new LinkedHashMap<>(parameters.context());
    boolean trusted = inbound.context().get("can_relay").filter("true"::equals).isPresent();
    context.put(MailAuth.KEY, trusted ? parameters.submitter().get() : "<>");
    return context;
  }

  private void mailDone(Outcome outcome) {
    if (outcome.accepted()) {
      open = true;
      named = 0;
      inbound.state(ReceptionState.AWAITING_RCPTTO);
    }
    session.answer(outcome);
  }

  void rcpt(byte[] line, int length) {
    if (!open) {
      session.bad(RCPT_EARLY);
    } else if (chunks.begun()) {
      session.bad(AFTER_BDAT);
    } else if (!readable(line, length)) {
      session.bad(unreadable(line, length, RCPT_SYNTAX));
    } else {
      rcptPath(line, withoutBlanks(line, length));
    }
  }

  private void rcptPath(byte[] line, int length) {
    Mailbox path =
        new Mailbox(line, CommandLine.pathStart(line, length, " TO:"), length, addressRules);
    Address recipient = path.path(domains);
    if (recipient == null || recipient.isNull()) {
      session.bad(RCPT_SYNTAX);
      return;
    }
    Map<String, String> context = Map.of();
    if (path.position() < length) {
      RcptParameters given = new RcptParameters();
      Reply refusal = given.read(line, path.position(), length, session.parameters());
      if (refusal != null) {
        session.bad(refusal);
        return;
      }
      context = given.context();
    }
    if (!parameters.smtpUtf8() && CommandLine.nonAscii(line, length)) {
      session.bad(NEEDS_SMTPUTF8);
      return;
    }
    connection.park();
    inbound.rcptto(new RcptCommand(recipient, CommandLine.text(line, length), context), rcptDone);
  }

  private void rcptDone(Outcome outcome) {
    if (outcome.accepted()) {
      named++;
    }
    session.answer(outcome);
  }

  void data(int length) {
    if (length > 4) {
      session.bad(DATA_ARGUMENT);
    } else if (!open) {
      session.bad(DATA_WITHOUT_MAIL);
    } else if (recipients() == 0) {
      session.bad(DATA_WITHOUT_RCPT);
    } else if (chunks.begun()) {
      session.bad(AFTER_BDAT);
    } else if (parameters.binary()) {
      session.bad(BINARY_DATA);
    } else {
      connection.park();
      inbound.state(ReceptionState.DATA_PHASE);
      inbound.data(dataDone);
    }
  }

  private void dataDone(Outcome outcome) {
    if (outcome.accepted()) {
      inbound.state(ReceptionState.READING_BODY);
      connection.content(session.listener().contentReader(options, inbound::receiving));
    } else {
      inbound.state(ReceptionState.AWAITING_RCPTTO);
    }
    session.answer(outcome);
  }

  /** The line with the dot has come, or the last chunk. */
  void contentEnded(ContentReader reader) {
    Reply refusal = refusal(reader.fault());
    open = false;
    if (refusal == null) {
      spool(reader.body(), reader.loneLineEnds());
    } else {
      contentRefused(refusal);
    }
  }

  /** The last chunk of binary content has come and is converted, empty where it cannot be. */
  void contentEnded(BinaryContent content, Optional<Body> converted) {
    Reply fault = refusal(content.fault());
    open = false;
    if (fault == null && converted.isPresent()) {
      spool(converted.get(), false);
    } else {
      contentRefused(fault == null ? NOT_CONVERTED : fault);
      connection.resume();
    }
  }

  /** What is said to content with that fault; null to content without. */
  static @Nullable Reply refusal(ContentReader.Fault fault) {
    return switch (fault) {
      case NONE -> null;
      case TOO_LARGE -> TOO_LARGE;
      case OUT_OF_MEMORY -> OUT_OF_MEMORY;
      case LOW_MEMORY -> LOW_MEMORY;
    };
  }

  private void spool(Body body, boolean loneLineEnds) {
    inbound.state(ReceptionState.ASYNC_BODY_RESPONSE);
    connection.park();
    if (options.lmtp() || (parameters.prdr() && named > 1)) {
      if (!options.lmtp()) {
        connection.reply(ANALYSIS);
      }
      inbound.spoolForEach(body, loneLineEnds, spoolDoneForEach);
    } else {
      inbound.spool(body, loneLineEnds, spoolDone);
    }
  }

  private void contentRefused(Reply refusal) {
    if (refusal == OUT_OF_MEMORY) {
      session.end(refusal, refusal.text());
      return;
    }
    connection.contentDone();
    chunks.forget();
    refuseContent(refusal);
    for (int i = 1; i < named && options.lmtp(); i++) {
      connection.reply(refusal);
    }
    inbound.reset();
    inbound.state(ReceptionState.AWAITING_MAILFROM);
  }

  /** Says no to content that may go on. */
  void refuseContent(Reply refusal) {
    if (refusal == OUT_OF_MEMORY) {
      session.end(refusal, refusal.text());
    } else {
      session.refuse(refusal, refusal == LOW_MEMORY ? "low memory" : refusal.text());
    }
  }

  private void spoolDone(Outcome outcome) {
    contentLeft();
    session.answer(outcome);
  }

  private void contentLeft() {
    connection.contentDone();
    chunks.forget();
    forwarded.forget();
    inbound.state(ReceptionState.AWAITING_MAILFROM);
  }

  private void spoolDoneForEach(List<Outcome> outcomes) {
    contentLeft();
    boolean disconnect = false;
    boolean taken = false;
    boolean later = false;
    for (Outcome outcome : outcomes) {
      connection.reply(outcome.reply());
      disconnect |= outcome.disconnect();
      taken |= outcome.accepted();
      later |= outcome.reply().isTransient();
    }
    Outcome last =
        new Outcome(taken ? TAKEN : later ? TAKEN_BY_NONE_YET : TAKEN_BY_NONE, disconnect);
    if (!options.lmtp()) {
      session.answer(last);
    } else if (disconnect) {
      connection.close();
    } else {
      connection.resume();
    }
  }

  void rset(int length) {
    if (length > 4) {
      session.bad(RSET_ARGUMENT);
    } else if (session.listener().reloadedSince(inbound.generation())) {
      session.reconfigured();
    } else {
      forget();
      inbound.reset();
      inbound.state(
          session.greeting().greeted()
              ? ReceptionState.AWAITING_MAILFROM
              : ReceptionState.AWAITING_EHLO);
      connection.reply(EsmtpSession.OK);
    }
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
}
