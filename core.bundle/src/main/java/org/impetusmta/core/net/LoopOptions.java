package org.impetusmta.core.net;

import java.util.Optional;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/**
 * The options of an EventLoop stanza. Immutable. Source: config.ref.eventloop.
 *
 * @param concurrency loops of the pool
 */
@OptionSet(Scopes.EVENTLOOP)
record LoopOptions(
    @Option(
            value = "0",
            min = 0,
            max = 1024,
            dynamic = false,
            doc = "Event loops of the pool; 0: one for each processor")
        int concurrency) {

  /**
   * Which pool of loops does what. One loop owns a domain's queues, its connections and their
   * maintenance, so the two options must agree. Immutable. Source: config.ref.delivery_pool,
   * config.ref.maintainer_pool.
   */
  @OptionSet(Scopes.GLOBAL)
  record Owners(
      @Option(dynamic = false, doc = "The EventLoop pool that delivers; unset: maintainer_pool's")
          Optional<String> deliveryPool,
      @Option(
              dynamic = false,
              doc = "The EventLoop pool that keeps the queues; unset: delivery_pool's")
          Optional<String> maintainerPool) {

    /** The pool of queues and connections; empty: all loops. */
    Optional<String> pool() {
      return deliveryPool.or(() -> maintainerPool);
    }

    /** Whether they name one pool, or less. */
    boolean agree() {
      return deliveryPool.isEmpty()
          || maintainerPool.isEmpty()
          || deliveryPool.get().equals(maintainerPool.get());
    }
  }

  /** Which pool of loops receives. Immutable. Source: config.ref.event_loop. */
  @OptionSet({Scopes.ESMTP_LISTENER, Scopes.LISTEN})
  record Reception(
      @Option(
              dynamic = false,
              doc = "The EventLoop pool that serves the connections; unset: all loops")
          Optional<String> eventLoop) {}
}
