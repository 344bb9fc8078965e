package org.impetusmta.core.queue;

import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/** Whether mail is thrown away. Read-only. Source: conf.ref.blackhole. */
@OptionSet({Scopes.GLOBAL, Scopes.BINDING_GROUP, Scopes.BINDING, Scopes.DOMAIN})
public record DiscardOptions(
    @Option(
            value = "false",
            doc =
                "Whether mail fails instead of being delivered: true or inline at RCPT TO and in"
                    + " the queue, internal in the queue alone, after it was accepted")
        Blackhole blackhole) {
  /** What becomes of mail. */
  public enum Blackhole {
    /** It is delivered. */
    FALSE,
    /** As {@link #INLINE}. */
    TRUE,
    /** Refused at RCPT TO; what is in a queue fails. */
    INLINE,
    /** Accepted, then failed in its queue. */
    INTERNAL
  }

  /** Whether mail in a queue fails. */
  public boolean discards() {
    return blackhole != Blackhole.FALSE;
  }

  /** Whether a recipient is refused. */
  public boolean refuses() {
    return blackhole == Blackhole.TRUE || blackhole == Blackhole.INLINE;
  }
}
