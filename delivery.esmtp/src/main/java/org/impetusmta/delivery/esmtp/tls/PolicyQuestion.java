package org.impetusmta.delivery.esmtp.tls;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.hook.HooksInForce;
import org.impetusmta.api.hook.OutboundTlsPolicy;
import org.impetusmta.api.hook.OutboundTlsResult;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.tls.TlsPolicy;
import org.impetusmta.api.tls.TlsPolicy.Source;
import org.impetusmta.api.tls.TlsResult;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the modules that know published policies what holds for a host, and tells those that report
 * what came of it. Costs two volatile reads where there is no such module. Called on loops alone;
 * read-only.
 */
public final class PolicyQuestion {
  private static final Logger LOG = LoggerFactory.getLogger(PolicyQuestion.class);

  /** Why mail is not sent where nobody knows what its host demands. */
  static final Reply UNKNOWN =
      new Reply(451, "4.7.5", "[internal] the TLS policy of the host cannot be found out");

  private final Supplier<List<OutboundTlsPolicy>> policies;
  private final Supplier<List<OutboundTlsResult>> results;

  public PolicyQuestion(HooksInForce hooks) {
    this(hooks.inForce(OutboundTlsPolicy.class), hooks.inForce(OutboundTlsResult.class));
  }

  public PolicyQuestion(
      Supplier<List<OutboundTlsPolicy>> policies, Supplier<List<OutboundTlsResult>> results) {
    this.policies = policies;
    this.results = results;
  }

  /** Whether there is nobody to ask. */
  public boolean isEmpty() {
    return policies.get().isEmpty();
  }

  /**
   * Asks all of them.
   *
   * @param answer told the strictest policy, on the delivery's loop, later than this returns
   * @param failure told when one of them cannot say, in place of it
   */
  public void ask(
      Delivery delivery, Consumer<Optional<TlsPolicy>> answer, Consumer<Reply> failure) {
    List<CompletableFuture<Optional<TlsPolicy>>> asked = new ArrayList<>();
    for (OutboundTlsPolicy policy : policies.get()) {
      CompletionStage<Optional<TlsPolicy>> stage;
      try {
        stage = policy.outboundTlsPolicy(delivery);
      } catch (RuntimeException e) {
        stage = CompletableFuture.failedStage(e);
      }
      asked.add(stage.toCompletableFuture());
    }
    CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
        .whenComplete(
            (done, thrown) ->
                delivery
                    .loop()
                    .execute(
                        () -> {
                          if (thrown != null) {
                            LOG.error("no TLS policy for {}", delivery.host(), thrown);
                            failure.accept(UNKNOWN);
                          } else {
                            answer.accept(
                                strictest(
                                    asked.stream()
                                        .map(CompletableFuture::join)
                                        .flatMap(Optional::stream)
                                        .toList()));
                          }
                        }));
  }

  /**
   * A policy that forbids the host before any other, DANE before MTA-STS (RFC 8461 section 2), what
   * is enforced before what is tested.
   */
  static Optional<TlsPolicy> strictest(List<TlsPolicy> policies) {
    return policies.stream()
        .min(
            Comparator.comparing((TlsPolicy policy) -> policy.refusal().isEmpty())
                .thenComparing(policy -> policy.source() != Source.TLSA)
                .thenComparing(policy -> !policy.enforced())
                .thenComparing(policy -> policy.source()));
  }

  /** Tells what came of it; a module that fails is logged. */
  public void report(
      Delivery delivery, Optional<TlsPolicy> policy, TlsResult result, String detail) {
    for (OutboundTlsResult hook : results.get()) {
      try {
        hook.outboundTlsResult(delivery, policy, result, detail);
      } catch (RuntimeException e) {
        LOG.error("a TLS result of {} was not taken", delivery.host(), e);
      }
    }
  }
}
