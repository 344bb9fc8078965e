package org.impetusmta.core.queue;

import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is done while memory is above {@code memory_goal}: bodies are given up in steps, and all
 * loops take one before any takes the next. Concurrent; the steps run on the loops.
 */
final class Relief implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Relief.class);

  /** How long bodies are not asked for again after giving them up did not help. */
  private static final Duration AGAIN = Duration.ofSeconds(1);

  private final LoopMailQueues server;
  private final Memory memory;
  private final @Nullable HeapWatch heap;

  /** Bodies are being given up, or that was of no use a moment ago. */
  private final AtomicBoolean relieving = new AtomicBoolean();

  // of the first loop
  private long wholeCollections;
  private boolean wasFull;

  /**
   * @param heapOctets the largest heap
   * @param watchesHeap whether collections are listened to
   */
  Relief(LoopMailQueues server, long heapOctets, boolean watchesHeap) {
    this.server = server;
    this.memory = new Memory(heapOctets, this::begin);
    this.heap = watchesHeap ? new HeapWatch(memory) : null;
  }

  Memory memory() {
    return memory;
  }

  /**
   * From any thread: memory is above the goal. Where that does not help it is left for a moment.
   */
  void begin() {
    if (!relieving.get() && relieving.compareAndSet(false, true)) {
      step(0);
    }
  }

  private void step(int step) {
    AtomicInteger left = new AtomicInteger(server.loops().size());
    for (QueueLoop each : server.loops()) {
      each.loop()
          .execute(
              () -> {
                each.relieve(step);
                if (left.decrementAndGet() > 0) {
                  return;
                }
                if (!memory.aboveGoal()) {
                  relieving.set(false);
                } else if (step + 1 < QueueLoop.RELIEF_STEPS) {
                  step(step + 1);
                } else {
                  each.loop().schedule(() -> relieving.set(false), AGAIN);
                }
              });
    }
  }

  /**
   * On the first loop, every {@code mail_queue_check_vm_interval}: where mail has been refused all
   * the time and no collection has said meanwhile what really lives, one is asked for. An idle
   * server would otherwise believe an old figure for ever.
   */
  void check() {
    HeapWatch watch = heap;
    if (watch == null) {
      return;
    }
    boolean full = memory.full();
    if (full && wasFull && watch.wholeCollections() == wholeCollections) {
      LOG.warn("memory is at {} % and mail is refused; collecting garbage", memory.percent());
      try {
        server.scheduler().pool("SwapOut").execute(System::gc);
      } catch (RejectedExecutionException e) {
        LOG.warn("no thread to collect garbage: {}", e.toString());
      }
    }
    wasFull = full;
    wholeCollections = watch.wholeCollections();
  }

  @Override
  public void close() {
    if (heap != null) {
      heap.close();
    }
  }
}
