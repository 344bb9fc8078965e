package org.impetusmta.core.reception;

import org.impetusmta.api.message.Reply;

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
   */
  record Refused(Reply reply, boolean disconnect, String module, String reason)
      implements Decision {}

  /** Accepted and dropped. */
  record Discarded(String module, String reason) implements Decision {}
}
