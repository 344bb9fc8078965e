package org.impetusmta.delivery.esmtp;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLSession;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.tls.OutboundTls;
import org.impetusmta.api.tls.TlsResult;
import org.impetusmta.delivery.esmtp.tls.OutboundTlsService;
import org.impetusmta.delivery.esmtp.tls.PeerCheck;
import org.impetusmta.delivery.esmtp.tls.TlsContext;
import org.impetusmta.delivery.esmtp.tls.TlsDemand;
import org.impetusmta.delivery.esmtp.tls.TlsOptions;
import org.impetusmta.delivery.esmtp.tls.TlsReplies;
import org.impetusmta.tls.Verdict;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * STARTTLS (RFC 3207) as a step of a session's opening: asked for where it is wanted and offered,
 * the handshake, a look at the certificate, EHLO again. What the peer said before the handshake is
 * forgotten; what it sends in clear text behind its reply to STARTTLS ends the session.
 *
 * <p>Where TLS is optional and does not work, mail goes without it, on a new connection ({@link
 * Fallback}): the peer's state after half a handshake is anybody's guess. A session is never made
 * secure later: a message that must not go without TLS gets another connection. Confined to the
 * connection's loop.
 */
final class StartTls implements SessionStep {
  private static final Logger LOG = LoggerFactory.getLogger(StartTls.class);

  /** Takes a connection's place by one without TLS. */
  interface Fallback {
    void withoutTls();
  }

  private final EsmtpConnection line;
  private final Opening opening;
  private final OutboundTlsService tls;
  private final TlsOptions options;
  private final TlsDemand demand;
  private final Fallback fallback;
  private final boolean tries;
  private final boolean waived;
  private final OutboundTlsService.Reconfigured reconfigured;
  private CompletableFuture<TlsContext> context = new CompletableFuture<>();

  /**
   * @param tries whether TLS is to be tried; false on the connection of a {@link Fallback}
   * @param waived whether only mail that policies do not hold for may leave
   */
  StartTls(
      EsmtpConnection line,
      Opening opening,
      OutboundTlsService tls,
      TlsOptions options,
      TlsDemand demand,
      boolean tries,
      boolean waived,
      Fallback fallback) {
    this.line = line;
    this.opening = opening;
    this.tls = tls;
    this.options = options;
    this.demand = demand;
    this.tries = tries && demand.wanted();
    this.waived = waived;
    this.fallback = fallback;
    this.reconfigured = tls.reconfigured(line.delivery());
  }

  @Override
  public boolean begin() {
    if (tries && line.extensions().startTls()) {
      line.stage(Stage.STARTTLS);
      line.answerWithin(line.options().ehloTimeout());
      context = tls.contexts().context(options);
      if (context.isDone()) {
        askOrNot();
      } else {
        context.whenComplete(
            (made, failure) ->
                line.delivery()
                    .loop()
                    .execute(
                        () -> {
                          if (!line.isClosed()) {
                            askOrNot();
                          }
                        }));
      }
      return true;
    }
    if (tries) {
      report(TlsResult.STARTTLS_NOT_SUPPORTED, "");
      if (demand.required()) {
        refuse(Stage.AFTER_EHLO, TlsReplies.NOT_OFFERED);
        return true;
      }
    }
    plain();
    return false;
  }

  private void plain() {
    line.delivery().tls(OutboundTls.plain(demand.use().name().toLowerCase(Locale.ROOT)));
  }

  private void askOrNot() {
    if (context.isCompletedExceptionally()) {
      LOG.error(
          "no TLS context for {} to {}: {}",
          line.delivery().binding(),
          line.delivery().domain(),
          PeerCheck.words(context.exceptionNow()));
      report(TlsResult.VALIDATION_FAILURE, "no TLS context at this end");
      if (demand.fallback()) {
        line.stage(Stage.AFTER_EHLO);
        plain();
        opening.done();
      } else {
        refuse(Stage.STARTTLS, TlsReplies.NO_CONTEXT);
      }
      return;
    }
    ByteBuf out = line.buffer(16);
    Commands.startTls(out);
    line.send(out, 1, line.options().ehloTimeout());
  }

  @Override
  public void replied(int code) {
    if (code == 220) {
      line.waitForNothing();
      line.proceedLater();
    } else if (EsmtpConnection.refusal(code)) {
      refused(code);
    } else {
      line.outOfStep(Failures.OUT_OF_STEP);
    }
  }

  private void refused(int code) {
    report(TlsResult.STARTTLS_NOT_SUPPORTED, line.reply().toString());
    line.stage(Stage.AFTER_STARTTLS);
    if (!demand.fallback()) {
      refuse(Stage.AFTER_STARTTLS, TlsReplies.NO_GO_AHEAD);
    } else if (options.tlsFallbackAlwaysNewConnection() || code == 421) {
      fallback.withoutTls();
    } else {
      line.stage(Stage.AFTER_EHLO);
      plain();
      opening.done();
    }
  }

  /** The input is used up: from here on the peer's octets are TLS. */
  @Override
  public void proceed() {
    line.stage(Stage.TLS_HANDSHAKE);
    Delivery delivery = line.delivery();
    TlsContext made = context.join();
    Channel channel = line.channel();
    SslHandler handler =
        made.handler(
            channel.alloc(), PeerCheck.serverName(delivery.host()), delivery.address().getPort());
    channel.closeFuture().addListener(gone -> made.left());
    handler.setHandshakeTimeoutMillis(line.options().ehloTimeout().toMillis());
    channel.pipeline().addBefore(channel.pipeline().context(line).name(), "tls", handler);
    handler
        .handshakeFuture()
        .addListener(
            done -> {
              if (line.isClosed()) {
                return;
              }
              if (done.isSuccess()) {
                judge(handler.engine().getSession());
              } else {
                failed(done.cause());
              }
            });
  }

  private void failed(Throwable cause) {
    String words = PeerCheck.words(cause);
    LOG.debug("handshake with {}: {}", line.delivery().host(), words);
    report(TlsResult.VALIDATION_FAILURE, words);
    if (demand.fallback()) {
      fallback.withoutTls();
    } else {
      if (demand.policy().isEmpty()) {
        line.failFirstMessage(Stage.TLS_HANDSHAKE, TlsReplies.NEGOTIATION);
      }
      line.close(Stage.TLS_HANDSHAKE, Optional.of(TlsReplies.NEGOTIATION));
    }
  }

  private void judge(SSLSession session) {
    List<X509Certificate> chain = PeerCheck.chain(session);
    CompletableFuture<Verdict> verdict =
        PeerCheck.judge(demand, options.tlsCa(), chain, tls.contexts());
    if (verdict.isDone()) {
      judged(session, chain, verdict.join());
    } else {
      verdict.whenComplete(
          (found, none) ->
              line.delivery()
                  .loop()
                  .execute(
                      () -> {
                        if (!line.isClosed()) {
                          judged(session, chain, found);
                        }
                      }));
    }
  }

  private void judged(SSLSession session, List<X509Certificate> chain, Verdict verdict) {
    report(verdict.result(), verdict.detail());
    if (!verdict.good()) {
      LOG.debug("certificate of {}: {}", line.delivery().host(), verdict);
    }
    if (demand.ends(verdict)) {
      refuse(Stage.TLS_HANDSHAKE, TlsReplies.of(demand, verdict));
      return;
    }
    boolean verified = verdict.good() && demand.byName();
    line.delivery().tls(PeerCheck.describe(demand, session, chain, verified));
    line.secured(verified);
    line.proven(RequireTls.proven(line.delivery(), demand.policy()));
    opening.helloAgain();
  }

  /** Where a policy demands it, mail has other hosts to try first, and costs no attempt here. */
  private void refuse(Stage where, Reply why) {
    if (demand.policy().isEmpty()) {
      opening.refuse(where, why);
    } else {
      line.leave(where, why);
    }
  }

  private void report(TlsResult result, String detail) {
    tls.policies().report(line.delivery(), demand.policy(), result, Verdict.printable(detail));
  }

  /** A configuration that came later may forbid what is open. */
  @Override
  public Fit fits(Message message) {
    if (waived && !RequireTls.waived(message)) {
      return Fit.NEW_CONNECTION;
    }
    return !line.isSecure() && reconfigured.requiresTls() ? Fit.NEW_CONNECTION : Fit.AS_IT_IS;
  }
}
