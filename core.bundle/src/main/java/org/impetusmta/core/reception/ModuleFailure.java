package org.impetusmta.core.reception;

import java.util.Optional;
import java.util.function.Function;
import org.impetusmta.core.hook.HookEntry;
import org.impetusmta.core.hook.HookList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A module threw where it was asked for an answer, or gave one that is none. */
final class ModuleFailure extends Exception {
  private static final long serialVersionUID = 1;
  private static final Logger LOG = LoggerFactory.getLogger(ModuleFailure.class);

  private final String module;
  private final String hook;

  private ModuleFailure(String module, String hook, Throwable cause) {
    super("module failed in " + hook, cause);
    this.module = module;
    this.hook = hook;
  }

  /** What mail comes to by it. */
  Decision.Refused decision() {
    return PhaseRunner.failed(module, hook);
  }

  /**
   * Asks one module after the other until one has an answer; on the loop.
   *
   * @param hook its name, for the log
   * @throws ModuleFailure when one throws, which is logged
   */
  @SuppressWarnings("CatchingUnchecked") // no failure of a module passes mail
  static <T, R> Optional<R> firstAnswer(
      String hook, HookList<T> hooks, Function<? super T, Optional<R>> question)
      throws ModuleFailure {
    for (HookEntry<T> entry : hooks.entries()) {
      try {
        Optional<R> answer = question.apply(entry.hook());
        if (answer.isPresent()) {
          return answer;
        }
      } catch (Exception | LinkageError | StackOverflowError | AssertionError cause) {
        LOG.error("module {} failed in {}", entry.module(), hook, cause);
        throw new ModuleFailure(entry.module(), hook, cause);
      }
    }
    return Optional.empty();
  }
}
