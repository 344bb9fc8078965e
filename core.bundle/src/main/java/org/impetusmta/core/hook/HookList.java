package org.impetusmta.core.hook;

import java.util.List;

/**
 * The implementations of one hook in stanza order: calling it costs an array walk. Read {@link
 * #entries} once per call, on an event loop or on the thread that the hook names, and do not keep
 * the array: unloading a module waits for one turn of every loop. Concurrent.
 */
public final class HookList<T> {
  private volatile HookEntry<T>[] entries;
  private volatile List<T> hooks = List.of();

  public HookList() {
    entries = array(List.of());
  }

  /** The implementations in order; not to be written to. */
  public HookEntry<T>[] entries() {
    return entries;
  }

  /** The same without what the core knows of them. */
  List<T> hooks() {
    return hooks;
  }

  /** Whether nobody implements it. */
  public boolean isEmpty() {
    return entries.length == 0;
  }

  /** Puts another list in force. */
  public void replace(List<HookEntry<T>> next) {
    entries = array(next);
    hooks = next.stream().map(HookEntry::hook).toList();
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static <T> HookEntry<T>[] array(List<HookEntry<T>> list) {
    return list.toArray(new HookEntry[0]);
  }
}
