package org.impetusmta.module.auth_radius;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.impetusmta.api.auth.AuthException;
import org.impetusmta.api.auth.AuthMechanism;
import org.impetusmta.api.auth.AuthParameters;
import org.impetusmta.api.auth.AuthQuery;
import org.impetusmta.api.auth.AuthStatus;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.testkit.module.TestModule;
import org.impetusmta.testkit.module.TestStanza;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against servers that behave and some that do not. */
class AuthRadiusTest {
  private static final byte[] SECRET = "s3cret".getBytes(StandardCharsets.US_ASCII);

  private final List<Fake> servers = new ArrayList<>();

  /** What a server does with a request. */
  private interface Behaviour {
    List<byte[]> answers(byte[] request);
  }

  private static final class Fake implements AutoCloseable {
    private final DatagramSocket socket;
    private final List<byte[]> requests = new CopyOnWriteArrayList<>();

    Fake(InetAddress address, Behaviour behaviour) throws IOException {
      socket = new DatagramSocket(new InetSocketAddress(address, 0));
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  while (true) {
                    DatagramPacket packet = new DatagramPacket(new byte[4096], 4096);
                    socket.receive(packet);
                    byte[] request = Arrays.copyOf(packet.getData(), packet.getLength());
                    requests.add(request);
                    SocketAddress client = packet.getSocketAddress();
                    for (byte[] answer : behaviour.answers(request)) {
                      socket.send(new DatagramPacket(answer, answer.length, client));
                    }
                  }
                } catch (IOException closed) {
                  // the end of the test
                }
              });
    }

    int port() {
      return socket.getLocalPort();
    }

    @Override
    public void close() {
      socket.close();
    }
  }

  @AfterEach
  void close() {
    servers.forEach(Fake::close);
  }

  private static byte[] authenticator(byte[] request) {
    return Arrays.copyOfRange(request, 4, 20);
  }

  private static byte[] signed(int code, byte[] request) {
    return RadiusAnswers.signed(code, request[1], authenticator(request), SECRET, new byte[0]);
  }

  private static byte[] unsigned(int code, byte[] request) {
    return RadiusAnswers.plain(code, request[1], authenticator(request), SECRET, new byte[0]);
  }

  private Fake server(Behaviour behaviour) throws IOException {
    Fake server = new Fake(InetAddress.getLoopbackAddress(), behaviour);
    servers.add(server);
    return server;
  }

  private Fake silent() throws IOException {
    return server(request -> List.of());
  }

  private static TestStanza asked(Fake server, String... pairs) {
    TestStanza stanza =
        TestStanza.of("server", "s" + server.port())
            .say("host", "127.0.0.1:" + server.port())
            .say("secret", "s3cret")
            .say("timeout", "1")
            .say("max_tries", "1");
    for (int i = 0; i < pairs.length; i += 2) {
      stanza.say(pairs[i], pairs[i + 1]);
    }
    return stanza;
  }

  private static AuthRadius configured(TestStanza module, TestStanza... asked)
      throws ConfigException {
    Arrays.stream(asked).forEach(module::with);
    return new AuthRadius(TestModule.properties(module));
  }

  private static AuthRadius module(TestStanza... asked) throws ConfigException {
    return configured(TestStanza.of("auth_radius"), asked);
  }

  private static AuthQuery query(AuthMechanism mechanism, String user) {
    return new AuthQuery(
        mechanism, AuthParameters.parse(Map.of("uri", "radius://")), user, "", Optional.empty());
  }

  private static AuthStatus ask(AuthRadius module, String user, String password)
      throws AuthException {
    return module.authenticate(query(AuthMechanism.PLAIN, user), password).status();
  }

  /** The value of the first attribute of a type, in hexadecimal; empty where there is none. */
  private static String attribute(byte[] request, int type) {
    for (int at = 20; at < request.length; at += request[at + 1]) {
      if (request[at] == type) {
        return HexFormat.of().formatHex(request, at + 2, at + request[at + 1]);
      }
    }
    return "";
  }

  private static String text(String hex) {
    return new String(HexFormat.of().parseHex(hex), StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @CsvSource({"2, PASS", "3, FAIL", "11, FAIL"})
  void whatTheServerSays(int code, AuthStatus status) throws Exception {
    Fake server = server(request -> List.of(signed(code, request)));
    assertThat(ask(module(asked(server)), "alice", "secret")).isEqualTo(status);
    assertThat(server.requests).hasSize(1);
  }

  @Test
  void theRequest() throws Exception {
    Fake server = server(request -> List.of(signed(2, request)));
    TestStanza module =
        TestStanza.of("auth_radius")
            .say("nas-ip-address", "10.0.0.1")
            .say("nas-identifier", "4711")
            .say(
                "map",
                "username=%{username_localpart}@%{username_domain||example.com}"
                    + " password=%{password}!");
    AuthRadius radius = configured(module, asked(server));
    assertThat(radius.schemes()).containsExactly("radius");
    assertThat(radius.knowsGroups("radius")).isFalse();
    assertThat(radius.tellsPasswords("radius")).isFalse();
    ask(radius, "alice", "secret");
    ask(radius, "bob@other.example", "secret");
    byte[] request = server.requests.getFirst();
    assertThat(text(attribute(request, 1))).isEqualTo("alice@example.com");
    assertThat(text(attribute(server.requests.getLast(), 1))).isEqualTo("bob@other.example");
    assertThat(attribute(request, 4)).isEqualTo("0a000001");
    assertThat(text(attribute(request, 32))).isEqualTo("4711");
    assertThat(attribute(request, 2))
        .isEqualTo(
            HexFormat.of()
                .formatHex(
                    RadiusPackets.hidden(
                        "secret!".getBytes(StandardCharsets.US_ASCII),
                        authenticator(request),
                        SECRET)));
    assertThat(request[20]).isEqualTo((byte) RadiusPackets.MESSAGE_AUTHENTICATOR);
  }

  @Test
  void anAddressOfTheNewProtocol() throws Exception {
    Fake server = new Fake(InetAddress.ofLiteral("::1"), request -> List.of(signed(2, request)));
    servers.add(server);
    TestStanza module = TestStanza.of("auth_radius").say("nas-ip-address", "fd01:345::1");
    AuthRadius radius = configured(module, asked(server, "host", "[::1]:" + server.port()));
    assertThat(ask(radius, "alice", "secret")).isEqualTo(AuthStatus.PASS);
    assertThat(attribute(server.requests.getFirst(), 95))
        .isEqualTo("fd010345000000000000000000000001");
  }

  @Test
  void serversAreAskedInTheirOrder() throws Exception {
    Fake dead = silent();
    Fake refuses = server(request -> List.of(signed(3, request)));
    Fake accepts = server(request -> List.of(signed(2, request)));
    AuthRadius radius = module(asked(dead, "max_tries", "2"), asked(refuses), asked(accepts));
    assertThat(ask(radius, "alice", "secret")).isEqualTo(AuthStatus.FAIL);
    assertThat(dead.requests).hasSize(2);
    // the same question again: the server may have lost its answer only
    assertThat(dead.requests.getFirst()).isEqualTo(dead.requests.getLast());
    assertThat(accepts.requests).isEmpty();
  }

  @Test
  void nobodyAnswers() throws Exception {
    Fake gone = silent();
    TestStanza nobody = asked(gone);
    TestStanza nowhere = asked(gone, "host", "no-such-host.invalid");
    gone.close();
    AuthRadius radius = module(nobody, asked(silent()), nowhere);
    assertThatThrownBy(() -> ask(radius, "alice", "secret")).isInstanceOf(AuthException.class);
  }

  @Test
  void whatIsNoAnswerIsPassedOver() throws Exception {
    Fake server =
        server(
            request -> {
              byte[] forged =
                  RadiusAnswers.signed(
                      2, request[1], authenticator(request), new byte[] {'x'}, new byte[0]);
              byte[] other =
                  RadiusAnswers.signed(
                      2, request[1] + 1, authenticator(request), SECRET, new byte[0]);
              return List.of(
                  new byte[0],
                  new byte[3],
                  forged,
                  other,
                  unsigned(2, request),
                  signed(3, request));
            });
    assertThat(ask(module(asked(server)), "alice", "secret")).isEqualTo(AuthStatus.FAIL);
  }

  @Test
  void anAnswerWithoutMessageAuthenticator() throws Exception {
    Fake server = server(request -> List.of(unsigned(2, request)));
    assertThatThrownBy(() -> ask(module(asked(server)), "alice", "secret"))
        .isInstanceOf(AuthException.class);
    AuthRadius radius = module(asked(server, "require_message_authenticator", "false"));
    assertThat(ask(radius, "alice", "secret")).isEqualTo(AuthStatus.PASS);
  }

  @Test
  void whatCannotBeAskedIsWrong() throws Exception {
    Fake server = server(request -> List.of(signed(2, request)));
    AuthRadius radius = module(asked(server));
    assertThat(ask(radius, "a".repeat(254), "secret")).isEqualTo(AuthStatus.FAIL);
    assertThat(ask(radius, "alice", "s".repeat(129))).isEqualTo(AuthStatus.FAIL);
    assertThat(server.requests).isEmpty();
    assertThat(ask(radius, "ä".repeat(126), "s".repeat(128))).isEqualTo(AuthStatus.PASS);
    assertThatThrownBy(() -> radius.authenticate(query(AuthMechanism.OAUTHBEARER, ""), "token"))
        .isInstanceOf(AuthException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "host",
        "host:1812",
        "10.0.0.1",
        "10.0.0.1:2812",
        "2001:db8::1",
        "[2001:db8::1]",
        "[2001:db8::1]:2812"
      })
  void hosts(String host) throws Exception {
    Fake server = silent();
    assertThat(module(asked(server, "host", host))).isNotNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        ":1812",
        "host:",
        "host:0",
        "host:70000",
        "host:x",
        "[::1",
        "[::1]x",
        "[]"
      })
  void noHosts(String host) throws Exception {
    Fake server = silent();
    assertThatThrownBy(() -> module(asked(server, "host", host)))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("test.conf:1: in auth_radius: server \"s")
        .hasMessageContaining("host");
  }

  @Test
  void whatIsRefused() throws Exception {
    Fake server = silent();
    assertThatThrownBy(AuthRadiusTest::module)
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("expected 1 to 10");
    TestStanza[] eleven = new TestStanza[11];
    Arrays.fill(eleven, asked(server));
    assertThatThrownBy(() -> module(eleven))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("found 11");
    assertThat(module(Arrays.copyOf(eleven, 10))).isNotNull();
    assertThatThrownBy(() -> module(asked(server, "secret", "")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("secret is needed");
    for (String[] pair :
        new String[][] {
          {"nas-ip-address", "host.example"},
          {"nas-identifier", ""},
          {"map", "other=x"},
          {"map", "username=%{domain}"}
        }) {
      assertThatThrownBy(
              () -> configured(TestStanza.of("auth_radius").say(pair[0], pair[1]), asked(server)))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining(pair[0]);
    }
  }
}
