package org.impetusmta.listener.ecstream;

import java.net.SocketAddress;
import java.util.ArrayDeque;
import java.util.List;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.ecstream.Frame;
import org.impetusmta.api.ecstream.FrameCodec;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.reception.Reception;
import org.impetusmta.api.reception.Reception.InboundSession;
import org.impetusmta.api.reception.ReceptionState;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.tls.InboundTlsOptions;
import org.jspecify.annotations.Nullable;

/**
 * The protocol of one ECStream session. Messages go through the phases of reception one after the
 * other ({@link Submitted}); while one waits for the disk the next has its turn, so that many of
 * one connection become durable together. What arrives meanwhile waits, within the limits of the
 * welcome. Single: owned by its event loop.
 */
final class EcStreamSession {
  private static final Reply TOO_LARGE = new Reply(552, "5.3.4", "message size limit exceeded");
  private static final Reply CONNECTION_OVER = new Reply(421, "4.3.2", "connection is ended");
  private static final Reply BYE = new Reply(221, "2.0.0", "bye");
  static final Reply LOW_MEMORY =
      new Reply(452, "4.3.1", "Insufficient system storage, please try later");

  /** What the session asks of its connection. */
  interface Line {
    void send(Frame frame);

    /** Ends the connection when what was sent has left. */
    void end();

    /** Whether the configuration was reloaded since {@code pinned} reloads. */
    boolean reloadedSince(long pinned);
  }

  private final Line line;
  private final InboundSession inbound;
  private final EventLoop loop;
  private final EcStreamOptions options;
  private final InboundTlsOptions tls;
  private final ArrayDeque<Frame.Submit> waiting = new ArrayDeque<>();

  /** The message whose phases run. */
  private @Nullable Submitted current;

  /** Messages whose phases have begun and that have no result. */
  private int begun;

  /** Octets of bodies without a result. */
  private long octets;

  /** Octets of a frame that has not arrived yet. */
  private int arriving;

  private boolean processing;
  private boolean greeted;
  private boolean ready;
  private boolean leaving;
  private boolean ended;

  /** Why the server ends the session, once it does. */
  private @Nullable Reply over;

  private int handled;

  EcStreamSession(
      Line line,
      Reception reception,
      ScopePath.Receiving scope,
      SocketAddress local,
      SocketAddress remote,
      EventLoop loop) {
    this.line = line;
    this.loop = loop;
    this.inbound = reception.accept("ecstream", scope, local, remote, loop);
    this.options = inbound.generation().options(EcStreamOptions.class, scope);
    this.tls = inbound.generation().options(InboundTlsOptions.class, scope);
  }

  EcStreamOptions options() {
    return options;
  }

  InboundTlsOptions tls() {
    return tls;
  }

  InboundSession inbound() {
    return inbound;
  }

  /** Whether a message has no result. */
  boolean busy() {
    return begun > 0 || !waiting.isEmpty();
  }

  /** Whether what arrives is of interest. */
  boolean listens() {
    return over == null && !ended;
  }

  // ---- what arrives

  void arrived(Frame frame) {
    if (!listens()) {
      return;
    }
    switch (frame) {
      case Frame.Hello hello when !greeted -> hello(hello);
      case Frame.Submit submit when ready && !leaving -> submit(submit);
      case Frame.Bye _ when ready -> {
        leaving = true;
        process();
      }
      default -> bad("frame out of step");
    }
  }

  /** So many octets are kept of a frame that has not arrived yet. */
  void arriving(int kept) {
    if (kept == arriving || !listens()) {
      return;
    }
    if (inbound.receiving(kept - arriving)) {
      arriving = kept;
    } else {
      inbound.rejected(LOW_MEMORY, "low memory");
      stop(LOW_MEMORY);
    }
  }

  private void hello(Frame.Hello hello) {
    greeted = true;
    if (hello.version() != FrameCodec.VERSION) {
      bad("version " + hello.version() + " is not spoken");
      return;
    }
    String name = hello.name().isEmpty() ? "unknown" : hello.name();
    if (!name.chars().allMatch(c -> c > ' ' && c <= '~')) {
      bad("bad name");
      return;
    }
    inbound.connect(
        outcome -> {
          if (!outcome.accepted()) {
            stop(outcome.reply());
            return;
          }
          inbound.ehlo(
              name,
              "EHLO " + name,
              said -> {
                if (said.accepted()) {
                  ready = true;
                  inbound.state(ReceptionState.AWAITING_MAILFROM);
                  line.send(Limits.WELCOME);
                } else {
                  stop(said.reply());
                }
              });
        });
  }

  private void submit(Frame.Submit submit) {
    int length = submit.body().length();
    int underWay = begun + waiting.size();
    if (underWay > 0 && (underWay >= Limits.MESSAGES || octets >= Limits.OCTETS)) {
      bad("more under way than allowed");
      return;
    }
    if (length > Limits.MESSAGE_SIZE) {
      bad(TOO_LARGE.text());
      return;
    }
    octets += length;
    waiting.add(submit);
    process();
  }

  // ---- one message after the other

  /** Has the phases of the next message run, as long as there is one and none is under way. */
  private void process() {
    if (processing) {
      return;
    }
    processing = true;
    while (current == null && !waiting.isEmpty()) {
      if (line.reloadedSince(inbound.generation().reloads())) {
        stop(new Reply(421, "4.3.2", "Reconfiguration in progress"));
        break;
      }
      if (++handled > options.ecstreamMaxBatchSize()) {
        handled = 0;
        loop.execute(this::process);
        break;
      }
      Submitted next = new Submitted(this, waiting.removeFirst());
      current = next;
      begun++;
      next.begin();
    }
    processing = false;
    if (waiting.isEmpty() && current == null) {
      handled = 0;
      goodbye();
    }
  }

  /** The message waits for the disk alone: the next one has its turn. */
  void ahead(Submitted message) {
    if (current == message) {
      current = null;
      inbound.state(ReceptionState.AWAITING_MAILFROM);
      process();
    }
  }

  /** The message has its result. */
  void finished(Submitted message, List<Reply> replies, boolean disconnect) {
    if (ended) {
      return;
    }
    begun--;
    octets -= message.octets();
    line.send(new Frame.Result(message.sequence(), replies));
    if (disconnect) {
      stop(CONNECTION_OVER);
    }
    ahead(message);
    goodbye();
  }

  /**
   * What has not begun is not taken. What has begun gets its result before the session ends: after
   * BYE a message without a result was not taken.
   */
  private void stop(Reply reply) {
    if (over == null) {
      over = reply;
      waiting.clear();
    }
    goodbye();
  }

  private void goodbye() {
    Reply last = over;
    if (!ended && !busy() && (leaving || last != null)) {
      ended = true;
      line.send(new Frame.Bye(last == null ? BYE : last));
      line.end();
    }
  }

  // ---- ends

  /** The client breaks the rules. */
  void bad(String reason) {
    Reply reply = new Reply(500, "5.5.2", reason);
    inbound.rejected(reply, reason);
    stop(reply);
  }

  /** Nothing has come of the client for too long. */
  void idle() {
    Reply reply = new Reply(421, "4.4.2", "idle for too long, closing connection");
    inbound.rejected(reply, "idle");
    stop(reply);
  }

  /** The listener stops: what is under way has its result first. */
  void drain() {
    stop(new Reply(421, "4.3.2", "Service shutting down"));
  }

  /** The connection is gone. */
  void closed() {
    ended = true;
    current = null;
    waiting.clear();
    inbound.closed();
  }
}
