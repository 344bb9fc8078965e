package org.impetusmta.core.net;

import java.util.List;
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
  @OptionSet({Scopes.ESMTP_LISTENER, Scopes.ECSTREAM_LISTENER, Scopes.HTTP_LISTENER, Scopes.LISTEN})
  record Reception(
      @Option(
              dynamic = false,
              doc = "The EventLoop pool that serves the connections; unset: all loops")
          Optional<String> eventLoop) {}

  /**
   * How a loop divides its time. Immutable. Source: conf.ref.max_timed_events_per_iter.
   *
   * @param maxTimedEventsPerIter timers of one turn
   */
  @OptionSet(Scopes.GLOBAL)
  record Turns(
      @Option(
              value = "1024",
              min = 1,
              doc = "Timers that an event loop runs in one turn, before it looks at the network")
          int maxTimedEventsPerIter) {}

  /** What the kernel is asked for ready connections with. */
  enum Polling {
    /** Linux's epoll. */
    EPOLL,
    /** What the Java platform has: works everywhere, for a little more of the processor. */
    NIO
  }

  /** How loops wait. Immutable. Source: conf.ref.scheduler. */
  @OptionSet(Scopes.GLOBAL)
  record Waiting(
      @Option(
              dynamic = false,
              doc = "How the kernel is asked for ready connections; unset: the best that is there")
          Optional<Polling> scheduler) {}

  /** Domains that have much mail. Immutable. Source: ref-hot-domains of the newer manual. */
  @OptionSet(Scopes.GLOBAL)
  record HotDomains(
      @Option(
              value =
                  "gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com"
                      + " yahoo.co.uk yahoo.co.jp aol.com icloud.com me.com comcast.net att.net"
                      + " verizon.net gmx.de web.de qq.com 163.com mail.ru",
              dynamic = false,
              doc = "Domains with much mail, which are dealt out to the event loops one by one")
          List<String> hotDomains) {}
}
