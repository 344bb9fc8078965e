package org.impetusmta.log;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.reception.ReceptionState;
import org.impetusmta.testkit.log.LoggedMessage;

/** Events whose every value is known. */
final class Events {
  /** 2009-09-29 10:11:56.123456 UTC. */
  static final long MICROS = 1254219116_123456L;

  static final String CONTENT =
      """
      Received: by host
      Subject: Gr\u00fc\u00dfe \\o/
      X-campaignid: c1
      X-campaignid: c2
      MIME-Version: 1.0
      Content-Type: multipart/mixed; boundary="b"

      preface
      --b
      Content-Type: text/plain

      first
      second
      --b
      Content-Type: image/png

      PNG
      --b
      Content-Type: text/html

      <p>hi
      --b--
      """
          .replace("\n", "\r\n");

  private Events() {}

  static LoggedMessage message(String content) {
    Context context = new Context();
    context.set("customerid", "77");
    context.set("odd", "a\nb\\c d");
    Context connection = new Context();
    connection.set("pathway", "inbound");
    connection.set("ehlo_domain", "mx.example.org");
    connection.set("auth_status", "pass");
    connection.set("auth_name", "CRAM-MD5");
    connection.set("auth_user", "jo");
    return new LoggedMessage(
        MessageId.parse("00/00-25004-31B987F3"),
        MessageId.parse("00/00-03736-F4101B54"),
        MessageId.parse("00/00-04532-A3456B54"),
        Address.of("strong-bad@email.example.com"),
        Address.of("bob@Example.FICT"),
        "192.0.2.3",
        "esmtp",
        MICROS / 1000 - 393,
        content.getBytes(StandardCharsets.UTF_8).length,
        content,
        context,
        connection);
  }

  static LogEvent of(String name) {
    LoggedMessage message = message(CONTENT);
    return switch (name) {
      case "reception" -> new LogEvent.Reception(MICROS, message, "group-a", "binding-a");
      case "delivery" ->
          new LogEvent.Delivery(
              MICROS,
              message,
              "sinkhole.example.com",
              266,
              "group-a",
              "binding-a",
              3,
              "10.0.0.1",
              new Reply(250, "2.0.0", "OK\n250 queued"),
              Optional.empty(),
              0,
              MessageId.parse("07/00-04532-B3456B54"));
      case "transient" -> failure(message, false);
      case "permanent" -> failure(message, true);
      case "rejection" -> rejection();
      default -> throw new IllegalArgumentException(name);
    };
  }

  private static LogEvent failure(LoggedMessage message, boolean permanent) {
    return new LogEvent.Failure(
        MICROS,
        permanent,
        message,
        "example.fict",
        0,
        "group-a",
        "binding-a",
        Stage.AFTER_RCPT_TO,
        1,
        Optional.of("10.0.0.1"),
        new Reply(permanent ? 550 : 450, "", "no such account"));
  }

  private static LogEvent rejection() {
    Map<String, String> ofMessage = new LinkedHashMap<>();
    ofMessage.put("mailfrom_localpart", "evil");
    ofMessage.put("mailfrom_domain", "example.net");
    return new LogEvent.Rejection(
        MICROS,
        "10.79.11.157:42601",
        "10.79.25.142:25",
        MessageId.parse("18/00-07149-D7E16B94"),
        "outer",
        "outer-group",
        ReceptionState.AWAITING_RCPTTO,
        "core",
        Map.of("ehlo_domain", "client.example.net", "auth_user", "guess", "auth_status", "fail"),
        ofMessage,
        new Reply(550, "5.7.1", "relaying denied"),
        "relaying denied");
  }

  /** An event without message, as of a client that was refused when it connected. */
  static LogEvent refusedAtConnect() {
    return new LogEvent.Rejection(
        1339007869_000000L,
        "10.79.11.157:42601",
        "10.79.25.142:25",
        MessageId.NONE,
        "default",
        "default",
        ReceptionState.JUST_CONNECTED,
        "core",
        Map.of(),
        Map.of(),
        new Reply(550, "5.7.1", "relaying denied"),
        "relaying denied");
  }
}
