package org.impetusmta.module.exim_logger;

import java.time.ZoneId;
import java.util.Locale;
import java.util.Optional;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.tls.OutboundTls;
import org.impetusmta.log.LineBuffer;
import org.impetusmta.log.LocalTime;
import org.impetusmta.log.LogFile;
import org.impetusmta.log.MailLogFormat;
import org.impetusmta.log.PeerName;

/**
 * Lines of Exim's main log, its default log selectors and a few more in force:
 *
 * <pre>
 * 2026-11-26 08:40:00 1vODAe-00a1b2-00 &lt;= a@example.com H=[192.0.2.1] P=esmtp S=201
 * 2026-11-26 08:40:01 1vODAe-00a1b2-00 =&gt; b@example.net R=GROUP T=BINDING H=[192.0.2.9] C="250 ok" QT=1s
 * 2026-11-26 08:40:01 1vODAe-00a1b2-00 Completed QT=1s
 * 2026-11-26 08:40:01 1vODAe-00a1b2-00 == b@example.net R=… T=… defer (-44) H=[…]: SMTP error from …
 * 2026-11-26 08:40:01 1vODAe-00a1b2-00 ** b@example.net R=… T=… H=[…]: SMTP error from …
 * 2026-11-26 08:40:01 H=[192.0.2.1] rejected RCPT TO: 550 5.7.1 relaying denied
 * </pre>
 *
 * <p>A message has one recipient here, so each has its lines and its {@code Completed}. Source: the
 * Exim specification, chapter "Log files". Thread-safety: single.
 */
final class EximFormat implements MailLogFormat {
  private static final String DIGITS =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

  /** What would end a field that is not quoted. */
  private static final String ENDS = " \"";

  private static final int UNKNOWN_ERROR = -1;
  private static final int RCPT_4XX = -44;
  private static final int MAIL_4XX = -45;
  private static final int DATA_4XX = -46;

  private final LocalTime times;

  EximFormat(ZoneId zone) {
    times = new LocalTime(zone, "yyyy-MM-dd HH:mm:ss");
  }

  /**
   * An id as Exim has it, {@code SSSSSS-PPPPPP-NN} in base 62: the second, and process and counter
   * in the place of the process.
   */
  static String id(MessageId id) {
    char[] text = new char[16];
    base62(text, 0, 6, id.seconds());
    text[6] = '-';
    base62(text, 7, 6, (long) id.process() << 16 | id.counter());
    text[13] = '-';
    base62(text, 14, 2, 0);
    return new String(text);
  }

  private static void base62(char[] text, int from, int digits, long number) {
    long rest = number;
    for (int i = from + digits - 1; i >= from; i--) {
      text[i] = DIGITS.charAt((int) (rest % 62));
      rest /= 62;
    }
  }

  @Override
  public void reception(LogFile log, LogEvent.Reception event) {
    Message message = event.message();
    LineBuffer line = begin(log, event.timeMicros(), message).ascii(" <= ");
    address(line, message.sender());
    Optional<PeerName> client = PeerName.of(message.sourceAddress());
    client.ifPresent(peer -> line.ascii(" H=[").ascii(peer.ip()).ascii(']'));
    line.ascii(" P=")
        .without(ENDS, client.isPresent() ? message.protocol().toLowerCase(Locale.ROOT) : "local");
    line.ascii(" S=").decimal(message.size());
    log.endLine();
  }

  @Override
  public void delivery(LogFile log, LogEvent.Delivery event) {
    Message message = event.message();
    LineBuffer line = begin(log, event.timeMicros(), message).ascii(" => ");
    address(line, message.recipient());
    way(line, event.bindingGroup(), event.binding());
    host(line, event.remoteAddress());
    event.tls().ifPresent(tls -> tls(line, tls));
    line.ascii(" C=").quoted(event.reply().toString());
    queueTime(line, event.timeMicros(), message);
    log.endLine();
    completed(log, event.timeMicros(), message);
  }

  @Override
  public void failure(LogFile log, LogEvent.Failure event) {
    Message message = event.message();
    LineBuffer line =
        begin(log, event.timeMicros(), message).ascii(event.permanent() ? " ** " : " == ");
    address(line, message.recipient());
    way(line, event.bindingGroup(), event.binding());
    if (!event.permanent()) {
      line.ascii(" defer (").decimal(error(event)).ascii(')');
    }
    event.remoteAddress().ifPresent(remote -> host(line, remote));
    event.tls().ifPresent(tls -> tls(line, tls));
    line.ascii(": ");
    if (event.remoteAddress().isPresent()) {
      cause(line, event.stage(), message);
    }
    line.text(event.reply().toString());
    log.endLine();
    if (event.permanent()) {
      completed(log, event.timeMicros(), message);
    }
  }

  @Override
  public void rejection(LogFile log, LogEvent.Rejection event) {
    LineBuffer line = log.line().ascii(times.of(event.timeMicros()));
    host(line, event.remote());
    line.ascii(event.reply().isTransient() ? " temporarily rejected " : " rejected ");
    line.ascii(
        switch (event.state()) {
          case JUST_CONNECTED, SENDING_BANNER, CONCURRENCY_LIMIT -> "connection in \"connect\" ACL";
          case AWAITING_EHLO, SENDING_EHLO_RESPONSE -> "EHLO or HELO";
          case AWAITING_MAILFROM, SENDING_MAILFROM_RESPONSE -> "MAIL FROM";
          case AWAITING_RCPTTO,
              SENDING_RCPTTO_RESPONSE,
              RELAYING_DENIED,
              RCPTTO_LIST_RESPONSE,
              RCPTTO_LIST_FINAL_RESPONSE ->
              "RCPT TO";
          case DATA_PHASE,
              READING_BODY,
              SENDING_BODY_RESPONSE,
              ASYNC_BODY_HANDLER,
              ASYNC_BODY_RESPONSE ->
              "after DATA";
          case EXTENSION_1, EXTENSION_2, EXTENSION_3, EXTENSION_4, ESMTP_SETUP -> "command";
        });
    line.ascii(": ").text(told(event.reply(), event.reason()));
    log.endLine();
  }

  @Override
  public void diagnostic(LogFile log, LogEvent.Diagnostic event) {
    log.line().ascii(times.of(event.timeMicros())).ascii(' ');
    log.line().text(event.source()).ascii(": ").text(event.text());
    log.endLine();
  }

  private static String told(Reply reply, String reason) {
    return reason.isEmpty() || reason.equals(reply.text()) ? reply.toString() : reason;
  }

  private LineBuffer begin(LogFile log, long micros, Message message) {
    return log.line().ascii(times.of(micros)).ascii(' ').ascii(id(message.id()));
  }

  private void completed(LogFile log, long micros, Message message) {
    queueTime(begin(log, micros, message).ascii(" Completed"), micros, message);
    log.endLine();
  }

  private static void address(LineBuffer line, Address address) {
    if (address.isNull()) {
      line.ascii("<>");
    } else {
      line.without(" <>", address.toString());
    }
  }

  private static void way(LineBuffer line, String group, String binding) {
    line.ascii(" R=").without(ENDS, group).ascii(" T=").without(ENDS, binding);
  }

  private static void host(LineBuffer line, String remote) {
    PeerName.of(remote).ifPresent(peer -> line.ascii(" H=[").ascii(peer.ip()).ascii(']'));
  }

  private static void tls(LineBuffer line, OutboundTls tls) {
    if (tls.encrypted()) {
      line.ascii(" X=").without(ENDS, tls.protocol().replace("TLSv", "TLS"));
      line.ascii(':').without(ENDS, tls.cipher()).ascii(':').decimal(tls.usedBits());
      line.ascii(tls.verified() ? " CV=yes" : " CV=no");
    }
  }

  /** {@code 1d2h3m4s}, what is 0 left out; {@code 0s}. */
  private static void queueTime(LineBuffer line, long micros, Message message) {
    long seconds = Math.max(0, Math.floorDiv(micros, 1000L) - message.receivedMillis()) / 1000;
    line.ascii(" QT=");
    part(line, seconds / 604_800, 'w');
    part(line, seconds / 86_400 % 7, 'd');
    part(line, seconds / 3600 % 24, 'h');
    part(line, seconds / 60 % 60, 'm');
    if (seconds == 0 || seconds % 60 != 0) {
      line.decimal(seconds % 60).ascii('s');
    }
  }

  private static void part(LineBuffer line, long count, char unit) {
    if (count != 0) {
      line.decimal(count).ascii(unit);
    }
  }

  private static int error(LogEvent.Failure event) {
    return switch (event.stage()) {
      case MAIL_FROM, AFTER_MAIL_FROM -> MAIL_4XX;
      case RCPT_TO, AFTER_RCPT_TO -> RCPT_4XX;
      case DATA, AFTER_DATA, BODY, CONFIRMATION -> DATA_4XX;
      default -> UNKNOWN_ERROR;
    };
  }

  private static void cause(LineBuffer line, Stage stage, Message message) {
    line.ascii("SMTP error from remote mail server after ");
    switch (stage) {
      case BANNER, NOT_CONNECTED, IDLE, UNKNOWN, OUT_OF_BAND -> line.ascii("initial connection");
      case MAIL_FROM, AFTER_MAIL_FROM ->
          line.ascii("MAIL FROM:<").without(" <>", message.sender().toString()).ascii('>');
      case RCPT_TO, AFTER_RCPT_TO ->
          line.ascii("RCPT TO:<").without(" <>", message.recipient().toString()).ascii('>');
      case DATA, AFTER_DATA -> line.ascii("DATA");
      case BODY, CONFIRMATION -> line.ascii("end of data");
      case EHLO, AFTER_EHLO -> line.ascii("EHLO");
      case RSET, AFTER_RSET -> line.ascii("RSET");
      case STARTTLS, AFTER_STARTTLS, TLS_HANDSHAKE, TLS_RENEGOTIATION -> line.ascii("STARTTLS");
      case XCLIENT, AFTER_XCLIENT -> line.ascii("XCLIENT");
    }
    line.ascii(": ");
  }
}
