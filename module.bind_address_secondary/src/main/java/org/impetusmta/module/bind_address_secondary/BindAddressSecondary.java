package org.impetusmta.module.bind_address_secondary;

import java.util.Optional;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Scopes;
import org.impetusmta.api.hook.SecondaryBindAddress;
import org.impetusmta.api.module.Module;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * Gives a binding a source address of the other family beside its {@code bind_address}: hosts of
 * both families can be reached. Read-only. Source: modules.bind_address_secondary.
 */
@Module(
    name = "bind_address_secondary",
    kind = Module.Kind.DELIVERY,
    singleton = "true",
    description = "Dual-stack source addresses")
@Component(
    factory = Module.FACTORY + "bind_address_secondary",
    service = SecondaryBindAddress.class)
public final class BindAddressSecondary implements SecondaryBindAddress {
  /** What a binding says. */
  @OptionSet(Scopes.BINDING)
  public record Options(
      @Option(doc = "second source address of the binding, of the other family")
          Optional<String> bindAddressSecondary) {}

  @Activate
  public BindAddressSecondary() {}

  @Override
  public Optional<String> secondaryBindAddress(Generation generation, ScopePath.Sending binding) {
    return generation.options(Options.class, binding).bindAddressSecondary();
  }
}
