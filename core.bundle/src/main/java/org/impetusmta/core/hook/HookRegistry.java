package org.impetusmta.core.hook;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.impetusmta.api.hook.HooksInForce;
import org.impetusmta.api.hook.RunsIn;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.util.tracker.ServiceTracker;
import org.osgi.util.tracker.ServiceTrackerCustomizer;

/**
 * The hooks in force, kept from the OSGi services that implement them (whiteboard), in stanza
 * order. A module instance's hooks count from {@link #publish} to {@link #withdraw}; services that
 * no module instance owns count at once. Concurrent.
 */
@Component(
    service = {Hooks.class, HookRegistry.class, HooksInForce.class},
    immediate = true)
public final class HookRegistry implements Hooks, HooksInForce {
  /** Service property: the module's name. */
  public static final String MODULE = "impetus.module";

  /** Service property: the key of the module instance, unique in the life of the server. */
  public static final String INSTANCE = "impetus.instance.key";

  /** Service property: the place among the stanzas. */
  public static final String ORDER = "impetus.order";

  /** How long a module that goes may still answer. */
  private static final Duration GRACE = Duration.ofSeconds(10);

  private final BundleContext context;
  private final Scheduler scheduler;
  private final Map<Class<?>, Tracked<?>> lists = new ConcurrentHashMap<>();
  private final Set<Object> published = ConcurrentHashMap.newKeySet();

  @Activate
  public HookRegistry(@Reference Scheduler scheduler, BundleContext context) {
    this.scheduler = scheduler;
    this.context = context;
  }

  @Override
  public <T> HookList<T> list(Class<T> hook) {
    return tracked(hook).list;
  }

  @SuppressWarnings("unchecked")
  private <T> Tracked<T> tracked(Class<T> hook) {
    Tracked<T> tracked = (Tracked<T>) lists.computeIfAbsent(hook, h -> new Tracked<>((Class<T>) h));
    tracked.open();
    return tracked;
  }

  @Override
  public <T> Supplier<List<T>> inForce(Class<T> hook) {
    return list(hook)::hooks;
  }

  @Override
  public <T> List<T> present(Class<T> hook) {
    return tracked(hook).present();
  }

  /**
   * Every hook point that the core calls and the modules in it, in order, for {@code module hooks}.
   */
  public Map<String, List<String>> implementers() {
    Map<String, List<String>> all = new TreeMap<>();
    lists.forEach(
        (hook, tracked) -> {
          List<String> modules = new ArrayList<>();
          for (HookEntry<?> entry : tracked.list.entries()) {
            modules.add(entry.module());
          }
          all.put(hook.getSimpleName(), modules);
        });
    return all;
  }

  /**
   * Puts the hooks of new instances in force and takes those of old ones out, in one step for each
   * hook.
   */
  public void publish(Set<String> added, Set<String> removed) {
    published.addAll(added);
    published.removeAll(removed);
    lists.values().forEach(Tracked::rebuild);
  }

  /**
   * Takes an instance's hooks out of force and waits until no call is inside them. Not for event
   * loops.
   */
  public void withdraw(String instance) throws InterruptedException {
    publish(Set.of(), Set.of(instance));
    awaitQuiet();
  }

  /**
   * Waits until every call that may have begun before is over: hooks that do not block run within
   * one turn of a loop, those that do are counted by their pool. What a module owes an answer to
   * has {@link #GRACE} for it, then the mail is deferred without the module.
   */
  public void awaitQuiet() throws InterruptedException {
    List<EventLoop> loops = scheduler.loops();
    CountDownLatch turned = new CountDownLatch(loops.size());
    for (EventLoop loop : loops) {
      if (loop.inEventLoop()) {
        throw new IllegalStateException("waiting for the loops on a loop");
      }
      loop.execute(turned::countDown);
    }
    if (!turned.await(30, TimeUnit.SECONDS)) {
      throw new IllegalStateException("an event loop did not turn within 30 s");
    }
    for (Tracked<?> tracked : lists.values()) {
      for (HookEntry<?> entry : tracked.retired()) {
        entry.owed().settle(GRACE);
        if (entry.pool() instanceof CountingPool pool) {
          pool.awaitIdle();
        }
      }
    }
  }

  @Deactivate
  void stop() {
    lists.values().forEach(Tracked::close);
  }

  /** One hook's services and the list made of them. */
  private final class Tracked<T> implements ServiceTrackerCustomizer<T, T> {
    private final HookList<T> list = new HookList<>();
    private final Map<ServiceReference<T>, HookEntry<T>> entries =
        new TreeMap<>(
            Comparator.<ServiceReference<T>>comparingInt(this::order)
                .thenComparing(Comparator.reverseOrder()));
    private final List<HookEntry<T>> retired = new ArrayList<>();
    private final ServiceTracker<T, T> tracker;
    private boolean opened;

    Tracked(Class<T> hook) {
      tracker = new ServiceTracker<>(context, hook, this);
    }

    private int order(ServiceReference<T> reference) {
      return reference.getProperty(ORDER) instanceof Integer order ? order : Integer.MAX_VALUE;
    }

    /**
     * Not within the map's computation: finding services may activate components that ask for hooks
     * themselves.
     */
    void open() {
      synchronized (this) {
        if (opened) {
          return;
        }
        opened = true;
      }
      tracker.open();
    }

    @Override
    public @Nullable T addingService(ServiceReference<T> reference) {
      T hook = context.getService(reference);
      if (hook == null) {
        // its component failed; the loader says why
        return null;
      }
      Object owner = reference.getProperty(MODULE);
      String module = owner == null ? "core" : owner.toString();
      RunsIn runsIn = hook.getClass().getAnnotation(RunsIn.class);
      CountingPool pool = runsIn == null ? null : new CountingPool(scheduler.pool(runsIn.value()));
      synchronized (this) {
        entries.put(reference, new HookEntry<>(hook, module, "__bypass_" + module, pool));
      }
      rebuild();
      return hook;
    }

    @Override
    public void modifiedService(ServiceReference<T> reference, T service) {
      rebuild();
    }

    @Override
    public void removedService(ServiceReference<T> reference, T service) {
      synchronized (this) {
        HookEntry<T> entry = entries.remove(reference);
        if (entry != null && mayOwe(entry)) {
          retired.add(entry);
        }
      }
      rebuild();
      context.ungetService(reference);
    }

    synchronized List<T> present() {
      return entries.values().stream().map(HookEntry::hook).toList();
    }

    synchronized void rebuild() {
      List<HookEntry<T>> inForce = new ArrayList<>();
      entries.forEach(
          (reference, entry) -> {
            Object instance = reference.getProperty(INSTANCE);
            if (instance == null || published.contains(instance)) {
              inForce.add(entry);
            }
          });
      list.replace(inForce);
    }

    private static boolean mayOwe(HookEntry<?> entry) {
      return entry.pool() != null || entry.owed().count() > 0;
    }

    /** Hooks that are out of force and may still be at work. */
    synchronized List<HookEntry<T>> retired() {
      List<HookEntry<T>> hooks = new ArrayList<>(retired);
      retired.clear();
      entries.forEach(
          (reference, entry) -> {
            @Nullable Object instance = reference.getProperty(INSTANCE);
            if (instance != null && !published.contains(instance) && mayOwe(entry)) {
              hooks.add(entry);
            }
          });
      return hooks;
    }

    void close() {
      tracker.close();
    }
  }
}
