package org.impetusmta.core.reception;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether a client said something before it was greeted, and who wants to know. Single: the
 * session's loop.
 */
final class EarlyTalk {
  private boolean talked;
  private @Nullable List<Runnable> waiting;

  void whenTalked(Runnable task) {
    if (talked) {
      task.run();
      return;
    }
    List<Runnable> list = waiting;
    if (list == null) {
      list = new ArrayList<>(1);
      waiting = list;
    }
    list.add(task);
  }

  void talked() {
    if (talked) {
      return;
    }
    talked = true;
    List<Runnable> list = waiting;
    waiting = null;
    if (list != null) {
      list.forEach(Runnable::run);
    }
  }
}
