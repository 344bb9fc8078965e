package org.impetusmta.listener.control;

import java.util.List;
import java.util.Map;
import org.impetusmta.api.auth.Authentication;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.core.auth.CoreAuthentication;
import org.impetusmta.core.hook.HookList;
import org.impetusmta.core.hook.Hooks;
import org.impetusmta.testkit.smtp.FlatGeneration;

/** The core's authentication with its files, without modules. */
final class ToyAuthentication {
  private ToyAuthentication() {}

  static Authentication of(Scheduler scheduler) {
    FlatGeneration nothing = new FlatGeneration(1, 1, Map.of(), List.of());
    Hooks none =
        new Hooks() {
          @Override
          public <T> HookList<T> list(Class<T> hook) {
            return new HookList<>();
          }
        };
    return new CoreAuthentication(() -> nothing, scheduler, none);
  }
}
