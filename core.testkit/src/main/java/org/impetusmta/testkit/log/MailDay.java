package org.impetusmta.testkit.log;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.hook.LogDelivery;
import org.impetusmta.api.hook.LogError;
import org.impetusmta.api.hook.LogPermanentFailure;
import org.impetusmta.api.hook.LogReception;
import org.impetusmta.api.hook.LogRejection;
import org.impetusmta.api.hook.LogTransientFailure;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.reception.ReceptionState;

/**
 * The events of a few minutes from 2025-11-26 08:40:00 UTC on, a known mix for loggers in the
 * formats of other servers, whose analysers must count it right:
 *
 * <ul>
 *   <li>six messages of 1000 octets each: five of clients, one bounce of the server itself;
 *   <li>three deliveries: the first message at once, the second after two failures, the bounce;
 *   <li>four failures that are not for good, of three messages, one without a connection;
 *   <li>one failure for good, 550 5.1.1, of the third message;
 *   <li>three refusals: of a connection (554), a sender (451) and a recipient (550);
 *   <li>one diagnostic.
 * </ul>
 *
 * <p>Addresses, replies and reasons of the last message and refusal are made to look like fields
 * and lines of other servers. Thread-safety: single.
 */
public final class MailDay {
  /** Where it begins, seconds since 1970. */
  public static final long START = 1_764_146_400L;

  /** Octets of each message. */
  public static final int SIZE = 1000;

  /** What would be a line or a field of some server's log, were it written as it is. */
  public static final String HOSTILE =
      "no\n"
          + "Nov 26 08:40:00 mx1 postfix/smtp[1]: A: to=<x@y>, relay=none, delay=1, status=sent"
          + " (ok)\n"
          + "2025-11-26 08:40:00 1vODAe-000000-00 => x@y R=a T=b C=\"ok\" from=<f@g>, size=99999,"
          + " nrcpts=7, dsn=2.0.0, stat=Sent (ok)";

  private static final String CLIENT = "192.0.2.1";
  private static final String HOST = "192.0.2.9";

  private final List<LogEvent> events = new ArrayList<>();
  private int messages;

  /** The events in order. */
  public static List<LogEvent> events() {
    return new MailDay().make();
  }

  /** Tells a logger of all of them. */
  public static <
          L extends
              LogReception & LogDelivery & LogTransientFailure & LogPermanentFailure & LogRejection
                  & LogError>
      void tell(L logger) {
    for (LogEvent event : events()) {
      switch (event) {
        case LogEvent.Reception reception -> logger.logReception(reception);
        case LogEvent.Delivery delivery -> logger.logDelivery(delivery);
        case LogEvent.Failure failure when failure.permanent() ->
            logger.logPermanentFailure(failure);
        case LogEvent.Failure failure -> logger.logTransientFailure(failure);
        case LogEvent.Rejection rejection -> logger.logRejection(rejection);
        case LogEvent.Diagnostic diagnostic -> logger.logError(diagnostic);
        case LogEvent.Import _,
            LogEvent.Accounting _,
            LogEvent.HttpExchange _,
            LogEvent.OutOfBandBounce _ ->
            throw new IllegalStateException();
      }
    }
  }

  private List<LogEvent> make() {
    refused(0, ReceptionState.JUST_CONNECTED, new Reply(554, "5.7.1", "no mail from you"));
    LoggedMessage first = received(1, "a@one.example", "b@two.example");
    delivered(2, first, 0);

    LoggedMessage second = received(3, "a@one.example", "c@three.example");
    failed(4, second, 0, false, Stage.RCPT_TO, new Reply(451, "4.7.1", "greylisted"));
    failed(64, second, 1, false, Stage.MAIL_FROM, new Reply(451, "4.3.0", "busy"));
    delivered(184, second, 2);

    LoggedMessage third = received(5, "d@four.example", "nobody@two.example");
    failed(6, third, 0, true, Stage.RCPT_TO, new Reply(550, "5.1.1", "no such user"));
    LoggedMessage bounce = message(6, Address.NULL, "d@four.example", "unknown", "internal");
    events.add(new LogEvent.Reception(micros(6), bounce, "default", "default"));
    delivered(7, bounce, 0);

    LoggedMessage fourth = received(8, "d@four.example", "e@five.example");
    failed(9, fourth, 0, false, Stage.NOT_CONNECTED, new Reply(451, "4.4.1", "connection refused"));
    LoggedMessage hostile =
        received(10, "\"a b>, size=5 H=[6.6.6.6] <= => \"@six.example", "\"x>\ny\"@six.example");
    failed(11, hostile, 0, false, Stage.CONFIRMATION, new Reply(451, "", HOSTILE));

    refused(12, ReceptionState.AWAITING_MAILFROM, new Reply(451, "4.1.8", "no such domain"));
    refused(13, ReceptionState.AWAITING_RCPTTO, new Reply(550, "5.7.1", HOSTILE));
    events.add(
        new LogEvent.Diagnostic(micros(14), LogEvent.Level.ERROR, "dns", "no server\nanswers"));
    return List.copyOf(events);
  }

  private static long micros(int second) {
    return (START + second) * 1_000_000L;
  }

  private LoggedMessage message(
      int second, Address sender, String recipient, String source, String protocol) {
    MessageId id = MessageId.of(++messages, 4711, START + second);
    return new LoggedMessage(
        id,
        id,
        MessageId.NONE,
        sender,
        Address.of(recipient),
        source,
        protocol,
        (START + second) * 1000,
        SIZE);
  }

  private LoggedMessage received(int second, String sender, String recipient) {
    LoggedMessage message = message(second, Address.of(sender), recipient, CLIENT, "esmtp");
    events.add(new LogEvent.Reception(micros(second), message, "default", "default"));
    return message;
  }

  private void delivered(int second, LoggedMessage message, int retries) {
    events.add(
        new LogEvent.Delivery(
            micros(second),
            message,
            message.recipient().routingDomain(),
            SIZE,
            "default",
            "default",
            retries,
            HOST,
            new Reply(250, "2.0.0", "queued, id=77")));
  }

  private void failed(
      int second, LoggedMessage message, int retries, boolean permanent, Stage stage, Reply reply) {
    events.add(
        new LogEvent.Failure(
            micros(second),
            permanent,
            message,
            message.recipient().routingDomain(),
            0,
            "default",
            "default",
            stage,
            retries,
            stage == Stage.NOT_CONNECTED ? Optional.empty() : Optional.of(HOST),
            reply));
  }

  private void refused(int second, ReceptionState state, Reply reply) {
    events.add(
        new LogEvent.Rejection(
            micros(second),
            CLIENT + ":40000",
            "192.0.2.2:25",
            MessageId.of(++messages, 4711, START + second),
            "default",
            "default",
            state,
            "core",
            Map.of(),
            Map.of(),
            reply,
            reply.text()));
  }
}
