package org.impetusmta.spool.journal;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.impetusmta.api.scheduler.EventLoop;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The answers of one commit, on their way back: one task for each loop. Thread-safety: single; the
 * journal writer.
 */
final class Answers {
  private static final Logger LOG = LoggerFactory.getLogger(Answers.class);

  private final List<LoopAnswers> loops = new ArrayList<>();

  void stored(Request.Store store) {
    of(store.loop()).tasks.add(() -> store.listener().stored(store.entries()));
  }

  void failed(Request.Store store, IOException cause) {
    of(store.loop()).tasks.add(() -> store.listener().failed(cause));
  }

  /** Sends them off. */
  void post() {
    for (LoopAnswers answers : loops) {
      try {
        answers.loop.execute(answers);
      } catch (RejectedExecutionException e) {
        LOG.warn("event loop {} takes no answers of the spool any more", answers.loop.index(), e);
      }
    }
    loops.clear();
  }

  // there are as many loops as cores: a walk is cheaper than a map
  private LoopAnswers of(EventLoop loop) {
    for (LoopAnswers answers : loops) {
      if (answers.loop == loop) {
        return answers;
      }
    }
    LoopAnswers answers = new LoopAnswers(loop);
    loops.add(answers);
    return answers;
  }

  private static final class LoopAnswers implements Runnable {
    private final EventLoop loop;
    private final List<Runnable> tasks = new ArrayList<>();

    LoopAnswers(EventLoop loop) {
      this.loop = loop;
    }

    @Override
    public void run() {
      for (Runnable task : tasks) {
        try {
          task.run();
        } catch (RuntimeException e) {
          // one session's mistake must not cost the others their answer
          LOG.error("a store listener failed", e);
        }
      }
    }
  }
}
