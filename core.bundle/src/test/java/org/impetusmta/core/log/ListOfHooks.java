package org.impetusmta.core.log;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.impetusmta.core.hook.HookEntry;
import org.impetusmta.core.hook.HookList;
import org.impetusmta.core.hook.Hooks;

/** Hooks that a test puts in by hand. */
final class ListOfHooks implements Hooks {
  private final Map<Class<?>, HookList<?>> lists = new HashMap<>();

  @Override
  @SuppressWarnings("unchecked")
  public synchronized <T> HookList<T> list(Class<T> hook) {
    return (HookList<T>) lists.computeIfAbsent(hook, h -> new HookList<>());
  }

  <T> ListOfHooks add(Class<T> type, String module, T hook) {
    HookList<T> list = list(type);
    List<HookEntry<T>> next = new ArrayList<>(List.of(list.entries()));
    next.add(new HookEntry<>(hook, module, "__bypass_" + module, null));
    list.replace(next);
    return this;
  }
}
