package org.impetusmta.api.reception;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.Reply;
import org.osgi.annotation.versioning.ProviderType;

/** Takes mail that a module makes itself; an OSGi service of the core. Concurrent. */
@ProviderType
public interface Submission {
  /**
   * Binds the message ({@code ValidateSetBinding}), lets the signers have it ({@code
   * FinalValidation} and what belongs to it), stores it and queues it; no other phase runs. It is
   * logged as a reception with protocol {@code internal}.
   *
   * @param body header and content in wire form, whole: nothing is added
   * @param context what its message dictionary begins with
   * @return its id once it is durable; completed exceptionally with {@link Refused} where policy
   *     refuses it, with an IOException where the spool cannot store it
   */
  CompletableFuture<MessageId> submit(
      Address sender, Address recipient, Body body, Map<String, String> context);

  /**
   * As {@link #submit}, for mail that is made of templates and data: {@code MsgGenDataSpool} comes
   * first.
   */
  CompletableFuture<MessageId> generate(
      Address sender, Address recipient, Body body, Map<String, String> context);

  /** Policy refused a message that was submitted, or dropped it. */
  final class Refused extends Exception {
    private static final long serialVersionUID = 1;

    private final transient Reply reply;

    public Refused(Reply reply) {
      super(reply.toString());
      this.reply = reply;
    }

    /** What a client would have been told. */
    public Reply reply() {
      return reply;
    }
  }
}
