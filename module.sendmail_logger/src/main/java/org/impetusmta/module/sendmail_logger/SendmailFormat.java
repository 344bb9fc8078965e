package org.impetusmta.module.sendmail_logger;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
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
 * Lines of Sendmail 8.17 as syslogd writes them, {@code Nov 26 08:40:00 HOST sendmail[PID]: }
 * before each:
 *
 * <pre>
 * 6AQ8e0Zt012345: from=&lt;a@example.com&gt;, size=201, class=0, nrcpts=1, proto=ESMTP,
 *     daemon=MTA, relay=[192.0.2.1]
 * 6AQ8e0Zt012345: to=&lt;b@example.net&gt;, delay=00:00:01, xdelay=00:00:00, mailer=esmtp, pri=30201,
 *     relay=[192.0.2.9], dsn=2.0.0, stat=Sent (250 ok)
 * NOQUEUE: ruleset=check_rcpt, relay=[192.0.2.1], reject=550 5.7.1 relaying denied
 * </pre>
 *
 * <p>A message has one recipient here. Thread-safety: single.
 */
final class SendmailFormat implements MailLogFormat {
  /** Digits of the parts of an id: numbers below 60. */
  private static final String SIXTY =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwx";

  /** What analysers look for, Postfix's words among it, wherever in the line. */
  private static final Pattern FIELD =
      Pattern.compile(
          "\\b(from|to|size|nrcpts|proto|daemon|relay|x?delay|mailer|pri|dsn|reply|stat|status"
              + "|ruleset|arg1|reject)=");

  /** The comma that lets SMA take what follows for the status, with a sign or without. */
  private static final Pattern STATUS = Pattern.compile(",(?=\\s*stat)");

  /** What a recipient adds to the priority of a message: RecipientFactor. */
  private static final int RECIPIENT_FACTOR = 30_000;

  /** What an attempt adds to the priority of a message: RetryFactor. */
  private static final long RETRY_FACTOR = 90_000;

  private final LocalTime times;
  private final String hostname;
  private final long process;

  /**
   * @param hostname what syslogd would call this host
   */
  SendmailFormat(ZoneId zone, String hostname, long process) {
    times = LocalTime.syslog(zone);
    this.hostname = hostname;
    this.process = process;
  }

  /**
   * An id as Sendmail has it: year, month, day, hour, minute and second of the moment (UTC), a
   * number in two digits to the base of 60, and the process, six decimal digits or more.
   */
  static String id(MessageId id) {
    ZonedDateTime time = Instant.ofEpochSecond(id.seconds()).atZone(ZoneOffset.UTC);
    StringBuilder text = new StringBuilder(15);
    int[] parts = {
      (time.getYear() - 1900) % 60,
      time.getMonthValue() - 1,
      time.getDayOfMonth(),
      time.getHour(),
      time.getMinute(),
      time.getSecond(),
      id.counter() / 60 % 60,
      id.counter() % 60
    };
    for (int part : parts) {
      text.append(SIXTY.charAt(part));
    }
    // a counter that two digits do not hold goes on above the 16 bits of the process
    int above = id.counter() / 3600;
    String process = Long.toString(above << 16 | id.process());
    return text.repeat('0', Math.max(0, 6 - process.length())).append(process).toString();
  }

  @Override
  public void reception(LogFile log, LogEvent.Reception event) {
    Message message = event.message();
    LineBuffer line = begin(log, event.timeMicros(), id(message.id())).ascii("from=<");
    line.without("<>", message.sender().toString());
    line.ascii(">, size=").decimal(message.size()).ascii(", class=0, nrcpts=1");
    Optional<PeerName> client = PeerName.of(message.sourceAddress());
    if (client.isPresent()) {
      line.ascii(", proto=").without(" ,", message.protocol().toUpperCase(Locale.ROOT));
      line.ascii(", daemon=MTA, relay=");
      host(line, client.get());
    } else {
      line.ascii(", relay=localhost");
    }
    log.endLine();
  }

  @Override
  public void delivery(LogFile log, LogEvent.Delivery event) {
    Reply reply = event.reply();
    Optional<String> remote = Optional.of(event.remoteAddress());
    attempt(log, event.timeMicros(), event.message(), remote, event.retries());
    log.line().ascii(", dsn=").ascii(dsn(reply, '2')).ascii(", stat=Sent (");
    text(log.line(), reply.text()).ascii(')');
    log.endLine();
  }

  @Override
  public void failure(LogFile log, LogEvent.Failure event) {
    Reply reply = event.reply();
    attempt(log, event.timeMicros(), event.message(), event.remoteAddress(), event.retries());
    LineBuffer line = log.line();
    line.ascii(", dsn=").ascii(dsn(reply, event.permanent() ? '5' : '4'));
    if (event.remoteAddress().isPresent()) {
      text(line.ascii(", reply="), reply.toString());
    }
    line.ascii(", stat=");
    if (event.permanent()) {
      line.ascii(status(reply));
    } else {
      text(line.ascii("Deferred: "), reply.toString());
    }
    log.endLine();
  }

  @Override
  public void rejection(LogFile log, LogEvent.Rejection event) {
    LineBuffer line = begin(log, event.timeMicros(), "NOQUEUE").ascii("ruleset=");
    line.ascii(
        switch (event.state()) {
          case JUST_CONNECTED, SENDING_BANNER, CONCURRENCY_LIMIT -> "check_relay";
          case AWAITING_EHLO, SENDING_EHLO_RESPONSE -> "check_helo";
          case AWAITING_MAILFROM, SENDING_MAILFROM_RESPONSE -> "check_mail";
          case AWAITING_RCPTTO,
              SENDING_RCPTTO_RESPONSE,
              RELAYING_DENIED,
              RCPTTO_LIST_RESPONSE,
              RCPTTO_LIST_FINAL_RESPONSE ->
              "check_rcpt";
          case DATA_PHASE -> "check_data";
          case READING_BODY, SENDING_BODY_RESPONSE, ASYNC_BODY_HANDLER, ASYNC_BODY_RESPONSE ->
              "check_eom";
          case EXTENSION_1, EXTENSION_2, EXTENSION_3, EXTENSION_4, ESMTP_SETUP -> "check_other";
        });
    line.ascii(", relay=");
    PeerName.of(event.remote())
        .ifPresentOrElse(client -> host(line, client), () -> line.ascii("localhost"));
    text(line.ascii(", reject="), event.reply().toString());
    log.endLine();
  }

  @Override
  public void diagnostic(LogFile log, LogEvent.Diagnostic event) {
    LineBuffer line = begin(log, event.timeMicros(), "NOQUEUE");
    boolean grave =
        switch (event.level()) {
          case CRITICAL, ERROR -> true;
          case WARNING, NOTICE, INFO, DEBUG -> false;
        };
    line.ascii(grave ? "SYSERR(root): " : "").text(event.source()).ascii(": ").text(event.text());
    log.endLine();
  }

  private LineBuffer begin(LogFile log, long micros, String id) {
    LineBuffer line = log.line().ascii(times.of(micros)).ascii(' ').without(" ", hostname);
    return line.ascii(" sendmail[").decimal(process).ascii("]: ").ascii(id).ascii(": ");
  }

  private void attempt(
      LogFile log, long micros, Message message, Optional<String> remote, int retries) {
    LineBuffer line = begin(log, micros, id(message.id())).ascii("to=<");
    line.without("<>", message.recipient().toString()).ascii(">, delay=");
    long seconds = Math.max(0, Math.floorDiv(micros, 1000L) - message.receivedMillis()) / 1000;
    if (seconds >= 86_400) {
      line.decimal(seconds / 86_400).ascii('+');
    }
    line.digits(seconds / 3600 % 24, 2).ascii(':').digits(seconds / 60 % 60, 2);
    line.ascii(':').digits(seconds % 60, 2).ascii(", xdelay=00:00:00, mailer=");
    Optional<PeerName> peer = remote.flatMap(PeerName::of);
    line.ascii(peer.isPresent() || remote.isEmpty() ? "esmtp" : "prog");
    line.ascii(", pri=").decimal(RECIPIENT_FACTOR + message.size() + retries * RETRY_FACTOR);
    if (peer.isPresent()) {
      host(line.ascii(", relay="), peer.get());
    } else {
      remote.ifPresent(name -> line.ascii(", relay=").without(" ,", name));
    }
  }

  private static void host(LineBuffer line, PeerName peer) {
    line.ascii('[').ascii(peer.ip()).ascii(']');
  }

  /**
   * Lines of a reply become one; what would look like a field, {@code dsn=}, gets a blank before
   * its sign, and a comma before {@code stat} becomes a semicolon.
   */
  private static LineBuffer text(LineBuffer line, String text) {
    String one = FIELD.matcher(text.replace('\n', ' ')).replaceAll("$1 =");
    return line.text(STATUS.matcher(one).replaceAll(";"));
  }

  private static String dsn(Reply reply, char kind) {
    String enhanced = reply.enhanced();
    return !enhanced.isEmpty() && enhanced.charAt(0) == kind ? enhanced : kind + ".0.0";
  }

  /** The words of the exit code that Sendmail takes a reply for. */
  private static String status(Reply reply) {
    return switch (reply.enhanced()) {
      case "5.1.1" -> "User unknown";
      case "5.1.2" -> "Host unknown";
      default ->
          switch (reply.code()) {
            case 501, 553 -> "Data format error";
            case 550, 551 -> reply.enhanced().isEmpty() ? "User unknown" : "Service unavailable";
            default -> "Service unavailable";
          };
    };
  }
}
