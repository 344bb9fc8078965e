package org.impetusmta.core.queue;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How much of the heap is really in use, as far as mail decides it: the octets that mail is counted
 * with (content that sessions receive, bodies of queued messages, what each waiting message costs)
 * and the rest, which is what collections of the old generation left beyond that. What is merely
 * used heap says nothing: garbage fills it.
 *
 * <p>Above {@code memory_goal} the queues give up bodies, above {@code memory_hwm} new mail is
 * refused for now. Concurrent: an update is one addition, a question one read.
 */
public final class Memory {
  /** What a waiting message is counted with, its spool entry and its place in a queue included. */
  static final int MESSAGE = 300;

  private final long max;
  private final AtomicLong counted = new AtomicLong();
  private final Runnable relief;

  /** The rest: live octets that are not counted. */
  private volatile long rest;

  private int goalPercent = 100;
  private int highPercent = 100;

  /** What may be counted before the goal, or the high-water mark, is reached. */
  private volatile long goal;

  private volatile long high;

  /**
   * @param max octets of the heap
   * @param relief called when mail that is added crosses the goal, by whoever adds it: it must not
   *     block, and may be called again and again
   */
  public Memory(long max, Runnable relief) {
    this.max = max;
    this.relief = relief;
    reckon();
  }

  /**
   * What of a heap can be filled with what lives: a collector needs room to copy into, and the
   * smaller the heap the larger its share.
   */
  static long usable(long heapOctets) {
    return heapOctets - Math.max(heapOctets / 8, Math.min(32L << 20, heapOctets / 4));
  }

  /** Sets {@code memory_goal} and {@code memory_hwm}, in percent of the heap. */
  synchronized void limits(int goalPercent, int highPercent) {
    this.goalPercent = goalPercent;
    this.highPercent = highPercent;
    reckon();
  }

  /** What was found to live in the heap that is not counted. */
  synchronized void rest(long octets) {
    rest = Math.max(0, octets);
    reckon();
  }

  private synchronized void reckon() {
    long left = rest;
    goal = max / 100 * goalPercent - left;
    high = max / 100 * Math.max(goalPercent, highPercent) - left;
  }

  /** Counts {@code octets} more, or less where they are negative. */
  void add(long octets) {
    long now = counted.addAndGet(octets);
    if (octets > 0 && now > goal) {
      relief.run();
    }
  }

  /** Counts {@code octets} more where they stay below the high-water mark. */
  public boolean take(long octets) {
    long now = counted.addAndGet(octets);
    if (now > high) {
      counted.addAndGet(-octets);
      relief.run();
      return false;
    }
    if (now > goal) {
      relief.run();
    }
    return true;
  }

  /** Gives back what {@link #take} took. */
  public void give(long octets) {
    counted.addAndGet(-octets);
  }

  /** Whether new mail is refused. */
  public boolean full() {
    return counted.get() >= high;
  }

  /** Whether the queues should give up bodies. */
  boolean aboveGoal() {
    return counted.get() > goal;
  }

  /** Octets that mail is counted with now. */
  long counted() {
    return counted.get();
  }

  /** Live octets that are not counted. */
  long rest() {
    return rest;
  }

  /** Share of the heap in use, in percent; more than 100 where the figures are behind. */
  public int percent() {
    return (int) (100 * (counted.get() + rest) / max);
  }
}
