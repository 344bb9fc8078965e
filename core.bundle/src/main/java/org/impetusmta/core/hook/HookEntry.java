package org.impetusmta.core.hook;

import org.impetusmta.api.scheduler.ThreadPool;
import org.jspecify.annotations.Nullable;

/**
 * One module's implementation of a hook. Immutable.
 *
 * @param hook what to call
 * @param module the module's name, for logs
 * @param bypass the connection context key that skips it, {@code __bypass_<module>}
 * @param pool where it runs when it may block; null: on the event loop
 * @param owed its calls that have no answer yet
 */
public record HookEntry<T>(
    T hook, String module, String bypass, @Nullable ThreadPool pool, OwedAnswers owed) {
  public HookEntry(T hook, String module, String bypass, @Nullable ThreadPool pool) {
    this(hook, module, bypass, pool, new OwedAnswers());
  }
}
