package org.impetusmta.listener.ecstream;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SslHandler;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.reception.Reception.InboundSession;
import org.impetusmta.api.tls.InboundTls;
import org.impetusmta.tls.InboundTlsOptions;
import org.impetusmta.tls.PkixCheck;
import org.impetusmta.tls.ServerContext;
import org.impetusmta.tls.ServerContexts;
import org.impetusmta.tls.Verdict;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS of one ECStream connection, from its first octet on ({@code use_ssl}). Single; owned by the
 * connection's event loop.
 */
final class EcStreamTls {
  private static final Logger LOG = LoggerFactory.getLogger(EcStreamTls.class);
  private static final Duration LONGEST_HANDSHAKE = Duration.ofSeconds(60);
  private static final Reply FAILED = new Reply(421, "4.7.0", "TLS Negotiation failed.");

  private final ServerContexts contexts;
  private final ChannelHandlerContext at;
  private final InboundSession inbound;
  private final Runnable secured;

  /**
   * @param at who gets what was decrypted
   * @param secured runs when policy has seen the client's certificate and wants the session
   */
  EcStreamTls(
      ServerContexts contexts, ChannelHandlerContext at, InboundSession inbound, Runnable secured) {
    this.contexts = contexts;
    this.at = at;
    this.inbound = inbound;
    this.secured = secured;
  }

  /** Has the context made where it is not there yet, then shakes hands. */
  void begin(InboundTlsOptions options) {
    CompletableFuture<ServerContext> context = contexts.context(options, inbound.tlsChoice());
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
    SslHandler handler = context.begin(at, LONGEST_HANDSHAKE);
    handler
        .handshakeFuture()
        .addListener(
            done -> {
              if (!done.isSuccess()) {
                failed(done.cause());
                return;
              }
              at.channel().config().setAutoRead(false);
              CompletableFuture<InboundTls> judged =
                  contexts.established(context, handler.engine().getSession());
              if (judged.isDone()) {
                established(judged.join());
              } else {
                judged.whenComplete((tls, _) -> at.executor().execute(() -> established(tls)));
              }
            });
    at.channel().config().setAutoRead(true);
  }

  /** The connection ends by itself; one that says nothing at all is no attempt. */
  private void failed(Throwable cause) {
    if (!(cause instanceof ClosedChannelException)) {
      inbound.rejected(FAILED, "TLS handshake: " + Verdict.printable(PkixCheck.words(cause)));
    }
  }

  private void established(InboundTls tls) {
    if (at.channel().isActive()) {
      inbound.secured(
          tls,
          outcome -> {
            if (outcome.accepted()) {
              secured.run();
            } else {
              at.close();
            }
          });
    }
  }
}
