package org.impetusmta.core.queue;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.impetusmta.api.hook.ValidateSetBinding;
import org.impetusmta.api.hook.Verdict;
import org.impetusmta.api.log.EventLog;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.reception.Submission;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.impetusmta.core.hook.HookEntry;
import org.impetusmta.core.hook.HookList;
import org.impetusmta.core.hook.Hooks;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.core.message.MessageIds;
import org.impetusmta.core.metrics.Counters;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Stores and queues what modules write, on the loop of the recipient's queue. Concurrent. */
@Component
public final class InternalSubmission implements Submission {
  private static final Logger LOG = LoggerFactory.getLogger(InternalSubmission.class);

  private final MailQueues queues;
  private final Spool spool;
  private final Scheduler scheduler;
  private final MessageIds ids;
  private final Counters counters;
  private final EventLog log;
  private final HookList<ValidateSetBinding> setBinding;

  @Activate
  public InternalSubmission(
      @Reference MailQueues queues,
      @Reference Spool spool,
      @Reference Scheduler scheduler,
      @Reference MessageIds ids,
      @Reference Counters counters,
      @Reference EventLog log,
      @Reference Hooks hooks) {
    this.queues = queues;
    this.spool = spool;
    this.scheduler = scheduler;
    this.ids = ids;
    this.counters = counters;
    this.log = log;
    this.setBinding = hooks.list(ValidateSetBinding.class);
  }

  @Override
  public CompletableFuture<MessageId> submit(
      Address sender, Address recipient, Body body, Map<String, String> context) {
    CompletableFuture<MessageId> done = new CompletableFuture<>();
    EventLoop loop = scheduler.owner("default", recipient.routingDomain());
    loop.execute(() -> begin(sender, recipient, body, context, loop, done));
    return done;
  }

  private void begin(
      Address sender,
      Address recipient,
      Body body,
      Map<String, String> context,
      EventLoop loop,
      CompletableFuture<MessageId> done) {
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
    bind(message);
    spool.store(
        List.of(queues.envelope(message)),
        body,
        loop,
        new Spool.StoreListener() {
          @Override
          public void stored(List<SpoolEntry> entries) {
            message.stored(entries.getFirst());
            counters.received.increment();
            log.append(
                new LogEvent.Reception(
                    scheduler.clock().millis() * 1000,
                    message,
                    message.bindingGroup(),
                    message.binding()));
            queues.enqueue(message);
            done.complete(id);
          }

          @Override
          public void failed(IOException cause) {
            done.completeExceptionally(cause);
          }
        });
  }

  /** Phase set_binding; a hook that fails leaves the default binding. */
  private void bind(MailMessage message) {
    message.bindable(true);
    for (HookEntry<ValidateSetBinding> entry : setBinding.entries()) {
      try {
        if (!(entry.hook().validateSetBinding(message) instanceof Verdict.Continue)) {
          break;
        }
      } catch (RuntimeException e) {
        LOG.error("{} failed in set_binding of {}", entry.module(), message.id(), e);
      }
    }
    message.bindable(false);
  }
}
