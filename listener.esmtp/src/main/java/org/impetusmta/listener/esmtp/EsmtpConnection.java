package org.impetusmta.listener.esmtp;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.net.ClientAddress;
import org.impetusmta.net.ListenSocket;
import org.impetusmta.tls.ServerContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection: cuts what arrives into command lines and content for its {@link
 * EsmtpSession}, gathers the replies, keeps the clocks.
 *
 * <p>Replies to what arrived together leave together, or, where commands wait for others one by
 * one, several at a time. While the session waits for reception ({@link #park}) nothing is cut;
 * should more arrive meanwhile, reading stops. A client that does not read its replies is not read
 * from. Progress is a whole command, or 4 KiB of content; without any for {@code Idle_Time} the
 * client gets 421.
 *
 * <p>Thread-safety: single; owned by its event loop.
 */
final class EsmtpConnection extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(EsmtpConnection.class);

  /**
   * Octets of a command line with its CRLF. RFC 5321 section 4.5.3.1.4 asks for 512 and has each
   * extension add what its parameters need (SIZE 26, 8BITMIME 17, DSN some 600, AUTH 500); 2048
   * holds the sum of those in use, so that one number serves whatever is offered.
   */
  static final int LONGEST_LINE = 2048;

  /** The same with AUTH, whose base64 has up to 12288 (RFC 4954 section 4). */
  static final int LONGEST_AUTH_LINE = 12_288 + 64;

  private static final int FLUSH_AT = 16 << 10;
  private static final int PROGRESS = 4 << 10;
  private static final int LINGER_SECONDS = 2;

  /** For how long a reply may wait for those of the commands that arrived with its own. */
  private static final long GATHER_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private enum Mode {
    COMMANDS,
    /** The rest of a line that was too long. */
    SKIPPING,
    CONTENT,
    /** What follows BDAT. */
    CHUNK,
    /** The last reply is on its way; what arrives is dropped. */
    CLOSING
  }

  private final EsmtpListener listener;
  private final ListenSocket socket;
  private volatile @Nullable ChannelHandlerContext context;
  private @Nullable EsmtpSession session;
  private byte[] line = new byte[0];
  private @Nullable ByteBuf in;
  private @Nullable ByteBuf out;
  private @Nullable ContentReader content;
  private long contentMark;
  private @Nullable Chunk chunk;
  private long chunkLeft;
  private Mode mode = Mode.COMMANDS;
  private boolean parked;
  private boolean stalled;
  private boolean cutting;
  private boolean draining;
  private boolean enhanced;
  private @Nullable SslHandler tls;
  private long idleNanos;
  private long since;
  private boolean gathering;

  /** What the clock does next: looks for idleness, or ends what lingers. */
  private EventLoop.@Nullable Timer alarm;

  private @Nullable EventLoop loop;

  EsmtpConnection(EsmtpListener listener, ListenSocket socket) {
    this.listener = listener;
    this.socket = socket;
  }

  // what the session asks for

  /** Puts a reply after those that wait to leave. */
  void reply(Reply reply) {
    Replies.write(out(), reply, enhanced);
  }

  /** Puts a line after those that wait to leave, as it is. */
  void replyLine(String text) {
    ByteBuf to = out();
    Replies.printable(to, text, 0, text.length());
    to.writeByte('\r').writeByte('\n');
  }

  /** Whether replies carry enhanced status codes from here on. */
  void enhanced(boolean yes) {
    enhanced = yes;
  }

  /** Whether octets wait behind the command that is handled. */
  boolean pipelined() {
    return in != null && in.isReadable();
  }

  /** Forgets them. */
  void forgetInput() {
    releaseInput();
  }

  /** Whether the client can be told anything. */
  boolean isOpen() {
    return mode != Mode.CLOSING && context().channel().isActive();
  }

  /** Runs {@code task} on the loop of the connection; not when it is gone. From any thread. */
  void execute(Runnable task) {
    ChannelHandlerContext at = context();
    at.executor()
        .execute(
            () -> {
              if (isOpen()) {
                task.run();
              }
            });
  }

  /** Lets the replies leave in clear text; from there on there is TLS. */
  SslHandler secure(ServerContext with, Duration limit) {
    flush();
    ChannelHandlerContext at = context();
    SslHandler handler = with.begin(at, limit);
    tls = handler;
    at.channel().config().setAutoRead(true);
    return handler;
  }

  /** Cuts nothing until {@link #resume}. */
  void park() {
    parked = true;
  }

  /** Reads once while nothing is cut: a client that does not wait is noticed. */
  void readWhileParked() {
    if (parked) {
      context().read();
    }
  }

  /** Goes on, at once or, when called while a command is being handled, after it. */
  void resume() {
    parked = false;
    since = System.nanoTime();
    if (!cutting) {
      cut();
      if (parked && pipelined()) {
        gather();
      } else {
        flush();
      }
    }
  }

  /** The replies leave with the next ones, or soon. */
  private void gather() {
    if (!gathering) {
      gathering = true;
      schedule(
          () -> {
            gathering = false;
            flush();
          },
          GATHER_NANOS);
    }
  }

  /** What arrives from here on is content. */
  void content(ContentReader reader) {
    content = reader;
    contentMark = 0;
    mode = Mode.CONTENT;
  }

  /** Takes the octets of a chunk. */
  interface Chunk {
    /** Some of them, in order; the buffer is the caller's. */
    void octets(ByteBuf some);

    /** They have all come. */
    void ended();
  }

  /**
   * The next {@code octets} are a chunk. Its end is told when nothing is waited for any more, be it
   * an empty one.
   */
  void chunk(long octets, Chunk taker) {
    chunk = taker;
    chunkLeft = octets;
    contentMark = octets;
    mode = Mode.CHUNK;
  }

  /** Lets the replies leave, then ends the connection. */
  void close() {
    if (mode == Mode.CLOSING) {
      return;
    }
    mode = Mode.CLOSING;
    parked = false;
    boolean unread = in != null && in.isReadable();
    releaseInput();
    ChannelHandlerContext to = context();
    ByteBuf last = out;
    out = null;
    ChannelFuture written = last == null ? to.newSucceededFuture() : to.writeAndFlush(last);
    if (to.channel() instanceof DuplexChannel duplex && (unread || !quitting())) {
      // a close with octets unread would be a reset, which can overtake the reply
      SslHandler encrypting = tls;
      if (encrypting != null && encrypting.handshakeFuture().isSuccess()) {
        written.addListener(
            done -> encrypting.closeOutbound().addListener(said -> duplex.shutdownOutput()));
      } else {
        written.addListener(done -> duplex.shutdownOutput());
      }
      to.channel().config().setAutoRead(true);
      linger(to);
      return;
    }
    if (written.isDone()) {
      to.close();
    } else {
      written.addListener(ChannelFutureListener.CLOSE);
      // a client that does not read would keep what it was told, and the connection, for ever
      linger(to);
    }
  }

  private void linger(ChannelHandlerContext to) {
    cancelAlarm();
    alarm = schedule(() -> to.close(), TimeUnit.SECONDS.toNanos(LINGER_SECONDS));
  }

  private boolean quitting() {
    return session != null && session.quitting();
  }

  /** Ends the session at the next boundary between commands; from any thread. */
  void drain() {
    ChannelHandlerContext at = context;
    if (at == null) {
      return;
    }
    at.executor()
        .execute(
            () -> {
              draining = true;
              if (!parked && !cutting) {
                cut();
                flush();
              }
            });
  }

  /** Ends the connection without a word; from any thread. */
  void abort() {
    ChannelHandlerContext at = context;
    if (at != null) {
      at.close();
    }
  }

  // what Netty tells

  @Override
  public void channelActive(ChannelHandlerContext active) {
    context = active;
    since = System.nanoTime();
    EsmtpListener.Loop own = listener.loop(active.channel().eventLoop());
    loop = own.loop();
    line = own.line();
    EsmtpSession begun =
        new EsmtpSession(
            this,
            listener,
            socket,
            active.channel().localAddress(),
            ClientAddress.of(active.channel()),
            own.loop());
    session = begun;
    idleNanos = begun.idleTime().toNanos();
    watch(idleNanos);
    listener.opened(this);
    begun.connected();
    flush();
  }

  @Override
  public void channelRead(ChannelHandlerContext at, Object message) {
    ByteBuf more = (ByteBuf) message;
    if (mode == Mode.CLOSING) {
      more.release();
      return;
    }
    ByteBuf before = in;
    in = before == null ? more : joined(before, more);
    EsmtpSession of = session;
    if (parked && of != null) {
      of.talkedWhileParked();
    }
    if (parked || stalled) {
      at.channel().config().setAutoRead(false);
    } else {
      cut();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext at) {
    flush();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext at) {
    if (stalled && at.channel().isWritable()) {
      stalled = false;
      since = System.nanoTime();
      if (!parked && !cutting) {
        cut();
        flush();
      }
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext at) {
    boolean early = mode != Mode.CLOSING;
    mode = Mode.CLOSING;
    cancelAlarm();
    releaseInput();
    ReferenceCountUtil.release(out);
    out = null;
    ContentReader reading = content;
    if (reading != null) {
      reading.release();
      content = null;
    }
    if (session != null) {
      session.closed(early);
      listener.closed(this);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext at, Throwable cause) {
    if (cause instanceof IOException || cause.getCause() instanceof SSLException) {
      LOG.debug("{} went away: {}", at.channel().remoteAddress(), cause.toString());
    } else {
      LOG.error("session of {} failed", at.channel().remoteAddress(), cause);
    }
    at.close();
  }

  // cutting

  private void cut() {
    EsmtpSession to = session;
    if (to == null || mode == Mode.CLOSING) {
      return;
    }
    cutting = true;
    try {
      while (!parked && mode != Mode.CLOSING && writable()) {
        if (draining && mode == Mode.COMMANDS) {
          to.shutDown();
          break;
        }
        if (mode == Mode.CHUNK && chunkLeft == 0) {
          chunkEnded();
          continue;
        }
        ByteBuf from = in;
        if (from == null || !from.isReadable()) {
          break;
        }
        boolean more =
            switch (mode) {
              case COMMANDS -> command(from, to);
              case SKIPPING -> skip(from);
              case CONTENT -> content(from, to);
              case CHUNK -> chunk(from);
              case CLOSING -> false;
            };
        if (!more) {
          break;
        }
      }
    } finally {
      cutting = false;
    }
    keepRest();
    ChannelHandlerContext at = context();
    if (!parked && !stalled && !at.channel().config().isAutoRead()) {
      at.channel().config().setAutoRead(true);
    }
  }

  /** Whether replies can leave; where they cannot, nothing more is read. */
  private boolean writable() {
    ByteBuf waiting = out;
    if (waiting != null && waiting.readableBytes() > FLUSH_AT) {
      flush();
    }
    Channel channel = context().channel();
    if (channel.isWritable()) {
      return true;
    }
    stalled = true;
    channel.config().setAutoRead(false);
    return false;
  }

  private boolean command(ByteBuf from, EsmtpSession to) {
    int start = from.readerIndex();
    int limit = Math.min(from.writerIndex(), start + LONGEST_LINE);
    int end = from.indexOf(start, limit, (byte) '\n');
    int longest = LONGEST_LINE;
    if (end < 0 && limit - start == LONGEST_LINE && to.isAuth(from, start)) {
      longest = LONGEST_AUTH_LINE;
      limit = Math.min(from.writerIndex(), start + longest);
      end = from.indexOf(start, limit, (byte) '\n');
    }
    if (end < 0) {
      if (limit - start < longest) {
        return false;
      }
      from.readerIndex(limit);
      mode = Mode.SKIPPING;
      since = System.nanoTime();
      to.lineTooLong();
      return true;
    }
    int length = end - start;
    from.readBytes(line, 0, length);
    from.skipBytes(1);
    since = System.nanoTime();
    if (length > 0 && line[length - 1] == '\r') {
      to.command(line, length - 1);
    } else {
      to.lineWithoutCr();
    }
    return true;
  }

  private boolean skip(ByteBuf from) {
    int end = from.indexOf(from.readerIndex(), from.writerIndex(), (byte) '\n');
    if (end < 0) {
      from.skipBytes(from.readableBytes());
      return false;
    }
    from.readerIndex(end + 1);
    mode = Mode.COMMANDS;
    return true;
  }

  private boolean content(ByteBuf from, EsmtpSession to) {
    ContentReader reader = content;
    if (reader == null) {
      throw new IllegalStateException("content without a reader");
    }
    boolean ended = reader.read(from);
    if (ended || reader.size() - contentMark >= PROGRESS) {
      contentMark = reader.size();
      since = System.nanoTime();
    }
    if (ended) {
      mode = Mode.COMMANDS;
      to.mail().contentEnded(reader);
    }
    return ended;
  }

  private boolean chunk(ByteBuf from) {
    Chunk taker = chunk;
    if (taker == null) {
      throw new IllegalStateException("a chunk without a taker");
    }
    int some = (int) Math.min(chunkLeft, from.readableBytes());
    taker.octets(from.readSlice(some));
    chunkLeft -= some;
    if (chunkLeft == 0 || contentMark - chunkLeft >= PROGRESS) {
      contentMark = chunkLeft;
      since = System.nanoTime();
    }
    return chunkLeft == 0;
  }

  private void chunkEnded() {
    Chunk taker = chunk;
    chunk = null;
    mode = Mode.COMMANDS;
    if (taker != null) {
      taker.ended();
    }
  }

  /** The content has left reception, or was refused. */
  void contentDone() {
    ContentReader reader = content;
    if (reader != null) {
      reader.release();
      content = null;
    }
  }

  private ByteBuf joined(ByteBuf before, ByteBuf more) {
    ByteBuf both = context().alloc().buffer(before.readableBytes() + more.readableBytes());
    both.writeBytes(before).writeBytes(more);
    before.release();
    more.release();
    return both;
  }

  /** Keeps half a line in a buffer of its size, not in the one it was read into. */
  private void keepRest() {
    ByteBuf rest = in;
    if (rest == null) {
      return;
    }
    if (!rest.isReadable()) {
      releaseInput();
    } else if (rest.capacity() > 1024 + rest.readableBytes()) {
      in = context().alloc().buffer(rest.readableBytes()).writeBytes(rest);
      rest.release();
    }
  }

  private void releaseInput() {
    ReferenceCountUtil.release(in);
    in = null;
  }

  private ByteBuf out() {
    ByteBuf to = out;
    if (to == null) {
      to = context().alloc().buffer(256);
      out = to;
    }
    return to;
  }

  private void flush() {
    ByteBuf waiting = out;
    if (waiting != null) {
      out = null;
      context().writeAndFlush(waiting);
    }
  }

  private ChannelHandlerContext context() {
    ChannelHandlerContext at = context;
    if (at == null) {
      throw new IllegalStateException("not connected yet");
    }
    return at;
  }

  // the clock

  private void watch(long nanos) {
    if (idleNanos > 0) {
      alarm = schedule(this::look, nanos);
    }
  }

  private EventLoop.Timer schedule(Runnable task, long nanos) {
    EventLoop at = loop;
    if (at == null) {
      throw new IllegalStateException("not connected yet");
    }
    return at.schedule(task, Duration.ofNanos(nanos));
  }

  /** An alarm keeps the session, its generation with it, until it goes off. */
  private void cancelAlarm() {
    EventLoop.Timer set = alarm;
    alarm = null;
    if (set != null) {
      set.cancel();
    }
  }

  private void look() {
    ChannelHandlerContext at = context();
    EsmtpSession of = session;
    if (!at.channel().isOpen() || mode == Mode.CLOSING || of == null) {
      return;
    }
    long quiet = System.nanoTime() - since;
    if (parked) {
      watch(idleNanos);
    } else if (quiet < idleNanos) {
      watch(idleNanos - quiet);
    } else if (stalled) {
      of.neverRead();
      at.close();
    } else {
      of.idle(mode == Mode.CONTENT || mode == Mode.CHUNK);
    }
  }
}
