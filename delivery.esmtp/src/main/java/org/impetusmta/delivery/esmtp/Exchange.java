package org.impetusmta.delivery.esmtp;

import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.impetusmta.delivery.esmtp.EsmtpOptions.Transform;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The exchange of mail on an open session, one transaction after the other:
 *
 * <pre>
 * IDLE - MAIL_FROM - RCPT_TO - DATA - BODY - CONFIRMATION - IDLE …
 *            \__________\_______\________________\__ RSET - IDLE …
 * </pre>
 *
 * <p>With PIPELINING (RFC 2920) MAIL, RCPTs and DATA leave in one write and their answers are
 * matched one by one; of a huge batch no more than {@link #WINDOW} octets of commands are under
 * way, so that what waits in either direction is bounded. What is in hand, and what the peer said
 * to which recipient, is kept by {@link Transaction}.
 *
 * <p>Stages in what is reported: <i>during</i> a command until its answer is there, <i>after</i> it
 * where the answer refused it. Confined to the connection's loop.
 */
final class Exchange implements Phase, BodySender.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

  /** Octets of commands after which the replies are awaited. */
  static final int WINDOW = 16 * 1024;

  /** What is sent once the input at hand is used up. */
  private enum Step {
    NEXT_MESSAGE,
    RCPT_TO,
    DATA,
    BODY,
    EMPTY_BODY,
    RSET
  }

  private final EsmtpConnection connection;
  private final EsmtpOptions options;
  private final BodySender bodySender;

  /** The messages in hand: taken, not yet answered for. */
  private final Transaction transaction;

  private final Dialect dialect;
  private Step step = Step.NEXT_MESSAGE;

  /** The body of the transaction; the messages in hand have the same. */
  private @Nullable Body body;

  /** How it is said in 7 bits; null where it leaves as it is. */
  private @Nullable List<SevenBit.Operation> sevenBit;

  /** Whether the body left with the envelope, in one BDAT. */
  private boolean chunkSent;

  /** Whether the peer has answered for a message. */
  private boolean served;

  /** The core has no message now and will wake us. */
  private boolean waiting;

  /** Whether a message of the transaction demands REQUIRETLS: MAIL is said once for all. */
  private boolean requireTls;

  Exchange(EsmtpConnection connection, Transaction transaction, Dialect dialect) {
    this.connection = connection;
    this.options = connection.options();
    this.transaction = transaction;
    this.dialect = dialect;
    this.bodySender = new BodySender(connection.delivery().loop(), this);
  }

  // ---- for the connection

  /** Whether the peer has answered for a message. */
  boolean served() {
    return served;
  }

  /** Whether it has nothing to do until {@link #nextMessage}. */
  boolean isWaiting() {
    return waiting;
  }

  /** Stops whatever is under way. */
  void stop() {
    waiting = false;
    bodySender.stop();
  }

  @Override
  public void proceed() {
    switch (step) {
      case NEXT_MESSAGE -> nextMessage();
      case RCPT_TO -> sendRcptTo();
      case DATA -> sendData();
      case BODY -> sendBody();
      case EMPTY_BODY -> sendEmptyBody();
      case RSET -> sendRset();
    }
  }

  // ---- replies, one method for each stage

  @Override
  public void replied(int code) {
    if (code == 421) {
      connection.serviceClosing();
      return;
    }
    switch (connection.stage()) {
      case MAIL_FROM -> mailFromReplied(code);
      case RCPT_TO -> rcptToReplied(code);
      case DATA -> dataReplied(code);
      case BODY -> bodyReplied(code);
      case CONFIRMATION -> confirmationReplied(code);
      case RSET -> rsetReplied(code);
      default -> throw new IllegalStateException("a reply is owed " + connection.stage().text());
    }
  }

  private void mailFromReplied(int code) {
    if (EsmtpConnection.refusal(code)) {
      refused(Stage.AFTER_MAIL_FROM);
    } else if (code / 100 != 2) {
      connection.outOfStep(Failures.OUT_OF_STEP);
      return;
    }
    if (connection.owed() > 0) {
      connection.stage(Stage.RCPT_TO);
      connection.answerWithin(options.rcpttoTimeout());
    } else {
      next(transaction.isEmpty() ? Step.RSET : Step.RCPT_TO);
    }
  }

  private void rcptToReplied(int code) {
    if (code / 100 == 2) {
      transaction.recipientAccepted();
    } else if (EsmtpConnection.refusal(code)) {
      served = true;
      transaction.recipientRefused(connection.reply());
    } else {
      connection.outOfStep(Failures.OUT_OF_STEP);
      return;
    }
    if (transaction.awaitsRecipients()) {
      connection.answerWithin(options.rcpttoTimeout());
    } else if (chunkSent) {
      connection.stage(Stage.CONFIRMATION);
      connection.expect(confirmations(), options.bodyTimeout());
    } else if (connection.owed() > 0) {
      connection.stage(Stage.DATA);
      connection.answerWithin(options.rcpttoTimeout());
    } else if (transaction.hasMoreToAsk()) {
      next(Step.RCPT_TO);
    } else {
      next(transaction.firstAccepted() == null ? Step.RSET : Step.DATA);
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
        next(Step.BODY);
      } else if (transaction.hasRecipient() || dialect == Dialect.LMTP) {
        connection.outOfStep(Failures.OUT_OF_STEP);
      } else {
        next(Step.EMPTY_BODY);
      }
    } else if (EsmtpConnection.refusal(code)) {
      refused(Stage.AFTER_DATA);
      next(Step.RSET);
    } else {
      connection.outOfStep(Failures.OUT_OF_STEP);
    }
  }

  /** A verdict before the body was sent: a refusal counts, anything else cannot be meant. */
  private void bodyReplied(int code) {
    if (EsmtpConnection.refusal(code)) {
      refused(Stage.BODY);
      connection.close(Stage.BODY, Optional.empty());
    } else {
      connection.outOfStep(Failures.OUT_OF_STEP);
    }
  }

  private void confirmationReplied(int code) {
    if (dialect == Dialect.LMTP && !transaction.isEmpty()) {
      recipientConfirmed(code);
      return;
    }
    if (code / 100 == 2) {
      if (transaction.isEmpty()) {
        next(Step.RSET);
      } else {
        served = true;
        next(Step.NEXT_MESSAGE);
        connection.stage(Stage.IDLE);
        transaction.delivered(connection.reply(), connection.extensions().dsn());
      }
    } else if (EsmtpConnection.refusal(code)) {
      refused(Stage.CONFIRMATION);
      next(Step.RSET);
    } else {
      connection.outOfStep(Failures.OUT_OF_STEP);
    }
  }

  /** LMTP: one reply for each recipient that was accepted, in order (RFC 2033 section 4.2). */
  private void recipientConfirmed(int code) {
    if (code / 100 != 2 && !EsmtpConnection.refusal(code)) {
      connection.outOfStep(Failures.OUT_OF_STEP);
      return;
    }
    served = true;
    boolean last = connection.owed() == 0;
    if (last) {
      connection.stage(Stage.IDLE);
      next(Step.NEXT_MESSAGE);
    } else {
      connection.answerWithin(options.bodyTimeout());
    }
    transaction.recipientConfirmed(connection.reply(), connection.extensions().dsn());
  }

  /** Replies that the end of the body will have. */
  private int confirmations() {
    return dialect == Dialect.LMTP ? Math.max(1, transaction.acceptedCount()) : 1;
  }

  private void rsetReplied(int code) {
    if (code / 100 == 2) {
      connection.stage(Stage.AFTER_RSET);
      next(Step.NEXT_MESSAGE);
    } else {
      connection.stage(Stage.AFTER_RSET);
      connection.leave(Stage.AFTER_RSET);
    }
  }

  /** The peer refused all messages in hand. */
  private void refused(Stage where) {
    if (!transaction.isEmpty()) {
      served = true;
      transaction.refused(where, connection.reply());
    }
  }

  // ---- commands, one method for each step

  /** Takes the next message that can be sent and begins its transaction, or waits for one. */
  void nextMessage() {
    waiting = false;
    while (!connection.quitRequested() && !connection.isClosed() && transaction.take()) {
      Message next = transaction.first();
      if (next == null) {
        break;
      }
      Optional<Reply> unsendable = Sendable.objection(next, connection.extensions());
      if (unsendable.isEmpty()) {
        unsendable = chooseForm(next.body());
      }
      if (unsendable.isEmpty()) {
        connection.lookForTrace();
        if (connection.prepares(next)) {
          return;
        }
        unsendable = RequireTls.objection(next, connection);
      }
      if (unsendable.isEmpty()) {
        connection.stage(Stage.MAIL_FROM);
        requireTls = next.requireTls();
        takeSiblings();
        sendMailFrom(next);
        return;
      }
      unsendable(next, unsendable.get());
    }
    if (connection.isClosed()) {
      return;
    }
    connection.stage(Stage.IDLE);
    if (connection.quitRequested()) {
      connection.quitNow();
    } else {
      waiting = true;
      body = null;
      sevenBit = null;
      connection.waitForNothing();
    }
  }

  /** What may leave with the message in hand. */
  private void takeSiblings() {
    Message sibling = transaction.takeSibling().orElse(null);
    while (sibling != null) {
      Message one = sibling;
      Optional<Reply> unsendable =
          Sendable.objection(one.recipient(), connection.extensions())
              .or(() -> RequireTls.objection(one, connection));
      if (unsendable.isPresent()) {
        unsendable(one, unsendable.get());
      } else {
        requireTls |= one.requireTls();
      }
      sibling = transaction.takeSibling().orElse(null);
    }
  }

  /** The message taken last cannot be sent. */
  private void unsendable(Message last, Reply why) {
    LOG.warn("message {} cannot be sent: {}", last.id(), why);
    transaction.unsendable(why);
  }

  /** Whether the body has to be said in 7 bits, and if so how; or why it cannot be. */
  private Optional<Reply> chooseForm(Body octets) {
    body = octets;
    sevenBit = null;
    Transform transform = options.transform8BitMimeContent();
    boolean asked =
        transform == Transform.STRIP
            || (transform != Transform.NO && !connection.extensions().eightBitMime());
    if (!asked || !Octets.eightBit(octets)) {
      return Optional.empty();
    }
    if (transform == Transform.STRIP) {
      sevenBit = SevenBit.copyOf(octets);
      return Optional.empty();
    }
    SevenBit plan = SevenBit.of(octets);
    if (transform == Transform.STRICT && plan.leavesEightBit()) {
      return Optional.of(Failures.NOT_SEVEN_BIT);
    }
    sevenBit = plan.operations();
    return Optional.empty();
  }

  private void sendMailFrom(Message next) {
    transaction.begin();
    chunkSent = false;
    Extensions offered = connection.extensions();
    ByteBuf out = connection.buffer(512);
    Commands.mailFrom(
        out,
        next.sender(),
        offered.size() ? next.body().length() : -1,
        offered.eightBitMime()
            && options.send8BitMime() == EsmtpOptions.Send8BitMime.IFAVAILABLE
            && sevenBit == null
            && (next.eightBitMime() || Octets.eightBit(next.body())),
        offered.smtpUtf8() && transaction.needsSmtpUtf8());
    Parameters.ofSender(out, next, offered, System.currentTimeMillis() / 1000);
    if (requireTls) {
      Commands.requireTls(out);
    }
    Commands.endLine(out);
    int replies = offered.pipelining() ? 1 + recipientsAndData(out) : 1;
    connection.send(out, replies, options.mailfromTimeout());
  }

  private void sendRcptTo() {
    connection.stage(Stage.RCPT_TO);
    ByteBuf out = connection.buffer(256);
    int replies = connection.extensions().pipelining() ? recipientsAndData(out) : recipient(out);
    connection.send(out, replies, options.rcpttoTimeout());
  }

  /** One more RCPT; how many replies it will have. */
  private int recipient(ByteBuf out) {
    Message next = transaction.ask();
    if (next == null) {
      return 0;
    }
    Commands.rcptTo(out, next.recipient());
    if (connection.extensions().dsn()) {
      Parameters.ofRecipient(out, next);
    }
    Commands.endLine(out);
    return 1;
  }

  /** As many RCPTs as may be under way, and DATA behind the last; how many replies they have. */
  private int recipientsAndData(ByteBuf out) {
    int replies = 0;
    while (transaction.hasMoreToAsk() && out.readableBytes() < WINDOW) {
      replies += recipient(out);
    }
    if (!transaction.hasMoreToAsk()) {
      Body octets = body;
      if (octets != null
          && octets.length() <= WINDOW
          && out.readableBytes() < WINDOW
          && mayChunk()) {
        ChunkPieces chunk = new ChunkPieces(octets);
        Commands.bdatLast(out, chunk.size());
        chunk.fill(out);
        transaction.progress(octets.length());
        chunkSent = true;
      } else {
        Commands.data(out);
      }
      replies++;
    }
    return replies;
  }

  /**
   * Whether the body may go as a chunk (RFC 3030). It does where that saves a round trip: without
   * PIPELINING always, with it where the whole transaction fits into one {@link #WINDOW}; a bigger
   * body has to wait for the recipients anyhow, and DATA leaves its octets alone.
   */
  private boolean mayChunk() {
    return connection.extensions().chunking()
        && sevenBit == null
        && options.sendChunking() == EsmtpOptions.SendChunking.IFAVAILABLE;
  }

  private void sendData() {
    Body octets = body;
    if (octets != null && mayChunk() && !connection.extensions().pipelining()) {
      sendChunk(octets);
      return;
    }
    connection.stage(Stage.DATA);
    ByteBuf out = connection.buffer(16);
    Commands.data(out);
    connection.send(out, 1, options.rcpttoTimeout());
  }

  /** BDAT and its chunk, which the peer does not have to allow first. */
  private void sendChunk(Body octets) {
    connection.stage(Stage.BODY);
    connection.expect(confirmations(), options.bodyTimeout());
    ChunkPieces chunk = new ChunkPieces(octets);
    ByteBuf out = connection.buffer(32);
    Commands.bdatLast(out, chunk.size());
    connection.channel().write(out, connection.channel().voidPromise());
    bodySender.send(connection.channel(), chunk);
  }

  private void sendBody() {
    Body octets = body;
    if (octets == null || transaction.firstAccepted() == null) {
      throw new IllegalStateException("nobody gets the body");
    }
    connection.stage(Stage.BODY);
    connection.expect(confirmations(), options.bodyTimeout());
    List<SevenBit.Operation> plan = sevenBit;
    bodySender.send(
        connection.channel(),
        plan == null
            ? Pieces.of(octets, options.useSendfile() && !connection.isSecure())
            : new SevenBitPieces(octets, plan));
  }

  @Override
  public void progress(int octets) {
    transaction.progress(octets);
    connection.answerWithin(options.bodyTimeout());
  }

  @Override
  public void sent() {
    connection.stage(Stage.CONFIRMATION);
  }

  @Override
  public void notSent() {
    connection.lastWords();
  }

  private void sendEmptyBody() {
    connection.stage(Stage.CONFIRMATION);
    ByteBuf out = connection.buffer(16);
    Commands.dot(out);
    connection.send(out, 1, options.bodyTimeout());
  }

  private void sendRset() {
    connection.stage(Stage.RSET);
    ByteBuf out = connection.buffer(16);
    Commands.rset(out);
    connection.send(out, 1, options.rsetTimeout());
  }

  private void next(Step what) {
    step = what;
    connection.proceedLater();
  }
}
