package org.impetusmta.core.queue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.api.spool.SpoolException;
import org.impetusmta.core.message.MailMessage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Swaps in the head of an active queue ahead of the connections, in the pool SwapIn. What is about
 * to be read is counted in {@link Memory} before it is; where that is short, one message at a time
 * is read for all queues of the loop. Single: belongs to its queue's loop.
 */
final class ReadAhead {
  private static final Logger LOG = LoggerFactory.getLogger(ReadAhead.class);
  private static final Reply BODY_UNREADABLE =
      new Reply(451, "4.3.0", "[internal] message body cannot be read now");

  private static final int LEAST = 8;
  private static final int MOST = 64;
  private static final long OCTETS = 4L << 20;

  private final MailQueue queue;
  private final ActiveQueue active;
  private final Batches batches;
  private int reading;

  ReadAhead(MailQueue queue, ActiveQueue active, Batches batches) {
    this.queue = queue;
    this.active = active;
    this.batches = batches;
  }

  /** Messages that are being read. */
  int reading() {
    return reading;
  }

  /** Reads what the connections take next, if it is not there. */
  void read() {
    int window = Math.clamp(2L * queue.maintainer().connections().count(), LEAST, MOST);
    int there = active.ready() + reading;
    if (there > window / 2) {
      return;
    }
    QueueLoop home = queue.home();
    Memory memory = home.server().memory();
    if (memory.aboveGoal()) {
      if (there > 0 || active.isEmpty() || active.available() > 0 || !home.mayRead(queue)) {
        return;
      }
      window = 1;
    }
    List<MailMessage> batch = new ArrayList<>();
    Batches.Ahead ahead =
        batches.ahead(queue.maintainer().settings().options().maxRecipientsPerBatch());
    long octets = active.headNotResident(batch, window - there, OCTETS, ahead);
    if (batch.isEmpty()) {
      return;
    }
    begin(batch.size(), octets);
    try {
      home.server().scheduler().pool("SwapIn").execute(() -> read(batch, octets));
    } catch (RejectedExecutionException e) {
      end(batch.size(), octets);
      active.putBack(batch);
      LOG.warn("no thread to swap in mail of {}: {}", queue.domain(), e.toString());
    }
  }

  private void begin(int messages, long octets) {
    reading += messages;
    queue.home().reading(messages);
    queue.home().server().memory().add(octets);
  }

  private void end(int messages, long octets) {
    reading -= messages;
    queue.home().reading(-messages);
    queue.home().server().memory().give(octets);
  }

  private record SwapIn(
      @Nullable Envelope envelope, @Nullable Body body, @Nullable IOException failure) {}

  /** On a thread of the pool. */
  private void read(List<MailMessage> batch, long octets) {
    List<SwapIn> read = new ArrayList<>(batch.size());
    Batches.Reader reader = batches.reader();
    for (MailMessage message : batch) {
      read.add(read(message, reader));
    }
    queue.home().loop().execute(() -> swappedIn(batch, octets, read));
  }

  private SwapIn read(MailMessage message, Batches.Reader reader) {
    try {
      Spool spool = queue.home().server().spool();
      Envelope envelope = message.leftToSpool() ? spool.envelope(message.spoolEntry()) : null;
      return new SwapIn(envelope, reader.read(message), null);
    } catch (IOException e) {
      return new SwapIn(null, null, e);
    } catch (RuntimeException e) {
      LOG.error("reading message {} failed", message.id(), e);
      return new SwapIn(null, null, new IOException(e.toString(), e));
    }
  }

  private void swappedIn(List<MailMessage> batch, long octets, List<SwapIn> read) {
    end(batch.size(), octets);
    Disposition disposition = queue.home().server().disposition();
    for (int i = 0; i < batch.size(); i++) {
      MailMessage message = batch.get(i);
      SwapIn result = read.get(i);
      if (result.body() != null) {
        // what shares the body of the one before costs nothing more; a mapped one nothing at all
        boolean shared = i > 0 && read.get(i - 1).body() == result.body();
        int charge = shared || result.body().region().isPresent() ? 0 : result.body().length();
        queue.swappedIn(message, result.envelope(), result.body(), charge);
      } else if (result.failure() instanceof SpoolException e) {
        LOG.error("message {} is lost in the spool: {}", message.id(), e.getMessage());
        disposition.damaged(queue, message);
      } else {
        LOG.error("message {} cannot be read: {}", message.id(), String.valueOf(result.failure()));
        disposition.transientFailure(
            queue, message, Stage.NOT_CONNECTED, BODY_UNREADABLE, 0, null, false);
      }
    }
    queue.home().touch(queue);
  }
}
