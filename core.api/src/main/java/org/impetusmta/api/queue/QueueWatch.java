package org.impetusmta.api.queue;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.osgi.annotation.versioning.ConsumerType;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Lets a module look at all mail that waits, without an object or a timer for each message; an OSGi
 * service of the core. Concurrent.
 */
@ProviderType
public interface QueueWatch {
  /**
   * Visits the active and delayed mail of all queues, a slice in each turn of the loop that owns
   * them. What is being delivered, or read for its delivery, is not visited. Queues change between
   * slices: a message may be visited twice or, this time, not at all.
   *
   * @param visitors makes one visitor for each loop; called on the caller's thread
   * @return the visitors, when they have seen everything
   */
  <V extends Visitor> CompletableFuture<List<V>> visit(Supplier<V> visitors);

  /** Looks at one loop's mail, on that loop; may not block. Single. */
  @ConsumerType
  interface Visitor {
    /** A queue comes next; false where its mail need not be looked at. */
    boolean queue(WatchedQueue queue);

    /** A message of that queue. */
    void message(WaitingMessage message);
  }

  /** The mail of one (binding, domain). Valid during the call alone. */
  @ProviderType
  interface WatchedQueue {
    String bindingGroup();

    String binding();

    /** The routing domain. */
    String domain();

    /** Messages that wait in it. */
    int size();

    /** The values of an option set for this queue in the generation in force. */
    <T extends Record> T options(Class<T> type);
  }
}
