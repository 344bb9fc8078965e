package org.impetusmta.core.queue;

import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.hook.ValidateSetBinding;
import org.impetusmta.api.hook.Verdict;
import org.impetusmta.api.log.EventLog;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.impetusmta.api.spool.SpoolException;
import org.impetusmta.core.bounce.BounceOptions;
import org.impetusmta.core.bounce.DeliveryStatusNotification;
import org.impetusmta.core.bounce.FailureReport;
import org.impetusmta.core.hook.HookEntry;
import org.impetusmta.core.hook.HookList;
import org.impetusmta.core.hook.Hooks;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.core.message.MessageIds;
import org.impetusmta.core.metrics.Counters;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends delivery status notifications: composed in the pool SwapIn, where the original is read
 * back, stored, logged as a reception with protocol {@code internal} and queued. Only then the
 * original is finished with; where the spool cannot store it, that waits and is tried again.
 *
 * <p>Thread-safety: read-only; each message is handled on the loop of its queue.
 */
final class Bounces {
  private static final Logger LOG = LoggerFactory.getLogger(Bounces.class);
  private static final Duration AGAIN = Duration.ofSeconds(60);

  private final LoopMailQueues server;
  private final Spool spool;
  private final EventLog log;
  private final Counters counters;
  private final MessageIds ids;
  private final HookList<ValidateSetBinding> setBinding;
  private final Function<Generation, String> hostname;
  private final SecureRandom random = new SecureRandom();

  Bounces(
      LoopMailQueues server,
      Spool spool,
      EventLog log,
      Counters counters,
      MessageIds ids,
      Hooks hooks,
      Function<Generation, String> hostname) {
    this.server = server;
    this.spool = spool;
    this.log = log;
    this.counters = counters;
    this.ids = ids;
    this.setBinding = hooks.list(ValidateSetBinding.class);
    this.hostname = hostname;
  }

  /** One notification on its way. */
  private record Job(
      MailQueue queue,
      MailMessage original,
      @Nullable Body resident,
      FailureReport report,
      BounceOptions options,
      Runnable done) {}

  /** Tells the sender; {@code done} runs on the queue's loop once the notification is durable. */
  void bounce(
      MailQueue queue,
      MailMessage original,
      FailureReport report,
      BounceOptions options,
      Runnable done) {
    Body resident = original.resident() ? original.body() : null;
    queue.release(original);
    queue.unsettled(1);
    start(new Job(queue, original, resident, report, options, done));
  }

  private void start(Job job) {
    try {
      server.scheduler().pool("SwapIn").execute(() -> compose(job));
    } catch (RejectedExecutionException e) {
      later(job, e);
    }
  }

  /** On the loop: the spool or a pool is not able to now. */
  private void later(Job job, Exception cause) {
    LOG.error("no bounce for {} yet, it is tried again: {}", job.original().id(), cause.toString());
    job.queue().home().loop().schedule(() -> start(job), AGAIN);
  }

  /** On a thread of the pool. */
  private void compose(Job job) {
    try {
      MailMessage bounce = composed(job.original(), job.report(), job.options(), original(job));
      job.queue().home().loop().execute(() -> store(job, bounce));
    } catch (IOException | RuntimeException e) {
      job.queue().home().loop().execute(() -> later(job, e));
    }
  }

  /** A notification of mail that no queue holds; bound, not stored. On a thread of a pool. */
  MailMessage notification(MailMessage original, FailureReport report, BounceOptions options) {
    MailMessage bounce = composed(original, report, options, Optional.of(original.body()));
    bind(bounce);
    return bounce;
  }

  private MailMessage composed(
      MailMessage original, FailureReport report, BounceOptions options, Optional<Body> octets) {
    String host = hostname.apply(server.generation());
    MessageId id = ids.next();
    DeliveryStatusNotification notification =
        DeliveryStatusNotification.compose(
            id,
            report,
            options.bouncesInlineOriginal(),
            host,
            options.mailerdaemon().orElse("mailer-daemon@" + host),
            options.bouncesInlineOriginal() == BounceOptions.Original.NONE
                ? Optional.empty()
                : octets,
            random);
    return new MailMessage(
        id,
        id,
        MessageId.NONE,
        Address.NULL,
        original.sender(),
        "unknown",
        "internal",
        server.now(),
        notification.eightBit(),
        notification.body());
  }

  private Optional<Body> original(Job job) throws IOException {
    if (job.options().bouncesInlineOriginal() == BounceOptions.Original.NONE) {
      return Optional.empty();
    }
    if (job.resident() != null) {
      return Optional.of(job.resident());
    }
    try {
      return Optional.of(spool.read(job.original().spoolEntry()));
    } catch (SpoolException e) {
      LOG.error("message {} is lost in the spool: {}", job.original().id(), e.getMessage());
      return Optional.empty();
    }
  }

  private void store(Job job, MailMessage bounce) {
    bind(bounce);
    spool.store(
        List.of(server.envelope(bounce)),
        bounce.body(),
        job.queue().home().loop(),
        new Spool.StoreListener() {
          @Override
          public void stored(List<SpoolEntry> entries) {
            bounce.stored(entries.getFirst());
            finish(job, bounce);
          }

          @Override
          public void failed(IOException cause) {
            later(job, cause);
          }
        });
  }

  private void finish(Job job, MailMessage bounce) {
    counters.received.increment();
    log.append(
        new LogEvent.Reception(
            server.nowMicros(), bounce, bounce.bindingGroup(), bounce.binding()));
    server.enqueue(bounce);
    job.done().run();
    job.queue().unsettled(-1);
  }

  /** Phase set_binding; a hook that fails leaves the default binding. */
  private void bind(MailMessage bounce) {
    bounce.bindable(true);
    for (HookEntry<ValidateSetBinding> entry : setBinding.entries()) {
      try {
        if (!(entry.hook().validateSetBinding(bounce) instanceof Verdict.Continue)) {
          break;
        }
      } catch (RuntimeException e) {
        LOG.error("{} failed in set_binding of bounce {}", entry.module(), bounce.id(), e);
      }
    }
    bounce.bindable(false);
  }
}
