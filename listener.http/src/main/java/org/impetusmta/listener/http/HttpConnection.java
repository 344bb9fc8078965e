package org.impetusmta.listener.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Scopes;
import org.impetusmta.api.tls.InboundTls;
import org.impetusmta.api.tls.InboundTlsChoice;
import org.impetusmta.net.ClientAddress;
import org.impetusmta.net.Deadline;
import org.impetusmta.tls.ImplicitTls;
import org.impetusmta.tls.InboundTlsOptions;
import org.impetusmta.tls.PkixCheck;
import org.impetusmta.tls.Verdict;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection (RFC 9112). One request after the other: its head is judged ({@link
 * Head}), access decided, its body collected, an answer made on a thread of the pool and sent
 * ({@link Sending}); the next one is not read before. Single: owned by its event loop.
 */
final class HttpConnection extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(HttpConnection.class);

  /** What it waits for. */
  private enum State {
    HANDSHAKE,
    HEAD,
    ACCESS,
    BODY,
    ANSWER,
    END
  }

  private final HttpListener listener;
  private final String listen;
  private final Generation generation;
  private final SentOctets sent;
  private volatile @Nullable ChannelHandlerContext context;
  private HttpOptions options;
  private String remote = "";
  private @Nullable Access access;
  private @Nullable Deadline deadline;
  private State state = State.HANDSHAKE;

  /** The request under way; null: none. */
  private @Nullable Exchange exchange;

  private final Collected body;

  /** The status of the answer that has begun to leave; 0: none has. */
  private int began;

  /** Whether the next message is wanted and not there. */
  private boolean wanting;

  /** Whether it will be asked for in a moment. */
  private boolean asking;

  private boolean draining;

  /** Whether the client sends no more. */
  private boolean inputGone;

  private HttpConnection(HttpListener listener, String listen, SentOctets sent) {
    this.listener = listener;
    this.listen = listen;
    this.generation = listener.generation();
    this.body = new Collected(listener);
    this.sent = sent;
    this.options =
        generation.options(
            HttpOptions.class,
            new ScopePath.Receiving(Scopes.HTTP_LISTENER, listen, Optional.empty()));
  }

  /** Gives an accepted connection its handlers. */
  static void begin(HttpListener listener, Channel accepted, String listen) {
    SentOctets sent = new SentOctets();
    accepted
        .pipeline()
        .addLast("sent", sent)
        .addLast(new StrictDecoder())
        .addLast(new HttpResponseEncoder())
        .addLast(new FlowControlHandler())
        .addLast(new HttpConnection(listener, listen, sent));
  }

  @Override
  public void channelActive(ChannelHandlerContext active) {
    context = active;
    Channel channel = active.channel();
    SocketAddress client = ClientAddress.of(channel);
    Optional<InetAddress> address =
        client instanceof InetSocketAddress inet
            ? Optional.ofNullable(inet.getAddress())
            : Optional.empty();
    remote = text(client);
    ScopePath scope = new ScopePath.Receiving(Scopes.HTTP_LISTENER, listen, address);
    options = generation.options(HttpOptions.class, scope);
    deadline = new Deadline(listener.loop(channel.eventLoop()), this::missed);
    listener.opened(this);
    if (listener.crowded()) {
      active.close();
      return;
    }
    InboundTlsOptions tls = generation.options(InboundTlsOptions.class, scope);
    ChannelHandlerContext first = active.pipeline().context(sent);
    if (tls.useSsl() && first != null) {
      new ImplicitTls(listener.contexts(), first, Limits.HANDSHAKE, secured(address))
          .begin(tls, InboundTlsChoice.NONE);
    } else {
      serve(address, Optional.empty());
    }
  }

  private static String text(@Nullable SocketAddress remote) {
    if (remote instanceof InetSocketAddress inet && inet.getAddress() != null) {
      String ip = inet.getAddress().getHostAddress();
      return ip.contains(":") ? "[" + ip + "]:" + inet.getPort() : ip + ":" + inet.getPort();
    }
    return "";
  }

  private ImplicitTls.Listener secured(Optional<InetAddress> address) {
    return new ImplicitTls.Listener() {
      @Override
      public void established(InboundTls tls) {
        serve(address, Optional.of(tls));
      }

      @Override
      public void failed(Throwable cause) {
        if (!(cause instanceof ClosedChannelException)) {
          LOG.info("TLS handshake with {}: {}", remote, Verdict.printable(PkixCheck.words(cause)));
        }
      }
    };
  }

  private void serve(Optional<InetAddress> address, Optional<InboundTls> tls) {
    access =
        new Access(
            listener,
            options,
            new Access.Client(
                listen, remote, address, tls, listener.loop(at().channel().eventLoop())));
    next();
  }

  /** Reads the next request. */
  private void next() {
    if (draining) {
      at().close();
      return;
    }
    state = State.HEAD;
    watch();
    want();
  }

  // ---- what comes in, one message for each read

  /** Asks for the next one, in a turn of its own: there may be thousands of them already. */
  private void want() {
    wanting = true;
    if (!asking) {
      asking = true;
      at().executor().execute(this::ask);
    }
  }

  private void ask() {
    asking = false;
    if (wanting) {
      at().read();
      if (wanting && inputGone) {
        at().close(); // nothing was there, and nothing comes
      }
    }
  }

  /** What was asked for meanwhile may be forgotten: {@link FlowControlHandler}. */
  @Override
  public void channelReadComplete(ChannelHandlerContext at) {
    if (wanting) {
      want();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext at, Object message) {
    wanting = false;
    try {
      switch (state) {
        case HEAD -> {
          if (message instanceof HttpRequest request) {
            head(request);
          } else {
            want(); // the end of a body that was answered already
          }
        }
        case BODY -> {
          if (message instanceof HttpContent content) {
            content(content);
          }
        }
        default -> {
          // what a client sends that is refused already
        }
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private void head(HttpRequest request) {
    state = State.ACCESS;
    clock().clear();
    Exchange begun =
        new Exchange(Head.of(request), listener.micros(), System.nanoTime(), sent.octets());
    exchange = begun;
    Access to = access;
    if (begun.head().wrong() != 0 || to == null) {
      refuse(begun, Math.max(400, begun.head().wrong()));
      return;
    }
    to.decide(
        new Access.Asked(
            request.method().name(), request.uri(), request.headers().get("Authorization")),
        decision -> {
          if (state == State.ACCESS) {
            switch (decision) {
              case Access.Decision.Refused(int status, List<String> challenges) ->
                  refuse(begun, status, "WWW-Authenticate", challenges);
              case Access.Decision.Served(String user) -> served(begun.as(user));
            }
          }
        });
  }

  /** Looks whether the rest is worth reading. */
  private void served(Exchange begun) {
    exchange = begun;
    Head head = begun.head();
    Optional<org.impetusmta.api.http.HttpResource> found =
        listener.directory().find(head.target().path());
    if (found.isEmpty()) {
      refuse(begun, 404);
    } else if (!found.get().methods().contains(head.asked())) {
      refuse(
          begun,
          405,
          "Allow",
          List.of(String.join(", ", new java.util.TreeSet<>(found.get().methods()))));
    } else if (head.length() > options.largest()) {
      refuse(begun, 413);
    } else {
      exchange = begun.by(found.get());
      state = State.BODY;
      watch();
      if (head.expectsContinue()) {
        at().writeAndFlush(
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE));
      }
      want();
    }
  }

  private void content(HttpContent content) {
    Exchange now = exchange;
    if (now == null) {
      return;
    }
    if (content.decoderResult().isFailure()) {
      refuse(now, Head.status(content.decoderResult().cause()));
      return;
    }
    int wrong = body.add(content.content(), options.largest());
    if (wrong != 0) {
      refuse(now, wrong);
      return;
    }
    if (content instanceof LastHttpContent) {
      answer(now);
      return;
    }
    if (body.progressed()) {
      watch();
    }
    want();
  }

  private void answer(Exchange whole) {
    state = State.ANSWER;
    clock().clear();
    if (listener.pool().waiting() >= Limits.WAITING) {
      refuse(whole, 503);
      return;
    }
    try {
      listener
          .pool()
          .execute(
              new Sending(this, whole, whole.request(body.whole(), remote, listen), keeps(whole)));
    } catch (RejectedExecutionException e) {
      LOG.warn("no thread to answer {}: {}", remote, e.toString());
      refuse(whole, 503);
    }
  }

  /** Whether the connection is worth another request. */
  private boolean keeps(Exchange now) {
    return now.head().keepAlive()
        && !draining
        && listener.generation().reloads() == generation.reloads();
  }

  /** Answers without a resource. */
  private void refuse(Exchange now, int status) {
    refuse(now, status, "", List.of());
  }

  private void refuse(Exchange now, int status, String field, List<String> values) {
    boolean whole = state == State.ANSWER || (now.head().wrong() == 0 && !now.head().hasBody());
    state = State.ANSWER;
    watch();
    Sending.refuse(this, now, status, field, values, keeps(now) && whole && status != 403);
  }

  // ---- what goes out; called on the loop

  HttpOptions options() {
    return options;
  }

  ChannelHandlerContext at() {
    ChannelHandlerContext to = context;
    if (to == null) {
      throw new IllegalStateException("not connected yet");
    }
    return to;
  }

  /** The head of the answer leaves. */
  void began(int status) {
    began = status;
    watch();
  }

  /** The client has so much time from now. */
  void watch() {
    Duration idle = options.idleTime();
    if (idle.isZero() || state == State.END) {
      clock().clear();
    } else {
      clock().in(idle);
    }
  }

  /** The answer has left. */
  void answered(Exchange done, int status, boolean keep) {
    if (exchange != null && state != State.END) {
      log(done, status);
      exchange = null;
      began = 0;
      body.forget();
      if (keep && !draining) {
        next();
      } else {
        end();
      }
    }
  }

  /** The answer cannot be finished: the client sees that it is not whole. */
  void broken(Exchange now, int status) {
    if (exchange != null) {
      log(now, status);
      exchange = null;
    }
    at().close();
  }

  private void log(Exchange of, int status) {
    listener.log(of.event(remote, listen, status, sent.octets()), options.logRequestsToPaniclog());
  }

  /** Ends what is sent; what comes is read and dropped for a while. */
  private void end() {
    state = State.END;
    clock().close();
    ChannelHandlerContext to = at();
    SslHandler tls = to.pipeline().get(SslHandler.class);
    if (tls != null) {
      tls.closeOutbound();
    } else if (to.channel() instanceof DuplexChannel duplex) {
      duplex.shutdownOutput();
    }
    to.channel().config().setAutoRead(true);
    to.executor().schedule(() -> to.close(), Limits.LINGER.toSeconds(), TimeUnit.SECONDS);
  }

  // ---- the end, whoever wants it

  @Override
  public void userEventTriggered(ChannelHandlerContext at, Object event) {
    if (event instanceof ChannelInputShutdownEvent || event instanceof SslCloseCompletionEvent) {
      inputGone = true;
      if ((wanting && !asking) || state == State.END || state == State.HANDSHAKE) {
        at.close(); // else the answer may still be wanted
      }
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext at) {
    Exchange cut = exchange;
    exchange = null;
    state = State.END;
    if (cut != null) {
      log(cut, began);
    }
    body.forget();
    Deadline set = deadline;
    if (set != null) {
      set.close();
      listener.closed(this);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext at, Throwable cause) {
    // Netty wraps what epoll says of a socket that is gone already
    boolean gone = cause instanceof IOException || cause instanceof UncheckedIOException;
    if (gone || cause.getCause() instanceof SSLException) {
      LOG.debug("{} went away: {}", at.channel().remoteAddress(), cause.toString());
    } else {
      LOG.error("HTTP connection of {} failed", at.channel().remoteAddress(), cause);
    }
    at.close();
  }

  private void missed() {
    Exchange now = exchange;
    if (state == State.BODY && now != null) {
      refuse(now, 408);
    } else {
      at().close();
    }
  }

  private Deadline clock() {
    Deadline set = deadline;
    if (set == null) {
      throw new IllegalStateException("not connected yet");
    }
    return set;
  }

  /** Ends the connection behind the answer under way; from any thread. */
  void drain() {
    ChannelHandlerContext to = context;
    if (to != null) {
      to.executor()
          .execute(
              () -> {
                draining = true;
                if (exchange == null) {
                  to.close();
                }
              });
    }
  }

  /** Ends the connection without a word; from any thread. */
  void abort() {
    ChannelHandlerContext to = context;
    if (to != null) {
      to.close();
    }
  }
}
