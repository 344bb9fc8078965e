package org.impetusmta.api.hook;

import org.impetusmta.api.message.Reply;

/**
 * What a validation hook decides. Immutable. Source: 3-api hooks, VALIDATE_CONT and VALIDATE_DONE.
 */
public sealed interface Verdict {
  /** Ask the next module. */
  Verdict CONTINUE = new Continue();

  /** No further module in this phase; the core goes on. */
  Verdict DONE = new Done();

  /** Refuses with {@code code enhanced text}; the connection stays. */
  static Verdict refuse(int code, String enhanced, String text) {
    return new Refuse(new Reply(code, enhanced, text), false);
  }

  /** Ask the next module. */
  record Continue() implements Verdict {}

  /** No further module in this phase. */
  record Done() implements Verdict {}

  /**
   * Refuses.
   *
   * @param reply what the client gets; 4xx or 5xx
   * @param disconnect whether the connection is closed after it
   */
  record Refuse(Reply reply, boolean disconnect) implements Verdict {
    public Refuse {
      if (reply.code() < 400) {
        throw new IllegalArgumentException("a refusal needs a 4xx or 5xx code: " + reply.code());
      }
    }
  }

  /**
   * Accepts towards the client and drops the message; only in the data_spool phases. It is logged
   * as a reception and a permanent failure.
   */
  record Discard(String reason) implements Verdict {}
}
