package org.impetusmta.api.hook;

import java.util.Optional;
import java.util.function.Function;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Lets a module call hooks of its own, which other modules implement; an OSGi service of the core.
 * Concurrent.
 */
@ProviderType
public interface HookPoints {
  /**
   * The hook point of {@code hook}; ask once and keep it: who implements it changes, it does not.
   */
  <T> HookPoint<T> of(Class<T> hook);

  /** One hook and those who implement it, in stanza order. Concurrent. */
  @ProviderType
  interface HookPoint<T> {
    /** Whether nobody implements it. */
    boolean isEmpty();

    /**
     * Asks one implementation after the other until one answers. One that fails is logged with its
     * module and counts as one that has no answer. On event loops alone.
     */
    <R> Optional<R> first(Function<? super T, Optional<R>> question);
  }
}
