package org.impetusmta.api.hook;

import java.util.List;
import java.util.function.Supplier;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The implementations of hooks, for bundles that call some and are not the core; an OSGi service.
 * Unlike the services themselves it leaves out modules of a configuration that may still be
 * refused. Concurrent.
 */
@ProviderType
public interface HooksInForce {
  /**
   * What implements {@code hook} at any moment, in stanza order; costs a volatile read. To be asked
   * for each call on an event loop: a module that is unloaded waits for one turn of every loop.
   */
  <T> Supplier<List<T>> inForce(Class<T> hook);

  /**
   * What implements {@code hook} now, modules that may yet be refused included: for one that looks
   * at its own configuration and needs to know who will be there. Not to be kept.
   */
  default <T> List<T> present(Class<T> hook) {
    return inForce(hook).get();
  }
}
