package org.impetusmta.api.reception;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Reply;
import org.osgi.annotation.versioning.ProviderType;

/**
 * What policy can do to the session that it looks at, beside its verdict and the dictionaries
 * ({@link AcceptConstruct#context}, {@link Transaction#context}). Single: used by a hook while it
 * is asked, or on the session's loop while its answer is owed. Source: 3-api validate.h; Lua vctx.
 */
@ProviderType
public interface ValidationContext {
  /**
   * Sets what the client is told of this phase, as far as no module says otherwise later in it.
   * With a code of 400 or more the phase ends in a refusal when its modules have been asked; a 2xx
   * code gives mailfrom, rcptto and the end of the content another text, and means nothing in the
   * phases that are answered in other words (connect, ehlo, the recipient list).
   */
  void setCode(Reply reply);

  /** What {@link #setCode} or {@link #disconnect} said in this phase. */
  Optional<Reply> code();

  /** As {@link #setCode}, and the connection is closed after the reply. */
  void disconnect(Reply reply);

  /** Refuses with 421 and closes the connection. */
  default void disconnect() {
    disconnect(new Reply(421, "4.7.0", "closing connection"));
  }

  /**
   * The reply to this phase waits for {@code time}, beyond what was said before. After the content
   * the wait comes before mail is stored. SMTP sessions only; without effect on others.
   */
  void tarpit(Duration time);

  /** Whether the recipients may be changed: from MAIL FROM to the end of phase data_spool. */
  boolean canModifyRecipients();

  /** The recipients as they are; empty outside a transaction. */
  List<Address> recipients();

  /**
   * Adds a recipient, whatever the relay rules say.
   *
   * @param unique whether one that is there already is not added again
   * @return whether it was added
   * @throws IllegalStateException where {@link #canModifyRecipients} says no
   */
  boolean addRecipient(Address recipient, boolean unique);

  /**
   * Removes a recipient as often as it is there. Mail without any is refused with 554.
   *
   * @return whether it was there
   * @throws IllegalStateException where {@link #canModifyRecipients} says no
   */
  boolean removeRecipient(Address recipient);

  /**
   * Puts others in a recipient's place, as often as it is there, whatever the relay rules say; what
   * the parameters of its RCPT asked for holds for each of them.
   *
   * @return whether it was there
   * @throws IllegalStateException where {@link #canModifyRecipients} says no
   */
  boolean replaceRecipient(Address recipient, List<Address> by);

  /**
   * Puts other recipients in place of all.
   *
   * @throws IllegalStateException where {@link #canModifyRecipients} says no
   */
  void replaceRecipients(List<Address> recipients);

  /**
   * Reports what a check of the sender came to. One header field Authentication-Results (RFC 8601)
   * with all of them is put in front of the message after phase data_spool, and fields that claim
   * to be ours are removed. What is reported outside a transaction counts for all mail of the
   * connection.
   *
   * @throws IllegalStateException after phase data_spool
   */
  void addResult(AuthenticationResult result);

  /** What was reported so far, of the connection and of the message, in order. */
  List<AuthenticationResult> results();

  /**
   * What a client is greeted with, said in phase connect; without effect later.
   *
   * @param lines the whole of them without CR LF, {@code 220-…} or {@code 220 …}; where the last
   *     begins with {@code 220-} the server's own banner follows
   * @throws IllegalArgumentException where they are no such lines
   */
  default void banner(List<String> lines) {}
}
