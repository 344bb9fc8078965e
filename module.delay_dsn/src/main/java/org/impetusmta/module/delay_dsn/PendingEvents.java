package org.impetusmta.module.delay_dsn;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.MessageId;

/** The soonest warnings, and how many there are in all. Single. */
final class PendingEvents {
  /** What is listed at most. */
  static final int MOST = 1_000;

  private static final Comparator<Event> SOONEST =
      Comparator.comparingLong(Event::atMillis).thenComparing(Event::id);

  private final PriorityQueue<Event> latestFirst = new PriorityQueue<>(SOONEST.reversed());
  private long count;

  /** A warning that will be sent unless its message is delivered before. */
  record Event(long atMillis, MessageId id, int number, Address sender, Address recipient) {}

  void add(Event event) {
    count++;
    keep(event);
  }

  void add(PendingEvents others) {
    count += others.count;
    others.latestFirst.forEach(this::keep);
  }

  private void keep(Event event) {
    latestFirst.add(event);
    if (latestFirst.size() > MOST) {
      latestFirst.remove();
    }
  }

  void print(ConsoleInvocation invocation) {
    List<Event> soonest = new ArrayList<>(latestFirst);
    soonest.sort(SOONEST);
    for (Event event : soonest) {
      invocation.printf(
          "%s %s warning %d to <%s> about <%s>",
          Instant.ofEpochSecond(event.atMillis() / 1000),
          event.id(),
          event.number(),
          event.sender(),
          event.recipient());
    }
    if (count > soonest.size()) {
      invocation.println("… the soonest " + soonest.size());
    }
    invocation.println(count + " pending events");
  }
}
