package org.impetusmta.core.queue;

import java.util.concurrent.atomic.AtomicInteger;
import org.impetusmta.api.message.Body;
import org.impetusmta.core.message.MailMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts the queued messages whose bodies are in memory against {@code max_resident_messages}.
 * Every body that enters or leaves a queued message passes here. The count is concurrent; each
 * message belongs to its loop.
 */
final class Residency {
  private static final Logger LOG = LoggerFactory.getLogger(Residency.class);

  private final AtomicInteger resident = new AtomicInteger();

  /**
   * Counts the body of a message that was received; drops it instead where {@code limit} is
   * reached.
   *
   * @param limit 0: none
   */
  void keep(MailMessage message, int limit) {
    if (message.resident() && limit > 0 && resident.get() >= limit) {
      LOG.debug("{} leaves memory: {} bodies are there", message.id(), limit);
      message.swapOut();
    } else if (message.resident()) {
      resident.incrementAndGet();
    }
  }

  /** Swap in. */
  void swapIn(MailMessage message, Body body) {
    if (!message.resident()) {
      resident.incrementAndGet();
    }
    message.swapIn(body);
  }

  /** Swap out, and what happens to the body of a message that is done with. */
  void swapOut(MailMessage message) {
    if (message.resident()) {
      resident.decrementAndGet();
      message.swapOut();
    }
  }

  /** How many bodies are in memory. */
  int resident() {
    return resident.get();
  }
}
