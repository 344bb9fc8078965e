package org.impetusmta.core.hook;

import java.util.Optional;
import java.util.function.Function;
import org.impetusmta.api.hook.HookPoints;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The hooks in force, for modules that have hook points of their own. Concurrent. */
@Component(service = HookPoints.class)
public final class ServedHookPoints implements HookPoints {
  private static final Logger LOG = LoggerFactory.getLogger(ServedHookPoints.class);

  private final Hooks hooks;

  @Activate
  public ServedHookPoints(@Reference Hooks hooks) {
    this.hooks = hooks;
  }

  @Override
  public <T> HookPoint<T> of(Class<T> hook) {
    return new Point<>(hook, hooks.list(hook));
  }

  private record Point<T>(Class<T> hook, HookList<T> list) implements HookPoint<T> {
    @Override
    public boolean isEmpty() {
      return list.isEmpty();
    }

    @Override
    public <R> Optional<R> first(Function<? super T, Optional<R>> question) {
      for (HookEntry<T> entry : list.entries()) {
        try {
          Optional<R> answer = question.apply(entry.hook());
          if (answer.isPresent()) {
            return answer;
          }
        } catch (RuntimeException e) {
          LOG.error("{} failed in {}", entry.module(), hook.getSimpleName(), e);
        }
      }
      return Optional.empty();
    }
  }
}
