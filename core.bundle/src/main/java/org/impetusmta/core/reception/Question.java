package org.impetusmta.core.reception;

import java.util.function.Function;
import org.impetusmta.api.hook.Verdict;
import org.impetusmta.core.hook.HookList;

/**
 * One hook that is asked within a phase; a phase may have several, asked one after the other.
 * Immutable.
 *
 * @param phase its name, for the log
 * @param hooks the modules that implement it
 * @param call asks one of them
 * @param suspendable whether an answer may come later
 */
record Question<T>(
    String phase, HookList<T> hooks, Function<? super T, Verdict> call, boolean suspendable) {
  Question(String phase, HookList<T> hooks, Function<? super T, Verdict> call) {
    this(phase, hooks, call, true);
  }

  /** Something that a hook without a verdict is told. */
  interface Notice<T> {
    void tell(T hook);
  }

  /** A hook without a verdict: whoever wants to refuse does it by the validation context. */
  static <T> Question<T> telling(String phase, HookList<T> hooks, Notice<? super T> notice) {
    return new Question<>(
        phase,
        hooks,
        hook -> {
          notice.tell(hook);
          return Verdict.CONTINUE;
        });
  }
}
