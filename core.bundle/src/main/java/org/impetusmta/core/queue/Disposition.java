package org.impetusmta.core.queue;

import java.util.Optional;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.log.EventLog;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.queue.DsnAction;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.core.bounce.BounceOptions;
import org.impetusmta.core.bounce.DeliveryReport;
import org.impetusmta.core.message.AttemptedOver;
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
  private static final Reply BODY_MISSING =
      new Reply(550, "5.3.0", "[internal] message body missing");

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

  /**
   * The peer took the message.
   *
   * @param last whether there is no way on from there: it is in its mailbox
   * @param tookMillis since the connection was ready for it
   */
  void delivered(
      MailQueue queue,
      MailMessage message,
      Reply reply,
      int bytes,
      String remote,
      boolean last,
      long tookMillis) {
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
            reply,
            message.attemptedOver().tls(),
            tookMillis,
            message.attemptedOver().connectionId()));
    counters.delivered.increment();
    queue.countDelivery();
    BounceOptions options = server.generation().options(BounceOptions.class, queue.path());
    if (!message.reportsSuccess() || message.sender().isNull() || !options.generateBounces()) {
      unlink(queue, message);
      return;
    }
    message.finished();
    DeliveryReport report =
        DeliveryReport.succeeded(
            last ? DsnAction.DELIVERED : DsnAction.RELAYED,
            message.sender(),
            message.recipient(),
            message.receivedMillis(),
            server.now(),
            reply,
            remote);
    bounces.bounce(queue, message, report, options, () -> unlink(queue, message));
  }

  /**
   * The attempt failed for now. Dealt with at once, or in the loop's next turns where {@code
   * inline_transfail_processing} is off.
   *
   * @param remote the server, null where there was no connection
   * @param bulk whether the whole queue fails: {@code delayed_binding_domain_fuzz} spreads the next
   *     attempts
   */
  void transientFailure(
      MailQueue queue,
      MailMessage message,
      Stage stage,
      Reply reply,
      int bytes,
      @Nullable String remote,
      boolean bulk) {
    if (server.options().inlineTransfailProcessing()) {
      failedForNow(queue, message, stage, reply, bytes, remote, bulk);
    } else {
      queue.home().transfails().add(queue, message, stage, reply, bytes, bulk);
    }
  }

  void failedForNow(
      MailQueue queue,
      MailMessage message,
      Stage stage,
      Reply reply,
      int bytes,
      @Nullable String remote,
      boolean bulk) {
    long now = server.now();
    if (message.overdue(now)) {
      permanentFailure(
          queue, message, stage, RetrySchedule.TOO_LATE, limited(reply), bytes, remote, false);
      return;
    }
    if (message.lateUntold(now) && bounces.warn(queue, message, message.warnings(), true)) {
      message.toldLate();
    }
    RetrySchedule schedule = queue.maintainer().settings().retrySchedule();
    switch (schedule.afterFailure(message.retries(), message.agesFromMillis(), now)) {
      case RetrySchedule.Decision.Retry(long nextAttemptMillis) -> {
        log.append(failure(false, queue, message, stage, reply, bytes, remote, server.nowMicros()));
        counters.transientFailures.increment();
        queue.countTransientFailure();
        long fuzz = bulk ? fuzz(message, queue.maintainer().settings().options()) : 0;
        long next = nextAttemptMillis + fuzz;
        if (message.deadlineMillis() > now) {
          next = Math.min(next, message.deadlineMillis());
        }
        AttemptState state =
            new AttemptState(message.retries() + 1, next, queue.shared(limited(reply)));
        message.delayed(state);
        record(queue, message, state);
        queue.delay(message);
      }
      case RetrySchedule.Decision.GiveUp(Reply last) ->
          permanentFailure(queue, message, stage, last, limited(reply), bytes, remote, false);
    }
  }

  /** A time below the fuzz in milliseconds, the same whenever this message is asked for. */
  static long fuzz(MailMessage message, QueueOptions options) {
    long span = options.delayedBindingDomainFuzz().toMillis();
    if (span == 0) {
      return 0;
    }
    long hash = message.id().bits() * 0x9E3779B97F4A7C15L;
    return Long.remainderUnsigned(hash ^ hash >>> 32, span);
  }

  /** What policy changed since the message was stored survives with the state. */
  private void record(MailQueue queue, MailMessage message, AttemptState state) {
    if (message.changed() && !message.leftToSpool()) {
      spool.rewrite(
          message.spoolEntry(),
          message.envelope(queue.maintainer().settings().excludedKeys()),
          state);
      message.rewritten();
    } else if (server.options().swapOutMetaAfterEachTempfail()) {
      spool.update(message.spoolEntry(), state);
    }
  }

  /** The spool reports that the message is damaged. */
  void damaged(MailQueue queue, MailMessage message) {
    if (server.options().unlinkOnSpoolInFailure()) {
      permanentFailure(queue, message, Stage.NOT_CONNECTED, BODY_MISSING, 0, null, false);
    } else {
      server.finished();
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
    unlink(queue, message);
    queue.home().touch(queue);
  }

  private void unlink(MailQueue queue, MailMessage message) {
    message.finished();
    queue.release(message);
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
    AttemptedOver over = remote == null ? AttemptedOver.NONE : message.attemptedOver();
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
        reply,
        over.tls(),
        over.connectionId());
  }

  /** What is kept of a reply with a message that waits. */
  private static String limited(Reply reply) {
    String text = reply.toString();
    return text.length() <= REPLY_LIMIT ? text : text.substring(0, REPLY_LIMIT);
  }
}
