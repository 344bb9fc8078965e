package org.impetusmta.listener.esmtp;

import io.netty.handler.ssl.SslHandler;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.reception.ReceptionState;
import org.impetusmta.api.tls.InboundTls;
import org.impetusmta.tls.InboundTlsOptions;
import org.impetusmta.tls.PkixCheck;
import org.impetusmta.tls.ServerContext;
import org.impetusmta.tls.ServerContexts;
import org.impetusmta.tls.Verdict;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS of one session: STARTTLS (RFC 3207), or from the beginning ({@code use_ssl}, RFC 8314). What
 * the client said in clear text is forgotten behind the handshake; what it sent along with STARTTLS
 * never reaches a TLS session unless {@code starttls_injection_policy} is {@code allow}. Single;
 * owned by the session's event loop.
 */
final class StartTls {
  private static final Logger LOG = LoggerFactory.getLogger(StartTls.class);
  private static final Duration LONGEST_HANDSHAKE = Duration.ofSeconds(60);

  private static final Reply GO_AHEAD = new Reply(220, "2.0.0", "Ready to start TLS");
  private static final Reply NO_PARAMETERS =
      new Reply(501, "5.5.4", "Syntax error (no parameters allowed)");
  private static final Reply TWICE = new Reply(503, "5.5.1", "TLS is in use already");
  private static final Reply NOT_OFFERED = new Reply(502, "5.5.1", "command not implemented");
  private static final Reply NOT_AVAILABLE =
      new Reply(454, "4.7.0", "TLS not available due to temporary reason");
  private static final Reply INJECTED =
      new Reply(554, "5.7.0", "commands behind STARTTLS, closing connection");
  private static final Reply FAILED = new Reply(421, "4.7.0", "TLS Negotiation failed.");

  /** What becomes of commands that came with STARTTLS. */
  enum InjectionPolicy {
    ALLOW,
    IGNORE,
    REJECT
  }

  private final EsmtpSession session;
  private final ServerContexts contexts;
  private final InboundTlsOptions options;
  private @Nullable InboundTls established;

  StartTls(EsmtpSession session, ServerContexts contexts, InboundTlsOptions options) {
    this.session = session;
    this.contexts = contexts;
    this.options = options;
  }

  /** What is known of it; empty while the session is in clear text. */
  Optional<InboundTls> established() {
    return Optional.ofNullable(established);
  }

  /** Whether the client may ask for it now. */
  boolean offered() {
    return established == null
        && options.available()
        && session.extensions().contains(Extension.STARTTLS);
  }

  /** The command STARTTLS. */
  void command(int length) {
    if (length > "STARTTLS".length()) {
      session.bad(NO_PARAMETERS);
    } else if (established != null) {
      session.bad(TWICE);
    } else if (!offered()) {
      session.bad(NOT_OFFERED);
    } else if (!injected()) {
      session.connection().park();
      whenMade(this::goAhead);
    }
  }

  /** TLS from the first octet on, where that is configured; in any case {@code then}. */
  void fromTheBeginning(Runnable then) {
    if (!options.useSsl()) {
      then.run();
      return;
    }
    session.connection().park();
    whenMade(
        context -> {
          if (context.isCompletedExceptionally()) {
            report(context.exceptionNow());
            session.connection().abort();
          } else {
            begin(context.join(), then);
          }
        });
  }

  /**
   * Deals with commands that are there before the handshake (CVE-2011-0411).
   *
   * @return whether the session is over
   */
  private boolean injected() {
    if (!session.connection().pipelined()) {
      return false;
    }
    switch (session.options().starttlsInjectionPolicy()) {
      case ALLOW -> {
        return false;
      }
      case IGNORE -> {
        session.connection().forgetInput();
        return false;
      }
      case REJECT -> session.end(INJECTED, "commands in clear text behind STARTTLS");
    }
    return true;
  }

  /** Has the context made where it is not there yet, and goes on on the session's loop. */
  private void whenMade(Consumer<CompletableFuture<ServerContext>> then) {
    CompletableFuture<ServerContext> context =
        contexts.context(options, session.inbound().tlsChoice());
    if (context.isDone()) {
      then.accept(context);
    } else {
      context.whenComplete(
          (made, thrown) -> session.connection().execute(() -> then.accept(context)));
    }
  }

  private void report(Throwable thrown) {
    LOG.error(
        "no TLS on Listen \"{}\": {}",
        session.listenName(),
        Verdict.printable(PkixCheck.words(thrown)));
  }

  private void goAhead(CompletableFuture<ServerContext> context) {
    EsmtpConnection connection = session.connection();
    if (injected()) {
      return; // more came while files were read
    }
    if (context.isCompletedExceptionally()) {
      report(context.exceptionNow());
      session.refuse(NOT_AVAILABLE, "no TLS context");
      connection.resume();
      return;
    }
    connection.reply(GO_AHEAD);
    begin(
        context.join(),
        () -> {
          session.inbound().state(ReceptionState.AWAITING_EHLO);
          connection.resume();
        });
  }

  private void begin(ServerContext context, Runnable then) {
    EsmtpConnection connection = session.connection();
    Duration idle = session.idleTime();
    Duration limit =
        idle.isZero() || idle.compareTo(LONGEST_HANDSHAKE) > 0 ? LONGEST_HANDSHAKE : idle;
    SslHandler handler = connection.secure(context, limit);
    handler
        .handshakeFuture()
        .addListener(
            done -> {
              if (done.isSuccess()) {
                CompletableFuture<InboundTls> judged =
                    contexts.established(context, handler.engine().getSession());
                if (judged.isDone()) {
                  secured(judged.join(), then);
                } else {
                  judged.whenComplete((tls, none) -> connection.execute(() -> secured(tls, then)));
                }
              } else {
                failed(done.cause());
              }
            });
  }

  /** The connection ends by itself; one that says nothing at all is no attempt. */
  private void failed(Throwable cause) {
    if (!(cause instanceof ClosedChannelException)) {
      session
          .inbound()
          .rejected(FAILED, "TLS handshake: " + Verdict.printable(PkixCheck.words(cause)));
    }
  }

  private void secured(InboundTls tls, Runnable then) {
    EsmtpConnection connection = session.connection();
    if (!connection.isOpen()) {
      return;
    }
    session.greeting().forget();
    session.mail().forget();
    session.authentication().forget();
    session
        .inbound()
        .secured(
            tls,
            outcome -> {
              established = session.inbound().tls().orElse(tls);
              if (outcome.accepted()) {
                then.run();
              } else {
                connection.reply(outcome.reply());
                connection.close();
              }
            });
  }
}
