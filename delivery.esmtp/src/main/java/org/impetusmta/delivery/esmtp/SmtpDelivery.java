package org.impetusmta.delivery.esmtp;

import org.impetusmta.api.delivery.DeliveryMethod;
import org.impetusmta.api.hook.HookPoints;
import org.impetusmta.api.module.Module;
import org.impetusmta.delivery.esmtp.tls.OutboundTlsService;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code delivery_method = SMTP}: HELO and no extensions (RFC 821), for hosts that offer what they
 * do not master.
 *
 * <p>Thread-safety: read-only.
 */
@Module(
    name = "smtp",
    kind = Module.Kind.DELIVERY,
    singleton = "true",
    description = "delivery by plain SMTP, without extensions (RFC 821)")
@Component(factory = Module.FACTORY + "smtp", service = DeliveryMethod.class)
public final class SmtpDelivery extends EsmtpDelivery {
  /** A method that calls itself what the option {@code hostname} says. */
  @Activate
  public SmtpDelivery(@Reference HookPoints hooks, @Reference OutboundTlsService tls) {
    super(hooks, tls, Dialect.SMTP);
  }
}
