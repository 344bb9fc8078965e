package org.impetusmta.api.hook;

import java.util.Optional;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.delivery.EgressProxy;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Says which proxy an outbound connection goes through; the first that names one decides. Called by
 * the delivery methods on the delivery's loop; must not block.
 */
@ConsumerType
public interface ChooseEgressProxy {
  /** The proxy for {@code delivery}; empty: straight, as far as this hook is concerned. */
  Optional<EgressProxy> chooseEgressProxy(Delivery delivery);
}
