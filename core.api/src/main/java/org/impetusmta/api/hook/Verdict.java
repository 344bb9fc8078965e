package org.impetusmta.api.hook;

import java.util.concurrent.CompletionStage;
import org.impetusmta.api.message.Reply;

/**
 * What a validation hook decides. Immutable. Source: implementing.policy.scriptlets: VALIDATE_CONT,
 * VALIDATE_DONE and VALIDATE_AGAIN; {@link Refuse} is a code of 400 or more together with
 * VALIDATE_DONE.
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

  /**
   * The answer comes later; the session waits for it and no thread does. It may be given on any
   * thread; what is done with the session's objects until then is done on {@code
   * AcceptConstruct.loop()}. One that fails, is not there within {@code Validation_Timeout}, or is
   * still owed when its module is unloaded, defers the mail with 451. Not in set_binding.
   *
   * @param verdict what is decided in the end; may be one of this kind again
   */
  static Verdict suspend(CompletionStage<Verdict> verdict) {
    return new Suspend(verdict);
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

  /** Answers later; see {@link #suspend}. */
  record Suspend(CompletionStage<Verdict> verdict) implements Verdict {}

  /**
   * Accepts towards the client and drops the message; only in the phases data, data_spool and those
   * that follow them. It is logged as a reception and a permanent failure.
   */
  record Discard(String reason) implements Verdict {}
}
