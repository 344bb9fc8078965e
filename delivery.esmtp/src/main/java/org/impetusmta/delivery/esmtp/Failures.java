package org.impetusmta.delivery.esmtp;

import io.netty.channel.ConnectTimeoutException;
import org.impetusmta.api.delivery.ProxyFailure;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Reply;
import org.impetusmta.delivery.esmtp.tls.TlsReplies;

/** The replies that this end makes up when the peer gives none. Source: message_responses. */
final class Failures {
  static final Reply CONNECT_TIMEOUT = new Reply(450, "4.4.1", "[internal] Connection Timed Out");
  static final Reply CLOSED = internal("connection closed by remote host");
  static final Reply TLS_BROKEN = internal("TLS connection failed");
  static final Reply MALFORMED = internal("malformed response from remote host");
  static final Reply UNSOLICITED = internal("unsolicited response from remote host");
  static final Reply OUT_OF_STEP = internal("remote host answered out of step");
  static final Reply MAIL_FROM_TOO_LONG = internal("MAIL FROM arguments too long");
  static final Reply RCPT_TO_TOO_LONG = internal("RCPT TO arguments too long");
  static final Reply NOT_WIRE_FORM =
      new Reply(451, "4.6.0", "[internal] message body is not in wire form");
  static final Reply BAD_SENDER =
      new Reply(553, "5.1.7", "[internal] invalid character in sender address");
  static final Reply BAD_RECIPIENT =
      new Reply(553, "5.1.3", "[internal] invalid character in recipient address");
  static final Reply NEEDS_SMTPUTF8 =
      new Reply(553, "5.6.7", "[internal] remote host does not take UTF-8 addresses or headers");
  static final Reply TOO_BIG =
      new Reply(552, "5.3.4", "[internal] message is larger than remote host takes");
  static final Reply NOT_SEVEN_BIT =
      new Reply(554, "5.6.3", "[internal] message cannot be converted to 7 bits");
  static final Reply DEFECT = new Reply(451, "4.3.0", "[internal] delivery failed");

  private Failures() {}

  private static Reply internal(String text) {
    return new Reply(451, "4.4.2", "[internal] " + text);
  }

  /** The session cannot be opened as the configuration wants it; never for good. */
  static Reply session(String text) {
    return new Reply(454, "4.7.0", "[internal] " + text);
  }

  /** The connection could not be made. */
  static Reply connect(Throwable cause) {
    if (cause instanceof ProxyFailure proxy) {
      return proxy.reply();
    }
    if (cause instanceof ConnectTimeoutException) {
      return CONNECT_TIMEOUT;
    }
    // "Connection refused: /192.0.2.1:25" from NIO, "…failed with error(-111): Connection refused"
    // from epoll, each with the other's form somewhere below it
    Throwable root = cause.getCause() == null ? cause : cause.getCause();
    String message =
        root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
    String text = message.substring(message.lastIndexOf(": ") + 1).strip();
    return new Reply(451, "4.4.1", "[internal] " + text);
  }

  /** No answer came in time at {@code stage}. */
  static Reply timeout(Stage stage) {
    return switch (stage) {
      case NOT_CONNECTED -> CONNECT_TIMEOUT;
      case BANNER -> internal("no banner");
      case EHLO -> internal("no HELO/EHLO response");
      case STARTTLS -> TlsReplies.NO_GO_AHEAD;
      case MAIL_FROM -> internal("no MAIL FROM response");
      case RCPT_TO -> internal("no RCPT TO response");
      case DATA -> internal("no DATA response");
      case BODY -> internal("send BODY failed");
      case CONFIRMATION -> internal("no BODY response");
      case AFTER_EHLO -> internal("no AUTH response");
      case XCLIENT -> internal("no XCLIENT response");
      case TLS_HANDSHAKE -> internal("TLS handshake timed out");
      case RSET -> internal("no RSET response");
      default -> CLOSED;
    };
  }
}
