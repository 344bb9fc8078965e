package org.impetusmta.module.postfix_logger;

import java.time.ZoneId;
import java.util.HexFormat;
import java.util.Optional;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.Reply;
import org.impetusmta.log.LineBuffer;
import org.impetusmta.log.LocalTime;
import org.impetusmta.log.LogFile;
import org.impetusmta.log.MailLogFormat;
import org.impetusmta.log.PeerName;

/**
 * Lines of Postfix as syslogd writes them, {@code Nov 26 08:40:00 HOST postfix/PROGRAM[PID]: }
 * before each:
 *
 * <pre>
 * smtpd: 00A1B2C3D4E5F607: client=unknown[192.0.2.1]
 * qmgr: 00A1B2C3D4E5F607: from=&lt;a@example.com&gt;, size=201, nrcpt=1 (queue active)
 * smtp: 00A1B2C3D4E5F607: to=&lt;b@example.net&gt;, relay=192.0.2.9[192.0.2.9]:25, delay=1.2,
 *     delays=0/1.2/0/0, dsn=2.0.0, status=sent (250 2.0.0 ok)
 * qmgr: 00A1B2C3D4E5F607: removed
 * smtpd: NOQUEUE: reject: RCPT from unknown[192.0.2.1]: 550 5.7.1 relaying denied; proto=SMTP
 * </pre>
 *
 * <p>A message has one recipient here. What the server makes itself has no {@code client=}, as in
 * Postfix. Thread-safety: single.
 */
final class PostfixFormat implements MailLogFormat {
  private static final String SMTP_PORT = "25";
  private static final HexFormat HEXADECIMAL = HexFormat.of().withUpperCase();

  private final LocalTime times;
  private final String hostname;
  private final long process;

  /**
   * @param hostname what syslogd would call this host
   */
  PostfixFormat(ZoneId zone, String hostname, long process) {
    times = LocalTime.syslog(zone);
    this.hostname = hostname;
    this.process = process;
  }

  @Override
  public void reception(LogFile log, LogEvent.Reception event) {
    Message message = event.message();
    Optional<PeerName> client = PeerName.of(message.sourceAddress());
    if (client.isPresent()) {
      queueId(begin(log, event.timeMicros(), "smtpd"), message).ascii("client=");
      client(log.line(), client.get());
      log.endLine();
    } else if (!message.protocol().equals("internal")) {
      queueId(begin(log, event.timeMicros(), "pickup"), message).ascii("uid=0 from=<");
      address(log.line(), message.sender().toString()).ascii('>');
      log.endLine();
    }
    queueId(begin(log, event.timeMicros(), "qmgr"), message).ascii("from=<");
    address(log.line(), message.sender().toString()).ascii(">, size=").decimal(message.size());
    log.line().ascii(", nrcpt=1 (queue active)");
    log.endLine();
  }

  @Override
  public void delivery(LogFile log, LogEvent.Delivery event) {
    Optional<String> remote = Optional.of(event.remoteAddress());
    Reply reply = event.reply();
    attempt(log, event.timeMicros(), event.message(), remote, reply, '2');
    log.line().ascii("status=sent (");
    text(log.line(), reply.toString()).ascii(')');
    log.endLine();
    removed(log, event.timeMicros(), event.message());
  }

  @Override
  public void failure(LogFile log, LogEvent.Failure event) {
    Reply reply = event.reply();
    char kind = event.permanent() ? '5' : '4';
    attempt(log, event.timeMicros(), event.message(), event.remoteAddress(), reply, kind);
    LineBuffer line =
        log.line().ascii(event.permanent() ? "status=bounced (" : "status=deferred (");
    Optional<PeerName> peer = event.remoteAddress().flatMap(PeerName::of);
    if (peer.isPresent()) {
      line.ascii("host ");
      relay(line, peer.get()).ascii(" said: ");
      text(line, reply.toString());
      line.ascii(" (in reply to ").ascii(command(event.stage())).ascii(')');
    } else {
      text(line, reply.toString());
    }
    line.ascii(')');
    log.endLine();
    if (event.permanent()) {
      removed(log, event.timeMicros(), event.message());
    }
  }

  @Override
  public void rejection(LogFile log, LogEvent.Rejection event) {
    LineBuffer line = begin(log, event.timeMicros(), "smtpd").ascii("NOQUEUE: reject: ");
    line.ascii(
        switch (event.state()) {
          case JUST_CONNECTED, SENDING_BANNER, CONCURRENCY_LIMIT -> "CONNECT";
          case AWAITING_EHLO, SENDING_EHLO_RESPONSE -> "EHLO";
          case AWAITING_MAILFROM, SENDING_MAILFROM_RESPONSE -> "MAIL";
          case AWAITING_RCPTTO,
              SENDING_RCPTTO_RESPONSE,
              RELAYING_DENIED,
              RCPTTO_LIST_RESPONSE,
              RCPTTO_LIST_FINAL_RESPONSE ->
              "RCPT";
          case DATA_PHASE -> "DATA";
          case READING_BODY, SENDING_BODY_RESPONSE, ASYNC_BODY_HANDLER, ASYNC_BODY_RESPONSE ->
              "END-OF-MESSAGE";
          case EXTENSION_1, EXTENSION_2, EXTENSION_3, EXTENSION_4, ESMTP_SETUP -> "UNKNOWN";
        });
    line.ascii(" from ");
    Optional<PeerName> client = PeerName.of(event.remote());
    if (client.isPresent()) {
      client(line, client.get());
    } else {
      line.ascii("unknown[unknown]");
    }
    Reply reply = event.reply();
    line.ascii(": ")
        .decimal(reply.code())
        .ascii(' ')
        .ascii(dsn(reply, reply.isPermanent() ? '5' : '4'));
    String reason = event.reason().isEmpty() ? reply.text() : event.reason();
    text(line.ascii(' '), reason).ascii("; proto=SMTP");
    log.endLine();
  }

  @Override
  public void diagnostic(LogFile log, LogEvent.Diagnostic event) {
    LineBuffer line = begin(log, event.timeMicros(), "master");
    line.ascii(
        switch (event.level()) {
          case CRITICAL -> "panic: ";
          case ERROR -> "fatal: ";
          case WARNING -> "warning: ";
          case NOTICE, INFO, DEBUG -> "";
        });
    line.text(event.source()).ascii(": ").text(event.text());
    log.endLine();
  }

  private LineBuffer begin(LogFile log, long micros, String program) {
    LineBuffer line = log.line().ascii(times.of(micros)).ascii(' ').without(" ", hostname);
    return line.ascii(" postfix/").ascii(program).ascii('[').decimal(process).ascii("]: ");
  }

  /** All bits of the id, 16 hexadecimal digits. */
  private static LineBuffer queueId(LineBuffer line, Message message) {
    return line.ascii(id(message.id())).ascii(": ");
  }

  static String id(MessageId id) {
    return HEXADECIMAL.toHexDigits(id.bits());
  }

  private void removed(LogFile log, long micros, Message message) {
    queueId(begin(log, micros, "qmgr"), message).ascii("removed");
    log.endLine();
  }

  private void attempt(
      LogFile log, long micros, Message message, Optional<String> remote, Reply reply, char kind) {
    Optional<PeerName> peer = remote.flatMap(PeerName::of);
    boolean host = peer.isPresent() || remote.isEmpty();
    LineBuffer line = queueId(begin(log, micros, host ? "smtp" : "pipe"), message).ascii("to=<");
    address(line, message.recipient().toString()).ascii(">, relay=");
    if (peer.isPresent()) {
      relay(line, peer.get());
    } else {
      line.without(" ,<>()[]", remote.orElse("none"));
    }
    long millis = Math.max(0, Math.floorDiv(micros, 1000L) - message.receivedMillis());
    String delay = delay(millis);
    line.ascii(", delay=").ascii(delay).ascii(", delays=0/").ascii(delay);
    line.ascii("/0/0, dsn=").ascii(dsn(reply, kind)).ascii(", ");
  }

  /** Seconds with two significant digits at most: {@code 0.05}, {@code 1.2}, {@code 31}. */
  static String delay(long millis) {
    if (millis < 10) {
      return millis == 0 ? "0" : "0.01";
    }
    if (millis >= 9950) {
      return Long.toString((millis + 500) / 1000);
    }
    long hundredths = (millis + 5) / 10;
    String text =
        millis < 995
            ? (hundredths < 10 ? "0.0" : "0.") + hundredths
            : (millis + 50) / 1000 + "." + (millis + 50) / 100 % 10;
    return text.endsWith("0")
        ? text.substring(0, text.length() - (text.endsWith(".0") ? 2 : 1))
        : text;
  }

  private static LineBuffer relay(LineBuffer line, PeerName peer) {
    line.ascii(peer.ip()).ascii('[').ascii(peer.ip()).ascii("]:");
    return line.ascii(peer.port().orElse(SMTP_PORT));
  }

  private static void client(LineBuffer line, PeerName client) {
    line.ascii("unknown[").ascii(client.ip()).ascii(']');
  }

  private static LineBuffer address(LineBuffer line, String address) {
    return line.without("<>", address);
  }

  /** Lines of a reply become one; no text looks like a field of ours. */
  private static LineBuffer text(LineBuffer line, String text) {
    return line.text(text.replace('\n', ' ').replace("=<", "= <"));
  }

  /** The enhanced code, or what Postfix takes for one where there is none. */
  private static String dsn(Reply reply, char kind) {
    String enhanced = reply.enhanced();
    return !enhanced.isEmpty() && enhanced.charAt(0) == kind ? enhanced : kind + ".0.0";
  }

  private static String command(Stage stage) {
    return switch (stage) {
      case BANNER, NOT_CONNECTED, IDLE, UNKNOWN, OUT_OF_BAND -> "initial server greeting";
      case MAIL_FROM, AFTER_MAIL_FROM -> "MAIL FROM command";
      case RCPT_TO, AFTER_RCPT_TO -> "RCPT TO command";
      case DATA, AFTER_DATA -> "DATA command";
      case BODY, CONFIRMATION -> "end of DATA command";
      case EHLO, AFTER_EHLO -> "EHLO command";
      case RSET, AFTER_RSET -> "RSET command";
      case STARTTLS, AFTER_STARTTLS, TLS_HANDSHAKE, TLS_RENEGOTIATION -> "STARTTLS command";
      case XCLIENT, AFTER_XCLIENT -> "XCLIENT command";
    };
  }
}
