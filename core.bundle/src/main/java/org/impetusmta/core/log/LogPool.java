package org.impetusmta.core.log;

import java.util.Locale;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Scopes;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.core.net.PoolOptions;

/** What {@code ThreadPool "Log"} says of the event log: how many events may wait. None. */
final class LogPool {
  /** Events that may wait where nothing else is said. */
  static final int DEFAULT_BACKLOG = 100_000;

  private LogPool() {}

  /** The backlog in force. */
  static int backlog(Generation generation) {
    int backlog = 0;
    for (Stanza stanza : generation.stanzas(Scopes.THREADPOOL)) {
      if (stanza.instance().orElse("").toLowerCase(Locale.ROOT).equals("log")) {
        backlog =
            generation
                .options(PoolOptions.class, new ScopePath.Within(stanza))
                .backlog()
                .orElse(DEFAULT_BACKLOG);
      }
    }
    return backlog > 0 ? backlog : DEFAULT_BACKLOG;
  }
}
