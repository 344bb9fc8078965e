package org.impetusmta.core.log;

import java.util.Locale;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Scopes;
import org.impetusmta.api.config.Stanza;

/**
 * What the event log reads of {@code ThreadPool "Log"}.
 *
 * @param backlog events that may wait before reception defers; 0: the default of the event log
 */
@OptionSet(Scopes.THREADPOOL)
public record LogPool(
    @Option(value = "0", min = 0, dynamic = false, doc = "jobs that may wait; 0: no limit")
        int backlog) {
  /** Events that may wait where nothing else is said. */
  static final int DEFAULT_BACKLOG = 100_000;

  /** The backlog in force. */
  static int backlog(Generation generation) {
    int backlog = 0;
    for (Stanza stanza : generation.stanzas(Scopes.THREADPOOL)) {
      if (stanza.instance().orElse("").toLowerCase(Locale.ROOT).equals("log")) {
        backlog = generation.options(LogPool.class, new ScopePath.Within(stanza)).backlog();
      }
    }
    return backlog > 0 ? backlog : DEFAULT_BACKLOG;
  }
}
