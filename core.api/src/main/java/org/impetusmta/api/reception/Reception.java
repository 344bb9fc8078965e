package org.impetusmta.api.reception;

import java.net.SocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.impetusmta.api.auth.AuthMechanism;
import org.impetusmta.api.auth.AuthResult;
import org.impetusmta.api.auth.AuthStatus;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.tls.InboundTls;
import org.impetusmta.api.tls.InboundTlsChoice;
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

    /** Where it stands. */
    ReceptionState state();

    /**
     * A whole command line came, {@code line[0, length)} without its CR LF; told before it is
     * looked at, valid or not.
     */
    void command(byte[] line, int length);

    /** What policy wants of TLS, before a handshake. */
    InboundTlsChoice tlsChoice();

    /**
     * A handshake was done: forgets what the client said in clear text (RFC 3207 section 4.2), sets
     * the variables {@code tls…} and asks policy. After a refusal the listener ends the connection.
     */
    void secured(InboundTls tls, Consumer<Outcome> then);

    /** Runs what belongs to accepting a connection, then the phase connect. */
    void connect(Consumer<Outcome> then);

    /**
     * Runs the phase ehlo; {@code domain} is what the client called itself, {@code line} the whole
     * command.
     */
    void ehlo(String domain, String line, Consumer<Outcome> then);

    /**
     * Asks {@code PreEsmtpAuth} whether the credentials matter; the answer is empty where they do.
     */
    void preAuth(AuthMechanism mechanism, Consumer<Optional<AuthStatus>> then);

    /**
     * The groups of the user of an AUTH that is about to pass were looked up: puts them into the
     * connection dictionary as {@code auth_groups}, with commas between them, or takes away what is
     * there.
     *
     * @param groups empty where they cannot be known now: the AUTH does not pass
     * @param listener the Listen, for the acctlog; empty: the acctlog is not told
     */
    void grouped(String user, Optional<List<String>> groups, Optional<String> listener);

    /**
     * An AUTH came to a result: puts {@code auth_name}, {@code auth_status} and {@code auth_user}
     * into the connection dictionary, runs {@code ValidateAuth}; who passed may relay from then on.
     *
     * @param listener the Listen, for the acctlog; empty: the acctlog is not told
     */
    void authenticated(
        AuthMechanism mechanism,
        AuthResult result,
        Optional<String> listener,
        Consumer<Outcome> then);

    /** The client was asked in an AUTH and did not answer in time. */
    void authTimeout(String listener, String user);

    /** Begins a transaction and runs the phase mailfrom. */
    void mailfrom(MailCommand command, Consumer<Outcome> then);

    /**
     * Runs the phase rcptto, the relay decision among it; a positive outcome has added the
     * recipient.
     */
    void rcptto(RcptCommand command, Consumer<Outcome> then);

    /**
     * The client announces content: runs the phases rcptto_list and rcptto_list_final. The outcome
     * is 354, or the refusal.
     */
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
     * Everything after the final dot: data to post_final_validation, {@code Spool.store}, enqueue.
     * The outcome is {@code 250 2.0.0 OK id} once the mail is durable, or the refusal. The
     * transaction is over either way.
     *
     * @param body what the client sent, in wire form; the core puts the trace header in front
     */
    default void spool(Body body, Consumer<Outcome> then) {
      spool(body, false, then);
    }

    /**
     * The same for content that need not be in wire form in one respect.
     *
     * @param loneLineEnds whether a CR or LF stands alone in it, so that it is refused, mended or
     *     let pass as the configuration says
     */
    void spool(Body body, boolean loneLineEnds, Consumer<Outcome> then);

    /**
     * As {@link #spool}, for protocols that answer for each recipient (LMTP, PRDR): mail that
     * policy refuses for one of them, for good or for now, is that one's alone, and nobody is
     * notified of what the client is told here.
     *
     * @param then gets an outcome for each recipient, in the order of RCPT; a refusal of all is in
     *     each
     */
    void spoolForEach(Body body, boolean loneLineEnds, Consumer<List<Outcome>> then);

    /** How much mail it takes; LIMITS (RFC 9422) tells the client. */
    Limits limits();

    /**
     * The client is {@code remote} from here on, as a trusted peer says (XCLIENT, XREMOTEIP): logs,
     * header fields, options and relay rules go by it. What relay rules said of the peer ends; what
     * others put into the dictionary stays.
     */
    void client(ScopePath.Receiving scope, SocketAddress remote);

    /** This end is called {@code local} from here on. */
    void server(SocketAddress local);

    /**
     * The name of the client, as if it had said it in HELO or EHLO, and no phase runs; empty: it
     * has not greeted.
     */
    void greeting(String domain, boolean extended);

    /**
     * As {@link #spool}, for a protocol that goes on while a message waits for the disk.
     *
     * @param ahead called before {@code then} when the phases have let the mail pass and all it
     *     waits for is to be durable: the next transaction may begin; not called where {@code then}
     *     comes without a wait
     */
    void spool(Body body, Runnable ahead, Consumer<Outcome> then);

    /** Forgets the transaction, as RSET and a new EHLO do. */
    void reset();

    /** The transaction that is open. */
    Optional<Transaction> transaction();

    /** The client sent octets and had not been greeted. */
    default void talkedEarly() {}

    /**
     * What policy wants the client greeted with; empty: the usual banner. Where the last line goes
     * on, {@code 220-}, the usual banner follows.
     */
    default List<String> banner() {
      return List.of();
    }

    /** Logs a refusal that the protocol itself made (a syntax error, a limit). */
    void rejected(Reply reply, String reason);

    /** The client went away without having been told to; {@link #closed} follows. */
    void aborted();

    /** The connection ended; whatever waits is forgotten. */
    void closed();
  }

  /**
   * How much mail a session takes; 0: no limit.
   *
   * @param messages of the connection
   * @param recipients of a message
   */
  record Limits(int messages, int recipients) {}

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
