package org.impetusmta.api.reception;

import java.net.SocketAddress;
import java.util.function.Consumer;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.scheduler.EventLoop;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Reception, for listeners; an OSGi service of the core. It runs the phases, decides on relaying,
 * makes the messages, has them stored and queues them. A listener speaks the protocol and asks
 * here.
 *
 * <p>All methods are called on the session's loop. Each answers through {@code then}, on the same
 * loop and exactly once: before the method returns where no hook blocked, later otherwise. A
 * session sends nothing and reads no further command while it waits. Refusals are logged here.
 */
@ProviderType
public interface Reception {
  /**
   * A client connected.
   *
   * @param protocol {@code esmtp}, …
   */
  InboundSession accept(
      String protocol,
      ScopePath.Receiving scope,
      SocketAddress local,
      SocketAddress remote,
      EventLoop loop);

  /** A session as the core keeps it. */
  @ProviderType
  interface InboundSession extends AcceptConstruct {
    /** Where the session stands, for logs and the console; the listener keeps it up to date. */
    void state(ReceptionState state);

    /** Runs the phase connect. */
    void connect(Consumer<Outcome> then);

    /**
     * Runs the phase ehlo; {@code domain} is what the client called itself, {@code line} the whole
     * command.
     */
    void ehlo(String domain, String line, Consumer<Outcome> then);

    /** Begins a transaction and runs the phase mailfrom. */
    void mailfrom(MailCommand command, Consumer<Outcome> then);

    /**
     * Runs the phase rcptto, the relay decision among it; a positive outcome has added the
     * recipient.
     */
    void rcptto(RcptCommand command, Consumer<Outcome> then);

    /** Runs the phase data. */
    void data(Consumer<Outcome> then);

    /**
     * Content that the listener keeps in memory grows by {@code octets}, or is given back where
     * they are negative; what is left is given back by {@link #closed}. Costs one update of a
     * counter, so it is told for each array, not for each line.
     *
     * @return whether there is memory for it; if not, nothing was counted, the listener forgets the
     *     content and refuses the mail with 452 4.3.1
     */
    boolean receiving(int octets);

    /**
     * Everything after the final dot: data_spool to final_validation, {@code Spool.store}, enqueue.
     * The outcome is {@code 250 2.0.0 OK id} once the mail is durable, or the refusal. The
     * transaction is over either way.
     *
     * @param body what the client sent, in wire form; the core puts the trace header in front
     */
    void spool(Body body, Consumer<Outcome> then);

    /**
     * The same for a protocol that goes on while a message waits for the disk.
     *
     * @param ahead called before {@code then} when the phases have let the mail pass and all it
     *     waits for is to be durable: the next transaction may begin; not called where {@code then}
     *     comes without a wait
     */
    void spool(Body body, Runnable ahead, Consumer<Outcome> then);

    /** Forgets the transaction, as RSET and a new EHLO do. */
    void reset();

    /** The transaction that is open. */
    java.util.Optional<Transaction> transaction();

    /** Logs a refusal that the protocol itself made (a syntax error, a limit). */
    void rejected(Reply reply, String reason);

    /** The connection ended; whatever waits is forgotten. */
    void closed();
  }

  /**
   * What a phase came to.
   *
   * @param reply what to tell the client
   * @param disconnect whether to close after it
   */
  record Outcome(Reply reply, boolean disconnect) {
    /** Whether the client may go on. */
    public boolean accepted() {
      return reply.code() < 400;
    }
  }
}
