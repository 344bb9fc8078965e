package org.impetusmta.core.queue;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.spool.SpoolException;
import org.impetusmta.core.message.MailMessage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The mail of one (binding, domain): the active queue in order of arrival, its head swapped in
 * ahead of the connections, and the delayed queue by next attempt. Its {@link Maintainer} empties
 * it.
 *
 * <p>Thread-safety: single, confined to the loop that owns it; the names and the figures ({@link
 * #activeSize}, {@link #delayedSize}, …) may be read by any thread.
 */
public final class MailQueue {
  static final Reply BODY_MISSING = new Reply(550, "5.3.0", "[internal] message body missing");
  private static final Reply BODY_UNREADABLE =
      new Reply(451, "4.3.0", "[internal] message body cannot be read now");
  private static final Reply EXPIRED =
      new Reply(554, "5.4.5", "[internal] Delivery not attempted (message expired)");
  private static final Logger LOG = LoggerFactory.getLogger(MailQueue.class);

  /** Delayed messages that become active in one turn. */
  private static final int MOVE_SLICE = 10_000;

  private static final int READ_AHEAD_LEAST = 8;
  private static final int READ_AHEAD_MOST = 64;

  private final QueueLoop home;
  private final String bindingGroup;
  private final String binding;
  private final String domain;
  private final ScopePath.Sending path;
  private final Maintainer maintainer;

  /** Swapped in, next to be delivered; before all of {@link #active}. */
  private final ArrayDeque<MailMessage> ready = new ArrayDeque<>(1);

  private final ArrayDeque<MailMessage> active = new ArrayDeque<>(1);
  private final DelayedQueue delayed = new DelayedQueue();
  private int swapping;
  private int inFlight;
  private int bouncing;
  private long idleSinceMillis;
  private boolean touched;
  private long deliveryCount;
  private long failureCount;
  private String lastReply = "";

  private volatile int activeSize;
  private volatile int delayedSize;
  private volatile int inFlightSize;
  private volatile long deliveries;
  private volatile long failures;

  MailQueue(QueueLoop home, String bindingGroup, String binding, String domain) {
    this.home = home;
    this.bindingGroup = bindingGroup;
    this.binding = binding;
    this.domain = domain;
    this.path = new ScopePath.Sending(bindingGroup, binding, domain);
    this.maintainer = new Maintainer(this, home);
  }

  public String bindingGroup() {
    return bindingGroup;
  }

  public String binding() {
    return binding;
  }

  /** The routing domain. */
  public String domain() {
    return domain;
  }

  /** Where its options are looked up. */
  ScopePath.Sending path() {
    return path;
  }

  /** Messages that wait for a connection. */
  public int activeSize() {
    return activeSize;
  }

  /** Messages that wait for their next attempt. */
  public int delayedSize() {
    return delayedSize;
  }

  /** Messages that are being delivered or bounced. */
  public int inFlightSize() {
    return inFlightSize;
  }

  /** Connections that are open or being opened. */
  public int connectionCount() {
    return maintainer.connectionCount();
  }

  /** Messages delivered since the queue came into being. */
  public long deliveries() {
    return deliveries;
  }

  /** Messages failed for good since the queue came into being. */
  public long failures() {
    return failures;
  }

  QueueLoop home() {
    return home;
  }

  Maintainer maintainer() {
    return maintainer;
  }

  // ---- mail comes in ----

  /** A message that is the queue's from here on. */
  void insert(MailMessage message, long now) {
    if (message.nextAttemptMillis() > now) {
      message.swapOut();
      delayed.add(message);
    } else {
      int limit = maintainer.options().maxResidentActiveQueue();
      if (limit >= 0 && active.size() + ready.size() >= limit) {
        message.swapOut();
      }
      home.server().residency().keep(message, home.server().maxResidentMessages());
      active.add(message);
    }
    home.touch(this);
  }

  /** A message whose next attempt is set; its body is left to the spool. */
  void delay(MailMessage message) {
    home.server().residency().swapOut(message);
    delayed.add(message);
    home.touch(this);
  }

  /** A message that was not attempted: back to the head. */
  void giveBack(MailMessage message) {
    inFlight--;
    ready.addFirst(message);
    home.touch(this);
  }

  /** Moves delayed mail that is due to the active queue; true where there is more of it. */
  boolean moveDue(long now) {
    for (int moved = 0; delayed.firstDue() <= now; moved++) {
      if (moved == MOVE_SLICE) {
        return true;
      }
      MailMessage due = delayed.poll();
      if (due != null) {
        active.add(due);
      }
    }
    return false;
  }

  /** Moves all delayed mail to the active queue and says how much it was. */
  int flush() {
    int moved = delayed.size();
    delayed.drain(
        message -> {
          message.due();
          active.add(message);
        });
    maintainer.forgiveHosts();
    home.touch(this);
    return moved;
  }

  // ---- mail goes out ----

  /** Messages that wait for a connection, those that are being read among them. */
  int waiting() {
    return ready.size() + active.size() + swapping;
  }

  /** Messages that a connection would get at once. */
  int available() {
    MailMessage head = active.peekFirst();
    return ready.size() + (head == null ? 0 : head.resident() ? active.size() : 0);
  }

  /**
   * The next message for a connection, its body resident. Null when there is none now; where one is
   * being read, connections are woken when it is there.
   */
  @Nullable MailMessage take(long now) {
    QueueOptions options = maintainer.options();
    while (true) {
      MailMessage next = ready.pollFirst();
      if (next == null) {
        MailMessage head = active.peekFirst();
        if (head == null || !head.resident()) {
          readAhead();
          return null;
        }
        next = active.pollFirst();
      }
      if (next == null) {
        return null;
      }
      if (options.neverAttemptExpiredMessages()
          && maintainer.retrySchedule().expired(next.retries(), next.receivedMillis(), now)) {
        home.server()
            .disposition()
            .permanentFailure(this, next, Stage.NOT_CONNECTED, EXPIRED, 0, null, false);
        continue;
      }
      inFlight++;
      readAhead();
      return next;
    }
  }

  /** What an attempt took is answered. */
  void answered() {
    inFlight--;
    home.touch(this);
  }

  /** A message that nobody can take: the head, or else null. */
  @Nullable MailMessage pollHead() {
    MailMessage head = ready.pollFirst();
    return head == null ? active.pollFirst() : head;
  }

  /** The head of the active queue, or of the delayed one behind it. */
  @Nullable MailMessage pollAny() {
    MailMessage head = pollHead();
    return head == null ? delayed.poll() : head;
  }

  /** When the first delayed message is due; {@code Long.MAX_VALUE} when there is none. */
  long nextDue() {
    return delayed.firstDue();
  }

  /** Delayed messages at this moment. */
  int delayedNow() {
    return delayed.size();
  }

  /** Messages that connections have taken. */
  int inFlightNow() {
    return inFlight;
  }

  /** Whether all mail that waits is being read, so that nothing can be done with it now. */
  boolean onlySwapping() {
    return swapping > 0 && ready.isEmpty() && active.isEmpty();
  }

  /** A bounce is being made; the message is no longer in a queue and not yet unlinked. */
  void bouncing(int change) {
    bouncing += change;
    home.bouncing(change);
    home.touch(this);
  }

  /** Swaps in what the connections take next. */
  void readAhead() {
    int window = Math.clamp(2L * maintainer.connectionCount(), READ_AHEAD_LEAST, READ_AHEAD_MOST);
    if (ready.size() + swapping > window / 2) {
      return;
    }
    List<MailMessage> batch = new ArrayList<>();
    MailMessage head = active.peekFirst();
    while (head != null && !head.resident() && ready.size() + swapping + batch.size() < window) {
      batch.add(active.removeFirst());
      head = active.peekFirst();
    }
    if (batch.isEmpty()) {
      return;
    }
    swapping += batch.size();
    try {
      home.server().scheduler().pool("SwapIn").execute(() -> read(batch));
    } catch (RejectedExecutionException e) {
      swapping -= batch.size();
      for (int i = batch.size() - 1; i >= 0; i--) {
        active.addFirst(batch.get(i));
      }
      LOG.warn("no thread to swap in mail of {}: {}", domain, e.toString());
    }
  }

  private record SwapIn(@Nullable Body body, @Nullable IOException failure) {}

  /** On a thread of the pool. */
  private void read(List<MailMessage> batch) {
    List<SwapIn> read = new ArrayList<>(batch.size());
    for (MailMessage message : batch) {
      try {
        read.add(new SwapIn(home.server().spool().read(message.spoolEntry()), null));
      } catch (IOException e) {
        read.add(new SwapIn(null, e));
      } catch (RuntimeException e) {
        LOG.error("reading message {} failed", message.id(), e);
        read.add(new SwapIn(null, new IOException(e.toString(), e)));
      }
    }
    home.loop().execute(() -> swappedIn(batch, read));
  }

  private void swappedIn(List<MailMessage> batch, List<SwapIn> read) {
    swapping -= batch.size();
    for (int i = 0; i < batch.size(); i++) {
      MailMessage message = batch.get(i);
      SwapIn result = read.get(i);
      if (result.body() != null) {
        home.server().residency().swapIn(message, result.body());
        ready.add(message);
      } else if (result.failure() instanceof SpoolException e) {
        LOG.error("message {} is lost in the spool: {}", message.id(), e.getMessage());
        home.server()
            .disposition()
            .permanentFailure(this, message, Stage.NOT_CONNECTED, BODY_MISSING, 0, null, false);
      } else {
        LOG.error("message {} cannot be read: {}", message.id(), String.valueOf(result.failure()));
        home.server()
            .disposition()
            .transientFailure(this, message, Stage.NOT_CONNECTED, BODY_UNREADABLE, 0, null);
      }
    }
    home.touch(this);
  }

  // ---- figures and the console ----

  void countDelivery() {
    deliveryCount++;
    deliveries = deliveryCount;
  }

  void countFailure() {
    failureCount++;
    failures = failureCount;
  }

  /** The one copy of a reply that many messages of the queue got. */
  String shared(String reply) {
    if (!lastReply.equals(reply)) {
      lastReply = reply;
    }
    return lastReply;
  }

  /** Makes the figures known to other threads. */
  void publish(long now) {
    int nowActive = waiting();
    int nowDelayed = delayed.size();
    int nowInFlight = inFlight + bouncing;
    home.count(nowActive - activeSize, nowDelayed - delayedSize);
    activeSize = nowActive;
    delayedSize = nowDelayed;
    inFlightSize = nowInFlight;
    if (!empty()) {
      idleSinceMillis = now;
    }
  }

  /** Whether there is no mail and no connection. */
  boolean empty() {
    return waiting() == 0
        && delayed.isEmpty()
        && inFlight == 0
        && bouncing == 0
        && maintainer.connectionCount() == 0;
  }

  /** Since when it is {@link #empty}. */
  long idleSinceMillis() {
    return idleSinceMillis;
  }

  /** Marks it for the loop's next turn; false when it was marked already. */
  boolean touch() {
    boolean fresh = !touched;
    touched = true;
    return fresh;
  }

  void untouch() {
    touched = false;
  }

  /** Visits the active queue in order; what is being read is passed over. */
  void forEachActive(Consumer<MailMessage> visitor) {
    ready.forEach(visitor);
    active.forEach(visitor);
  }

  /** Visits the delayed queue in no order. */
  void forEachDelayed(Consumer<MailMessage> visitor) {
    delayed.forEach(visitor);
  }

  /**
   * Visits at most {@code most} messages of the active queue behind the first {@code skip} and says
   * how many it were. Nobody may change the queue meanwhile.
   */
  int forEachActive(int skip, int most, Consumer<MailMessage> visitor) {
    int count = Math.clamp((long) ready.size() + active.size() - skip, 0, most);
    Stream.concat(ready.stream(), active.stream()).skip(skip).limit(count).forEach(visitor);
    return count;
  }

  /** Visits at most {@code most} delayed messages behind the first {@code skip}, in no order. */
  int forEachDelayed(int skip, int most, Consumer<MailMessage> visitor) {
    return delayed.forEach(skip, most, visitor);
  }

  /** Takes a message out of its queue, for an operator; null when it is in none. */
  @Nullable MailMessage remove(MessageId id) {
    Predicate<MailMessage> same = message -> message.id().equals(id);
    for (ArrayDeque<MailMessage> queue : List.of(ready, active)) {
      MailMessage found = queue.stream().filter(same).findFirst().orElse(null);
      if (found != null) {
        queue.remove(found);
        return found;
      }
    }
    return delayed.remove(same);
  }

  /** Puts a message first in the active queue. */
  void insertFirst(MailMessage message) {
    if (message.resident()) {
      ready.addFirst(message);
    } else {
      active.addFirst(message);
    }
    home.touch(this);
  }
}
