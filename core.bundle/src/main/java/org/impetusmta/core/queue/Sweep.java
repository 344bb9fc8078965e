package org.impetusmta.core.queue;

import java.util.concurrent.CompletableFuture;
import org.impetusmta.api.message.Reply;

/**
 * All mail of a queue meets the same fate: nothing can be reached, the domain takes no mail, or an
 * operator fails it. Carried out in slices, so that a long queue does not hold up its loop. Single.
 */
final class Sweep {
  /** Messages in one slice. */
  static final int SLICE = 1_000;

  private final Reply reply;
  private final boolean delayedToo;
  private final boolean quiet;
  private final CompletableFuture<Integer> done = new CompletableFuture<>();
  private int left;
  private int swept;

  /**
   * @param messages how many there are now; what comes later is not concerned
   * @param delayedToo whether delayed mail is swept too
   * @param quiet whether no bounce is made
   */
  Sweep(Reply reply, int messages, boolean delayedToo, boolean quiet) {
    this.reply = reply;
    this.left = messages;
    this.delayedToo = delayedToo;
    this.quiet = quiet;
  }

  Reply reply() {
    return reply;
  }

  boolean delayedToo() {
    return delayedToo;
  }

  boolean quiet() {
    return quiet;
  }

  boolean finished() {
    return left <= 0;
  }

  void one() {
    left--;
    swept++;
  }

  void end() {
    left = 0;
    done.complete(swept);
  }

  /** How many messages it was in the end. */
  CompletableFuture<Integer> done() {
    return done;
  }
}
