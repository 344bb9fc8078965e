package org.impetusmta.module.tls_macros;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.impetusmta.api.bounce.BounceClass;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.MessageOperations;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.tls.OutboundTls;
import org.impetusmta.log.LineBuffer;
import org.impetusmta.log.LogFormat;
import org.impetusmta.log.Sanitizer;
import org.impetusmta.testkit.Inventory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The macros as a format of custom_logger has them. */
final class TlsMacrosTest {
  private static final OutboundTls TLS =
      new OutboundTls(
          "required",
          "TLS_AES_256_GCM_SHA384",
          256,
          128,
          "TLSv1.3",
          true,
          "ca.test.example.com",
          "server.\nexample.com");

  private static final String MACROS =
      "%outbound_tls@%outbound_tls_type@%local_ip@%outbound_tls_cipher"
          + "@%outbound_tls_cipher_algbits@%outbound_tls_cipher_usebits@%outbound_tls_protocol"
          + "@%outbound_tls_verified@%outbound_tls_issuer@%outbound_tls_subject";

  private static <T> T none(Class<T> type) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (_, method, _) -> {
              throw new UnsupportedOperationException(method.getName());
            }));
  }

  private static LogEvent event(String name) {
    Message message = none(Message.class);
    Optional<String> remote = Optional.of("1.2.3.4");
    Reply reply = new Reply(250, "", "OK");
    return switch (name) {
      case "over TLS" ->
          new LogEvent.Delivery(
              0, message, "d", 1, "g", "b", 0, "1.2.3.4", reply, Optional.of(TLS));
      case "without TLS" ->
          new LogEvent.Failure(
              0,
              false,
              message,
              "d",
              1,
              "g",
              "b",
              Stage.DATA,
              0,
              remote,
              reply,
              Optional.of(OutboundTls.plain("ifavailable")));
      case "by a method without TLS" ->
          new LogEvent.Delivery(0, message, "d", 1, "g", "b", 0, "1.2.3.4", reply);
      case "without connection" ->
          new LogEvent.Failure(
              0, true, message, "d", 1, "g", "b", Stage.DATA, 0, Optional.empty(), reply);
      default -> new LogEvent.Reception(0, message, "g", "b");
    };
  }

  private static String line(String format, LogEvent event) {
    TlsMacros macros = new TlsMacros();
    LogFormat compiled =
        LogFormat.of(
            format,
            new LogFormat.Environment(
                List.of("custom_logger", "sieve", "outbound_tls"),
                List.of(macros),
                () -> List.of(macros),
                pathway -> pathway,
                none(MessageOperations.class),
                _ -> BounceClass.UNDETERMINED,
                Sanitizer.PLAIN,
                ZoneOffset.UTC));
    LineBuffer line = new LineBuffer();
    compiled.append(event, line);
    return new String(line.octets(), 0, line.length(), StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @CsvSource({
    "over TLS, TLS@required@1.2.3.4@TLS_AES_256_GCM_SHA384@256@128@TLSv1.3@verified"
        + "@ca.test.example.com@server.\\nexample.com",
    "without TLS, SMTP@ifavailable@1.2.3.4@@@@@@@",
    "by a method without TLS, unknown@@1.2.3.4@@@@@@@",
    "without connection, unknown@@@@@@@@@",
    "reception, unknown@@@@@@@@@"
  })
  void whatIsKnownOfTls(String event, String expected) {
    assertThat(line(MACROS, event(event))).isEqualTo(expected);
  }

  @Test
  void everyMacroOfTheInventoryIsThere() throws IOException {
    Set<String> names = new TreeSet<>();
    for (String[] cells : Inventory.rows("logger_macros.tsv")) {
      if (cells[0].equals(TlsMacros.NAMESPACE)) {
        names.add(cells[1].substring(1));
      }
    }
    assertThat(new TlsMacros().names()).containsExactlyInAnyOrderElementsOf(names);
    assertThat(MACROS.replace("%", "").split("@")).containsExactlyInAnyOrderElementsOf(names);
  }
}
