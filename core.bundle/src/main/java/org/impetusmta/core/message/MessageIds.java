package org.impetusmta.core.message;

import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.impetusmta.api.message.MessageId;

/**
 * Makes ids that never repeat: a counter of 16 bits in each second, the process number, the second.
 * When a second's counter is used up or the clock steps back, it borrows from the seconds to come.
 * Concurrent; lock-free.
 */
public final class MessageIds {
  private final InstantSource clock;
  private final int process;

  /** Seconds (48 bits) and counter (16 bits) of the last id. */
  private final AtomicLong last;

  /** Process numbers in ids of messages that may be here; 65,536 bits. */
  private final AtomicLongArray processes = new AtomicLongArray(1024);

  public MessageIds(InstantSource clock, long processId) {
    this.clock = clock;
    this.process = (int) (processId & 0xFFFF);
    this.last = new AtomicLong((clock.millis() / 1000) << 16);
    mark(process);
  }

  /** The next id. */
  public MessageId next() {
    long now = (clock.millis() / 1000) << 16;
    long before;
    long after;
    do {
      before = last.get();
      after = Math.max(before + 1, now);
    } while (!last.compareAndSet(before, after));
    return MessageId.of((int) after & 0xFFFF, process, after >>> 16);
  }

  /** A message with this id is here that this process did not make. */
  public void seen(MessageId id) {
    above(id.seconds());
    mark(id.process());
  }

  private void mark(int number) {
    processes.accumulateAndGet(number >> 6, 1L << number, (bits, bit) -> bits | bit);
  }

  /** Whether surely no message here has this id; false says nothing. */
  public boolean unknown(MessageId id) {
    return (processes.get(id.process() >> 6) & 1L << id.process()) == 0;
  }

  /** Never again makes an id of {@code seconds} or before; for what recovery found in the spool. */
  public void above(long seconds) {
    long floor = (seconds + 1) << 16;
    last.updateAndGet(l -> Math.max(l, floor));
  }
}
