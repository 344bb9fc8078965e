package org.impetusmta.listener.control;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.impetusmta.api.console.Console;
import org.impetusmta.api.scheduler.ThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client of the control listener. Wire form, version 1 (docs/console-protocol.md):
 *
 * <pre>
 * S: impetus-console 1 HOSTNAME VERSION LF
 * C: a command, UTF-8, LF            S: OK or ERR, SP, octets, LF, that many octets
 * C: \complete the line so far LF    S: the same, with a line for each completion
 * C: \auth, \respond                 see {@link ControlAuthentication}
 *                                    S: BYE SP octets LF reason, then the end; what was asked and not
 *                                       answered was not run
 * </pre>
 *
 * <p>Requests run one at a time in the pool Console. While one runs, or its answer waits for a slow
 * client, nothing is read: a client can make the server hold one line, one read and one answer.
 * Single: its event loop; {@link #leave} may be called by any thread.
 */
final class ControlSession extends ChannelInboundHandlerAdapter {
  /** The longest line, without its end. */
  static final int LONGEST_LINE = 64 * 1024;

  /** Sessions at a time, over all end points. */
  static final int MOST_SESSIONS = 200;

  private static final Logger LOG = LoggerFactory.getLogger(ControlSession.class);
  private static final Pattern HTTP = Pattern.compile("[A-Z]+ .* HTTP/[0-9.]+");
  private static final String COMPLETE = "\\complete";
  private static final int CHUNK = 64 * 1024;
  private static final long LINGER_SECONDS = 2;
  private static final byte[] NOTHING = {};

  /**
   * What all sessions share.
   *
   * @param greeting host name and version
   * @param sessions how many there are
   */
  record Server(Console console, ThreadPool pool, String greeting, AtomicInteger sessions) {
    Server(Console console, ThreadPool pool, String greeting) {
      this(console, pool, greeting, new AtomicInteger());
    }
  }

  /** Where it stands. */
  private enum State {
    /** A request may come. */
    IDLE,
    /** A request is in the pool. */
    RUNNING,
    /** An answer is being sent. */
    ANSWERING,
    /** BYE was said: what still comes is read and dropped, so that the client can read BYE. */
    LEAVING
  }

  private final Server server;
  private final EndPoint endPoint;
  private final ControlAuthentication authentication;
  private final ByteBuf pending = Unpooled.buffer(256);

  private volatile @Nullable ChannelHandlerContext context;
  private Console.@Nullable Session console;
  private State state = State.IDLE;
  private boolean firstLine = true;
  private boolean inputEnded;
  private @Nullable String farewell;
  private byte[] answer = NOTHING;
  private int sent;
  private long activity;
  private @Nullable Future<?> timer;

  ControlSession(Server server, EndPoint endPoint, ControlAuthentication authentication) {
    this.server = server;
    this.endPoint = endPoint;
    this.authentication = authentication;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    context = ctx;
    endPoint.sessions().add(this);
    activity = System.nanoTime();
    if (server.sessions().incrementAndGet() > MOST_SESSIONS) {
      LOG.warn("{}: more than {} control sessions: refused", endPoint.name(), MOST_SESSIONS);
      state = State.LEAVING;
      ctx.channel().config().setAutoRead(true);
      ctx.writeAndFlush(farewell("too many control sessions"))
          .addListener(ChannelFutureListener.CLOSE);
      return;
    }
    if (authentication.denied()) {
      LOG.info("{}: a client was denied: always_deny", endPoint.name());
      bye(ctx, "access denied");
      return;
    }
    console = server.console().open(endPoint.name(), authentication.operator());
    ctx.channel().config().setAutoRead(true);
    ctx.writeAndFlush(text("impetus-console 1 " + server.greeting() + "\n"));
    watch(ctx);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf octets = (ByteBuf) message;
    try {
      if (state != State.LEAVING) {
        activity = System.nanoTime();
        pending.writeBytes(octets);
      }
    } finally {
      octets.release();
    }
    next(ctx);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      inputEnded = true;
      next(ctx);
    }
    ctx.fireUserEventTriggered(event);
  }

  /** Takes up the next line, if it is time and there is one. */
  private void next(ChannelHandlerContext ctx) {
    if (state == State.LEAVING && inputEnded) {
      ctx.close();
    }
    if (state == State.IDLE) {
      if (farewell != null) {
        bye(ctx, farewell);
        return;
      }
      int length = pending.bytesBefore((byte) '\n');
      if (length > LONGEST_LINE || (length < 0 && pending.readableBytes() > LONGEST_LINE)) {
        bye(ctx, "a line is longer than " + LONGEST_LINE + " octets");
      } else if (length >= 0) {
        byte[] line = ByteBufUtil.getBytes(pending, pending.readerIndex(), length);
        pending.skipBytes(length + 1);
        pending.discardReadBytes();
        request(ctx, line);
      } else if (inputEnded && pending.isReadable()) {
        bye(ctx, "the last line has no end: it was not run");
      } else if (inputEnded) {
        ctx.close();
      }
    }
    ctx.channel().config().setAutoRead(state == State.IDLE || state == State.LEAVING);
  }

  private void request(ChannelHandlerContext ctx, byte[] octets) {
    int length = octets.length;
    if (length > 0 && octets[length - 1] == '\r') {
      length--;
    }
    String line;
    try {
      line =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(octets, 0, length)).toString();
    } catch (CharacterCodingException e) {
      LOG.debug("{}: not UTF-8", endPoint.name(), e);
      answer(ctx, new Console.Answer(false, "the line is not UTF-8\n"));
      return;
    }
    if (firstLine && HTTP.matcher(line).matches()) {
      // a browser that was led here would have its form fields run as commands
      LOG.warn("{}: an HTTP request came to the control listener: closed", endPoint.name());
      bye(ctx, "this is not an HTTP server");
      return;
    }
    firstLine = false;
    Console.Session session = console;
    if (session == null) {
      bye(ctx, "no session");
    } else if (ControlAuthentication.handles(line)) {
      state = State.RUNNING;
      authentication.take(line, said -> authenticated(ctx, said));
    } else if (authentication.required()) {
      answer(ctx, ControlAuthentication.refusal());
    } else if (!line.startsWith("\\")) {
      run(ctx, () -> session.execute(line));
    } else if (line.equals(COMPLETE) || line.startsWith(COMPLETE + " ")) {
      String begun = line.substring(Math.min(line.length(), COMPLETE.length() + 1));
      run(ctx, () -> new Console.Answer(true, lines(session.complete(begun))));
    } else {
      answer(ctx, new Console.Answer(false, "unknown request " + line.split(" ", 2)[0] + "\n"));
    }
  }

  private void authenticated(ChannelHandlerContext ctx, Console.Answer said) {
    if (authentication.exhausted()) {
      LOG.warn("{}: too many failed attempts to authenticate", endPoint.name());
      farewell = "too many failed attempts";
    }
    answer(ctx, said);
  }

  private static String lines(Iterable<String> list) {
    StringBuilder text = new StringBuilder();
    list.forEach(line -> text.append(line).append('\n'));
    return text.toString();
  }

  private void run(ChannelHandlerContext ctx, Supplier<Console.Answer> request) {
    state = State.RUNNING;
    try {
      server
          .pool()
          .execute(
              () -> {
                Console.Answer done;
                try {
                  done = request.get();
                } catch (RuntimeException | Error e) {
                  LOG.error("{}: a request failed", endPoint.name(), e);
                  done = new Console.Answer(false, "internal error; the paniclog has the cause\n");
                }
                deliver(ctx, done);
              });
    } catch (RejectedExecutionException e) {
      LOG.error(
          "{}: the thread pool {} takes no request", endPoint.name(), server.pool().name(), e);
      answer(ctx, new Console.Answer(false, "the server takes no more work now\n"));
    }
  }

  /** Back from the pool to the event loop. */
  private void deliver(ChannelHandlerContext ctx, Console.Answer done) {
    try {
      ctx.executor().execute(() -> answer(ctx, done));
    } catch (RejectedExecutionException e) {
      LOG.debug("{}: the event loop is gone, and the session with it", endPoint.name(), e);
    }
  }

  private void answer(ChannelHandlerContext ctx, Console.Answer result) {
    if (!ctx.channel().isActive()) {
      closeConsole();
      return;
    }
    state = State.ANSWERING;
    activity = System.nanoTime();
    answer = result.text().getBytes(StandardCharsets.UTF_8);
    sent = 0;
    ChannelFuture header = ctx.write(text((result.ok() ? "OK " : "ERR ") + answer.length + "\n"));
    if (answer.length == 0) {
      header.addListener(this::answered);
    }
    send(ctx);
  }

  /** Hands over as much of the answer as the channel takes; the rest when it takes more. */
  private void send(ChannelHandlerContext ctx) {
    while (sent < answer.length && ctx.channel().isWritable()) {
      int length = Math.min(CHUNK, answer.length - sent);
      ChannelFuture written = ctx.write(Unpooled.wrappedBuffer(answer, sent, length));
      sent += length;
      if (sent == answer.length) {
        written.addListener(this::answered);
      }
    }
    ctx.flush();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    activity = System.nanoTime();
    if (state == State.ANSWERING && ctx.channel().isWritable()) {
      send(ctx);
    }
  }

  private void answered(Future<? super Void> written) {
    ChannelHandlerContext ctx = context;
    answer = NOTHING;
    sent = 0;
    if (ctx == null || !written.isSuccess()) {
      if (ctx != null) {
        ctx.close();
      }
      return;
    }
    if (state == State.ANSWERING) {
      state = State.IDLE;
      activity = System.nanoTime();
      // a posted task, lest a client that pipelines many lines deepens the stack with each
      ctx.executor().execute(() -> next(ctx));
    }
  }

  /** Ends the session for {@code reason}, after the answer that it waits for. Any thread. */
  void leave(String reason) {
    ChannelHandlerContext ctx = context;
    if (ctx == null) {
      return;
    }
    try {
      ctx.executor()
          .execute(
              () -> {
                farewell = reason;
                next(ctx);
              });
    } catch (RejectedExecutionException e) {
      LOG.debug("the event loop is gone, and the session with it", e);
    }
  }

  private void bye(ChannelHandlerContext ctx, String reason) {
    state = State.LEAVING;
    pending.clear();
    ctx.writeAndFlush(farewell(reason))
        .addListener(
            written -> {
              if (written.isSuccess() && ctx.channel() instanceof DuplexChannel duplex) {
                duplex.shutdownOutput();
              } else {
                ctx.close();
              }
            });
    ctx.channel().config().setAutoRead(true);
    ctx.executor().schedule(() -> ctx.close(), LINGER_SECONDS, TimeUnit.SECONDS);
    if (inputEnded) {
      next(ctx);
    }
  }

  /** Looks whether the session is idle, and again when it could be. */
  private void watch(ChannelHandlerContext ctx) {
    long timeout = endPoint.timeout().toNanos();
    long left = timeout;
    if (state == State.RUNNING || timeout == 0) {
      left = Math.max(timeout, TimeUnit.SECONDS.toNanos(1));
    } else {
      left = activity + timeout - System.nanoTime();
      if (left <= 0 && state == State.IDLE) {
        authentication.timeout();
        bye(ctx, "closed after " + endPoint.timeout().toSeconds() + " s without a command");
        return;
      }
      if (left <= 0) {
        LOG.info("{}: the client does not read its answer: closed", endPoint.name());
        ctx.close();
        return;
      }
    }
    timer = ctx.executor().schedule(() -> watch(ctx), left, TimeUnit.NANOSECONDS);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    endPoint.sessions().remove(this);
    server.sessions().decrementAndGet();
    if (timer != null) {
      timer.cancel(false);
    }
    if (state != State.RUNNING) {
      closeConsole();
    }
    state = state == State.RUNNING ? State.RUNNING : State.LEAVING;
    pending.clear();
  }

  private void closeConsole() {
    Console.Session session = console;
    console = null;
    if (session == null) {
      return;
    }
    try {
      server.pool().execute(session::close);
    } catch (RejectedExecutionException e) {
      LOG.warn("{}: a session's state was not given up: the pool is closed", endPoint.name(), e);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof IOException) {
      LOG.debug("{}: the connection broke", endPoint.name(), cause);
    } else {
      LOG.error("{}: the session broke", endPoint.name(), cause);
    }
    ctx.close();
  }

  private static ByteBuf farewell(String reason) {
    String text = reason + "\n";
    return text("BYE " + text.getBytes(StandardCharsets.UTF_8).length + "\n" + text);
  }

  private static ByteBuf text(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
  }
}
