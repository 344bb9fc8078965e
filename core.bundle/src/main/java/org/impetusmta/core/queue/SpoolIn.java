package org.impetusmta.core.queue;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.core.message.MessageIds;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The way of an earlier process's mail from the spool back into the queues. Concurrent. */
final class SpoolIn {
  private static final Logger LOG = LoggerFactory.getLogger(SpoolIn.class);
  private static final long ROOM_MILLIS = 1_000;

  private final LoopMailQueues server;
  private final MessageIds ids;
  private final LongAdder messages = new LongAdder();
  private volatile boolean done;

  SpoolIn(LoopMailQueues server, MessageIds ids) {
    this.server = server;
    this.ids = ids;
  }

  /** Begins; ends with what the spool has found. */
  CompletableFuture<Spool.Recovery> begin() {
    CompletableFuture<Spool.Recovery> ended = new CompletableFuture<>();
    server.scheduler().pool("SpoolIn").execute(() -> run(ended));
    return ended;
  }

  private void run(CompletableFuture<Spool.Recovery> ended) {
    try {
      Spool.Recovery recovery =
          server
              .spool()
              .recover(
                  (entry, envelope, state, length) -> {
                    ids.seen(envelope.id());
                    messages.increment();
                    queue(new MailMessage(entry, envelope, state, length));
                  });
      LOG.info(
          "spooled in {} messages, {} damaged records set aside",
          recovery.messages(),
          recovery.damagedRecords());
      done = true;
      ended.complete(recovery);
    } catch (IOException | RuntimeException e) {
      LOG.error("spooling in failed", e);
      ended.completeExceptionally(e);
    }
  }

  /** Queues a message; waits while too many are on their way. */
  private void queue(MailMessage message) {
    server.bindingChoice().restored(message);
    String domain = message.reroutedTo().orElseGet(() -> server.hooks().routingDomain(message));
    message.settle(server.dictionaries());
    server.dictionaries().share(message);
    QueueLoop loop = server.loop(message.binding(), domain);
    try {
      QueueLoop.Arrival arrival = new QueueLoop.Arrival(message, domain);
      while (!loop.spoolIn().offer(arrival, ROOM_MILLIS)) {
        if (server.stopped()) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      LOG.error("message {} stays in the spool until the next start", message.id());
      return;
    }
    server.begun();
    loop.post();
  }

  /** Messages that came back so far. */
  long messages() {
    return messages.sum();
  }

  /** Whether all of them are back. */
  boolean isDone() {
    return done;
  }
}
