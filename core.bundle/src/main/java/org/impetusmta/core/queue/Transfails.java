package org.impetusmta.core.queue;

import java.util.ArrayDeque;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Reply;
import org.impetusmta.core.message.MailMessage;

/**
 * Transient failures of one loop that wait to be logged, recorded and delayed, with {@code
 * inline_transfail_processing} off: so that many at a time, and whatever loggers make of each, do
 * not hold up the loop. The address of the remote host is not kept. Single: belongs to its loop.
 */
final class Transfails {
  private final LoopMailQueues server;
  private final ArrayDeque<Transfail> waiting = new ArrayDeque<>(1);

  private record Transfail(
      MailQueue queue, MailMessage message, Stage stage, Reply reply, int bytes, boolean bulk) {}

  Transfails(LoopMailQueues server) {
    this.server = server;
  }

  void add(
      MailQueue queue, MailMessage message, Stage stage, Reply reply, int bytes, boolean bulk) {
    if (waiting.size() >= server.options().maxResidentTransfails()) {
      queue.swapOut(message);
    }
    waiting.add(new Transfail(queue, message, stage, reply, bytes, bulk));
    queue.unsettled(1);
  }

  /** Deals with as many as one turn may; true where more are left. */
  boolean drain() {
    for (int left = server.options().transfailDrainRate(); left > 0; left--) {
      Transfail next = waiting.poll();
      if (next == null) {
        return false;
      }
      MailQueue queue = next.queue();
      server
          .disposition()
          .failedForNow(
              queue, next.message(), next.stage(), next.reply(), next.bytes(), null, next.bulk());
      queue.unsettled(-1);
    }
    return !waiting.isEmpty();
  }

  int size() {
    return waiting.size();
  }
}
