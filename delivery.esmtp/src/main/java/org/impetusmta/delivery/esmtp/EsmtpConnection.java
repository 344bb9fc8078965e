package org.impetusmta.delivery.esmtp;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.delivery.DeliveryConnection;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One outbound SMTP connection (RFC 5321 section 4.1.4), as long as it lives:
 *
 * <pre>
 * BANNER - EHLO - IDLE - MAIL_FROM - RCPT_TO - DATA - BODY - CONFIRMATION - IDLE …
 *                           \__________\_______\________________\__ RSET - IDLE …
 * </pre>
 *
 * <p>Messages are taken from the core only when the dialogue is ready for them, so a host that
 * cannot be reached or refuses its banner or EHLO costs no message. What is in hand, and what the
 * peer said to which recipient, is kept by {@link Transaction}. With PIPELINING (RFC 2920) MAIL,
 * RCPTs and DATA leave in one write and their answers are matched one by one; of a huge batch no
 * more than {@link #WINDOW} octets of commands are under way, so that what waits in either
 * direction is bounded.
 *
 * <p>Stages in what is reported: <i>during</i> a command until its answer is there, <i>after</i> it
 * where the answer refused it.
 *
 * <p>What becomes of a message: refused by a reply, it failed with that reply; anything else that
 * ends it (time, disconnect, nonsense) is a transient failure, also after the final dot, where the
 * peer may have taken it and a duplicate is the lesser evil (RFC 1047). One exception: when a
 * connection that already served goes away before it answers MAIL, the peer had given it up while
 * it was idle; the message was not attempted and is given back.
 *
 * <p>Replies are counted against commands. The next command is only sent once a burst of input is
 * used up ({@link #channelReadComplete}), so a reply that nobody asked for is noticed and cannot
 * answer a later command.
 *
 * <p>Thread-safety: single, confined to the delivery's loop.
 */
final class EsmtpConnection extends ChannelInboundHandlerAdapter
    implements DeliveryConnection, BodySender.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(EsmtpConnection.class);

  /** Octets of commands after which the replies are awaited. */
  static final int WINDOW = 16 * 1024;

  /** How long a peer that cannot be written to may still say why. */
  private static final Duration LAST_WORDS = Duration.ofSeconds(5);

  /** What is sent once the input at hand is used up. */
  private enum Step {
    NONE,
    EHLO,
    HELO,
    NEXT_MESSAGE,
    RCPT_TO,
    DATA,
    BODY,
    EMPTY_BODY,
    RSET,
    QUIT
  }

  private final Delivery delivery;
  private final EsmtpOptions options;
  private final String hostName;
  private final ReplyReader reader = new ReplyReader();
  private final Deadline deadline;
  private final BodySender bodySender;

  /** The messages in hand: taken, not yet answered for. */
  private final Transaction transaction;

  private @Nullable Channel channel;
  private Stage stage = Stage.NOT_CONNECTED;
  private Step step = Step.NONE;
  private Extensions extensions = Extensions.NONE;
  private boolean helo;

  /** Replies that the peer owes. */
  private int owed;

  /** Whether the peer has answered for a message. */
  private boolean served;

  /** The core has no message now and will wake us. */
  private boolean waiting;

  private boolean quitRequested;
  private boolean quitSent;
  private boolean closed;

  /** How the connection will be reported to have ended after QUIT. */
  private Stage endStage = Stage.IDLE;

  private Optional<Reply> endCause = Optional.empty();

  EsmtpConnection(Delivery delivery, String hostName) {
    this.delivery = delivery;
    this.hostName = hostName;
    this.options = delivery.options(EsmtpOptions.class);
    this.deadline = new Deadline(delivery.loop(), this::missedDeadline);
    this.bodySender = new BodySender(delivery.loop(), this, options.useSendfile());
    this.transaction = new Transaction(delivery);
  }

  // ---- the core's side

  void connect() {
    ChannelFuture connecting =
        Sockets.connect(
            delivery.loop().unwrap(io.netty.channel.EventLoop.class),
            delivery.sourceAddress(),
            delivery.address(),
            options.connectTimeout(),
            this);
    channel = connecting.channel();
    connecting.addListener(
        done -> {
          Throwable cause = done.cause();
          if (cause != null) {
            // posted: a socket that could not even be made is told of on another thread
            delivery.loop().execute(() -> notConnected(cause));
          }
        });
  }

  private void notConnected(Throwable cause) {
    channel = null; // Netty has closed it
    if (Sockets.notBound(cause)) {
      delivery.sourceUnavailable();
    }
    close(Stage.NOT_CONNECTED, Optional.of(Failures.connect(cause)));
  }

  @Override
  public void wake() {
    if (waiting && !closed) {
      waiting = false;
      if (reader.midReply()) {
        outOfStep(Failures.UNSOLICITED);
        return;
      }
      try {
        nextMessage();
      } catch (RuntimeException e) {
        defect(e);
      }
    }
  }

  @Override
  public void quit() {
    quitRequested = true;
    if (stage == Stage.NOT_CONNECTED || stage == Stage.BANNER) {
      close(stage, Optional.empty());
    } else if (waiting) {
      waiting = false;
      sendQuit();
    }
  }

  @Override
  public boolean mayServe(String domain) {
    return waiting && !quitRequested && !closed;
  }

  @Override
  public Stage stage() {
    return stage;
  }

  // ---- the channel's side

  @Override
  public void channelActive(ChannelHandlerContext context) {
    if (closed) {
      context.close();
      return;
    }
    stage = Stage.BANNER;
    expect(1, options.ehloTimeout());
    delivery.connected();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object input) {
    ByteBuf in = (ByteBuf) input;
    try {
      while (!closed && in.isReadable()) {
        switch (reader.read(in)) {
          case MORE -> {}
          case MALFORMED -> outOfStep(Failures.MALFORMED);
          case COMPLETE -> replied();
        }
      }
    } finally {
      in.release();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    if (step == Step.NONE || closed) {
      return;
    }
    if (reader.midReply()) {
      outOfStep(Failures.UNSOLICITED);
      return;
    }
    Step now = step;
    step = Step.NONE;
    switch (now) {
      case NONE -> {}
      case EHLO, HELO -> sendHello(now == Step.HELO);
      case NEXT_MESSAGE -> nextMessage();
      case RCPT_TO -> sendRcptTo();
      case DATA -> sendData();
      case BODY -> sendBody();
      case EMPTY_BODY -> sendEmptyBody();
      case RSET -> sendRset();
      case QUIT -> sendQuit();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (quitSent) {
      close(endStage, endCause);
    } else if (stage == Stage.IDLE && transaction.isEmpty()) {
      close(Stage.IDLE, Optional.empty()); // its right, whenever nothing is in progress
    } else if (stage == Stage.MAIL_FROM && served && !reader.midReply()) {
      transaction.giveBack();
      close(Stage.IDLE, Optional.empty());
    } else {
      fail(stage, Failures.CLOSED);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof IOException) {
      LOG.debug("{} {}: {}", delivery.host(), stage.text(), cause.toString());
      lastWords();
    } else {
      defect(cause);
    }
  }

  /** Ours or the core's, not the peer's: nothing of the connection can be trusted any more. */
  private void defect(Throwable cause) {
    LOG.error("delivery to {} for {} {}", delivery.host(), delivery.domain(), stage.text(), cause);
    fail(stage, Failures.DEFECT);
  }

  // ---- replies, one method for each stage

  private void replied() {
    if (owed == 0) {
      unsolicited();
      return;
    }
    owed--;
    int code = reader.code();
    if (quitSent) {
      close(endStage, endCause);
    } else if (code == 421 && stage != Stage.BANNER && stage != Stage.EHLO) {
      serviceClosing();
    } else {
      switch (stage) {
        case BANNER -> bannerReplied(code);
        case EHLO -> ehloReplied(code);
        case MAIL_FROM -> mailFromReplied(code);
        case RCPT_TO -> rcptToReplied(code);
        case DATA -> dataReplied(code);
        case BODY -> bodyReplied(code);
        case CONFIRMATION -> confirmationReplied(code);
        case RSET -> rsetReplied(code);
        default -> throw new IllegalStateException("a reply is owed " + stage.text());
      }
    }
  }

  /** Nothing was asked. A server that shuts down may say so at any time (section 3.8). */
  private void unsolicited() {
    if (reader.code() == 421) {
      serviceClosing();
    } else {
      outOfStep(Failures.UNSOLICITED);
    }
  }

  private void bannerReplied(int code) {
    if (code == 220) {
      step = Step.EHLO;
    } else if (refusal(code)) {
      leave(Stage.BANNER);
    } else {
      outOfStep(Failures.OUT_OF_STEP);
    }
  }

  private void ehloReplied(int code) {
    if (code / 100 == 2) {
      extensions = helo ? Extensions.NONE : reader.extensions();
      stage = Stage.AFTER_EHLO;
      step = Step.NEXT_MESSAGE;
    } else if (!helo && (code == 500 || code == 502)) {
      step = Step.HELO;
    } else if (refusal(code)) {
      leave(Stage.AFTER_EHLO);
    } else {
      outOfStep(Failures.OUT_OF_STEP);
    }
  }

  private void mailFromReplied(int code) {
    if (refusal(code)) {
      refused(Stage.AFTER_MAIL_FROM);
    } else if (code / 100 != 2) {
      outOfStep(Failures.OUT_OF_STEP);
      return;
    }
    if (owed > 0) {
      stage = Stage.RCPT_TO;
      deadline.in(options.rcpttoTimeout());
    } else {
      step = transaction.isEmpty() ? Step.RSET : Step.RCPT_TO;
    }
  }

  private void rcptToReplied(int code) {
    if (code / 100 == 2) {
      transaction.recipientAccepted();
    } else if (refusal(code)) {
      served = true;
      transaction.recipientRefused(reader.reply());
    } else {
      outOfStep(Failures.OUT_OF_STEP);
      return;
    }
    if (transaction.awaitsRecipients()) {
      deadline.in(options.rcpttoTimeout());
    } else if (owed > 0) {
      stage = Stage.DATA;
      deadline.in(options.rcpttoTimeout());
    } else if (transaction.hasMoreToAsk()) {
      step = Step.RCPT_TO;
    } else {
      step = transaction.firstAccepted() == null ? Step.RSET : Step.DATA;
    }
  }

  /**
   * After a pipelined DATA, 354 may come though MAIL or RCPT was refused (RFC 2920 section 3.1): a
   * lone dot ends what nobody will get. If the peer refused MAIL but has a recipient all the same,
   * the dot would deliver an empty message, so the connection goes instead.
   */
  private void dataReplied(int code) {
    if (code == 354) {
      if (transaction.firstAccepted() != null) {
        step = Step.BODY;
      } else if (transaction.hasRecipient()) {
        outOfStep(Failures.OUT_OF_STEP);
      } else {
        step = Step.EMPTY_BODY;
      }
    } else if (refusal(code)) {
      refused(Stage.AFTER_DATA);
      step = Step.RSET;
    } else {
      outOfStep(Failures.OUT_OF_STEP);
    }
  }

  /** A verdict before the body was sent: a refusal counts, anything else cannot be meant. */
  private void bodyReplied(int code) {
    if (refusal(code)) {
      refused(Stage.BODY);
      close(Stage.BODY, Optional.empty());
    } else {
      outOfStep(Failures.OUT_OF_STEP);
    }
  }

  private void confirmationReplied(int code) {
    if (code / 100 == 2) {
      if (transaction.isEmpty()) {
        step = Step.RSET;
      } else {
        served = true;
        step = Step.NEXT_MESSAGE;
        stage = Stage.IDLE;
        transaction.delivered(reader.reply());
      }
    } else if (refusal(code)) {
      refused(Stage.CONFIRMATION);
      step = Step.RSET;
    } else {
      outOfStep(Failures.OUT_OF_STEP);
    }
  }

  private void rsetReplied(int code) {
    if (code / 100 == 2) {
      stage = Stage.AFTER_RSET;
      step = Step.NEXT_MESSAGE;
    } else {
      stage = Stage.AFTER_RSET;
      leave(Stage.AFTER_RSET);
    }
  }

  private static boolean refusal(int code) {
    return code >= 400;
  }

  /**
   * 421: what is under way failed transiently, the next messages are not concerned. The host counts
   * as failed only where it did not even begin to serve.
   */
  private void serviceClosing() {
    Optional<Reply> cause =
        stage == Stage.AFTER_EHLO ? Optional.of(reader.reply()) : Optional.empty();
    Stage after = after(stage);
    if (!transaction.isEmpty()) {
      transaction.broken(after, reader.reply());
    }
    close(after, cause);
  }

  // ---- commands, one method for each step

  private void sendHello(boolean heloOnly) {
    stage = Stage.EHLO;
    helo = heloOnly;
    String name = helloName();
    ByteBuf out = buffer(name.length() + 8);
    if (heloOnly) {
      Commands.helo(out, name);
    } else {
      Commands.ehlo(out, name);
    }
    send(out, 1, options.ehloTimeout());
  }

  private String helloName() {
    String name = options.ehloHostname();
    if (name.equals("__message__")) {
      if (!quitRequested) {
        transaction.take();
      }
      Message first = transaction.first();
      name = first == null ? "" : first.sender().domain();
    }
    return name.isEmpty() || name.equals("__hostname__") || !Commands.printable(name)
        ? hostName
        : name;
  }

  private void nextMessage() {
    while (!quitRequested && !closed && transaction.take()) {
      Message next = transaction.first();
      if (next == null) {
        break;
      }
      stage = Stage.MAIL_FROM;
      Optional<Reply> unsendable = Sendable.objection(next);
      if (unsendable.isEmpty()) {
        takeSiblings();
        sendMailFrom(next);
        return;
      }
      stage = Stage.IDLE;
      unsendable(next, unsendable.get());
    }
    if (closed) {
      return;
    }
    stage = Stage.IDLE;
    if (quitRequested) {
      sendQuit();
    } else {
      waiting = true;
      deadline.clear();
    }
  }

  /** What may leave with the message in hand. */
  private void takeSiblings() {
    Message sibling = transaction.takeSibling().orElse(null);
    while (sibling != null) {
      Optional<Reply> unsendable = Sendable.objection(sibling.recipient());
      if (unsendable.isPresent()) {
        unsendable(sibling, unsendable.get());
      }
      sibling = transaction.takeSibling().orElse(null);
    }
  }

  /** The message taken last cannot be sent. */
  private void unsendable(Message last, Reply why) {
    LOG.warn("message {} cannot be sent: {}", last.id(), why);
    transaction.unsendable(why);
  }

  private void sendMailFrom(Message next) {
    transaction.begin();
    ByteBuf out = buffer(512);
    Commands.mailFrom(
        out,
        next.sender(),
        extensions.size() ? next.body().length() : -1,
        extensions.eightBitMime()
            && next.eightBitMime()
            && options.send8BitMime() == EsmtpOptions.Send8BitMime.IFAVAILABLE);
    int replies = extensions.pipelining() ? 1 + recipientsAndData(out) : 1;
    send(out, replies, options.mailfromTimeout());
  }

  private void sendRcptTo() {
    stage = Stage.RCPT_TO;
    ByteBuf out = buffer(256);
    int replies = extensions.pipelining() ? recipientsAndData(out) : recipient(out);
    send(out, replies, options.rcpttoTimeout());
  }

  /** One more RCPT; how many replies it will have. */
  private int recipient(ByteBuf out) {
    Message next = transaction.ask();
    if (next == null) {
      return 0;
    }
    Commands.rcptTo(out, next.recipient());
    return 1;
  }

  /** As many RCPTs as may be under way, and DATA behind the last; how many replies they have. */
  private int recipientsAndData(ByteBuf out) {
    int replies = 0;
    while (transaction.hasMoreToAsk() && out.readableBytes() < WINDOW) {
      replies += recipient(out);
    }
    if (!transaction.hasMoreToAsk()) {
      Commands.data(out);
      replies++;
    }
    return replies;
  }

  private void sendData() {
    stage = Stage.DATA;
    ByteBuf out = buffer(16);
    Commands.data(out);
    send(out, 1, options.rcpttoTimeout());
  }

  private void sendBody() {
    stage = Stage.BODY;
    expect(1, options.bodyTimeout());
    Message first = transaction.firstAccepted();
    if (first == null) {
      throw new IllegalStateException("nobody gets the body");
    }
    bodySender.send(open(), first.body());
  }

  @Override
  public void progress(int octets) {
    transaction.progress(octets);
    deadline.in(options.bodyTimeout());
  }

  @Override
  public void sent() {
    stage = Stage.CONFIRMATION;
  }

  @Override
  public void notSent() {
    lastWords();
  }

  private void sendEmptyBody() {
    stage = Stage.CONFIRMATION;
    ByteBuf out = buffer(16);
    Commands.dot(out);
    send(out, 1, options.bodyTimeout());
  }

  private void sendRset() {
    stage = Stage.RSET;
    ByteBuf out = buffer(16);
    Commands.rset(out);
    send(out, 1, options.rsetTimeout());
  }

  /** The peer is told, and its 221 or its end of the stream awaited, so that it sees no reset. */
  private void sendQuit() {
    transaction.giveBack();
    quitSent = true;
    ByteBuf out = buffer(16);
    Commands.quit(out);
    send(out, 1, options.rsetTimeout());
  }

  private ByteBuf buffer(int octets) {
    return open().alloc().directBuffer(octets);
  }

  private void send(ByteBuf out, int replies, Duration timeout) {
    expect(replies, timeout);
    open().writeAndFlush(out, open().voidPromise());
  }

  private void expect(int replies, Duration timeout) {
    owed = replies;
    deadline.in(timeout);
  }

  // ---- ends

  private void missedDeadline() {
    if (quitSent) {
      close(endStage, endCause);
    } else {
      fail(stage, Failures.timeout(stage));
    }
  }

  /** Writing failed: there may be a reply to read yet, and the end of the stream is near. */
  private void lastWords() {
    if (!closed) {
      deadline.in(LAST_WORDS);
    }
  }

  /** The dialogue makes no sense any more. */
  private void outOfStep(Reply reply) {
    LOG.debug("{} {}: {}", delivery.host(), stage.text(), reply);
    fail(stage, reply);
  }

  /** What was under way and the connection end with {@code reply}. */
  private void fail(Stage where, Reply reply) {
    transaction.broken(where, reply);
    close(where, Optional.of(reply));
  }

  /** The peer refused all messages in hand. */
  private void refused(Stage where) {
    if (!transaction.isEmpty()) {
      served = true;
      transaction.refused(where, reader.reply());
    }
  }

  /** The peer refused to go on: the reply at hand is the cause, QUIT is still due (section 3.8). */
  private void leave(Stage where) {
    endStage = where;
    endCause = Optional.of(reader.reply());
    if (reader.code() == 421) {
      close(endStage, endCause);
    } else {
      transaction.giveBack();
      step = Step.QUIT;
    }
  }

  private void close(Stage where, Optional<Reply> cause) {
    if (closed) {
      return;
    }
    closed = true;
    waiting = false;
    step = Step.NONE;
    bodySender.stop();
    deadline.close();
    transaction.giveBack();
    Channel socket = channel;
    if (socket != null) {
      socket.close();
    }
    delivery.closed(where, cause);
  }

  private Channel open() {
    Channel socket = channel;
    if (socket == null) {
      throw new IllegalStateException("not connected");
    }
    return socket;
  }

  private static Stage after(Stage during) {
    return switch (during) {
      case MAIL_FROM -> Stage.AFTER_MAIL_FROM;
      case RCPT_TO -> Stage.AFTER_RCPT_TO;
      case DATA -> Stage.AFTER_DATA;
      case EHLO -> Stage.AFTER_EHLO;
      case RSET -> Stage.AFTER_RSET;
      default -> during;
    };
  }
}
