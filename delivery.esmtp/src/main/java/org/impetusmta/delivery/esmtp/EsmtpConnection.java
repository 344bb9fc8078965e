package org.impetusmta.delivery.esmtp;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.DecoderException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import javax.net.ssl.SSLException;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.delivery.DeliveryConnection;
import org.impetusmta.api.delivery.DialogueTrace;
import org.impetusmta.api.delivery.ProxyFailure;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.impetusmta.delivery.esmtp.tls.TlsReplies;
import org.impetusmta.net.Deadline;
import org.impetusmta.net.Sockets;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One outbound SMTP connection (RFC 5321 section 4.1.4), as long as it lives. This class is the
 * line: it counts replies against commands, keeps the time, and knows how each end is reported.
 * What is said on it is up to the {@link Phase} in charge:
 *
 * <pre>
 * Connecting - Opening (BANNER - EHLO - SessionSteps) - Exchange - Ending (QUIT)
 * </pre>
 *
 * <p>Messages are taken from the core only when the dialogue is ready for them, so a host that
 * cannot be reached or refuses its banner or EHLO costs no message.
 *
 * <p>What becomes of a message: refused by a reply, it failed with that reply; anything else that
 * ends it (time, disconnect, nonsense) is a transient failure, also after the final dot, where the
 * peer may have taken it and a duplicate is the lesser evil (RFC 1047). One exception: when a
 * connection that already served goes away before it answers MAIL, the peer had given it up while
 * it was idle; the message was not attempted and is given back.
 *
 * <p>The next command is only sent once a burst of input is used up ({@link #channelReadComplete}),
 * so a reply that nobody asked for is noticed and cannot answer a later command.
 *
 * <p>Thread-safety: single, confined to the delivery's loop.
 */
final class EsmtpConnection extends ChannelInboundHandlerAdapter implements DeliveryConnection {
  private static final Logger LOG = LoggerFactory.getLogger(EsmtpConnection.class);

  /** How long a peer that cannot be written to may still say why. */
  private static final Duration LAST_WORDS = Duration.ofSeconds(5);

  /** Makes one step of a connection's opening. */
  interface StepMaker extends BiFunction<EsmtpConnection, Opening, SessionStep> {}

  /** Makes the steps of a connection's opening; none is made for what is switched off. */
  interface Steps extends BiFunction<EsmtpConnection, Opening, List<SessionStep>> {}

  private final Delivery delivery;
  private final EsmtpOptions options;
  private final ReplyReader reader = new ReplyReader();
  private final Deadline deadline;
  private final Transaction transaction;
  private final Opening opening;
  private final Exchange exchange;
  private final Ending ending;

  private @Nullable Channel channel;
  private @Nullable DialogueTrace trace;
  private Phase phase;
  private Stage stage = Stage.NOT_CONNECTED;
  private Extensions extensions = Extensions.NONE;

  /** Replies that the peer owes. */
  private int owed;

  /** Whether there is input at hand. */
  private boolean reading;

  /** Whether the phase goes on when the input at hand is used up. */
  private boolean toProceed;

  /** Whether the core was told of a connection that this one takes the place of. */
  private boolean told;

  /** Whether the connection is encrypted. */
  private boolean secure;

  /** Whether it is known to be the host's own, by its certificate. */
  private boolean verified;

  /** Whether the host is known to be one of the domain's. */
  private boolean proven;

  private boolean quitRequested;
  private boolean closed;

  EsmtpConnection(Delivery delivery, String hostName, Dialect dialect, Steps steps) {
    this.delivery = delivery;
    this.options = delivery.options(EsmtpOptions.class);
    this.deadline = new Deadline(delivery.loop(), this::missedDeadline);
    this.transaction = new Transaction(delivery);
    this.opening = new Opening(this, hostName, dialect, steps);
    this.exchange = new Exchange(this, transaction, dialect);
    this.ending = new Ending(this);
    this.phase = opening;
  }

  // ---- the core's side

  void connect(Connecting way) {
    ChannelFuture connecting = way.connect(delivery, options.connectTimeout(), this);
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
    } else if (cause instanceof ProxyFailure) {
      delivery.hostIsBlameless();
    }
    close(Stage.NOT_CONNECTED, Optional.of(Failures.connect(cause)));
  }

  @Override
  public void wake() {
    if (exchange.isWaiting() && !closed) {
      if (reader.midReply()) {
        outOfStep(Failures.UNSOLICITED);
        return;
      }
      try {
        exchange.nextMessage();
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
    } else if (exchange.isWaiting()) {
      quitNow();
    }
  }

  @Override
  public boolean mayServe(String domain) {
    return exchange.isWaiting() && !quitRequested && !closed;
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
    if (options.tcpBufferSize() > 0) {
      context.channel().config().setOption(ChannelOption.SO_SNDBUF, options.tcpBufferSize());
    }
    lookForTrace();
    note("connected");
    opening.begin();
    if (!told) {
      told = true;
      delivery.connected();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object input) {
    reading = true;
    ByteBuf in = (ByteBuf) input;
    try {
      while (!closed && in.isReadable()) {
        switch (reader.read(in)) {
          case MORE -> {}
          case MALFORMED -> outOfStep(unasked(Failures.MALFORMED));
          case COMPLETE -> replied();
        }
      }
    } finally {
      in.release();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    reading = false;
    goOn();
  }

  private void goOn() {
    if (!toProceed || closed) {
      return;
    }
    if (reader.midReply()) {
      outOfStep(unasked(Failures.UNSOLICITED));
      return;
    }
    toProceed = false;
    phase.proceed();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (phase == ending) {
      ending.finish();
    } else if (stage == Stage.IDLE && transaction.isEmpty()) {
      close(Stage.IDLE, Optional.empty()); // its right, whenever nothing is in progress
    } else if (stage == Stage.MAIL_FROM && exchange.served() && !reader.midReply()) {
      transaction.giveBack();
      close(Stage.IDLE, Optional.empty());
    } else {
      fail(stage, Failures.CLOSED);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof DecoderException && cause.getCause() instanceof SSLException) {
      // a handshake that failed is told of by its future
      LOG.debug("{} {}: {}", delivery.host(), stage.text(), cause.toString());
      if (!closed && stage != Stage.TLS_HANDSHAKE) {
        fail(stage, Failures.TLS_BROKEN);
      }
    } else if (cause instanceof IOException) {
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

  private void replied() {
    DialogueTrace told = trace;
    if (told != null) {
      told.received(reader.reply().toString());
    }
    if (owed == 0) {
      unsolicited();
    } else {
      owed--;
      phase.replied(reader.code());
    }
  }

  /** Nothing was asked. A server that shuts down may say so at any time (section 3.8). */
  private void unsolicited() {
    if (reader.code() == 421 && stage != Stage.STARTTLS) {
      serviceClosing();
    } else {
      outOfStep(unasked(Failures.UNSOLICITED));
    }
  }

  /** What came unasked, behind the reply to STARTTLS, would be taken for a secure reply later. */
  private Reply unasked(Reply elsewhere) {
    return stage == Stage.STARTTLS && owed == 0 ? TlsReplies.INJECTED : elsewhere;
  }

  static boolean refusal(int code) {
    return code >= 400;
  }

  // ---- for the phases

  Delivery delivery() {
    return delivery;
  }

  EsmtpOptions options() {
    return options;
  }

  /** What the newest answer to EHLO offers. */
  Extensions extensions() {
    return extensions;
  }

  /** The reply at hand answers EHLO, or HELO, which offers nothing. */
  void extensionsOffered(boolean helo) {
    extensions = helo ? Extensions.NONE : reader.extensions();
  }

  /** The reply at hand. */
  Reply reply() {
    return reader.reply();
  }

  /** Replies that are owed besides the one at hand. */
  int owed() {
    return owed;
  }

  void stage(Stage now) {
    stage = now;
  }

  /**
   * What follows is encrypted.
   *
   * @param byName whether the peer is known to be the host, by its certificate
   */
  void secured(boolean byName) {
    secure = true;
    verified = byName;
  }

  /**
   * @param route whether the way to the host is known to be the domain's
   */
  void proven(boolean route) {
    proven = route;
  }

  /** Whether mail that demands REQUIRETLS may leave (RFC 8689 section 4.2.1). */
  boolean servesRequireTls() {
    return secure && verified && proven && extensions.offers("REQUIRETLS");
  }

  boolean isSecure() {
    return secure;
  }

  /** Whether the peer is known to be the host, by its certificate. */
  boolean isVerified() {
    return verified;
  }

  /** It takes the place of a connection that the core was told of. */
  void connectedBefore() {
    told = true;
  }

  boolean quitRequested() {
    return quitRequested;
  }

  boolean isClosed() {
    return closed;
  }

  /** Has the phase go on when the input at hand is used up: soon, where there is none. */
  void proceedLater() {
    toProceed = true;
    if (!reading) {
      delivery.loop().execute(this::goOn);
    }
  }

  /** The session is open: mail can go. */
  void opened() {
    phase = exchange;
    exchange.nextMessage();
  }

  /** The message that will go first, taken from the core if need be; null where there is none. */
  @Nullable Message firstMessage() {
    if (!quitRequested) {
      transaction.take();
    }
    return transaction.first();
  }

  /** The message that would go first fails before anything was said of it. */
  void failFirstMessage(Stage where, Reply reply) {
    if (firstMessage() != null) {
      transaction.firstFails(where, reply);
    }
  }

  /** Whether the session is not ready for {@code message}, and is made so or ended now. */
  boolean prepares(Message message) {
    return switch (opening.fits(message)) {
      case AS_IT_IS -> false;
      case STEP_AGAIN -> {
        phase = opening;
        opening.again(message);
        yield true;
      }
      case NEW_CONNECTION -> {
        stage = Stage.IDLE;
        quitNow();
        yield true;
      }
    };
  }

  ByteBuf buffer(int octets) {
    return channel().alloc().directBuffer(octets);
  }

  /** Looks who follows the dialogue from here on. */
  void lookForTrace() {
    trace = delivery.trace().orElse(null);
  }

  /** Tells who follows the dialogue of what is not a line. */
  void note(String text) {
    DialogueTrace told = trace;
    if (told != null) {
      told.note(text);
    }
  }

  void send(ByteBuf out, int replies, Duration timeout) {
    DialogueTrace told = trace;
    if (told != null) {
      Traces.lines(told, out);
    }
    sendUntold(out, replies, timeout);
  }

  private void sendUntold(ByteBuf out, int replies, Duration timeout) {
    expect(replies, timeout);
    channel().writeAndFlush(out, channel().voidPromise());
  }

  /**
   * Sends a line that has a secret in it.
   *
   * @param shown what a trace may show of it
   */
  void sendSecret(ByteBuf out, String shown, Duration timeout) {
    DialogueTrace told = trace;
    if (told != null) {
      told.sent(shown);
    }
    sendUntold(out, 1, timeout);
  }

  void expect(int replies, Duration timeout) {
    owed = replies;
    deadline.in(timeout);
  }

  /** Moves the end of the wait. */
  void answerWithin(Duration timeout) {
    deadline.in(timeout);
  }

  void waitForNothing() {
    deadline.clear();
  }

  Channel channel() {
    Channel socket = channel;
    if (socket == null) {
      throw new IllegalStateException("not connected");
    }
    return socket;
  }

  // ---- ends

  /** Nothing is under way that the peer has to answer: QUIT. */
  void quitNow() {
    exchange.stop();
    transaction.giveBack();
    phase = ending;
    ending.proceed();
  }

  private void missedDeadline() {
    if (phase == ending) {
      ending.finish();
    } else {
      fail(stage, Failures.timeout(stage));
    }
  }

  /** Writing failed: there may be a reply to read yet, and the end of the stream is near. */
  void lastWords() {
    if (!closed) {
      deadline.in(LAST_WORDS);
    }
  }

  /**
   * 421: what is under way failed transiently, the next messages are not concerned. The host counts
   * as failed only where it did not even begin to serve.
   */
  void serviceClosing() {
    Optional<Reply> cause =
        stage == Stage.AFTER_EHLO ? Optional.of(reader.reply()) : Optional.empty();
    Stage after = after(stage);
    if (!transaction.isEmpty()) {
      transaction.broken(after, reader.reply());
    }
    close(after, cause);
  }

  /** The dialogue makes no sense any more. */
  void outOfStep(Reply reply) {
    LOG.debug("{} {}: {}", delivery.host(), stage.text(), reply);
    fail(stage, reply);
  }

  /** What was under way and the connection end with {@code reply}. */
  void fail(Stage where, Reply reply) {
    transaction.broken(where, reply);
    close(where, Optional.of(reply));
  }

  /** The peer refused to go on: the reply at hand is the cause, QUIT is still due (section 3.8). */
  void leave(Stage where) {
    ending.because(where, Optional.of(reader.reply()));
    if (reader.code() == 421) {
      ending.finish();
    } else {
      transaction.giveBack();
      phase = ending;
      proceedLater();
    }
  }

  /** This end refuses to go on with such a peer: QUIT. */
  void leave(Stage where, Reply why) {
    ending.because(where, Optional.of(why));
    transaction.giveBack();
    phase = ending;
    proceedLater();
  }

  /** Another connection takes its place: the core is not told of its end. */
  void abandon() {
    end();
  }

  void close(Stage where, Optional<Reply> cause) {
    if (trace != null && !closed) {
      note("closed " + where.text() + cause.map(reply -> ": " + reply).orElse(""));
    }
    if (end()) {
      delivery.closed(where, cause);
    }
  }

  /** Whether it had not ended before. */
  private boolean end() {
    if (closed) {
      return false;
    }
    closed = true;
    toProceed = false;
    exchange.stop();
    deadline.close();
    transaction.giveBack();
    Channel socket = channel;
    if (socket != null) {
      socket.close();
    }
    return true;
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
