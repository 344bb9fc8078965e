package org.impetusmta.listener.esmtp;

import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.reception.MailCommand;
import org.impetusmta.api.reception.RcptCommand;
import org.impetusmta.api.reception.Reception.InboundSession;
import org.impetusmta.api.reception.Reception.Outcome;
import org.impetusmta.api.reception.ReceptionState;

/**
 * The mail transactions of a session: MAIL, RCPT, DATA and RSET (RFC 5321 section 3.3). Single;
 * owned by the session's event loop.
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
  private static final Reply TOO_LARGE = new Reply(552, "5.3.4", "message size limit exceeded");
  private static final Reply OUT_OF_MEMORY =
      new Reply(421, "4.3.4", "allocated resources exceeded");
  private static final Reply LOW_MEMORY =
      new Reply(452, "4.3.1", "Insufficient system storage, please try later");
  private static final Reply LONE_IN_HEADERS =
      new Reply(550, "5.6.0", "Lone CR or LF in headers (see RFC2822 section 2.2)");
  private static final Reply LONE_IN_BODY =
      new Reply(550, "5.6.0", "Lone CR or LF in body (see RFC2822 section 2.3)");
  private static final Reply NON_ASCII =
      new Reply(553, "5.6.7", "non-ASCII addresses are not supported");

  private final EsmtpSession session;
  private final EsmtpConnection connection;
  private final InboundSession inbound;
  private final EsmtpOptions options;
  private final Mailbox.AddressRules addressRules;
  private final Mailbox.Domains domains = new Mailbox.Domains();
  private final Consumer<Outcome> mailDone = this::mailDone;
  private final Consumer<Outcome> dataDone = this::dataDone;
  private final Consumer<Outcome> spoolDone = this::spoolDone;
  private Address lastSender = Address.NULL;
  private boolean open;

  MailTransaction(EsmtpSession session) {
    this.session = session;
    this.connection = session.connection();
    this.inbound = session.inbound();
    this.options = session.options();
    this.addressRules =
        new Mailbox.AddressRules(
            options.rfc2821PedanticAddressRules(), options.allowTrailingWhitespaceInCommands());
  }

  /** Forgets the transaction, as a new greeting does. */
  void forget() {
    open = false;
  }

  /** Whether a transaction has begun. */
  boolean open() {
    return open;
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
    } else if (!CommandLine.printable(line, length)) {
      session.bad(CommandLine.nonAscii(line, length) ? NON_ASCII : MAIL_SYNTAX);
    } else {
      mailPath(line, withoutBlanks(line, length));
    }
  }

  private void mailPath(byte[] line, int length) {
    Mailbox path =
        new Mailbox(line, CommandLine.pathStart(line, length, " FROM:"), length, addressRules);
    Address sender = path.path(domains);
    MailParameters parameters = new MailParameters();
    Reply refusal =
        sender == null
            ? MAIL_SYNTAX
            : parameters.read(line, path.position(), length, session.extensions());
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
              CommandLine.text(line, 0, length),
              parameters.size(),
              parameters.eightBitMime(),
              context(parameters)),
          mailDone);
    }
  }

  /** RFC 4954 section 5: what a client says that is not trusted is not handed on. */
  private Map<String, String> context(MailParameters parameters) {
    return parameters.submitter().isEmpty()
        ? Map.of()
        : Map.of(
            MailAuth.KEY,
            inbound.context().get("can_relay").filter("true"::equals).isPresent()
                ? parameters.submitter().get()
                : "<>");
  }

  private void mailDone(Outcome outcome) {
    if (outcome.accepted()) {
      open = true;
      inbound.state(ReceptionState.AWAITING_RCPTTO);
    }
    session.answer(outcome);
  }

  void rcpt(byte[] line, int length) {
    if (!open) {
      session.bad(RCPT_EARLY);
    } else if (!CommandLine.printable(line, length)) {
      session.bad(CommandLine.nonAscii(line, length) ? NON_ASCII : RCPT_SYNTAX);
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
    if (path.position() < length) {
      Reply refusal = new MailParameters().read(line, path.position(), length, Set.of());
      if (refusal != null) {
        session.bad(refusal);
        return;
      }
    }
    connection.park();
    inbound.rcptto(
        new RcptCommand(recipient, CommandLine.text(line, 0, length), Map.of()), session::answer);
  }

  void data(int length) {
    if (length > 4) {
      session.bad(DATA_ARGUMENT);
    } else if (!open) {
      session.bad(DATA_WITHOUT_MAIL);
    } else if (inbound.transaction().map(mail -> mail.recipients().isEmpty()).orElse(true)) {
      session.bad(DATA_WITHOUT_RCPT);
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
    open = false;
    if (refusal == null) {
      inbound.state(ReceptionState.ASYNC_BODY_RESPONSE);
      connection.park();
      inbound.spool(reader.body(), spoolDone);
    } else if (refusal == OUT_OF_MEMORY) {
      session.end(refusal, refusal.text());
    } else {
      connection.contentDone();
      session.refuse(refusal, refusal == LOW_MEMORY ? "low memory" : refusal.text());
      inbound.reset();
      inbound.state(ReceptionState.AWAITING_MAILFROM);
    }
  }

  private void spoolDone(Outcome outcome) {
    connection.contentDone();
    inbound.state(ReceptionState.AWAITING_MAILFROM);
    session.answer(outcome);
  }

  void rset(int length) {
    if (length > 4) {
      session.bad(RSET_ARGUMENT);
    } else if (session.listener().reloadedSince(inbound.generation())) {
      session.reconfigured();
    } else {
      open = false;
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
