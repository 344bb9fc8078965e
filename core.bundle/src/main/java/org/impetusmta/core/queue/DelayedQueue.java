package org.impetusmta.core.queue;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.impetusmta.core.message.MailMessage;
import org.jspecify.annotations.Nullable;

/**
 * Delayed mail by the time of its next attempt, the older message first where times are equal: a
 * binary heap in two arrays, twelve octets a message. Single: belongs to its queue's loop.
 */
final class DelayedQueue {
  private static final long[] NO_TIMES = new long[0];
  private static final MailMessage[] NO_MESSAGES = new MailMessage[0];

  private long[] times = NO_TIMES;
  private @Nullable MailMessage[] messages = NO_MESSAGES;
  private int size;

  int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** When the first message is due; {@code Long.MAX_VALUE} when there is none. */
  long firstDue() {
    return size == 0 ? Long.MAX_VALUE : times[0];
  }

  void add(MailMessage message) {
    if (size == times.length) {
      int more = Math.max(4, size + (size >> 1));
      times = Arrays.copyOf(times, more);
      messages = Arrays.copyOf(messages, more);
    }
    up(size++, message.nextAttemptMillis(), message);
  }

  /** Takes the message that is due first; null when there is none. */
  @Nullable MailMessage poll() {
    return size == 0 ? null : removeAt(0);
  }

  /** Takes the first message found that fits; null when none does. */
  @Nullable MailMessage remove(Predicate<MailMessage> fits) {
    for (int i = 0; i < size; i++) {
      if (fits.test(at(i))) {
        return removeAt(i);
      }
    }
    return null;
  }

  /** Takes out what is in {@code which}, in no order. */
  void removeAll(Set<MailMessage> which, List<MailMessage> taker) {
    int kept = 0;
    for (int i = 0; i < size; i++) {
      MailMessage message = at(i);
      if (which.contains(message)) {
        taker.add(message);
      } else {
        times[kept] = times[i];
        messages[kept++] = message;
      }
    }
    Arrays.fill(messages, kept, size, null);
    size = kept;
    if (size == 0) {
      times = NO_TIMES;
      messages = NO_MESSAGES;
    }
    for (int i = size / 2 - 1; i >= 0; i--) {
      down(i, times[i], at(i));
    }
  }

  /** Visits all messages, in no order. */
  void forEach(Consumer<MailMessage> visitor) {
    for (int i = 0; i < size; i++) {
      visitor.accept(at(i));
    }
  }

  /**
   * Visits at most {@code most} messages behind the first {@code skip} of those that {@link
   * #forEach} visits, and says how many it were.
   */
  int forEach(int skip, int most, Consumer<MailMessage> visitor) {
    int end = (int) Math.min(size, (long) skip + most);
    for (int i = skip; i < end; i++) {
      visitor.accept(at(i));
    }
    return Math.max(0, end - skip);
  }

  /** Empties it, in no order. */
  void drain(Consumer<MailMessage> taker) {
    forEach(taker);
    size = 0;
    times = NO_TIMES;
    messages = NO_MESSAGES;
  }

  private MailMessage at(int i) {
    MailMessage message = messages[i];
    if (message == null) {
      throw new IllegalStateException("a hole in the heap");
    }
    return message;
  }

  private MailMessage removeAt(int i) {
    MailMessage removed = at(i);
    size--;
    MailMessage last = at(size);
    long lastTime = times[size];
    messages[size] = null;
    if (i < size) {
      if (i > 0 && before(lastTime, last, (i - 1) >>> 1)) {
        up(i, lastTime, last);
      } else {
        down(i, lastTime, last);
      }
    }
    if (size == 0) {
      times = NO_TIMES;
      messages = NO_MESSAGES;
    } else if (size < times.length / 4 && times.length > 64) {
      times = Arrays.copyOf(times, times.length / 2);
      messages = Arrays.copyOf(messages, messages.length / 2);
    }
    return removed;
  }

  private void up(int from, long time, MailMessage message) {
    int i = from;
    while (i > 0) {
      int parent = (i - 1) >>> 1;
      if (!before(time, message, parent)) {
        break;
      }
      times[i] = times[parent];
      messages[i] = messages[parent];
      i = parent;
    }
    times[i] = time;
    messages[i] = message;
  }

  private void down(int from, long time, MailMessage message) {
    int i = from;
    while (2 * i + 1 < size) {
      int child = 2 * i + 1;
      if (child + 1 < size && before(times[child + 1], at(child + 1), child)) {
        child++;
      }
      if (!before(times[child], at(child), time, message)) {
        break;
      }
      times[i] = times[child];
      messages[i] = messages[child];
      i = child;
    }
    times[i] = time;
    messages[i] = message;
  }

  private boolean before(long time, MailMessage message, int other) {
    return before(time, message, times[other], at(other));
  }

  private static boolean before(long t1, MailMessage m1, long t2, MailMessage m2) {
    return t1 != t2 ? t1 < t2 : m1.receivedMillis() < m2.receivedMillis();
  }
}
