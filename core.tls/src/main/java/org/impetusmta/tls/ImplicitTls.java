package org.impetusmta.tls;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SslHandler;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.impetusmta.api.tls.InboundTls;
import org.impetusmta.api.tls.InboundTlsChoice;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS of one connection from its first octet on ({@code use_ssl}): has the context made where it is
 * not there yet, shakes hands, has the client's certificate judged. Nothing is read after the
 * handshake; the connection must not read by itself. Single; owned by the connection's event loop.
 */
public final class ImplicitTls {
  private static final Logger LOG = LoggerFactory.getLogger(ImplicitTls.class);

  private final ServerContexts contexts;
  private final ChannelHandlerContext at;
  private final Duration longestHandshake;
  private final Listener listener;

  /** Who hears what came of it; on the loop of the connection. */
  public interface Listener {
    /** There is TLS, and the certificate was judged; the connection is open still. */
    void established(InboundTls tls);

    /** The handshake failed; the connection ends by itself. */
    void failed(Throwable cause);
  }

  /**
   * @param at who gets what was decrypted
   */
  public ImplicitTls(
      ServerContexts contexts,
      ChannelHandlerContext at,
      Duration longestHandshake,
      Listener listener) {
    this.contexts = contexts;
    this.at = at;
    this.longestHandshake = longestHandshake;
    this.listener = listener;
  }

  /** Begins; closes the connection where no context can be made. */
  public void begin(InboundTlsOptions options, InboundTlsChoice choice) {
    CompletableFuture<ServerContext> context = contexts.context(options, choice);
    if (context.isDone()) {
      made(context);
    } else {
      context.whenComplete((_, _) -> at.executor().execute(() -> made(context)));
    }
  }

  private void made(CompletableFuture<ServerContext> context) {
    if (context.isCompletedExceptionally()) {
      LOG.error(
          "no TLS for {}: {}",
          at.channel().remoteAddress(),
          Verdict.printable(PkixCheck.words(context.exceptionNow())));
      at.close();
    } else if (at.channel().isActive()) {
      shakeHands(context.join());
    }
  }

  private void shakeHands(ServerContext context) {
    SslHandler handler = context.begin(at, longestHandshake);
    handler
        .handshakeFuture()
        .addListener(
            done -> {
              if (done.isSuccess()) {
                judge(context, handler);
              } else {
                listener.failed(done.cause());
              }
            });
    // the handler reads on by itself until the handshake is over, and no further
    ChannelHandlerContext first = at.pipeline().context(handler);
    if (first != null) {
      first.read();
    }
  }

  private void judge(ServerContext context, SslHandler handler) {
    CompletableFuture<InboundTls> judged =
        contexts.established(context, handler.engine().getSession());
    if (judged.isDone()) {
      established(judged.join());
    } else {
      judged.whenComplete((tls, _) -> at.executor().execute(() -> established(tls)));
    }
  }

  private void established(InboundTls tls) {
    if (at.channel().isActive()) {
      listener.established(tls);
    }
  }
}
