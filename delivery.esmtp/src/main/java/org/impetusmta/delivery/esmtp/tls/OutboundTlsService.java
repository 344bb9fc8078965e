package org.impetusmta.delivery.esmtp.tls;

import java.util.function.Supplier;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.hook.HooksInForce;
import org.impetusmta.delivery.esmtp.tls.TlsOptions.Use;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** What connections share for TLS. Concurrent. */
@Component(service = OutboundTlsService.class)
public final class OutboundTlsService {
  private final TlsContexts contexts;
  private final PolicyQuestion policies;
  private final Supplier<Generation> generation;

  @Activate
  public OutboundTlsService(
      @Reference TlsContexts contexts,
      @Reference HooksInForce hooks,
      @Reference Configuration configuration) {
    this(contexts, new PolicyQuestion(hooks), configuration::current);
  }

  /**
   * @param generation the one in force
   */
  public OutboundTlsService(
      TlsContexts contexts, PolicyQuestion policies, Supplier<Generation> generation) {
    this.contexts = contexts;
    this.policies = policies;
    this.generation = generation;
  }

  public TlsContexts contexts() {
    return contexts;
  }

  public PolicyQuestion policies() {
    return policies;
  }

  /** Looks for configurations that come after a connection was made. */
  public Reconfigured reconfigured(Delivery delivery) {
    return new Reconfigured(generation, delivery);
  }

  /** Whether a later configuration requires TLS; costs a volatile read. Single. */
  public static final class Reconfigured {
    private final Supplier<Generation> current;
    private final Delivery delivery;
    private Generation seen;
    private boolean required;

    Reconfigured(Supplier<Generation> current, Delivery delivery) {
      this.current = current;
      this.delivery = delivery;
      this.seen = current.get();
    }

    /** Whether the configuration in force requires TLS and an earlier one did not. */
    public boolean requiresTls() {
      Generation now = current.get();
      if (now != seen) {
        seen = now;
        ScopePath path =
            new ScopePath.Sending(delivery.bindingGroup(), delivery.binding(), delivery.domain());
        required = now.options(TlsOptions.class, path).tls() == Use.REQUIRED;
      }
      return required;
    }
  }
}
