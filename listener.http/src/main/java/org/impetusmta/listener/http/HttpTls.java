package org.impetusmta.listener.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SslHandler;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.impetusmta.api.tls.InboundTls;
import org.impetusmta.api.tls.InboundTlsChoice;
import org.impetusmta.tls.InboundTlsOptions;
import org.impetusmta.tls.PkixCheck;
import org.impetusmta.tls.ServerContext;
import org.impetusmta.tls.ServerContexts;
import org.impetusmta.tls.Verdict;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS of one HTTP connection, from its first octet on ({@code use_ssl}). Single; owned by the
 * connection's event loop.
 */
final class HttpTls {
  private static final Logger LOG = LoggerFactory.getLogger(HttpTls.class);

  private final ServerContexts contexts;
  private final ChannelHandlerContext at;
  private final Consumer<InboundTls> secured;

  /**
   * @param at who gets what was decrypted
   * @param secured told when the client's certificate was judged; nothing is read before
   */
  HttpTls(ServerContexts contexts, ChannelHandlerContext at, Consumer<InboundTls> secured) {
    this.contexts = contexts;
    this.at = at;
    this.secured = secured;
  }

  /** Has the context made where it is not there yet, then shakes hands. */
  void begin(InboundTlsOptions options) {
    CompletableFuture<ServerContext> context = contexts.context(options, InboundTlsChoice.NONE);
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
    SslHandler handler = context.begin(at, Limits.HANDSHAKE);
    handler
        .handshakeFuture()
        .addListener(
            done -> {
              if (!done.isSuccess()) {
                if (!(done.cause() instanceof ClosedChannelException)) {
                  LOG.info(
                      "TLS handshake with {}: {}",
                      at.channel().remoteAddress(),
                      Verdict.printable(PkixCheck.words(done.cause())));
                }
                return; // the connection ends by itself
              }
              CompletableFuture<InboundTls> judged =
                  contexts.established(context, handler.engine().getSession());
              if (judged.isDone()) {
                established(judged.join());
              } else {
                judged.whenComplete((tls, _) -> at.executor().execute(() -> established(tls)));
              }
            });
    // the handler reads on by itself until the handshake is over, and no further
    ChannelHandlerContext first = at.pipeline().context(handler);
    if (first != null) {
      first.read();
    }
  }

  private void established(InboundTls tls) {
    if (at.channel().isActive()) {
      secured.accept(tls);
    }
  }
}
