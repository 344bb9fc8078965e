package org.impetusmta.delivery.esmtp;

import java.util.OptionalInt;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Scopes;
import org.impetusmta.api.delivery.DeliveryMethod;
import org.impetusmta.api.hook.HookPoints;
import org.impetusmta.api.module.Module;
import org.impetusmta.delivery.esmtp.tls.OutboundTlsService;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code delivery_method = LMTP}: LHLO, and a reply for each recipient behind the body (RFC 2033).
 *
 * <p>Thread-safety: read-only.
 */
@Module(
    name = "lmtp",
    kind = Module.Kind.DELIVERY,
    singleton = "true",
    description = "local delivery by LMTP (RFC 2033)")
@Component(factory = Module.FACTORY + "lmtp", service = DeliveryMethod.class)
public final class LmtpDelivery extends EsmtpDelivery {
  /** Where LMTP servers listen, per binding and domain. */
  @OptionSet({Scopes.BINDING, Scopes.BINDING_GROUP, Scopes.DOMAIN, Scopes.GLOBAL})
  public record Options(
      @Option(
              value = "2003",
              min = 1,
              max = 65535,
              doc = "Port of the receiving server where delivery_method is LMTP")
          int lmtpPort) {}

  /** A method that calls itself what the option {@code hostname} says. */
  @Activate
  public LmtpDelivery(@Reference HookPoints hooks, @Reference OutboundTlsService tls) {
    super(hooks, tls, Dialect.LMTP);
  }

  @Override
  public OptionalInt port(Generation generation, ScopePath queue) {
    return OptionalInt.of(generation.options(Options.class, queue).lmtpPort());
  }
}
