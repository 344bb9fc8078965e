package org.impetusmta.module.mail_loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.hook.Verdict;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.reception.AcceptConstruct;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MailLoopTest {
  private static final InetAddress OWN = InetAddress.ofLiteral("192.0.2.1");
  private static final InetAddress OTHER = InetAddress.ofLiteral("192.0.2.2");

  private final Context connection = new Context();

  private static MailLoop module(int max, boolean useIp, int code) throws ConfigException {
    return new MailLoop(new MailLoop.Options(max, useIp, code), Set.of(OWN));
  }

  private Verdict validate(MailLoop module, int received) {
    String header = "received : from a by b;\r\n\tdate\r\n".repeat(received);
    String text = header + "Subject: x\r\n\r\nReceived: not a header\r\n";
    Body body = Body.of(text.getBytes(StandardCharsets.US_ASCII));
    return module.validateDataSpool(
        only(Message.class, "body", body), only(AcceptConstruct.class, "context", connection));
  }

  /** An object of which the module may ask one thing. */
  private static <T> T only(Class<T> type, String method, Object answer) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, called, arguments) -> {
              assertThat(called.getName()).isEqualTo(method);
              return answer;
            }));
  }

  @ParameterizedTest
  @CsvSource({"0,true", "1,true", "3,true", "4,false", "100,false"})
  void moreReceivedFieldsThanAllowedAreALoop(int received, boolean passes) throws Exception {
    Verdict loop = Verdict.refuse(554, "5.4.6", "mail loop detected");
    assertThat(validate(module(3, false, 554), received))
        .isEqualTo(passes ? Verdict.CONTINUE : loop);
    assertThat(connection.size()).isZero();
  }

  @Test
  void theCodeIsTheOperators() throws Exception {
    assertThat(validate(module(1, false, 451), 2))
        .isEqualTo(Verdict.refuse(451, "4.4.6", "mail loop detected"));
    assertThatThrownBy(() -> module(1, false, 354))
        .isInstanceOf(ConfigException.class)
        .hasMessage("code = 354: expected 250 or a code from 400 to 599");
  }

  @Test
  void code250OnlyTellsPolicy() throws Exception {
    assertThat(validate(module(1, true, 250), 2)).isEqualTo(Verdict.CONTINUE);
    assertThat(connection.asMap()).isEqualTo(Map.of("mail_loop_header_count", "2"));
    assertThat(module(1, true, 250).vetoHostConnection("d", "h", new InetSocketAddress(OWN, 25)))
        .isEmpty();
  }

  @Test
  void connectionsToOwnAddressesAreForbiddenIfSoConfigured() throws Exception {
    InetSocketAddress self = new InetSocketAddress(OWN, 2525);
    assertThat(module(1, true, 554).vetoHostConnection("d", "h", self))
        .contains(new Reply(554, "5.4.6", "mail loop detected"));
    assertThat(module(1, true, 554).vetoHostConnection("d", "h", new InetSocketAddress(OTHER, 25)))
        .isEmpty();
    assertThat(module(1, false, 554).vetoHostConnection("d", "h", self)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1,true",
    "127.3.2.1,true",
    "0.0.0.0,true",
    "::,true",
    "::1,true",
    "::ffff:192.0.2.1,true",
    "192.0.2.1,true",
    "192.0.2.2,false",
    "2001:db8::1,true",
    "2001:db8::2,false",
    "fe80::1,true"
  })
  void addressesThatLeadBackHereAreOwn(String address, boolean own) throws Exception {
    MailLoop module =
        new MailLoop(
            new MailLoop.Options(20, true, 554),
            Set.of(OWN, InetAddress.ofLiteral("2001:db8::1"), InetAddress.ofLiteral("fe80::1")));
    assertThat(
            module
                .vetoHostConnection(
                    "d", "h", new InetSocketAddress(InetAddress.ofLiteral(address), 25))
                .isPresent())
        .isEqualTo(own);
  }

  @Test
  void code250TellsPolicyWhereALoopComesInAgain() throws Exception {
    MailLoop module = module(20, true, 250);
    assertThat(connect(module, OWN, "192.0.2.1:2525")).isEmpty();
    module.vetoHostConnection("d", "h", new InetSocketAddress(OWN, 2525));
    assertThat(connect(module, OWN, "192.0.2.1:25")).isEmpty();
    assertThat(connect(module, OTHER, "192.0.2.1:2525")).isEmpty();
    assertThat(connect(module, OWN, "192.0.2.1:2525")).isEqualTo(Map.of("mail_loop_ip", "match"));
  }

  private Map<String, String> connect(MailLoop module, InetAddress from, String local) {
    connection.clear();
    AcceptConstruct session =
        (AcceptConstruct)
            Proxy.newProxyInstance(
                AcceptConstruct.class.getClassLoader(),
                new Class<?>[] {AcceptConstruct.class},
                (proxy, called, arguments) ->
                    switch (called.getName()) {
                      case "remoteAddress" -> Optional.of(from);
                      case "local" -> local;
                      case "context" -> connection;
                      default -> throw new AssertionError(called);
                    });
    assertThat(module.validateConnect(session)).isEqualTo(Verdict.CONTINUE);
    return connection.asMap();
  }

  @Test
  void theMachinesAddressesAreFound() throws Exception {
    assertThat(MailLoop.ownAddresses()).contains(InetAddress.getLoopbackAddress());
  }
}
