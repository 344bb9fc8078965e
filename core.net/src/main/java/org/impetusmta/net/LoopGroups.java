package org.impetusmta.net;

import io.netty.channel.EventLoopGroup;
import java.util.Optional;
import java.util.function.Function;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;

/** The event loops of the server as Netty wants them, which the core registers. Stateless. */
public final class LoopGroups {
  private static final String POOL = "event_loop";

  private LoopGroups() {}

  /**
   * Finds the loops of a pool.
   *
   * @param all those of no name; a pool that waits for a restart has none yet, and gets these
   */
  public static Function<Optional<String>, EventLoopGroup> of(
      BundleContext bundle, EventLoopGroup all) {
    return pool -> pool.flatMap(name -> group(bundle, name)).orElse(all);
  }

  private static Optional<EventLoopGroup> group(BundleContext bundle, String pool) {
    try {
      for (ServiceReference<EventLoopGroup> reference :
          bundle.getServiceReferences(EventLoopGroup.class, null)) {
        if (pool.equals(reference.getProperty(POOL))) {
          return Optional.ofNullable(bundle.getService(reference));
        }
      }
      return Optional.empty();
    } catch (InvalidSyntaxException e) {
      throw new IllegalStateException("no filter is a wrong one", e);
    }
  }
}
