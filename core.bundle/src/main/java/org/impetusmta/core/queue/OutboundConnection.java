package org.impetusmta.core.queue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.delivery.DeliveryConnection;
import org.impetusmta.api.delivery.DeliveryMethod;
import org.impetusmta.api.delivery.DialogueTrace;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.tls.OutboundTls;
import org.impetusmta.core.message.AttemptedOver;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.core.route.Host;
import org.impetusmta.core.route.Route;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The core's end of one outbound connection: it gives messages of its queue to the delivery method
 * and hands the answers to {@link Disposition}. What a method forgets to answer is given back. It
 * ends the connection when it has delivered {@code max_deliveries_per_connection} or has been idle
 * for {@code idle_timeout}.
 *
 * <p>Thread-safety: single, confined to the loop of its queue; the console reads {@link #stage}
 * there too.
 */
final class OutboundConnection implements Delivery {
  private static final Logger LOG = LoggerFactory.getLogger(OutboundConnection.class);

  private final long serial;
  private MailQueue queue;
  private Maintainer maintainer;
  private final DeliveryMethod method;
  private final Generation generation;
  private final Route.Choice choice;
  private final long openedMillis;
  private final Optional<String> policyDomain;
  private final List<MailMessage> taken = new ArrayList<>(1);

  /** The options that the method asked for: they hold for as long as it lives. */
  private final List<Record> asked = new ArrayList<>(2);

  private @Nullable DeliveryConnection connection;
  private EventLoop.@Nullable Timer idleTimer;

  private AttemptedOver over;

  private long sinceMillis;
  private int delivered;

  /** Messages that it was given and did not give back: RCPT commands. */
  private int recipients;

  private Shaping.@Nullable OfHost shape;
  private long shapeGeneration;

  /** Messages given since the last {@link #next}, and by it. */
  private int batched;

  private int answered;
  private boolean connected;

  /** It was ready for mail when there was none. */
  private boolean rested;

  private boolean waiting;
  private boolean woken;
  private boolean quitting;

  /** It was told that there is no more mail for it. */
  private boolean ending;

  private boolean closed;
  private boolean blameless;

  /** Its source address could not be bound. */
  private boolean unbound;

  OutboundConnection(
      long serial,
      MessageId id,
      MailQueue queue,
      DeliveryMethod method,
      Generation generation,
      Route.Choice choice,
      long now) {
    this.serial = serial;
    this.over = new AttemptedOver(id, Optional.empty());
    this.queue = queue;
    this.maintainer = queue.maintainer();
    this.method = method;
    this.generation = generation;
    this.choice = choice;
    this.openedMillis = now;
    this.sinceMillis = now;
    Route route = maintainer.nextHop().lastRoute();
    this.policyDomain =
        route != null && route.target().mx()
            ? Optional.of(route.target().name())
            : Optional.empty();
  }

  /** Opens it; {@link #closed} may be called before this returns. */
  void open() {
    try {
      DeliveryConnection opened = method.open(this);
      connection = opened;
      if (quitting) {
        opened.quit();
      }
    } catch (RuntimeException e) {
      LOG.error("delivery method {} failed to open a connection", method.name(), e);
      if (!closed) {
        closed(
            Stage.NOT_CONNECTED,
            Optional.of(new Reply(451, "4.3.0", "[internal] delivery method failed")));
      }
    }
  }

  // ---- what it is for ----

  @Override
  public EventLoop loop() {
    return queue.home().loop();
  }

  @Override
  public String domain() {
    return queue.domain();
  }

  @Override
  public String binding() {
    return queue.binding();
  }

  @Override
  public String bindingGroup() {
    return queue.path().bindingGroup();
  }

  @Override
  public Optional<String> policyDomain() {
    return policyDomain;
  }

  @Override
  public boolean secureRoute() {
    return choice.secure();
  }

  @Override
  public Optional<InetAddress> sourceAddress() {
    return maintainer.source().to(choice.host().address().getAddress());
  }

  @Override
  public void sourceUnavailable() {
    unbound = true;
    sourceAddress()
        .ifPresent(address -> queue.home().server().sources().failed(queue.path(), address));
  }

  @Override
  public String host() {
    return choice.name();
  }

  @Override
  public InetSocketAddress address() {
    return choice.host().address();
  }

  @Override
  public <T extends Record> T options(Class<T> type) {
    T found = generation.options(type, queue.path());
    if (!asked.contains(found)) {
      asked.add(found);
    }
    return found;
  }

  // ---- for another domain ----

  /** Whether it may serve {@code other}: it has no message, and nothing differs but the domain. */
  boolean mayServe(MailQueue other) {
    DeliveryConnection open = connection;
    return other != queue
        && waiting
        && !quitting
        && !closed
        && taken.isEmpty()
        && open != null
        && other.binding().equals(queue.binding())
        && other.bindingGroup().equals(queue.bindingGroup())
        && other.maintainer().settings().options().deliveryMethod().equalsIgnoreCase(method.name())
        && asked.stream()
            .allMatch(known -> generation.options(known.getClass(), other.path()).equals(known))
        && open.mayServe(other.domain());
  }

  /** It serves {@code other} from here on; see {@link #mayServe}. */
  void serve(MailQueue other) {
    queue = other;
    maintainer = other.maintainer();
    shape = null;
  }

  @Override
  public Optional<DialogueTrace> trace() {
    return queue.home().server().traces().of(this, serial);
  }

  // ---- what the method reports ----

  @Override
  public void connected() {
    long now = now();
    if (connected || closed) {
      LOG.error("{} reported twice that it is connected", this);
      return;
    }
    connected = true;
    sinceMillis = now;
    choice.host().connected((double) (now - openedMillis), now);
    maintainer.connected();
  }

  @Override
  public Optional<Message> next() {
    arrived();
    if (closed || quitting || maintainer.resting() || spent() || mustEnd()) {
      return nothing();
    }
    long now = now();
    boolean passedOn = maintainer.passedOn().isFor(choice.host());
    if ((passedOn || queue.waiting() > 0)
        && !maintainer.settings().shaping().mayTakeMessage(shape(), now)) {
      return nothing();
    }
    MailMessage message = passedOn ? maintainer.passedOn().takeFor(choice.host()) : queue.take(now);
    if (message == null) {
      return nothing();
    }
    if (!maintainer.settings().shaping().takeMessage(shape(), now)) {
      if (passedOn) {
        maintainer.passedOn().putBack(message);
      } else {
        queue.putBack(message);
      }
      return nothing();
    }
    taken.add(message);
    recipients++;
    batched = 1;
    sinceMillis = now;
    return Optional.of(message);
  }

  @Override
  public Optional<Message> sibling(Message first) {
    if (closed || quitting || !queue.hasSibling(first)) {
      return Optional.empty();
    }
    if (batched >= maintainer.settings().options().maxRecipientsPerBatch()
        || spent()
        || maintainer.resting()
        || !(first instanceof MailMessage message)) {
      return Optional.empty();
    }
    long now = now();
    if (!maintainer.settings().shaping().mayTakeMessage(shape(), now)) {
      return Optional.empty();
    }
    MailMessage sibling = queue.takeSibling(message, now);
    if (sibling == null) {
      return Optional.empty();
    }
    if (!maintainer.settings().shaping().takeMessage(shape(), now)) {
      queue.putBack(sibling);
      return Optional.empty();
    }
    taken.add(sibling);
    recipients++;
    batched++;
    return Optional.of(sibling);
  }

  /** It is no longer waiting to be woken. */
  private void arrived() {
    if (woken) {
      woken = false;
      maintainer.connections().woken(-1);
    }
    if (waiting) {
      waiting = false;
      maintainer.connections().notIdle(this);
    }
  }

  private Optional<Message> nothing() {
    if (closed || quitting) {
      return Optional.empty();
    }
    if (over()) {
      ending = true;
      endOrIdle();
    } else {
      idle();
    }
    return Optional.empty();
  }

  /** It gets no more mail: ends it after the last answer, unless it may have some after all. */
  private void endOrIdle() {
    if (!ending || !taken.isEmpty()) {
      return;
    }
    if (over()) {
      quitSoon();
    } else {
      ending = false;
      idle();
    }
  }

  private void idle() {
    rested |= answered > 0 || taken.isEmpty();
    waiting = true;
    sinceMillis = now();
    maintainer.idle(this);
    if (idleTimer == null) {
      watchIdle(maintainer.settings().options().idleTimeout());
    }
  }

  /** Whether it gets nothing more; mail that its host may not have now may go to another. */
  private boolean over() {
    return maintainer.resting() || spent() || shape().holdsMessages(now()) || mustEnd();
  }

  /** Whether its host refuses more than can be kept for another. */
  private boolean mustEnd() {
    PassedOn passedOn = maintainer.passedOn();
    return passedOn.full() && !passedOn.isFor(choice.host());
  }

  private boolean spent() {
    QueueOptions options = maintainer.settings().options();
    int most = options.maxDeliveriesPerConnection();
    int commands = options.maxRecipientsPerConnection();
    return (most > 0 && delivered + taken.size() >= most)
        || (commands > 0 && recipients >= commands);
  }

  /** The limits of its host in the generation in force. */
  private Shaping.OfHost shape() {
    long current = queue.home().server().generation().number();
    Shaping.OfHost known = shape;
    if (known == null || shapeGeneration != current) {
      known = maintainer.settings().shaping().host(choice.name());
      shape = known;
      shapeGeneration = current;
    }
    return known;
  }

  @Override
  public void reportsTaken(Message message) {
    if (message instanceof MailMessage mail && taken.contains(mail)) {
      mail.reportsTaken();
    }
  }

  @Override
  public void delivered(Message message, Reply reply, int bytes) {
    MailMessage mail = answer(message);
    if (mail == null) {
      return;
    }
    delivered++;
    long now = now();
    long took = Math.max(0, now - sinceMillis);
    choice.host().delivered((double) took, now);
    sinceMillis = now;
    boolean last = method.isLocal() || method.name().equalsIgnoreCase("lmtp");
    queue.home().server().disposition().delivered(queue, mail, reply, bytes, remote(), last, took);
    ending |= spent();
    endOrIdle();
  }

  @Override
  public void failed(Message message, Stage stage, Reply said, int bytes) {
    MailMessage mail = answer(message);
    if (mail == null) {
      return;
    }
    sinceMillis = now();
    Reply reply = queue.home().server().hooks().response(this, mail, stage, said);
    Disposition disposition = queue.home().server().disposition();
    if (reply.isPermanent()) {
      disposition.permanentFailure(queue, mail, stage, reply, bytes, remote(), false);
    } else {
      disposition.transientFailure(queue, mail, stage, reply, bytes, remote(), false);
    }
    endOrIdle();
  }

  @Override
  public void passOn(Message message, Stage stage, Reply reply) {
    if (message instanceof MailMessage mail && taken.remove(mail)) {
      recipients--;
      sinceMillis = now();
      maintainer.passedOn().add(mail, choice.host(), stage, reply);
      queue.home().touch(queue);
      endOrIdle();
    } else {
      LOG.error("{} passed on {}, which it did not have", this, message.id());
    }
  }

  @Override
  public void giveBack(Message message) {
    if (message instanceof MailMessage mail && taken.remove(mail)) {
      recipients--;
      maintainer.passedOn().forget(mail);
      queue.giveBack(mail);
      endOrIdle();
    } else {
      LOG.error("{} gave back {}, which it did not have", this, message.id());
    }
  }

  @Override
  public void tls(OutboundTls state) {
    over = new AttemptedOver(over.connectionId(), Optional.of(state));
  }

  private @Nullable MailMessage answer(Message message) {
    if (message instanceof MailMessage mail && taken.remove(mail)) {
      mail.attemptedOver(over);
      maintainer.passedOn().forget(mail);
      answered++;
      queue.answered();
      return mail;
    }
    LOG.error("{} answered {}, which it did not have", this, message.id());
    return null;
  }

  @Override
  public void hostIsBlameless() {
    blameless = true;
  }

  /** Whether the host is not to be blamed for its end. */
  boolean blameless() {
    return blameless;
  }

  @Override
  public void closed(Stage stage, Optional<Reply> cause) {
    if (closed) {
      LOG.error("{} reported twice that it is closed", this);
      return;
    }
    closed = true;
    if (idleTimer != null) {
      idleTimer.cancel();
    }
    arrived();
    if (!taken.isEmpty() && cause.isEmpty()) {
      LOG.warn("{} ended with {} messages unanswered", this, taken.size());
    }
    for (int i = taken.size() - 1; i >= 0; i--) {
      maintainer.passedOn().forget(taken.get(i));
      queue.giveBack(taken.get(i));
    }
    taken.clear();
    maintainer.closed(this, stage, cause);
  }

  // ---- what the core does with it ----

  /**
   * Tells it that there is mail. On its own turn of the loop, never within a call of the method.
   */
  void wake() {
    waiting = false;
    woken = true;
    maintainer.connections().woken(1);
    DeliveryConnection open = connection;
    if (open != null) {
      open.wake();
    }
  }

  /** Ends it politely, now. */
  void quit() {
    if (!quitting && !closed) {
      quitting = true;
      DeliveryConnection open = connection;
      if (open != null) {
        open.quit();
      }
    }
  }

  /** Ends it politely once the method has returned from the call that it is in. */
  private void quitSoon() {
    loop().execute(this::quit);
  }

  /** One timer watches however many idle times there are. */
  private void watchIdle(Duration time) {
    idleTimer = loop().schedule(this::idleTime, time);
  }

  private void idleTime() {
    idleTimer = null;
    if (closed || quitting || !waiting) {
      return;
    }
    Duration timeout = maintainer.settings().options().idleTimeout();
    Duration idle = Duration.ofMillis(now() - sinceMillis);
    if (!taken.isEmpty()) {
      watchIdle(timeout);
    } else if (idle.compareTo(timeout) >= 0) {
      quit();
    } else {
      watchIdle(timeout.minus(idle));
    }
  }

  /** Whether it ended without having been of use: its host counts as failed. */
  boolean useless(Optional<Reply> cause) {
    return answered == 0 && !rested && !unbound && !(quitting && cause.isEmpty());
  }

  MailQueue queue() {
    return queue;
  }

  boolean wasConnected() {
    return connected;
  }

  Route.Choice choice() {
    return choice;
  }

  Host hostRecord() {
    return choice.host();
  }

  DeliveryMethod method() {
    return method;
  }

  long serial() {
    return serial;
  }

  /** When it came to where it stands, as far as the core was told. */
  long sinceMillis() {
    return sinceMillis;
  }

  List<MailMessage> taken() {
    return taken;
  }

  Stage stage() {
    DeliveryConnection open = connection;
    return open == null ? Stage.NOT_CONNECTED : open.stage();
  }

  private String remote() {
    return choice.host().text();
  }

  private long now() {
    return queue.home().server().now();
  }

  @Override
  public String toString() {
    return method.name() + " connection " + serial + " to " + choice.name() + " " + remote();
  }
}
