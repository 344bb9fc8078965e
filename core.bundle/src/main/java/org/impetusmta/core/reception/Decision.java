package org.impetusmta.core.reception;

import java.util.Map;
import org.impetusmta.api.message.Reply;
import org.jspecify.annotations.Nullable;

/** What the modules of a phase came to. Immutable. */
sealed interface Decision {
  /** Nobody objected. */
  Decision PASSED = new Passed();

  /** Nobody objected. */
  record Passed() implements Decision {}

  /**
   * Refused.
   *
   * @param module who refused
   * @param reason for the log
   * @param seen the dictionaries for the log, where those of the session may be at work elsewhere
   */
  record Refused(Reply reply, boolean disconnect, String module, String reason, @Nullable Seen seen)
      implements Decision {
    Refused(Reply reply, boolean disconnect, String module, String reason) {
      this(reply, disconnect, module, reason, null);
    }
  }

  /** Accepted and dropped. */
  record Discarded(String module, String reason) implements Decision {}

  /** The dictionaries as they were before a module got them. */
  record Seen(Map<String, String> connection, Map<String, String> message) {}
}
