package org.impetusmta.api.log;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.bounce.BounceReport;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.reception.ReceptionState;
import org.impetusmta.api.tls.OutboundTls;

/**
 * What happened to a message or a session, for loggers. Events hold copies of all that may change;
 * of their message only ids, envelope, origin, time and size may be read, and what {@link
 * org.impetusmta.api.hook.LogDetails} asked for. Immutable otherwise; handed over on the log thread
 * in the order in which they happened on each event loop.
 */
public sealed interface LogEvent {
  /** When it happened, microseconds since 1970. */
  long timeMicros();

  /** When it happened, milliseconds since 1970. */
  default long timeMillis() {
    return Math.floorDiv(timeMicros(), 1000L);
  }

  /** A moment as events have it. */
  static long micros(Instant moment) {
    return moment.getEpochSecond() * 1_000_000L + moment.getNano() / 1000;
  }

  /** The moment of an event's time. */
  static Instant instant(long micros) {
    return Instant.ofEpochSecond(
        Math.floorDiv(micros, 1_000_000L), Math.floorMod(micros, 1_000_000L) * 1000L);
  }

  /** A message was accepted (mainlog R). */
  record Reception(long timeMicros, Message message, String bindingGroup, String binding)
      implements LogEvent {}

  /**
   * A message was delivered (mainlog D).
   *
   * @param bytes octets sent
   * @param retries transient failures before this attempt
   * @param remoteAddress the server that took it
   * @param tls what is known of TLS on the connection; empty where the method knows no TLS
   * @param tookMillis from when the connection was ready for the message to the reply
   * @param connectionId of the outbound connection; {@link MessageId#NONE} where it has none
   */
  record Delivery(
      long timeMicros,
      Message message,
      String routingDomain,
      int bytes,
      String bindingGroup,
      String binding,
      int retries,
      String remoteAddress,
      Reply reply,
      Optional<OutboundTls> tls,
      long tookMillis,
      MessageId connectionId)
      implements LogEvent {
    /** Over a connection without an id. */
    public Delivery(
        long timeMicros,
        Message message,
        String routingDomain,
        int bytes,
        String bindingGroup,
        String binding,
        int retries,
        String remoteAddress,
        Reply reply,
        Optional<OutboundTls> tls,
        long tookMillis) {
      this(
          timeMicros,
          message,
          routingDomain,
          bytes,
          bindingGroup,
          binding,
          retries,
          remoteAddress,
          reply,
          tls,
          tookMillis,
          MessageId.NONE);
    }

    /** One that took no time. */
    public Delivery(
        long timeMicros,
        Message message,
        String routingDomain,
        int bytes,
        String bindingGroup,
        String binding,
        int retries,
        String remoteAddress,
        Reply reply,
        Optional<OutboundTls> tls) {
      this(
          timeMicros,
          message,
          routingDomain,
          bytes,
          bindingGroup,
          binding,
          retries,
          remoteAddress,
          reply,
          tls,
          0);
    }

    /** Over a connection of which nothing is known of TLS. */
    public Delivery(
        long timeMicros,
        Message message,
        String routingDomain,
        int bytes,
        String bindingGroup,
        String binding,
        int retries,
        String remoteAddress,
        Reply reply) {
      this(
          timeMicros,
          message,
          routingDomain,
          bytes,
          bindingGroup,
          binding,
          retries,
          remoteAddress,
          reply,
          Optional.empty());
    }
  }

  /**
   * An attempt failed (mainlog T and P).
   *
   * @param bytes octets sent before the failure; 0 when there was no connection
   * @param retries transient failures before this attempt
   * @param remoteAddress empty when there was no connection
   * @param tls what is known of TLS on the connection; empty when there was none, or the method
   *     knows no TLS
   * @param connectionId of the outbound connection; {@link MessageId#NONE} when there was none
   */
  record Failure(
      long timeMicros,
      boolean permanent,
      Message message,
      String routingDomain,
      int bytes,
      String bindingGroup,
      String binding,
      Stage stage,
      int retries,
      Optional<String> remoteAddress,
      Reply reply,
      Optional<OutboundTls> tls,
      MessageId connectionId)
      implements LogEvent {
    /** Over a connection without an id, or none. */
    public Failure(
        long timeMicros,
        boolean permanent,
        Message message,
        String routingDomain,
        int bytes,
        String bindingGroup,
        String binding,
        Stage stage,
        int retries,
        Optional<String> remoteAddress,
        Reply reply,
        Optional<OutboundTls> tls) {
      this(
          timeMicros,
          permanent,
          message,
          routingDomain,
          bytes,
          bindingGroup,
          binding,
          stage,
          retries,
          remoteAddress,
          reply,
          tls,
          MessageId.NONE);
    }

    /** Over a connection of which nothing is known of TLS, or none. */
    public Failure(
        long timeMicros,
        boolean permanent,
        Message message,
        String routingDomain,
        int bytes,
        String bindingGroup,
        String binding,
        Stage stage,
        int retries,
        Optional<String> remoteAddress,
        Reply reply) {
      this(
          timeMicros,
          permanent,
          message,
          routingDomain,
          bytes,
          bindingGroup,
          binding,
          stage,
          retries,
          remoteAddress,
          reply,
          Optional.empty());
    }
  }

  /**
   * Mail came back to an address of {@code Bounce_Domains} (bouncelog). There are events of its
   * reception, and of what became of it, too.
   *
   * @param message the mail that came back; its recipient is the sender of the original
   * @param report what it says
   */
  record OutOfBandBounce(
      long timeMicros, Message message, BounceReport report, String bindingGroup, String binding)
      implements LogEvent {
    /** Text of the reply of the {@link Failure} of one that was dropped after it was looked at. */
    public static final String DROPPED = "[internal] discarded by policy: bounce_behavior";
  }

  /**
   * Reception refused a connection, a command or a message (rejectlog).
   *
   * @param remote {@code ip:port} of the client
   * @param local {@code ip:port} of this end
   * @param module the module that refused, or {@code core}
   * @param reply what the client was told
   * @param reason for the log alone; the reply's text where there is nothing more to say
   */
  record Rejection(
      long timeMicros,
      String remote,
      String local,
      MessageId connectionId,
      String pathway,
      String pathwayGroup,
      ReceptionState state,
      String module,
      Map<String, String> connectionContext,
      Map<String, String> messageContext,
      Reply reply,
      String reason)
      implements LogEvent {}

  /**
   * A message of another spool was brought over, or was not (importlog).
   *
   * @param originalId its id there; empty where a record was too damaged to tell
   * @param id its id here; the same unless a message with that id was here already
   * @param folder the folder of the other spool
   */
  record Import(
      long timeMicros,
      Optional<MessageId> originalId,
      Optional<MessageId> id,
      ImportResult result,
      String folder)
      implements LogEvent {}

  /** What became of a message that was to be imported. */
  enum ImportResult {
    /** It is here and durable. */
    IMPORTED(1),
    /** Its envelope cannot be read. */
    ENVELOPE_UNREADABLE(2),
    /** Its body cannot be read. */
    BODY_UNREADABLE(3),
    /** It cannot be stored here. */
    NOT_STORED(4);

    private final int number;

    ImportResult(int number) {
      this.number = number;
    }

    /** As the importlog has it. */
    public int number() {
      return number;
    }
  }

  /**
   * Somebody authenticated or was authorized, or not (acctlog).
   *
   * @param listener where, as the configuration names it
   * @param remote {@code ip:port} of the client; empty on a Unix socket
   * @param user empty where the client came to no name
   * @param result 1 yes, 0 no, -1 it could not be found out
   * @param command what the user wanted to run, {@code AUTH} where the groups of an SMTP client
   *     were looked up; empty unless {@code type} is AUTHORIZATION
   * @param role the role that allowed it, or the groups with commas between them; empty where there
   *     is none
   */
  record Accounting(
      long timeMicros,
      AccountingType type,
      String listener,
      String remote,
      String user,
      int result,
      String command,
      String role)
      implements LogEvent {}

  /**
   * A request came in at an HTTP listener and was answered, or its connection ended first
   * (httplog).
   *
   * @param remote {@code ip:port} of the client; empty on a Unix socket
   * @param listen where, as the configuration names it
   * @param method as the client wrote it; {@code -} where it made no sense, as all of the three
   * @param path as the client wrote it, without query
   * @param version {@code HTTP/1.1}
   * @param status what the client was told; 0: the connection ended before the answer began
   * @param bytes octets of the whole answer that were sent
   * @param micros from the request's head to the end of the answer
   */
  record HttpExchange(
      long timeMicros,
      String remote,
      String listen,
      String method,
      String path,
      String version,
      int status,
      long bytes,
      long micros)
      implements LogEvent {}

  /** The records of the acctlog. */
  enum AccountingType {
    AUTHENTICATION('N'),
    AUTHENTICATION_TIMEOUT('T'),
    AUTHORIZATION('Z');

    private final char letter;

    AccountingType(char letter) {
      this.letter = letter;
    }

    /** As the acctlog has it. */
    public char letter() {
      return letter;
    }
  }

  /** A diagnostic (paniclog). */
  record Diagnostic(long timeMicros, Level level, String source, String text) implements LogEvent {}

  /** How grave a diagnostic is; the levels of {@code debug_flags}. */
  enum Level {
    CRITICAL,
    ERROR,
    WARNING,
    NOTICE,
    INFO,
    DEBUG
  }
}
