package org.impetusmta.spool.layer;

import java.time.Duration;
import org.impetusmta.api.scheduler.EventLoop;

/**
 * Where the layer is answered: on the engine's own thread, at once. Its listeners only note what
 * they are told, and it works until the engine is closed, whichever loops have ended. Concurrent.
 */
final class AtOnce implements EventLoop {
  static final EventLoop LOOP = new AtOnce();

  private AtOnce() {}

  @Override
  public int index() {
    return -1;
  }

  @Override
  public boolean inEventLoop() {
    return true;
  }

  @Override
  public void execute(Runnable task) {
    task.run();
  }

  @Override
  public Timer schedule(Runnable task, Duration delay) {
    throw new UnsupportedOperationException("nothing waits here");
  }

  @Override
  public <T> T unwrap(Class<T> type) {
    throw new IllegalArgumentException("no " + type.getName() + " carries this");
  }
}
