package org.impetusmta.core.queue;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Reply;
import org.impetusmta.core.message.MailMessage;
import org.jspecify.annotations.Nullable;

/**
 * The mail of a queue that fails as a whole, one reason after the other. Thread-safety: single,
 * confined to the loop of the queue.
 */
final class Sweeps {
  private final MailQueue queue;
  private final QueueLoop home;
  private final Deque<Sweep> sweeps = new ArrayDeque<>(1);

  Sweeps(MailQueue queue, QueueLoop home) {
    this.queue = queue;
    this.home = home;
  }

  /** The reply that the queue's mail is failing with at this moment; null: it is not. */
  @Nullable Reply reply() {
    Sweep sweep = sweeps.peek();
    return sweep == null ? null : sweep.reply();
  }

  /** Carries out a slice of the first. */
  void maintain() {
    Sweep sweep = sweeps.peek();
    if (sweep != null) {
      slice(sweep);
    }
  }

  boolean isEmpty() {
    return sweeps.isEmpty();
  }

  /**
   * Fails all active mail, unless some is failing already; false for the convenience of callers.
   */
  boolean active(Reply reply) {
    if (sweeps.isEmpty()) {
      sweep(new Sweep(reply, queue.waiting(), false, false));
    }
    return false;
  }

  /** Fails all mail, for an operator. */
  CompletableFuture<Integer> all(Reply reply, boolean quiet) {
    Sweep sweep = new Sweep(reply, queue.waiting() + queue.delayedNow(), true, quiet);
    sweep(sweep);
    return sweep.done();
  }

  private void sweep(Sweep sweep) {
    sweeps.add(sweep);
    home.touch(queue);
  }

  private void slice(Sweep sweep) {
    Disposition disposition = home.server().disposition();
    boolean bounces = sweep.reply().isPermanent() && !sweep.quiet();
    for (int i = 0; i < Sweep.SLICE && !sweep.finished(); i++) {
      if (bounces && home.bounceLine().full()) {
        home.bounceLine().whenRoom(queue);
        return;
      }
      MailMessage next = sweep.delayedToo() ? queue.pollAny() : queue.pollHead();
      if (next == null) {
        break;
      }
      sweep.one();
      if (sweep.reply().isPermanent()) {
        disposition.permanentFailure(
            queue, next, Stage.NOT_CONNECTED, sweep.reply(), 0, null, sweep.quiet());
      } else {
        disposition.transientFailure(
            queue, next, Stage.NOT_CONNECTED, sweep.reply(), 0, null, true);
      }
    }
    // what is being swapped in comes back with a touch
    if (sweep.finished()
        || (queue.waiting() == 0 && !sweep.delayedToo())
        || (queue.waiting() == 0 && queue.delayedNow() == 0)) {
      sweeps.remove(sweep);
      sweep.end();
    }
    if (!sweeps.isEmpty() && !queue.onlySwapping()) {
      home.touch(queue);
    }
  }
}
