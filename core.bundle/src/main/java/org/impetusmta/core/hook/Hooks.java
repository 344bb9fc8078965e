package org.impetusmta.core.hook;

/** The hooks in force. Concurrent. */
public interface Hooks {
  /** The list of {@code hook}; ask once and keep it: its entries change, the list does not. */
  <T> HookList<T> list(Class<T> hook);
}
