package org.impetusmta.api.delivery;

import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A delivery method that does its work on this machine and may block: each message is handed over
 * in a thread pool, at most so many at a time, and answered for on the loop of its queue.
 *
 * <p>Thread-safety: concurrent; each connection is confined to its loop.
 */
@ConsumerType
public abstract class LocalDelivery implements DeliveryMethod {
  private static final Reply FAILED = new Reply(451, "4.3.0", "[internal] local delivery failed");

  private final String name;
  private final Executor pool;
  private final int concurrency;
  private final AtomicInteger running = new AtomicInteger();

  /** At most one job for each connection. */
  private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();

  /**
   * @param name the instance's name
   * @param pool where it works
   * @param concurrency how many messages are handed over at a time
   */
  protected LocalDelivery(String name, Executor pool, int concurrency) {
    this.name = name;
    this.pool = pool;
    this.concurrency = concurrency;
  }

  /**
   * Hands one message over; runs in the pool and may block.
   *
   * @return 2xx once it is delivered and safe; 4xx to have it attempted again; 5xx if it never will
   */
  protected abstract Reply deliver(Message message, Body body);

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final boolean isLocal() {
    return true;
  }

  @Override
  public final DeliveryConnection open(Delivery delivery) {
    Connection connection = new Connection(delivery);
    delivery.loop().execute(connection::begin);
    return connection;
  }

  private void submit(Runnable job) {
    waiting.add(job);
    pump();
  }

  private void pump() {
    while (!waiting.isEmpty()) {
      int now = running.get();
      if (now >= concurrency) {
        return;
      }
      if (!running.compareAndSet(now, now + 1)) {
        continue;
      }
      Runnable job = waiting.poll();
      if (job == null) {
        running.decrementAndGet();
        continue;
      }
      job.run();
    }
  }

  private void finished() {
    running.decrementAndGet();
    pump();
  }

  private final class Connection implements DeliveryConnection {
    private final Delivery delivery;
    private boolean begun;
    private boolean busy;
    private boolean quitting;
    private boolean closed;

    Connection(Delivery delivery) {
      this.delivery = delivery;
    }

    void begin() {
      if (!closed) {
        begun = true;
        delivery.connected();
        next();
      }
    }

    private void next() {
      if (closed || busy) {
        return;
      }
      if (quitting) {
        close();
        return;
      }
      Optional<Message> taken = delivery.next();
      if (taken.isPresent()) {
        busy = true;
        Message message = taken.get();
        Body body = message.body();
        body.hold();
        submit(() -> start(message, body));
      }
    }

    /** The message has its turn; called by any thread. */
    private void start(Message message, Body body) {
      try {
        pool.execute(() -> work(message, body));
      } catch (RejectedExecutionException stopping) {
        done(message, body, FAILED);
      }
    }

    private void work(Message message, Body body) {
      Reply reply = FAILED;
      try {
        reply = deliver(message, body);
      } finally {
        done(message, body, reply);
      }
    }

    private void done(Message message, Body body, Reply reply) {
      finished();
      delivery.loop().execute(() -> answer(message, body, reply));
    }

    private void answer(Message message, Body body, Reply reply) {
      int octets = body.length();
      body.letGo();
      busy = false;
      if (reply.isPositive()) {
        delivery.delivered(message, reply, octets);
      } else {
        delivery.failed(message, Stage.BODY, reply.code() < 400 ? FAILED : reply, octets);
      }
      next();
    }

    private void close() {
      closed = true;
      delivery.closed(Stage.IDLE, Optional.empty());
    }

    @Override
    public void wake() {
      next();
    }

    @Override
    public void quit() {
      quitting = true;
      if (!busy && !closed) {
        close();
      }
    }

    @Override
    public Stage stage() {
      return busy ? Stage.BODY : begun ? Stage.IDLE : Stage.NOT_CONNECTED;
    }
  }
}
