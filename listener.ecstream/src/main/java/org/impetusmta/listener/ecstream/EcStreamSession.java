package org.impetusmta.listener.ecstream;

import java.net.SocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.ecstream.Frame;
import org.impetusmta.api.ecstream.FrameCodec;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.reception.MailCommand;
import org.impetusmta.api.reception.RcptCommand;
import org.impetusmta.api.reception.Reception;
import org.impetusmta.api.reception.Reception.InboundSession;
import org.impetusmta.api.reception.Reception.Outcome;
import org.impetusmta.api.reception.ReceptionState;
import org.impetusmta.api.scheduler.EventLoop;
import org.jspecify.annotations.Nullable;

/**
 * The protocol of one ECStream session. Messages are put through the phases of reception one after
 * the other, each as a transaction; the result leaves when the mail is durable. What arrives
 * meanwhile waits, within the limits of the welcome. Single: owned by its event loop.
 */
final class EcStreamSession {
  private static final Reply BAD_SENDER = new Reply(553, "5.1.7", "bad sender address");
  private static final Reply BAD_RECIPIENT = new Reply(553, "5.1.3", "bad recipient address");
  private static final Reply NOT_WIRE_FORM = new Reply(550, "5.6.0", "body is not in wire form");
  private static final Reply TOO_LARGE = new Reply(552, "5.3.4", "message size limit exceeded");
  private static final Reply LOW_MEMORY =
      new Reply(452, "4.3.1", "Insufficient system storage, please try later");
  private static final Reply CONNECTION_OVER = new Reply(421, "4.3.2", "connection is ended");

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
  private final ArrayDeque<Frame.Submit> waiting = new ArrayDeque<>();
  private Frame.@Nullable Submit current;
  private Reply[] replies = new Reply[0];
  private int accepted;
  private int octets;
  private boolean greeted;
  private boolean ready;
  private boolean leaving;
  private boolean ended;
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
  }

  EcStreamOptions options() {
    return options;
  }

  /** Whether a transaction is under way. */
  boolean busy() {
    return current != null || !waiting.isEmpty();
  }

  // ---- what arrives

  void arrived(Frame frame) {
    if (ended) {
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
            bye(outcome.reply());
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
                  bye(said.reply());
                }
              });
        });
  }

  private void submit(Frame.Submit submit) {
    int most = submit.body().length();
    boolean first = !busy();
    if (!first && (waiting.size() + 1 >= Limits.MESSAGES || octets >= Limits.OCTETS)) {
      bad("more under way than allowed");
      return;
    }
    if (most > Limits.MESSAGE_SIZE) {
      bad(TOO_LARGE.text());
      return;
    }
    octets += most;
    waiting.add(submit);
    if (current == null) {
      process();
    }
  }

  // ---- one message after the other

  private void process() {
    while (current == null && !ended) {
      Frame.Submit next = waiting.poll();
      if (next == null) {
        handled = 0;
        if (leaving) {
          bye(new Reply(221, "2.0.0", "bye"));
        }
        return;
      }
      if (line.reloadedSince(inbound.generation().reloads())) {
        bye(new Reply(421, "4.3.2", "Reconfiguration in progress"));
        return;
      }
      current = next;
      if (++handled > options.ecstreamMaxBatchSize()) {
        handled = 0;
        loop.execute(() -> begin(next));
        return;
      }
      begin(next);
    }
  }

  private void begin(Frame.Submit message) {
    if (ended) {
      return;
    }
    replies = new Reply[message.recipients().size()];
    accepted = 0;
    boolean known = message.sender().isNull() || Syntax.isMailbox(message.sender());
    Reply refusal = !known ? BAD_SENDER : Syntax.isWireForm(message.body()) ? null : NOT_WIRE_FORM;
    if (refusal != null) {
      inbound.rejected(refusal, refusal.text());
      finish(refusal, false);
      return;
    }
    int size = message.body().length();
    if (!inbound.receiving(size)) {
      inbound.rejected(LOW_MEMORY, "low memory");
      finish(LOW_MEMORY, false);
      return;
    }
    Address sender = message.sender();
    inbound.mailfrom(
        new MailCommand(
            sender,
            "MAIL FROM:<" + sender + ">",
            OptionalLong.of(size),
            message.eightBitMime(),
            Map.of()),
        outcome -> {
          if (outcome.accepted()) {
            inbound.state(ReceptionState.AWAITING_RCPTTO);
            new Recipients(message).next();
          } else {
            given(message);
            finish(outcome.reply(), outcome.disconnect());
          }
        });
  }

  private void given(Frame.Submit message) {
    inbound.receiving(-message.body().length());
  }

  /** The recipients of one message, asked for in order without a stack that grows with them. */
  private final class Recipients implements Consumer<Outcome> {
    private final Frame.Submit message;
    private int index;
    private boolean asking;
    private boolean answered;

    Recipients(Frame.Submit message) {
      this.message = message;
    }

    void next() {
      while (index < replies.length) {
        Address recipient = message.recipients().get(index);
        if (!Syntax.isMailbox(recipient)) {
          inbound.rejected(BAD_RECIPIENT, BAD_RECIPIENT.text());
          replies[index++] = BAD_RECIPIENT;
          continue;
        }
        asking = true;
        answered = false;
        inbound.rcptto(new RcptCommand(recipient, "RCPT TO:<" + recipient + ">", Map.of()), this);
        asking = false;
        if (!answered || ended) {
          return;
        }
      }
      content(message);
    }

    @Override
    public void accept(Outcome outcome) {
      answered = true;
      if (outcome.accepted()) {
        accepted++;
        index++;
      } else {
        replies[index++] = outcome.reply();
        if (outcome.disconnect()) {
          given(message);
          inbound.reset();
          finish(CONNECTION_OVER, true);
          return;
        }
      }
      if (!asking) {
        next();
      }
    }
  }

  private void content(Frame.Submit message) {
    if (accepted == 0) {
      given(message);
      inbound.reset();
      finish(BAD_RECIPIENT, false);
      return;
    }
    inbound.state(ReceptionState.DATA_PHASE);
    inbound.data(
        outcome -> {
          if (!outcome.accepted()) {
            given(message);
            finish(outcome.reply(), outcome.disconnect());
            return;
          }
          inbound.spool(
              message.body(),
              stored -> {
                given(message);
                finish(stored.reply(), stored.disconnect());
              });
        });
  }

  /**
   * The message has its result.
   *
   * @param rest the reply for the recipients that were not refused on their own
   */
  private void finish(Reply rest, boolean disconnect) {
    Frame.Submit message = current;
    if (message == null || ended) {
      return;
    }
    inbound.state(ReceptionState.AWAITING_MAILFROM);
    List<Reply> all = new ArrayList<>();
    if (Arrays.stream(replies).allMatch(reply -> reply == null || reply.equals(rest))) {
      all.add(rest);
    } else {
      for (Reply reply : replies) {
        all.add(reply == null ? rest : reply);
      }
    }
    octets -= message.body().length();
    line.send(new Frame.Result(message.sequence(), all));
    current = null;
    if (disconnect) {
      bye(CONNECTION_OVER);
    } else {
      // process() may be further up the stack, and then goes on by itself; else it is due now
      loop.execute(this::process);
    }
  }

  // ---- ends

  /** The client breaks the rules. */
  void bad(String reason) {
    Reply reply = new Reply(500, "5.5.2", reason);
    inbound.rejected(reply, reason);
    bye(reply);
  }

  /** Nothing has come of the client for too long. */
  void idle() {
    Reply reply = new Reply(421, "4.4.2", "idle for too long, closing connection");
    inbound.rejected(reply, "idle");
    bye(reply);
  }

  /** The listener stops: what is under way has its result first. */
  void drain() {
    leaving = true;
    waiting.clear();
    if (current == null) {
      bye(new Reply(421, "4.3.2", "Service shutting down"));
    }
  }

  private void bye(Reply reply) {
    if (!ended) {
      ended = true;
      waiting.clear();
      line.send(new Frame.Bye(reply));
      line.end();
    }
  }

  /** The connection is gone. */
  void closed() {
    ended = true;
    waiting.clear();
    inbound.closed();
  }
}
