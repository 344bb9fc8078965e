package org.impetusmta.module.ec_logger;

import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.log.LineBuffer;

/**
 * The lines of the mainlog: fields separated by {@code @}, the type in field 4. Field 3 is the
 * connection that brought the message in R, the one it was to leave by in D, T and P. The reply in
 * the last field of T and P is free text; in all others {@code @} is escaped (see {@link
 * LineBuffer}).
 *
 * <p>Thread-safety: none. Source: log_formats.mainlog; the heartbeat's type is that of versions 3.x
 * and of the bouncelog, {@code M1}.
 */
final class Mainlog {
  private Mainlog() {}

  static void reception(LineBuffer line, LogEvent.Reception event) {
    Message message = event.message();
    begin(line, event.timeMicros(), message, message.connectionId(), 'R');
    line.ascii('@').field(message.recipient().localpart());
    line.ascii('@').field(message.recipient().domain());
    line.ascii('@').field(message.sender().localpart());
    line.ascii('@').field(message.sender().domain());
    line.ascii('@').field(message.sourceAddress());
    line.ascii('@').decimal(message.size());
    line.ascii('@').field(message.protocol());
    line.ascii('@').field(event.bindingGroup());
    line.ascii('@').field(event.binding());
  }

  static void delivery(LineBuffer line, LogEvent.Delivery event) {
    begin(line, event.timeMicros(), event.message(), event.connectionId(), 'D');
    line.ascii('@').field(event.routingDomain());
    line.ascii('@').decimal(event.bytes());
    line.ascii('@').field(event.bindingGroup());
    line.ascii('@').field(event.binding());
    line.ascii('@').decimal(event.retries());
    long millis = queueMillis(event.timeMillis(), event.message());
    line.ascii('@').decimal(millis / 1000).ascii('.').digits(millis, 3);
    line.ascii('@').field(event.remoteAddress());
  }

  static void failure(LineBuffer line, LogEvent.Failure event) {
    char type = event.permanent() ? 'P' : 'T';
    begin(line, event.timeMicros(), event.message(), event.connectionId(), type);
    line.ascii('@').field(event.routingDomain());
    line.ascii('@').decimal(event.bytes());
    line.ascii('@').field(event.bindingGroup());
    line.ascii('@').field(event.binding());
    line.ascii('@').decimal(event.stage().code());
    line.ascii('@').decimal(event.retries());
    // hundredths: the manual has thousandths in D records only
    long hundredths = (queueMillis(event.timeMillis(), event.message()) + 5) / 10;
    line.ascii('@').decimal(hundredths / 100).ascii('.').digits(hundredths, 2);
    line.ascii('@').field(event.remoteAddress().orElse(""));
    line.ascii('@').decimal(event.reply().code()).ascii(' ');
    if (!event.reply().enhanced().isEmpty()) {
      line.text(event.reply().enhanced()).ascii(' ');
    }
    line.text(event.reply().text());
  }

  static void heartbeat(LineBuffer line, long micros) {
    line.time(micros).ascii("@@@@M1");
  }

  private static void begin(
      LineBuffer line, long micros, Message message, MessageId connection, char type) {
    line.time(micros);
    line.ascii('@').id(message.id());
    line.ascii('@').id(message.batchId());
    line.ascii('@').id(connection);
    line.ascii('@').ascii(type);
  }

  /** Since reception; a clock that was set back makes no negative times. */
  private static long queueMillis(long now, Message message) {
    return Math.max(0, now - message.receivedMillis());
  }
}
