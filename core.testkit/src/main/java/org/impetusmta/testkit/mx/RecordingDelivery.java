package org.impetusmta.testkit.mx;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.delivery.DeliveryConnection;
import org.impetusmta.api.delivery.DeliveryMethod;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.tls.OutboundTls;
import org.jspecify.annotations.Nullable;

/**
 * The core's side of an outbound connection, for tests: hands out what it is given, records what it
 * is told and holds the method to the contract of {@link Delivery}. Like the queues it asks for
 * QUIT when {@link #quitWhenDrained} and there is no more mail.
 *
 * <p>Confined to the loop as {@link Delivery} is; {@link #events}, {@link #violations} and the
 * methods above them may be called by any thread.
 */
public final class RecordingDelivery implements Delivery {
  /** What the method reported. */
  public sealed interface Event {
    record Connected() implements Event {}

    record Delivered(Message message, Reply reply, int bytes) implements Event {}

    record Failed(Message message, Stage stage, Reply reply, int bytes) implements Event {}

    record PassedOn(Message message, Stage stage, Reply reply) implements Event {}

    record GivenBack(Message message) implements Event {}

    record Closed(Stage stage, Optional<Reply> cause) implements Event {}
  }

  private final EventLoop loop;
  private final InetSocketAddress address;
  private final List<Record> options;
  private final Deque<Message> queue = new ArrayDeque<>();
  private final IdentityHashMap<Message, Boolean> inHand = new IdentityHashMap<>();
  private final List<Event> events = new CopyOnWriteArrayList<>();
  private final List<Message> taken = new CopyOnWriteArrayList<>();
  private final Set<String> violations = ConcurrentHashMap.newKeySet();
  private Consumer<Event> listener = event -> {};
  private int most = 1;
  private int batched;
  private @Nullable Message first;
  private String host = "mx.destination.example";
  private boolean quitWhenDrained;
  private boolean requeueing;
  private boolean starving;
  private boolean closed;
  private volatile boolean hostBlameless;
  private volatile boolean sourceUnavailable;
  private @Nullable InetAddress source;
  private volatile @Nullable DeliveryConnection connection;
  private volatile @Nullable OutboundTls tls;

  /**
   * @param options the values of the option sets that the method may ask for
   */
  public RecordingDelivery(EventLoop loop, InetSocketAddress address, Record... options) {
    this.loop = loop;
    this.address = address;
    this.options = List.of(options);
  }

  /** Mail that waits when the connection is opened. Before {@link #open} only. */
  public RecordingDelivery queued(Message... messages) {
    queue.addAll(List.of(messages));
    return this;
  }

  /** Gives up to {@code count} messages of one batch at a time. Before {@link #open} only. */
  public RecordingDelivery recipientsPerBatch(int count) {
    most = count;
    return this;
  }

  /** Puts what is given back at the head of the queue again. Before {@link #open} only. */
  public RecordingDelivery requeueing() {
    requeueing = true;
    return this;
  }

  /** Ends the connection as soon as there is no more mail. Before {@link #open} only. */
  public RecordingDelivery quitWhenDrained() {
    quitWhenDrained = true;
    return this;
  }

  /** Is told of every event, on the loop. Before {@link #open} only. */
  public RecordingDelivery onEvent(Consumer<Event> told) {
    listener = told;
    return this;
  }

  /** Where the connection is to come from. Before {@link #open} only. */
  public RecordingDelivery from(InetAddress address) {
    source = address;
    return this;
  }

  /** The name of the host. Before {@link #open} only. */
  public RecordingDelivery host(String name) {
    host = name;
    return this;
  }

  /** Opens the connection on the loop. */
  public RecordingDelivery open(DeliveryMethod method) {
    loop.execute(() -> connection = method.open(this));
    return this;
  }

  /** More mail comes into the queue: wakes the connection if it was told that there was none. */
  public void enqueue(Message message) {
    loop.execute(
        () -> {
          queue.addLast(message);
          DeliveryConnection open = connection;
          if (starving && open != null) {
            starving = false;
            open.wake();
          }
        });
  }

  /** Asks the connection to end. */
  public void quit() {
    loop.execute(
        () -> {
          DeliveryConnection open = connection;
          if (open != null) {
            open.quit();
          }
        });
  }

  /** All that was reported, in order. */
  public List<Event> events() {
    return List.copyOf(events);
  }

  /** The events of one kind, in order. */
  public <E extends Event> List<E> events(Class<E> type) {
    return events.stream().filter(type::isInstance).map(type::cast).toList();
  }

  /** The messages that were handed out, in order. */
  public List<Message> taken() {
    return List.copyOf(taken);
  }

  /** Where the contract was broken; empty is what a test wants. */
  public Set<String> violations() {
    return Set.copyOf(violations);
  }

  /** Whether the end was reported. */
  public boolean isClosed() {
    return !events(Event.Closed.class).isEmpty();
  }

  @Override
  public EventLoop loop() {
    return loop;
  }

  @Override
  public String domain() {
    return "destination.example";
  }

  @Override
  public String binding() {
    return "default";
  }

  @Override
  public String bindingGroup() {
    return "";
  }

  @Override
  public boolean secureRoute() {
    return false;
  }

  @Override
  public Optional<InetAddress> sourceAddress() {
    return Optional.ofNullable(source);
  }

  @Override
  public void sourceUnavailable() {
    check("sourceUnavailable");
    sourceUnavailable = true;
  }

  /** Whether the method said that it could not bind the source address. */
  public boolean isSourceUnavailable() {
    return sourceUnavailable;
  }

  @Override
  public String host() {
    return host;
  }

  @Override
  public InetSocketAddress address() {
    return address;
  }

  @Override
  public <T extends Record> T options(Class<T> type) {
    return options.stream()
        .filter(type::isInstance)
        .map(type::cast)
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no option set " + type));
  }

  @Override
  public void connected() {
    check("connected");
    if (!events.stream().allMatch(Event.GivenBack.class::isInstance)) {
      violations.add("connected after " + events);
    }
    record(new Event.Connected());
  }

  @Override
  public void tls(OutboundTls state) {
    check("tls");
    tls = state;
  }

  /** What was said last of TLS on the connection. */
  public Optional<OutboundTls> tls() {
    return Optional.ofNullable(tls);
  }

  @Override
  public Optional<Message> next() {
    check("next");
    Message message = queue.pollFirst();
    if (message == null) {
      starving = true;
      DeliveryConnection open = connection;
      if (quitWhenDrained && open != null) {
        open.quit();
      }
      return Optional.empty();
    }
    starving = false;
    first = message;
    batched = 1;
    inHand.put(message, true);
    taken.add(message);
    return Optional.of(message);
  }

  @Override
  public Optional<Message> sibling(Message of) {
    check("sibling");
    if (of != first || !inHand.containsKey(of)) {
      violations.add("sibling of a message that is not the one given last: " + of);
    }
    Message next = queue.peekFirst();
    if (next == null
        || batched >= most
        || !next.batchId().equals(of.batchId())
        || !next.sender().equals(of.sender())
        || next.body() != of.body()) {
      return Optional.empty();
    }
    queue.removeFirst();
    batched++;
    inHand.put(next, true);
    taken.add(next);
    return Optional.of(next);
  }

  @Override
  public void delivered(Message message, Reply reply, int bytes) {
    check("delivered");
    answered(message);
    if (!reply.isPositive()) {
      violations.add("delivered with " + reply);
    }
    record(new Event.Delivered(message, reply, bytes));
  }

  @Override
  public void failed(Message message, Stage stage, Reply reply, int bytes) {
    check("failed");
    answered(message);
    if (!reply.isTransient() && !reply.isPermanent()) {
      violations.add("failed with " + reply);
    }
    record(new Event.Failed(message, stage, reply, bytes));
  }

  @Override
  public void passOn(Message message, Stage stage, Reply reply) {
    check("passOn");
    answered(message);
    record(new Event.PassedOn(message, stage, reply));
  }

  @Override
  public void giveBack(Message message) {
    check("giveBack");
    answered(message);
    if (requeueing) {
      queue.addFirst(message);
    }
    record(new Event.GivenBack(message));
  }

  @Override
  public void hostIsBlameless() {
    check("hostIsBlameless");
    hostBlameless = true;
  }

  /** Whether the method said that the way failed and not the host. */
  public boolean isHostBlameless() {
    return hostBlameless;
  }

  @Override
  public void closed(Stage stage, Optional<Reply> cause) {
    check("closed");
    if (!inHand.isEmpty()) {
      violations.add("closed with unanswered messages: " + inHand.keySet());
    }
    closed = true;
    record(new Event.Closed(stage, cause));
  }

  private void record(Event event) {
    events.add(event);
    listener.accept(event);
  }

  private void check(String call) {
    if (!loop.inEventLoop()) {
      violations.add(call + " off the loop, on " + Thread.currentThread().getName());
    }
    if (closed) {
      violations.add(call + " after closed");
    }
  }

  private void answered(Message message) {
    if (inHand.remove(message) == null) {
      violations.add("answered for a message that was not in hand: " + message);
    }
  }
}
