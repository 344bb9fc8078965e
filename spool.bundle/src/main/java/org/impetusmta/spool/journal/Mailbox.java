package org.impetusmta.spool.journal;

import java.util.Queue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * Where requests wait for the journal writer, and where it waits for them. What waits is bounded by
 * the sessions and deliveries that post.
 *
 * <p>No wake-up is lost: whoever posts looks for a sleeper after its request is visible, and the
 * writer looks for requests after it has said that it sleeps.
 *
 * <p>Thread-safety: {@link #post} and {@link #abandon} are concurrent; the rest is the writer's.
 */
final class Mailbox {
  private static final int CHUNK = 1024;

  /** Octets of bodies, and requests, that make one commit large enough. */
  static final long COMMIT_BYTES = 16 << 20;

  private static final int COMMIT_REQUESTS = 100_000;

  private final Queue<Request> requests = new MpscUnboundedAtomicArrayQueue<>(CHUNK);
  private volatile @Nullable Thread sleeper;
  private volatile boolean abandoned;
  private volatile @Nullable Consumer<Request> refusal;

  /** Posts a request; it is refused if the writer has ended. */
  void post(Request request) {
    requests.add(request);
    // the queue's own write is ordered, not volatile; the check below must not overtake it
    java.lang.invoke.VarHandle.fullFence();
    Thread asleep = sleeper;
    if (asleep != null) {
      sleeper = null;
      LockSupport.unpark(asleep);
    }
    Consumer<Request> refuse = refusal;
    if (refuse != null) {
      refuseAll(refuse);
    }
  }

  /** Takes as many requests as make one commit. */
  void drain(Consumer<Request> taker) {
    long octets = 0;
    for (int n = 0; n < COMMIT_REQUESTS && octets < COMMIT_BYTES; n++) {
      Request request = requests.poll();
      if (request == null) {
        return;
      }
      if (request instanceof Request.Store store) {
        octets += store.body().octets().length();
      }
      taker.accept(request);
    }
  }

  /** Waits for a request, for {@code nanos} at most; 0: for ever. May return early. */
  void await(long nanos) {
    sleeper = Thread.currentThread();
    if (requests.isEmpty() && !abandoned) {
      if (nanos > 0) {
        LockSupport.parkNanos(this, nanos);
      } else {
        LockSupport.park(this);
      }
    }
    sleeper = null;
  }

  /** The writer is to stop where it is, as if the process had died. For tests. */
  void abandon() {
    abandoned = true;
    Thread asleep = sleeper;
    if (asleep != null) {
      LockSupport.unpark(asleep);
    }
  }

  boolean isAbandoned() {
    return abandoned;
  }

  /** The writer has ended; what waits and what comes is given to {@code refuse}. */
  void end(Consumer<Request> refuse) {
    refusal = refuse;
    refuseAll(refuse);
  }

  // the queue has one consumer at a time: the writer is gone, so those who post take turns
  private synchronized void refuseAll(Consumer<Request> refuse) {
    Request request = requests.poll();
    while (request != null) {
      refuse.accept(request);
      request = requests.poll();
    }
  }
}
