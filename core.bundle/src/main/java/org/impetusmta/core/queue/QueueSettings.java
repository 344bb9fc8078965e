package org.impetusmta.core.queue;

import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.core.message.ExcludedKeys;
import org.impetusmta.core.route.DaneOptions;
import org.impetusmta.core.route.RouteOptions;
import org.jspecify.annotations.Nullable;

/**
 * What the configuration says of one queue, read again with each generation of it. Thread-safety:
 * single, confined to the loop of the queue.
 */
final class QueueSettings {
  private final MailQueue queue;
  private final QueueLoop home;
  private final Runnable refreshed;
  private final Shaping shaping;

  private long generation = -1;
  private @Nullable QueueOptions options;
  private @Nullable RouteOptions routeOptions;

  /** Whether DNSSEC has a say in the route. */
  private boolean validated;

  private @Nullable RetrySchedule retrySchedule;
  private int maxResidentOfBinding;
  private ExcludedKeys excludedKeys = ExcludedKeys.NONE;
  private boolean trim;
  private boolean discards;

  /** It is the default binding, and {@code default_binding} holds its mail. */
  private boolean held;

  /**
   * @param refreshed told when the configuration has changed
   */
  QueueSettings(MailQueue queue, QueueLoop home, Shaping shaping, Runnable refreshed) {
    this.queue = queue;
    this.home = home;
    this.refreshed = refreshed;
    this.shaping = shaping;
  }

  /** The options in force. */
  QueueOptions options() {
    Generation current = home.server().generation();
    QueueOptions known = options;
    if (known == null || current.number() != generation) {
      known = refresh(current);
    }
    return known;
  }

  private QueueOptions refresh(Generation current) {
    LoopMailQueues server = home.server();
    QueueOptions fresh = current.options(QueueOptions.class, queue.path());
    trim |= options != null && fresh.maxResidentActiveQueue() != options.maxResidentActiveQueue();
    maxResidentOfBinding =
        current
            .options(BindingQueueOptions.class, queue.path())
            .maxResidentMessages()
            .or(server.options()::maxResidentMessagesPerBinding)
            .orElse(0);
    excludedKeys = server.excludedKeys(queue.path());
    held =
        queue.binding().equals(BindingTable.DEFAULT)
            && current.options(MultiVipOptions.class, ScopePath.GLOBAL).defaultBinding()
                == MultiVipOptions.DefaultBinding.SUSPENDED;
    generation = current.number();
    options = fresh;
    retrySchedule = RetrySchedule.of(fresh);
    routeOptions = current.options(RouteOptions.class, queue.path());
    discards = current.options(DiscardOptions.class, queue.path()).discards();
    shaping.refresh(current, fresh);
    validated =
        current.options(DaneOptions.class, queue.path()).useDane()
            && !current.stanzas("dane").isEmpty();
    refreshed.run();
    return fresh;
  }

  /** The limits that the queue shares with others. */
  Shaping shaping() {
    options();
    return shaping;
  }

  RetrySchedule retrySchedule() {
    options();
    RetrySchedule schedule = retrySchedule;
    if (schedule == null) {
      throw new IllegalStateException("options without a retry schedule");
    }
    return schedule;
  }

  /** Bodies that the queue's binding may have in memory; 0: no limit. */
  int maxResidentOfBinding() {
    options();
    return maxResidentOfBinding;
  }

  /** What is not written to the spool. */
  ExcludedKeys excludedKeys() {
    options();
    return excludedKeys;
  }

  RouteOptions routeOptions() {
    options();
    RouteOptions found = routeOptions;
    if (found == null) {
      throw new IllegalStateException("options without a route");
    }
    return found;
  }

  /** Whether {@code blackhole} fails the queue's mail. */
  boolean discarding() {
    options();
    return discards;
  }

  /** Whether {@code default_binding} holds its mail. */
  boolean held() {
    options();
    return held;
  }

  /** Whether DNSSEC has a say in the route. */
  boolean validated() {
    options();
    return validated;
  }

  /** Whether the active queue may have become too long for its limit; asked once. */
  boolean takeTrim() {
    boolean taken = trim;
    trim = false;
    return taken;
  }
}
