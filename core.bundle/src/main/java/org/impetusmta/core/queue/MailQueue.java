package org.impetusmta.core.queue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.core.message.MailMessage;
import org.jspecify.annotations.Nullable;

/**
 * The mail of one (binding, domain): the active queue, its head swapped in ahead of the
 * connections, and the delayed queue by next attempt. Its {@link Maintainer} empties it.
 *
 * <p>Thread-safety: single, confined to the loop that owns it; the names and the figures ({@link
 * #activeSize}, {@link #delayedSize}, …) may be read by any thread.
 */
public final class MailQueue {
  private static final Reply EXPIRED =
      new Reply(554, "5.4.5", "[internal] Delivery not attempted (message expired)");

  /** Delayed messages that become active in one turn. */
  private static final int MOVE_SLICE = 10_000;

  private final QueueLoop home;
  private final String bindingGroup;
  private final String binding;
  private final String domain;
  private final ScopePath.Sending path;
  private final Maintainer maintainer;
  private final Batches batches;

  private final AtomicInteger residentOfBinding;
  private final BindingCounts.Of counts;
  private final ActiveQueue active = new ActiveQueue();
  private final DelayedQueue delayed = new DelayedQueue();
  private final ReadAhead readAhead;
  private int residentDelayed;
  private int inFlight;
  private int unsettled;
  private long idleSinceMillis;
  private boolean touched;
  private long deliveryCount;
  private long failureCount;
  private long receptionCount;
  private long transientFailureCount;
  private String lastReply = "";

  private volatile int activeSize;
  private volatile int delayedSize;
  private volatile int inFlightSize;
  private volatile long deliveries;
  private volatile long failures;
  private volatile long receptions;
  private volatile long transientFailures;

  MailQueue(QueueLoop home, String bindingGroup, String binding, String domain) {
    this.home = home;
    this.bindingGroup = bindingGroup;
    this.binding = binding;
    this.domain = domain;
    this.path = new ScopePath.Sending(bindingGroup, binding, domain);
    this.residentOfBinding = home.server().residency().of(binding);
    this.counts = home.server().bindingCounts().of(binding);
    this.maintainer = new Maintainer(this, home);
    this.batches = new Batches(home.server());
    this.readAhead = new ReadAhead(this, active, batches);
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
    return maintainer.connections().count();
  }

  /** Messages delivered since the queue came into being. */
  public long deliveries() {
    return deliveries;
  }

  /** Messages failed for good since the queue came into being. */
  public long failures() {
    return failures;
  }

  /** Messages that came into the queue since it came into being. */
  public long receptions() {
    return receptions;
  }

  /** Attempts that failed for now since the queue came into being. */
  public long transientFailures() {
    return transientFailures;
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
    receptionCount++;
    receptions = receptionCount;
    if (message.nextAttemptMillis() > now) {
      forget(message);
      delayed.add(message);
    } else {
      if (!message.resident() || !keeps(message)) {
        forget(message);
      }
      active.add(message);
    }
    home.touch(this);
  }

  /** Counts the body of a message that was received, if it may stay. */
  private boolean keeps(MailMessage message) {
    LoopMailQueues server = home.server();
    int limit = maintainer.settings().options().maxResidentActiveQueue();
    return (limit < 0 || active.size() < limit)
        && !server.isLarge(message)
        && !(server.memory().aboveGoal() && active.size() > 0)
        && server
            .residency()
            .keep(
                message,
                residentOfBinding,
                server.options().maxResidentMessages(),
                maintainer.settings().maxResidentOfBinding());
  }

  /** A message whose next attempt is set. Its body may stay, for a few attempts. */
  void delay(MailMessage message) {
    if (message.resident()) {
      QueueOptions options = maintainer.settings().options();
      int limit = options.maxResidentActiveQueue();
      if (message.retries() <= options.dropBodyAfterTransFail()
          && (limit < 0 || residentDelayed < limit)
          && !home.server().isLarge(message)
          && !home.server().memory().aboveGoal()) {
        residentDelayed++;
        message.settle(home.server().dictionaries());
      } else {
        swapOut(message);
      }
    } else {
      forget(message);
    }
    delayed.add(message);
    home.touch(this);
  }

  /** A message that was not attempted: back to the head. */
  void giveBack(MailMessage message) {
    inFlight--;
    active.addFirst(message);
    home.touch(this);
  }

  /** A message that was taken and may not leave now: back to the head, without a turn for it. */
  void putBack(MailMessage message) {
    inFlight--;
    active.addFirst(message);
  }

  /** Moves delayed mail that is due to the active queue; true where there is more of it. */
  boolean moveDue(long now) {
    for (int moved = 0; delayed.firstDue() <= now; moved++) {
      if (moved == MOVE_SLICE) {
        return true;
      }
      MailMessage due = delayed.poll();
      if (due != null) {
        activate(due);
      }
    }
    return false;
  }

  private void activate(MailMessage message) {
    noLongerDelayed(message);
    int limit = maintainer.settings().options().maxResidentActiveQueue();
    if (message.resident() && limit >= 0 && active.size() >= limit) {
      swapOut(message);
    }
    active.add(message);
  }

  private void noLongerDelayed(MailMessage message) {
    if (message.resident()) {
      residentDelayed--;
    }
  }

  /** Moves all delayed mail to the active queue and says how much it was. */
  int flush() {
    int moved = delayed.size();
    delayed.drain(
        message -> {
          message.due();
          activate(message);
        });
    maintainer.nextHop().forgiveHosts();
    maintainer.plan();
    home.touch(this);
    return moved;
  }

  // ---- memory ----

  /** Swap out: the body is left to the spool, the dictionaries as the options say. */
  void swapOut(MailMessage message) {
    if (message.resident()) {
      home.server().residency().leaves(message, residentOfBinding);
      forget(message);
    }
  }

  /** Swap out of a message whose body is not counted here. */
  void forget(MailMessage message) {
    LoopMailQueues server = home.server();
    if (message.resident()) {
      server.spool().swapOut(message.spoolEntry());
    }
    message.swapOut(
        server.dictionaries(), server.keepsDictionaries(), maintainer.settings().excludedKeys());
  }

  /** The message is done with, or leaves for elsewhere with its body. */
  void release(MailMessage message) {
    if (message.resident()) {
      home.server().residency().leaves(message, residentOfBinding);
      message.forgetBody();
    }
  }

  /** Swaps out what is beyond {@code max_resident_active_queue}, which was changed. */
  void trim() {
    int limit = maintainer.settings().options().maxResidentActiveQueue();
    if (limit >= 0) {
      active.fromTail(
          limit,
          message -> {
            swapOut(message);
            return true;
          });
      if (residentDelayed > limit) {
        swapOutDelayed(residentDelayed - limit);
      }
    }
  }

  /** Swaps out delayed mail; says how many bodies that was. */
  int swapOutDelayed(int most) {
    int before = residentDelayed;
    if (before > 0) {
      delayed.forEach(
          message -> {
            if (message.resident() && before - residentDelayed < most) {
              residentDelayed--;
              swapOut(message);
            }
          });
    }
    return before - residentDelayed;
  }

  /**
   * Swaps out active mail from the tail.
   *
   * @param keep messages at the head that are left alone
   * @param goOn asked after each
   */
  void swapOutActive(int keep, BooleanSupplier goOn) {
    if (active.size() > keep) {
      active.fromTail(
          keep,
          message -> {
            swapOut(message);
            return goOn.getAsBoolean();
          });
    }
  }

  // ---- mail goes out ----

  /** Messages that wait for a connection, those that are being read among them. */
  int waiting() {
    return active.size() + readAhead.reading();
  }

  /** Messages that a connection would get at once. */
  int available() {
    return active.available();
  }

  /**
   * The next message for a connection, its body resident. Null when there is none now; where one is
   * being read, connections are woken when it is there.
   */
  @Nullable MailMessage take(long now) {
    QueueOptions options = maintainer.settings().options();
    while (true) {
      MailMessage next = active.take();
      if (next == null) {
        readAhead();
        return null;
      }
      if (options.neverAttemptExpiredMessages()
          && maintainer
              .settings()
              .retrySchedule()
              .expired(next.retries(), next.agesFromMillis(), now)) {
        home.server()
            .disposition()
            .permanentFailure(this, next, Stage.NOT_CONNECTED, EXPIRED, 0, null, false);
        continue;
      }
      if (next.overdue(now)) {
        home.server()
            .disposition()
            .permanentFailure(
                this, next, Stage.NOT_CONNECTED, RetrySchedule.TOO_LATE, 0, null, false);
        continue;
      }
      inFlight++;
      readAhead();
      return next;
    }
  }

  /**
   * Whether the message that waits next is of the same reception as {@code first}. All that mail
   * for one recipient pays for batches.
   */
  boolean hasSibling(Message first) {
    MailMessage head = active.peek();
    return head != null && head.isOfBatch(first.batchId());
  }

  /**
   * The message that waits next, if it can leave in one transaction with {@code first}. One that is
   * not resident gets the body of the first: it is the same. One whose dictionaries are in the
   * spool has to be read.
   */
  @Nullable MailMessage takeSibling(MailMessage first, long now) {
    MailMessage head = active.peek();
    if (head == null
        || (head.leftToSpool() && !head.resident())
        || !batches.join(first, head)
        || head.overdue(now)
        || (maintainer.settings().options().neverAttemptExpiredMessages()
            && maintainer
                .settings()
                .retrySchedule()
                .expired(head.retries(), head.agesFromMillis(), now))) {
      return null;
    }
    active.poll();
    if (!head.resident()) {
      home.server().residency().swapIn(head, residentOfBinding, null, first.body(), 0);
    } else if (head.body() != first.body()) {
      head.swapIn(first.body());
    }
    inFlight++;
    return head;
  }

  /** What an attempt took is answered. */
  void answered() {
    inFlight--;
    home.touch(this);
  }

  /** A message that nobody can take: the head, or else null. */
  @Nullable MailMessage pollHead() {
    return active.poll();
  }

  /** The head of the active queue, or of the delayed one behind it. */
  @Nullable MailMessage pollAny() {
    MailMessage head = active.poll();
    if (head == null) {
      head = delayed.poll();
      if (head != null) {
        noLongerDelayed(head);
      }
    }
    return head;
  }

  /**
   * The head of the active queue, which leaves for another queue of the binding as it is; null:
   * none waits.
   */
  @Nullable MailMessage pollToMove() {
    MailMessage head = active.poll();
    if (head != null && head.resident()) {
      int charge = head.charge();
      home.server().residency().leaves(head, residentOfBinding);
      head.charge(charge); // what the other queue counts
    }
    return head;
  }

  /** When the first delayed message is due; {@code Long.MAX_VALUE} when there is none. */
  long nextDue() {
    return delayed.firstDue();
  }

  /** Delayed messages at this moment. */
  int delayedNow() {
    return delayed.size();
  }

  /** Delayed messages whose bodies are in memory. */
  int residentDelayed() {
    return residentDelayed;
  }

  /** Messages that connections have taken. */
  int inFlightNow() {
    return inFlight;
  }

  /** Whether all mail that waits is being read, so that nothing can be done with it now. */
  boolean onlySwapping() {
    return readAhead.reading() > 0 && active.isEmpty();
  }

  /**
   * A bounce is being made, or a failure waits to be dealt with: the message is in no queue and not
   * yet unlinked or delayed.
   */
  void unsettled(int change) {
    unsettled += change;
    home.unsettled(change);
    home.touch(this);
  }

  /** Swaps in what the connections take next. */
  void readAhead() {
    readAhead.read();
  }

  /**
   * A message that was read for its turn.
   *
   * @param charge its share of the body
   */
  void swappedIn(MailMessage message, @Nullable Envelope envelope, Body body, int charge) {
    home.server().residency().swapIn(message, residentOfBinding, envelope, body, charge);
    active.addReady(message);
  }

  // ---- figures and the console ----

  void countDelivery() {
    counts.delivered.increment();
    deliveryCount++;
    deliveries = deliveryCount;
  }

  void countFailure() {
    counts.failed.increment();
    failureCount++;
    failures = failureCount;
  }

  void countTransientFailure() {
    transientFailureCount++;
    transientFailures = transientFailureCount;
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
    int nowInFlight = inFlight + unsettled;
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
        && unsettled == 0
        && maintainer.connections().count() == 0;
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
    return active.forEach(skip, most, visitor);
  }

  /** Visits at most {@code most} delayed messages behind the first {@code skip}, in no order. */
  int forEachDelayed(int skip, int most, Consumer<MailMessage> visitor) {
    return delayed.forEach(skip, most, visitor);
  }

  /** Takes a message out of its queue, for an operator; null when it is in none. */
  @Nullable MailMessage remove(MessageId id) {
    Predicate<MailMessage> same = message -> message.id().equals(id);
    MailMessage found = active.remove(same);
    if (found == null) {
      found = delayed.remove(same);
      if (found != null) {
        noLongerDelayed(found);
      }
    }
    return found;
  }

  /** The messages of {@code which} that wait here, taken out in order. */
  List<MailMessage> removeAll(Set<MailMessage> which) {
    List<MailMessage> removed = new ArrayList<>(which.size());
    active.removeAll(which, removed);
    int fromActive = removed.size();
    delayed.removeAll(which, removed);
    removed.subList(fromActive, removed.size()).forEach(this::noLongerDelayed);
    home.touch(this);
    return removed;
  }

  /** All messages that wait here now, in order, active ones first. */
  List<MailMessage> snapshot(boolean delayedToo) {
    List<MailMessage> all = new ArrayList<>(active.size() + (delayedToo ? delayed.size() : 0));
    active.forEach(all::add);
    if (delayedToo) {
      delayed.forEach(all::add);
    }
    return all;
  }

  /** Whether mail is being read: no visitor sees it. */
  boolean reading() {
    return readAhead.reading() > 0;
  }

  /** The counts of its binding. */
  BindingCounts.Of counts() {
    return counts;
  }

  /** Puts a message first in the active queue. */
  void insertFirst(MailMessage message) {
    active.addFirst(message);
    home.touch(this);
  }
}
