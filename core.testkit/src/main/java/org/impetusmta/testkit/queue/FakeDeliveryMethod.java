package org.impetusmta.testkit.queue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.delivery.DeliveryConnection;
import org.impetusmta.api.delivery.DeliveryMethod;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.jspecify.annotations.Nullable;

/**
 * A delivery method whose network is a test. By itself it connects to every address and every
 * message is accepted; a {@link Script} decides otherwise, or takes each step by hand with {@link
 * Script#manual}. Keeps the contract of {@link Delivery} and checks that the core keeps its part.
 * Runs on the loops of the deliveries.
 */
public final class FakeDeliveryMethod implements DeliveryMethod {
  private final String name;
  private final List<FakeConnection> connections = Collections.synchronizedList(new ArrayList<>());
  private volatile Script script = new Script() {};

  public FakeDeliveryMethod(String name) {
    this.name = name;
  }

  /** What the network does. */
  public interface Script {
    /** Whether nothing happens by itself. */
    default boolean manual() {
      return false;
    }

    /** Whether messages of one batch are taken together. */
    default boolean batches() {
      return false;
    }

    /** Whether a connection asks for its message while it is woken, not later. */
    default boolean asksWhileWoken() {
      return false;
    }

    /** Whether a connection may serve another domain. */
    default boolean migrates() {
      return false;
    }

    /** Empty: connected; else why not. */
    default Optional<Reply> connect(FakeConnection connection) {
      return Optional.empty();
    }

    /** Why a message is passed on to another host; empty: it is not. */
    default Optional<Reply> passOn(FakeConnection connection, Message message) {
      return Optional.empty();
    }

    /** What the peer says to a message; empty: the connection breaks without an answer. */
    default Optional<Reply> answer(FakeConnection connection, Message message) {
      return Optional.of(new Reply(250, "2.0.0", "OK"));
    }
  }

  /** Changes what the network does from here on. */
  public void script(Script next) {
    script = next;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public DeliveryConnection open(Delivery delivery) {
    FakeConnection connection = new FakeConnection(delivery);
    connections.add(connection);
    if (!script.manual()) {
      delivery.loop().execute(connection::begin);
    }
    return connection;
  }

  /** All connections ever opened, in order. */
  public List<FakeConnection> connections() {
    return connections;
  }

  /** The connections that are open. */
  public List<FakeConnection> open() {
    return List.copyOf(connections).stream().filter(c -> !c.closed).toList();
  }

  /** The connection opened last. */
  public FakeConnection last() {
    return connections.getLast();
  }

  /** One connection. The steps by hand may be taken from the test's thread. */
  public final class FakeConnection implements DeliveryConnection {
    private final Delivery delivery;
    private final Deque<Message> taken = new ArrayDeque<>();
    private final List<List<Message>> transactions = new ArrayList<>();
    private Stage stage = Stage.NOT_CONNECTED;
    private boolean closed;
    private boolean quitting;
    private int wakes;
    private int answered;
    private @Nullable Runnable onWake;

    private FakeConnection(Delivery delivery) {
      checkLoop(delivery);
      this.delivery = delivery;
    }

    private static void checkLoop(Delivery delivery) {
      if (!delivery.loop().inEventLoop()) {
        throw new IllegalStateException("not on the loop of " + delivery.domain());
      }
    }

    public Delivery delivery() {
      return delivery;
    }

    public boolean closed() {
      return closed;
    }

    public boolean quitting() {
      return quitting;
    }

    public int wakes() {
      return wakes;
    }

    /** How many messages it has answered. */
    public int answered() {
      return answered;
    }

    /** What it took at once, transaction by transaction. */
    public List<List<Message>> transactions() {
      return List.copyOf(transactions);
    }

    /** What it has taken and not answered, oldest first. */
    public List<Message> taken() {
      return List.copyOf(taken);
    }

    private void begin() {
      if (closed) {
        return;
      }
      Optional<Reply> refused = script.connect(this);
      if (refused.isPresent()) {
        end(Stage.NOT_CONNECTED, refused);
        return;
      }
      stage = Stage.IDLE;
      delivery.connected();
      pull();
    }

    private void pull() {
      if (closed || !taken.isEmpty()) {
        return;
      }
      if (quitting) {
        end(Stage.IDLE, Optional.empty());
        return;
      }
      Optional<Message> next = delivery.next();
      if (next.isEmpty()) {
        stage = Stage.IDLE;
        return;
      }
      Message message = next.get();
      message.body();
      Optional<Reply> passed = script.passOn(this, message);
      if (passed.isPresent()) {
        delivery.passOn(message, Stage.MAIL_FROM, passed.get());
        delivery.loop().execute(this::pull);
        return;
      }
      taken.add(message);
      if (script.batches()) {
        takeSiblings(message);
      }
      transactions.add(List.copyOf(taken));
      stage = Stage.CONFIRMATION;
      List<Message> batch = List.copyOf(taken);
      delivery.loop().execute(() -> batch.forEach(this::answer));
    }

    private void takeSiblings(Message first) {
      for (Optional<Message> next = delivery.sibling(first);
          next.isPresent();
          next = delivery.sibling(first)) {
        if (!next.get().body().sameOctets(first.body())) {
          throw new IllegalStateException("another body: " + next.get().id());
        }
        taken.add(next.get());
      }
    }

    private void answer(Message message) {
      if (closed || !taken.remove(message)) {
        return;
      }
      Optional<Reply> reply = script.answer(this, message);
      if (reply.isEmpty()) {
        delivery.giveBack(message);
        end(
            Stage.CONFIRMATION,
            Optional.of(new Reply(451, "4.4.2", "[internal] connection closed by remote host")));
        return;
      }
      answered++;
      if (reply.get().isPositive()) {
        delivery.delivered(message, reply.get(), message.size());
      } else {
        delivery.failed(message, Stage.CONFIRMATION, reply.get(), message.size());
      }
      pull();
    }

    private void end(Stage at, Optional<Reply> cause) {
      if (!closed) {
        closed = true;
        stage = at;
        delivery.closed(at, cause);
      }
    }

    @Override
    public void wake() {
      checkLoop(delivery);
      wakes++;
      Runnable hook = onWake;
      if (hook != null) {
        hook.run();
      }
      if (script.asksWhileWoken()) {
        pull();
      } else if (!script.manual()) {
        delivery.loop().execute(this::pull);
      }
    }

    @Override
    public void quit() {
      checkLoop(delivery);
      quitting = true;
      if (!script.manual()) {
        delivery.loop().execute(this::pull);
      }
    }

    @Override
    public boolean mayServe(String domain) {
      return script.migrates();
    }

    @Override
    public Stage stage() {
      return stage;
    }

    /** By hand: the connection is established. */
    public void byHandConnected() {
      delivery
          .loop()
          .execute(
              () -> {
                stage = Stage.IDLE;
                delivery.connected();
              });
    }

    /** By hand: asks for a message; see {@link #taken}. */
    public void byHandNext() {
      delivery.loop().execute(() -> delivery.next().ifPresent(taken::add));
    }

    /** By hand: asks for all that may leave with the oldest message taken. */
    public void byHandSiblings() {
      delivery.loop().execute(() -> takeSiblings(taken.getFirst()));
    }

    /** By hand: answers the oldest message with {@code reply}. */
    public void byHandAnswer(Reply reply) {
      delivery
          .loop()
          .execute(
              () -> {
                Message message = taken.remove();
                answered++;
                if (reply.isPositive()) {
                  delivery.delivered(message, reply, message.size());
                } else {
                  delivery.failed(message, Stage.CONFIRMATION, reply, message.size());
                }
              });
    }

    /** By hand: gives the oldest message back. */
    public void byHandGiveBack() {
      delivery.loop().execute(() -> delivery.giveBack(taken.remove()));
    }

    /** By hand: the connection is gone, and with it what it has taken. */
    public void byHandClose(Stage at, Optional<Reply> cause) {
      delivery.loop().execute(() -> end(at, cause));
    }

    /** Called within {@link #wake}. */
    public void onWake(Runnable hook) {
      onWake = hook;
    }
  }
}
