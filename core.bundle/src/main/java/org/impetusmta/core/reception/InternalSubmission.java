package org.impetusmta.core.reception;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.hook.MsgGenDataSpool;
import org.impetusmta.api.log.EventLog;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.reception.Submission;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.core.hook.HookList;
import org.impetusmta.core.hook.Hooks;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.core.message.MessageIds;
import org.impetusmta.core.metrics.Counters;
import org.impetusmta.core.queue.MailQueues;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Stores and queues what modules write, on the loop of the recipient's queue. Concurrent. */
@Component
public final class InternalSubmission implements Submission {
  private final Configuration configuration;
  private final MailQueues queues;
  private final Spool spool;
  private final Scheduler scheduler;
  private final MessageIds ids;
  private final Counters counters;
  private final EventLog log;
  private final ReceptionHooks hooks;
  private final HookList<MsgGenDataSpool> generated;

  @Activate
  public InternalSubmission(
      @Reference Configuration configuration,
      @Reference MailQueues queues,
      @Reference Spool spool,
      @Reference Scheduler scheduler,
      @Reference MessageIds ids,
      @Reference Counters counters,
      @Reference EventLog log,
      @Reference Hooks hooks) {
    this.configuration = configuration;
    this.queues = queues;
    this.spool = spool;
    this.scheduler = scheduler;
    this.ids = ids;
    this.counters = counters;
    this.log = log;
    this.hooks = ReceptionHooks.of(hooks);
    this.generated = hooks.list(MsgGenDataSpool.class);
  }

  @Override
  public CompletableFuture<MessageId> submit(
      Address sender, Address recipient, Body body, Map<String, String> context) {
    return inject(sender, recipient, body, context, null);
  }

  @Override
  public CompletableFuture<MessageId> generate(
      Address sender, Address recipient, Body body, Map<String, String> context) {
    return inject(sender, recipient, body, context, generated);
  }

  private CompletableFuture<MessageId> inject(
      Address sender,
      Address recipient,
      Body body,
      Map<String, String> context,
      @Nullable HookList<MsgGenDataSpool> first) {
    CompletableFuture<MessageId> done = new CompletableFuture<>();
    EventLoop loop = scheduler.owner("default", recipient.routingDomain());
    loop.execute(
        () -> {
          MessageId id = ids.next();
          MailMessage message =
              new MailMessage(
                  id,
                  id,
                  MessageId.NONE,
                  sender,
                  recipient,
                  "unknown",
                  "internal",
                  scheduler.clock().millis(),
                  false,
                  body);
          context.forEach(message.context()::set);
          new Injection(this, message, loop, done, first).begin();
        });
    return done;
  }

  ReceptionHooks hooks() {
    return hooks;
  }

  MailQueues queues() {
    return queues;
  }

  Spool spool() {
    return spool;
  }

  Instant now() {
    return scheduler.clock().instant();
  }

  /** How long a module may take that does not answer at once. */
  Duration limit() {
    return configuration
        .current()
        .options(ReceptionOptions.class, ScopePath.GLOBAL)
        .validationTimeout();
  }

  /** A message is durable. */
  void received(LogEvent.Reception event) {
    counters.received.increment();
    log.append(event);
  }
}
