package org.impetusmta.core.queue;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.impetusmta.core.message.MailMessage;
import org.jspecify.annotations.Nullable;

/**
 * Mail that waits for a connection, in order of arrival; mail with priority goes before all other.
 * The head of each of the two lanes is swapped in ahead of its turn. Single: belongs to its queue's
 * loop.
 */
final class ActiveQueue {
  /** One order of arrival. Most queues never have a second one. */
  private static final class Lane {
    /** Swapped in, next to be delivered; before all of {@link #active}. */
    final ArrayDeque<MailMessage> ready = new ArrayDeque<>(1);

    final ArrayDeque<MailMessage> active = new ArrayDeque<>(1);

    int size() {
      return ready.size() + active.size();
    }

    /** The next message that is resident. */
    @Nullable MailMessage take() {
      MailMessage next = ready.pollFirst();
      if (next == null) {
        MailMessage head = active.peekFirst();
        next = head != null && head.resident() ? active.pollFirst() : null;
      }
      return next;
    }

    @Nullable MailMessage poll() {
      MailMessage next = ready.pollFirst();
      return next == null ? active.pollFirst() : next;
    }

    @Nullable MailMessage peek() {
      MailMessage next = ready.peekFirst();
      return next == null ? active.peekFirst() : next;
    }

    int available() {
      MailMessage head = active.peekFirst();
      return ready.size() + (head != null && head.resident() ? active.size() : 0);
    }

    /** Returns what is left of {@code octets}. */
    long headNotResident(List<MailMessage> taker, int most, long octets, Batches.Ahead ahead) {
      long left = octets;
      MailMessage head = active.peekFirst();
      while (head != null && !head.resident()) {
        int cost = ahead.cost(head);
        boolean fits = taker.isEmpty() || cost <= left;
        if (!fits || (taker.size() >= most && !ahead.joins(head))) {
          return left;
        }
        ahead.took(head);
        left -= cost;
        taker.add(active.removeFirst());
        head = active.peekFirst();
      }
      return left;
    }
  }

  private final Lane usual = new Lane();
  private @Nullable Lane urgent;

  private Lane lane(MailMessage message) {
    if (!message.priority()) {
      return usual;
    }
    Lane lane = urgent;
    if (lane == null) {
      lane = new Lane();
      urgent = lane;
    }
    return lane;
  }

  int size() {
    Lane first = urgent;
    return usual.size() + (first == null ? 0 : first.size());
  }

  boolean isEmpty() {
    return size() == 0;
  }

  void add(MailMessage message) {
    lane(message).active.add(message);
  }

  /** A message that was swapped in for its turn. */
  void addReady(MailMessage message) {
    lane(message).ready.add(message);
  }

  /** Puts a message before all others of its lane. */
  void addFirst(MailMessage message) {
    Lane lane = lane(message);
    if (message.resident()) {
      lane.ready.addFirst(message);
    } else {
      lane.active.addFirst(message);
    }
  }

  /** Puts back what {@link #headNotResident} took. */
  void putBack(List<MailMessage> messages) {
    for (int i = messages.size() - 1; i >= 0; i--) {
      lane(messages.get(i)).active.addFirst(messages.get(i));
    }
  }

  /** Takes the next message if it is resident; null when there is none. */
  @Nullable MailMessage take() {
    Lane first = urgent;
    MailMessage next = first == null ? null : first.take();
    return next == null ? usual.take() : next;
  }

  /** Takes the head, resident or not; null when there is none. */
  @Nullable MailMessage poll() {
    Lane first = urgent;
    MailMessage head = first == null ? null : first.poll();
    return head == null ? usual.poll() : head;
  }

  /** The head, resident or not; null when there is none. */
  @Nullable MailMessage peek() {
    Lane first = urgent;
    MailMessage head = first == null ? null : first.peek();
    return head == null ? usual.peek() : head;
  }

  /** Messages that a connection would get at once. */
  int available() {
    Lane first = urgent;
    return usual.available() + (first == null ? 0 : first.available());
  }

  /** Messages that were swapped in and wait for their turn. */
  int ready() {
    Lane first = urgent;
    return usual.ready.size() + (first == null ? 0 : first.ready.size());
  }

  /**
   * Takes messages without a body off the heads.
   *
   * @param most how many, unless more leave in one transaction with the last
   * @param octets how many they may have together, unless it is one message
   * @return how many they have
   */
  long headNotResident(List<MailMessage> taker, int most, long octets, Batches.Ahead ahead) {
    Lane first = urgent;
    long left = octets;
    if (first != null) {
      left = first.headNotResident(taker, most, left, ahead);
    }
    return octets - usual.headNotResident(taker, most, left, ahead);
  }

  /** Visits all messages in order. */
  void forEach(Consumer<MailMessage> visitor) {
    Lane first = urgent;
    if (first != null) {
      first.ready.forEach(visitor);
      first.active.forEach(visitor);
    }
    usual.ready.forEach(visitor);
    usual.active.forEach(visitor);
  }

  /**
   * Visits at most {@code most} messages behind the first {@code skip} in order, and says how many
   * it were.
   */
  int forEach(int skip, int most, Consumer<MailMessage> visitor) {
    int count = Math.clamp((long) size() - skip, 0, most);
    Lane first = urgent;
    Stream<MailMessage> all = Stream.concat(usual.ready.stream(), usual.active.stream());
    if (first != null) {
      all = Stream.concat(Stream.concat(first.ready.stream(), first.active.stream()), all);
    }
    all.skip(skip).limit(count).forEach(visitor);
    return count;
  }

  /**
   * Visits messages from the tail for as long as the visitor says so, but not the first {@code
   * keep}. Those that were swapped in for their turn go last, into the order behind them.
   */
  void fromTail(int keep, Predicate<MailMessage> visitor) {
    int left = size() - keep;
    Lane first = urgent;
    List<ArrayDeque<MailMessage>> order =
        first == null
            ? List.of(usual.active, usual.ready)
            : List.of(usual.active, usual.ready, first.active, first.ready);
    for (ArrayDeque<MailMessage> part : order) {
      Iterator<MailMessage> tail = part.descendingIterator();
      while (tail.hasNext() && left > 0) {
        left = visitor.test(tail.next()) ? left - 1 : 0;
      }
    }
    unready(usual);
    if (first != null) {
      unready(first);
    }
  }

  /** What of {@code ready} lost its body waits for it like the rest. */
  private static void unready(Lane lane) {
    while (!lane.ready.isEmpty() && !lane.ready.getLast().resident()) {
      lane.active.addFirst(lane.ready.removeLast());
    }
  }

  /** Takes the first message that fits; null when none does. */
  @Nullable MailMessage remove(Predicate<MailMessage> fits) {
    Lane first = urgent;
    MailMessage found = first == null ? null : remove(first.ready, fits);
    found = found == null && first != null ? remove(first.active, fits) : found;
    found = found == null ? remove(usual.ready, fits) : found;
    return found == null ? remove(usual.active, fits) : found;
  }

  /** Takes out what is in {@code which}, in order. */
  void removeAll(Set<MailMessage> which, List<MailMessage> taker) {
    Predicate<MailMessage> fits = message -> which.contains(message) && taker.add(message);
    Lane first = urgent;
    if (first != null) {
      first.ready.removeIf(fits);
      first.active.removeIf(fits);
    }
    usual.ready.removeIf(fits);
    usual.active.removeIf(fits);
  }

  private static @Nullable MailMessage remove(
      ArrayDeque<MailMessage> queue, Predicate<MailMessage> fits) {
    MailMessage found = queue.stream().filter(fits).findFirst().orElse(null);
    if (found != null) {
      queue.remove(found);
    }
    return found;
  }
}
