package org.impetusmta.core.queue;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.core.message.MailMessage;
import org.jspecify.annotations.Nullable;

/**
 * Counts the queued messages whose bodies are in memory, all of them and those of each binding,
 * against {@code max_resident_messages}, and their octets in {@link Memory}. Every body that enters
 * or leaves a queued message passes here. The counts are concurrent; each message belongs to its
 * loop.
 */
final class Residency {
  private final Memory memory;
  private final AtomicInteger resident = new AtomicInteger();
  private final Map<String, AtomicInteger> bindings = new ConcurrentHashMap<>();

  Residency(Memory memory) {
    this.memory = memory;
  }

  /** The count of a binding; a queue asks once. */
  AtomicInteger of(String binding) {
    return bindings.computeIfAbsent(binding, name -> new AtomicInteger());
  }

  /**
   * Counts the body of a message that was received, if the limits allow it.
   *
   * @param limit of all bodies; 0: none
   * @param bindingLimit of those of the binding; 0: none
   */
  boolean keep(MailMessage message, AtomicInteger ofBinding, int limit, int bindingLimit) {
    if ((limit > 0 && resident.get() >= limit)
        || (bindingLimit > 0 && ofBinding.get() >= bindingLimit)) {
      return false;
    }
    count(message, ofBinding, message.charge());
    return true;
  }

  /** Swap in. */
  void swapIn(
      MailMessage message, AtomicInteger ofBinding, @Nullable Envelope envelope, Body body) {
    count(message, ofBinding, body.length());
    if (envelope == null) {
      message.swapIn(body);
    } else {
      message.swapIn(envelope, body);
    }
  }

  private void count(MailMessage message, AtomicInteger ofBinding, int octets) {
    resident.incrementAndGet();
    ofBinding.incrementAndGet();
    message.charge(octets);
    memory.add(octets);
  }

  /** Its body is no longer held; call it before the message forgets the body. */
  void leaves(MailMessage message, AtomicInteger ofBinding) {
    resident.decrementAndGet();
    ofBinding.decrementAndGet();
    memory.give(message.charge());
    message.charge(0);
  }

  /** How many bodies are in memory. */
  int resident() {
    return resident.get();
  }
}
