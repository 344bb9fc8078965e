package org.impetusmta.core.queue;

import java.util.Optional;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.log.EventLog;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.core.bounce.BounceOptions;
import org.impetusmta.core.bounce.DeliveryReport;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.core.metrics.Counters;
import org.jspecify.annotations.Nullable;

/**
 * The one place where an attempt's outcome takes effect: delivered mail is logged and unlinked,
 * transiently failed mail is logged, recorded and delayed, permanently failed mail is bounced,
 * logged and unlinked. A bounce is durable before the original is unlinked.
 *
 * <p>Thread-safety: read-only; each message is handled on the loop of its queue.
 */
final class Disposition {
  private static final int REPLY_LIMIT = 1_000;

  private final LoopMailQueues server;
  private final Spool spool;
  private final EventLog log;
  private final Counters counters;
  private final Bounces bounces;

  Disposition(
      LoopMailQueues server, Spool spool, EventLog log, Counters counters, Bounces bounces) {
    this.server = server;
    this.spool = spool;
    this.log = log;
    this.counters = counters;
    this.bounces = bounces;
  }

  /** The peer took the message. */
  void delivered(MailQueue queue, MailMessage message, Reply reply, int bytes, String remote) {
    log.append(
        new LogEvent.Delivery(
            server.nowMicros(),
            message,
            queue.domain(),
            bytes,
            message.bindingGroup(),
            message.binding(),
            message.retries(),
            remote,
            reply));
    counters.delivered.increment();
    queue.countDelivery();
    unlink(message);
  }

  /**
   * The attempt failed for now.
   *
   * @param remote the server, null where there was no connection
   */
  void transientFailure(
      MailQueue queue,
      MailMessage message,
      Stage stage,
      Reply reply,
      int bytes,
      @Nullable String remote) {
    long now = server.now();
    RetrySchedule schedule = queue.maintainer().retrySchedule();
    switch (schedule.afterFailure(message.retries(), message.receivedMillis(), now)) {
      case RetrySchedule.Decision.Retry(long nextAttemptMillis) -> {
        log.append(failure(false, queue, message, stage, reply, bytes, remote, server.nowMicros()));
        AttemptState state =
            new AttemptState(
                message.retries() + 1, nextAttemptMillis, queue.shared(limited(reply)));
        message.delayed(state);
        spool.update(message.spoolEntry(), state);
        queue.delay(message);
      }
      case RetrySchedule.Decision.GiveUp(Reply last) ->
          permanentFailure(queue, message, stage, last, limited(reply), bytes, remote, false);
    }
  }

  /**
   * The message fails for good.
   *
   * @param remote the server, null where there was no connection
   * @param quiet whether no bounce is made
   */
  void permanentFailure(
      MailQueue queue,
      MailMessage message,
      Stage stage,
      Reply reply,
      int bytes,
      @Nullable String remote,
      boolean quiet) {
    permanentFailure(queue, message, stage, reply, "", bytes, remote, quiet);
  }

  private void permanentFailure(
      MailQueue queue,
      MailMessage message,
      Stage stage,
      Reply reply,
      String lastReply,
      int bytes,
      @Nullable String remote,
      boolean quiet) {
    BounceOptions options = server.generation().options(BounceOptions.class, queue.path());
    Optional<Address> told = quiet ? Optional.empty() : bounces.told(message, options);
    if (told.isEmpty()) {
      failed(queue, message, stage, reply, bytes, remote);
      return;
    }
    message.finished();
    // a limit of ours has no server that answered, whatever the last attempt met
    Optional<String> answered =
        lastReply.isEmpty() ? Optional.ofNullable(remote) : Optional.empty();
    DeliveryReport report =
        DeliveryReport.failed(
            told.get(),
            message.recipient(),
            message.receivedMillis(),
            server.now(),
            reply,
            lastReply.isEmpty() && answered.isEmpty() ? message.lastReply() : lastReply,
            answered);
    bounces.bounce(
        queue, message, report, options, () -> failed(queue, message, stage, reply, bytes, remote));
  }

  /** See {@link MailQueues#notification}. */
  Optional<MailMessage> notification(MailMessage failed, Reply reply) {
    BounceOptions options =
        server
            .generation()
            .options(
                BounceOptions.class,
                new ScopePath.Sending(
                    failed.bindingGroup(), failed.binding(), failed.recipient().routingDomain()));
    return bounces
        .told(failed, options)
        .map(
            to ->
                bounces.notification(
                    failed,
                    DeliveryReport.failed(
                        to,
                        failed.recipient(),
                        failed.receivedMillis(),
                        server.now(),
                        reply,
                        "",
                        Optional.empty()),
                    options));
  }

  private void failed(
      MailQueue queue,
      MailMessage message,
      Stage stage,
      Reply reply,
      int bytes,
      @Nullable String remote) {
    log.append(failure(true, queue, message, stage, reply, bytes, remote, server.nowMicros()));
    counters.failed.increment();
    queue.countFailure();
    unlink(message);
    queue.home().touch(queue);
  }

  private void unlink(MailMessage message) {
    message.finished();
    server.residency().swapOut(message);
    spool.unlink(message.spoolEntry());
    server.finished();
  }

  private static LogEvent.Failure failure(
      boolean permanent,
      MailQueue queue,
      MailMessage message,
      Stage stage,
      Reply reply,
      int bytes,
      @Nullable String remote,
      long micros) {
    return new LogEvent.Failure(
        micros,
        permanent,
        message,
        queue.domain(),
        bytes,
        message.bindingGroup(),
        message.binding(),
        stage,
        message.retries(),
        Optional.ofNullable(remote),
        reply);
  }

  /** What is kept of a reply with a message that waits. */
  private static String limited(Reply reply) {
    String text = reply.toString();
    return text.length() <= REPLY_LIMIT ? text : text.substring(0, REPLY_LIMIT);
  }
}
