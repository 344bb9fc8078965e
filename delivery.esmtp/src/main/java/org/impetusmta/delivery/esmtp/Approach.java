package org.impetusmta.delivery.esmtp;

import java.util.Optional;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.delivery.DeliveryConnection;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.tls.TlsPolicy;
import org.impetusmta.api.tls.TlsResult;
import org.impetusmta.delivery.esmtp.tls.OutboundTlsService;
import org.impetusmta.delivery.esmtp.tls.TlsDemand;
import org.impetusmta.delivery.esmtp.tls.TlsOptions;
import org.jspecify.annotations.Nullable;

/**
 * The way to a host where TLS is in question: the published policy is asked for, then a connection
 * is made, and once more without TLS where that may be. For the core all of it is one connection,
 * and a host whose TLS failed has not failed. Confined to the delivery's loop.
 */
final class Approach implements DeliveryConnection {
  /** Makes a connection that is not yet under way. */
  interface Lines {
    EsmtpConnection make(Delivery delivery, EsmtpConnection.StepMaker startTls);
  }

  private final Delivery delivery;
  private final OutboundTlsService tls;
  private final TlsOptions options;
  private final Lines lines;
  private final Connecting way;
  private @Nullable EsmtpConnection line;
  private boolean ended;

  /** Whether the connection is for mail that policies do not hold for. */
  private boolean waived;

  Approach(
      Delivery delivery, OutboundTlsService tls, TlsOptions options, Lines lines, Connecting way) {
    this.delivery = delivery;
    this.tls = tls;
    this.options = options;
    this.lines = lines;
    this.way = way;
  }

  /** Asks what holds, if there is anybody to ask, and connects. */
  void begin() {
    if (tls.policies().isEmpty()) {
      connect(TlsDemand.of(options, Optional.empty(), delivery));
      return;
    }
    tls.policies()
        .ask(
            delivery,
            policy -> {
              if (!ended) {
                answered(policy);
              }
            },
            this::refuse);
  }

  private void answered(Optional<TlsPolicy> policy) {
    Optional<Reply> refusal = policy.flatMap(published -> published.refusal());
    boolean demands = refusal.isPresent() || policy.filter(TlsPolicy::enforced).isPresent();
    if (demands && nextIsWaived()) {
      waived = true;
      connect(TlsDemand.of(options, policy.map(RequireTls::waived), delivery));
    } else if (refusal.isPresent()) {
      boolean dane = policy.filter(found -> found.source() == TlsPolicy.Source.TLSA).isPresent();
      tls.policies()
          .report(
              delivery,
              policy,
              dane ? TlsResult.DNSSEC_INVALID : TlsResult.VALIDATION_FAILURE,
              refusal.get().text());
      refuse(refusal.get());
    } else {
      connect(TlsDemand.of(options, policy, delivery));
    }
  }

  /** Whether policies do not hold for the message whose turn it is. */
  private boolean nextIsWaived() {
    Optional<Message> next = delivery.next();
    boolean waives = next.filter(RequireTls::waived).isPresent();
    next.ifPresent(delivery::giveBack);
    return waives;
  }

  private void refuse(Reply why) {
    if (!ended) {
      ended = true;
      delivery.closed(Stage.NOT_CONNECTED, Optional.of(why));
    }
  }

  private void connect(TlsDemand demand) {
    EsmtpConnection first =
        lines.make(
            delivery,
            (connection, opening) ->
                new StartTls(
                    connection, opening, tls, options, demand, true, waived, () -> again(demand)));
    line = first;
    first.connect(way);
  }

  /** In place of a connection on which TLS failed. */
  private void again(TlsDemand demand) {
    EsmtpConnection before = line;
    EsmtpConnection second =
        lines.make(
            delivery,
            (connection, opening) ->
                new StartTls(
                    connection,
                    opening,
                    tls,
                    options,
                    demand,
                    false,
                    waived,
                    () -> {
                      throw new IllegalStateException("fell back twice");
                    }));
    boolean quitting = false;
    if (before != null) {
      quitting = before.quitRequested();
      before.abandon();
    }
    line = second;
    second.connectedBefore();
    second.connect(way);
    if (quitting) {
      second.quit();
    }
  }

  @Override
  public void wake() {
    EsmtpConnection now = line;
    if (now != null) {
      now.wake();
    }
  }

  @Override
  public void quit() {
    EsmtpConnection now = line;
    if (now != null) {
      now.quit();
    } else if (!ended) {
      ended = true;
      delivery.closed(Stage.NOT_CONNECTED, Optional.empty());
    }
  }

  @Override
  public Stage stage() {
    EsmtpConnection now = line;
    return now == null ? Stage.NOT_CONNECTED : now.stage();
  }
}
