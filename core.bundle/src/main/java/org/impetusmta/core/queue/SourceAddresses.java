package org.impetusmta.core.queue;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.hook.SecondaryBindAddress;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.core.hook.HookEntry;
import org.impetusmta.core.hook.HookList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The source addresses of all bindings, and whether this machine has them. An address that it has
 * not suspends its binding, which the log says once, and resumes it when it is there. Suspended
 * bindings are looked after every {@code binding_auto_replumb_interval}, all of them with {@code
 * binding_auto_replumb}. What {@code bind_address} says of a binding when it is first used holds
 * until the server is restarted. Concurrent; looks in the pool IO. Source: conf.ref.bind_address,
 * conf.ref.binding_auto_replumb.
 */
final class SourceAddresses {
  private static final Logger LOG = LoggerFactory.getLogger(SourceAddresses.class);

  private final Configuration configuration;
  private final Scheduler scheduler;
  private final HookList<SecondaryBindAddress> secondary;
  private final Finder finder;
  private final Runnable changed;
  private final Map<Key, Known> known = new ConcurrentHashMap<>();
  private final AtomicBoolean watching = new AtomicBoolean();

  /** A check of those that are ill is on its way. */
  private final AtomicBoolean asked = new AtomicBoolean();

  /** Serialises checks. */
  private final Object checking = new Object();

  /** Finds addresses on this machine. */
  interface Finder {
    /** A check begins: what an earlier one found is old. */
    void begin();

    /** The address as a socket is bound to it; empty where this machine does not have it. */
    Optional<InetAddress> find(InetAddress address);
  }

  private record Key(String group, String binding) {}

  /** One binding. */
  private static final class Known {
    final ScopePath.Sending path;
    final SourceAddress source;

    /** What is said of each of its addresses, by what the configuration calls it. */
    final Map<String, Boolean> there = new LinkedHashMap<>();

    /** Names that were resolved. */
    final Map<String, List<InetAddress>> resolved = new LinkedHashMap<>();

    /** Something is wrong with it: it is looked after. */
    volatile boolean ill;

    Known(ScopePath.Sending path, SourceAddress source) {
      this.path = path;
      this.source = source;
    }
  }

  /**
   * @param changed run when a binding was suspended or resumed
   */
  SourceAddresses(
      Configuration configuration,
      Scheduler scheduler,
      HookList<SecondaryBindAddress> secondary,
      Finder finder,
      Runnable changed) {
    this.configuration = configuration;
    this.scheduler = scheduler;
    this.secondary = secondary;
    this.finder = finder;
    this.changed = changed;
  }

  /** The source address of a binding; the same object for all of its queues. */
  SourceAddress of(ScopePath.Sending path) {
    Key key = new Key(path.bindingGroup(), path.binding());
    Known found = known.get(key);
    if (found == null) {
      BindAddress primary = primary(path);
      Known fresh = new Known(path, primary.any() ? SourceAddress.ANY : new SourceAddress(false));
      primary.address().ifPresent(address -> fresh.source.usable(List.of(address)));
      Known raced = known.putIfAbsent(key, fresh);
      found = raced == null ? fresh : raced;
      if (raced == null && !primary.any()) {
        found.ill = true; // not looked at yet
        if (primary.address().isEmpty()) {
          fresh.source.usable(List.of()); // a name has to be resolved
        }
        look(false);
        watch();
      }
    }
    return found.source;
  }

  private BindAddress primary(ScopePath.Sending path) {
    return BindAddress.parse(
        configuration.current().options(BindAddressOptions.class, path).bindAddress());
  }

  /** A connection could not be bound: the binding rests until the next check. */
  void failed(ScopePath.Sending path, InetAddress address) {
    Known one = known.get(new Key(path.bindingGroup(), path.binding()));
    if (one == null || one.source.any() || one.source.suspended()) {
      return;
    }
    one.ill = true;
    List<InetAddress> rest = new ArrayList<>(one.source.usable());
    if (rest.remove(address)) {
      one.source.usable(List.copyOf(rest));
      LOG.warn(
          "binding {} cannot use its source address {}{}",
          path.binding(),
          address.getHostAddress(),
          rest.isEmpty() ? ": suspended" : "");
      synchronized (one.there) {
        one.there.replaceAll((name, there) -> false);
      }
      changed.run();
    }
  }

  /** The binding of every configured name is looked at, so that the log says what is missing. */
  void configured(BindingTable table) {
    for (BindingTable.Slot slot : table.slots()) {
      of(new ScopePath.Sending(slot.group(), slot.name(), ""));
    }
  }

  /** Modules came or went: everything is looked at. */
  void lookAgain() {
    if (known.values().stream().anyMatch(one -> !one.source.any())) {
      look(true);
    }
  }

  private void watch() {
    if (watching.compareAndSet(false, true)) {
      next();
    }
  }

  private MultiVipOptions options() {
    return configuration.current().options(MultiVipOptions.class, ScopePath.GLOBAL);
  }

  private void next() {
    scheduler
        .loops()
        .getFirst()
        .schedule(
            () -> {
              boolean all = options().bindingAutoReplumb();
              if (all || known.values().stream().anyMatch(one -> one.ill)) {
                look(all);
              }
              next();
            },
            options().bindingAutoReplumbInterval());
  }

  private void look(boolean all) {
    if (!all && !asked.compareAndSet(false, true)) {
      return;
    }
    try {
      scheduler.pool("IO").execute(() -> check(all));
    } catch (RejectedExecutionException full) {
      asked.set(false);
      LOG.warn("source addresses are not checked now: {}", full.getMessage());
    }
  }

  // ---- in the pool ----

  private void check(boolean all) {
    boolean different = false;
    asked.set(false);
    synchronized (checking) {
      finder.begin();
      for (Known one : known.values()) {
        if (!one.source.any() && (all || one.ill)) {
          different |= check(one);
        }
      }
    }
    if (different) {
      changed.run();
    }
  }

  private boolean check(Known one) {
    List<InetAddress> before = one.source.usable();
    List<InetAddress> usable = new ArrayList<>(2);
    boolean ill = false;
    for (String said : said(one)) {
      boolean any = false;
      for (InetAddress address : addresses(one, said)) {
        Optional<InetAddress> there = finder.find(address);
        if (there.isPresent()
            && usable.stream().noneMatch(o -> o.getClass() == address.getClass())) {
          usable.add(there.get());
        }
        any |= there.isPresent();
      }
      ill |= !any;
      say(one, said, any);
    }
    one.ill = ill;
    if (before.equals(usable)) {
      return false;
    }
    boolean rested = one.source.suspended();
    one.source.usable(List.copyOf(usable));
    if (rested != one.source.suspended()) {
      LOG.info("binding {} is {}", one.path.binding(), rested ? "resumed" : "suspended");
    }
    return true;
  }

  private static void say(Known one, String said, boolean there) {
    @Nullable Boolean before;
    synchronized (one.there) {
      before = one.there.put(said, there);
    }
    if (there && before != null && !before) {
      LOG.info("source address {} of binding {} is there", said, one.path.binding());
    } else if (!there && (before == null || before)) {
      LOG.warn("source address {} of binding {} is not on this machine", said, one.path.binding());
    }
  }

  /** The primary address and what modules add to it. */
  private List<String> said(Known one) {
    Generation generation = configuration.current();
    List<String> said = new ArrayList<>(2);
    said.add(
        one.there.isEmpty()
            ? generation.options(BindAddressOptions.class, one.path).bindAddress()
            : first(one));
    for (HookEntry<SecondaryBindAddress> entry : secondary.entries()) {
      try {
        entry
            .hook()
            .secondaryBindAddress(generation, one.path)
            .filter(text -> !said.contains(text))
            .ifPresent(said::add);
      } catch (RuntimeException e) {
        LOG.error("{} failed for binding {}", entry.module(), one.path.binding(), e);
      }
    }
    return said;
  }

  private static String first(Known one) {
    synchronized (one.there) {
      return one.there.keySet().iterator().next();
    }
  }

  private static List<InetAddress> addresses(Known one, String said) {
    List<InetAddress> found = one.resolved.get(said);
    if (found == null) {
      try {
        BindAddress address = BindAddress.parse(said);
        found =
            address.address().isPresent()
                ? List.of(address.address().get())
                : List.of(InetAddress.getAllByName(address.name()));
        one.resolved.put(said, found);
      } catch (UnknownHostException | IllegalArgumentException e) {
        LOG.debug("bind address of {}: {}", one.path.binding(), e.getMessage());
        found = List.of();
      }
    }
    return found;
  }
}
