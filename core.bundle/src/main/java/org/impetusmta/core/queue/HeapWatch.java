package org.impetusmta.core.queue;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import javax.management.ListenerNotFoundException;
import javax.management.Notification;
import javax.management.NotificationEmitter;
import javax.management.NotificationListener;
import javax.management.openmbean.CompositeData;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells {@link Memory} after each collection what lives in the heap beside mail.
 *
 * <p>A collection of the whole heap says it. One of the young generation leaves the garbage of the
 * old one, so it only says what it cannot be more than; that is believed where it is less than what
 * is known, and in any case once the old generation was marked (the concurrent collectors), since
 * what was known is older. Works with every collector of the platform; where one says nothing of
 * itself, only counted mail is looked at. Concurrent; called by a thread of the virtual machine.
 */
final class HeapWatch implements NotificationListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HeapWatch.class);
  private static final String COLLECTION = "com.sun.management.gc.notification";

  private final Memory memory;
  private final List<MemoryPoolMXBean> young = new ArrayList<>();
  private final List<MemoryPoolMXBean> old = new ArrayList<>();
  private final List<NotificationEmitter> emitters = new ArrayList<>();
  private volatile boolean outdated = true;
  private final AtomicLong wholeCollections = new AtomicLong();

  HeapWatch(Memory memory) {
    this.memory = memory;
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      if (pool.getType() == MemoryType.HEAP) {
        boolean isYoung = pool.getName().matches("(?i).*(eden|survivor|young|nursery).*");
        (isYoung ? young : old).add(pool);
      }
    }
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      if (collector instanceof NotificationEmitter emitter) {
        emitter.addNotificationListener(
            this, notification -> notification.getType().equals(COLLECTION), null);
        emitters.add(emitter);
      }
    }
  }

  @Override
  public void handleNotification(Notification notification, Object handback) {
    if (notification.getUserData() instanceof CompositeData data) {
      collected(String.valueOf(data.get("gcAction")));
    }
  }

  /** {@code action} as HotSpot has it: end of minor GC, end of major GC, end of GC cycle, … */
  private void collected(String action) {
    if (action.contains("major") || action.contains("cycle")) {
      wholeCollections.incrementAndGet();
      outdated = false;
      memory.rest(left(young) + left(old) - memory.counted());
    } else if (action.contains("minor")) {
      long most = left(young) + used(old) - memory.counted();
      if (outdated || most < memory.rest()) {
        outdated = false;
        memory.rest(most);
      }
    } else {
      // a pause of a concurrent collector: the old generation has been marked
      outdated = true;
    }
    LOG.debug("{}: {} octets live beside {} of mail", action, memory.rest(), memory.counted());
  }

  /** What the pools had after their last collection. */
  private static long left(List<MemoryPoolMXBean> pools) {
    long sum = 0;
    for (MemoryPoolMXBean pool : pools) {
      MemoryUsage usage = pool.getCollectionUsage();
      sum += usage == null ? 0 : usage.getUsed();
    }
    return sum;
  }

  private static long used(List<MemoryPoolMXBean> pools) {
    return pools.stream().mapToLong(pool -> pool.getUsage().getUsed()).sum();
  }

  /** Collections of the whole heap since the start. */
  long wholeCollections() {
    return wholeCollections.get();
  }

  @Override
  public void close() {
    for (NotificationEmitter emitter : emitters) {
      try {
        emitter.removeNotificationListener(this);
      } catch (ListenerNotFoundException e) {
        LOG.debug("not listening", e);
      }
    }
  }
}
