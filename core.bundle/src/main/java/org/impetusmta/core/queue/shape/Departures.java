package org.impetusmta.core.queue.shape;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.impetusmta.api.config.Rate;

/**
 * What left lately, so that no more than {@code count} leave in any {@code seconds}: the departure
 * number <i>i</i> may go when number <i>i - count</i> is a period old. A burst goes at once, then
 * nothing until its first departure is a period old.
 *
 * <p>Departures are kept in a ring of up to {@value #MOST_GROUPS} groups, each with the time of its
 * first, so a bucket of any size costs at most 2 KiB; a group of a large bucket that fills slowly
 * may let a share of 1/256 go too early. A departure that comes late, because timers are, counts as
 * if it had come in time, up to a 64th of the period and at most {@value #MOST_SLACK} ms: else
 * lateness would add up and the rate never be reached.
 *
 * <p>Form: {@code next} is the number of the next departure. The stamp of a group holds the lap in
 * which its first departure was taken, plus one, modulo 2^20, above 43 bits of milliseconds since
 * {@code base}. Who takes the first of a group replaces the stamp and then moves {@code next}; who
 * finds the stamp replaced and {@code next} not moved moves it. Concurrent; no locks. What was
 * taken is not given back.
 */
final class Departures {
  static final int MOST_GROUPS = 256;
  static final long MOST_SLACK = 100;

  /** A stamp that lies further in the future was made before the clock was set back. */
  private static final long CLOCK_SET_BACK = 1_000;

  private static final int TIME_BITS = 43;
  private static final long TIME_MASK = (1L << TIME_BITS) - 1;
  private static final long LAP_MASK = (1L << 20) - 1;

  private final Rate rate;
  private final int count;
  private final int groups;
  private final long period;
  private final long slack;
  private final long base;
  private final AtomicLong next = new AtomicLong();
  private final AtomicLongArray stamps;

  /**
   * @param rate not unlimited
   */
  Departures(Rate rate, long now) {
    this.rate = rate;
    this.count = rate.count();
    this.groups = Math.min(count, MOST_GROUPS);
    this.period = rate.seconds() * 1_000L;
    this.slack = Math.min(period / 64, MOST_SLACK);
    // what another bucket remembers may be a period older than this one
    this.base = now - (long) Rate.LONGEST * 1_000;
    this.stamps = new AtomicLongArray(groups);
  }

  /** A bucket of another rate that knows what left from this one. */
  Departures withRate(Rate other, long now) {
    Departures fresh = new Departures(other, now);
    long end = next.get();
    long begin = Math.max(0, end - Math.min(count, other.count()));
    for (long number = begin; number < end; ) {
      long until = Math.min(end, endOfGroup(number));
      long left = timeOf(number);
      if (left > now - fresh.period) {
        fresh.restore(left, (int) (until - number));
      }
      number = until;
    }
    return fresh;
  }

  /** Adds departures of the past, oldest first; nobody else knows this bucket yet. */
  private void restore(long left, int departures) {
    long number = next.get();
    for (long i = number; i < number + departures; i++) {
      if (isFirst(i)) {
        stamps.set(group(i), stamp(i, left - base));
      }
      i = Math.min(number + departures, endOfGroup(i)) - 1;
    }
    next.set(number + departures);
  }

  Rate rate() {
    return rate;
  }

  /** Takes one departure; false where {@link #freeAt} lies ahead. */
  boolean take(long now) {
    long time = now - base;
    while (true) {
      long number = next.get();
      if (!isFirst(number)) {
        if (next.compareAndSet(number, number + 1)) {
          return true;
        }
        continue;
      }
      int group = group(number);
      long known = stamps.get(group);
      long lap = number / count;
      long tag = known >>> TIME_BITS;
      if (tag == (lap + 1 & LAP_MASK)) {
        next.compareAndSet(number, number + 1);
      } else if (tag == (lap & LAP_MASK)) {
        long free = lap == 0 ? Long.MIN_VALUE : free(known & TIME_MASK, time);
        if (free > time) {
          return false;
        }
        if (stamps.compareAndSet(
            group, known, stamp(number, Math.max(free, time - slackOf(lap))))) {
          next.compareAndSet(number, number + 1);
          return true;
        }
      }
      // else the number is an old one by now
    }
  }

  /** In the first lap nothing can have been late. */
  private long slackOf(long lap) {
    return lap == 0 ? 0 : slack;
  }

  /** When a departure may follow that of {@code left}, one lap ago. */
  private long free(long left, long time) {
    return left > time + CLOCK_SET_BACK ? Long.MIN_VALUE : left + period;
  }

  /** How many may leave now; counts no further than {@code most}. */
  int free(long now, int most) {
    long number = next.get();
    long end = number + Math.min(most, count);
    long at = number;
    while (at < end) {
      if (isFirst(at) && freeAtNumber(at, now) > now) {
        break;
      }
      at = endOfGroup(at);
    }
    return (int) (Math.min(at, end) - number);
  }

  /** How many of {@link Rate#count} are used up. */
  int used(long now) {
    return count - free(now, count);
  }

  /** Whether nothing left within the period: whoever begins anew with this rate has the same. */
  boolean untouched(long now) {
    return used(now) == 0;
  }

  /** When the {@code nth} departure from now on is possible, 1 or more; {@code now} or later. */
  long freeAt(long now, int nth) {
    long number = next.get() + Math.min(nth, count) - 1;
    return Math.max(now, freeAtNumber(number, now));
  }

  private long freeAtNumber(long number, long now) {
    long known = stamps.get(group(number));
    long lap = number / count;
    if (lap == 0 || known >>> TIME_BITS != (lap & LAP_MASK)) {
      return Long.MIN_VALUE;
    }
    long free = free(known & TIME_MASK, now - base);
    return free == Long.MIN_VALUE ? free : free + base;
  }

  /** When a departure of the last lap left; one that is forgotten is endlessly old. */
  private long timeOf(long number) {
    long known = stamps.get(group(number));
    return known >>> TIME_BITS == (number / count + 1 & LAP_MASK)
        ? (known & TIME_MASK) + base
        : Long.MIN_VALUE;
  }

  private long stamp(long number, long time) {
    return ((number / count + 1) & LAP_MASK) << TIME_BITS | (Math.max(0, time) & TIME_MASK);
  }

  private int group(long number) {
    return (int) (number % count * groups / count);
  }

  private boolean isFirst(long number) {
    return number % count == 0 || group(number) != group(number - 1);
  }

  /** The number behind the last of the group that {@code number} is in. */
  private long endOfGroup(long number) {
    long lap = number / count;
    long group = group(number) + 1L;
    // the smallest place whose group is not this one any more
    long place = (group * count + groups - 1) / groups;
    return lap * count + Math.min(place, count);
  }
}
