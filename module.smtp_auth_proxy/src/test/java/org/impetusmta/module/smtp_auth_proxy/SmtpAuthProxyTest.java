package org.impetusmta.module.smtp_auth_proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.auth.AuthException;
import org.impetusmta.api.auth.AuthMechanism;
import org.impetusmta.api.auth.AuthParameters;
import org.impetusmta.api.auth.AuthQuery;
import org.impetusmta.api.auth.AuthStatus;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.datasource.Query;
import org.impetusmta.api.datasource.Rows;
import org.impetusmta.testkit.datasource.StandInDatasource;
import org.impetusmta.testkit.datasource.StandInDatasources;
import org.impetusmta.testkit.module.TestModule;
import org.impetusmta.testkit.module.TestStanza;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against servers that say what a test wants. */
class SmtpAuthProxyTest {
  static final String EHLO = "250-mx.example\n250-PIPELINING\n250 AUTH LOGIN PLAIN CRAM-MD5";

  private final StandInDatasources datasources = new StandInDatasources();

  static TestStanza stanza(String... pairs) {
    TestStanza stanza = TestStanza.of("smtp_auth_proxy").say("timeout", "20");
    for (int i = 0; i < pairs.length; i += 2) {
      stanza.say(pairs[i], pairs[i + 1]);
    }
    return stanza;
  }

  private SmtpAuthProxy module(TestStanza stanza) throws ConfigException {
    SmtpAuthProxy module =
        new SmtpAuthProxy(TestModule.properties(stanza, TestStanza.of("datasource", "servers")));
    module.datasources = datasources;
    return module;
  }

  private SmtpAuthProxy at(ScriptedServer server, String... pairs) throws ConfigException {
    return module(
        stanza(pairs).say("host", "127.0.0.1").say("port", Integer.toString(server.port())));
  }

  static AuthStatus ask(SmtpAuthProxy module, String user, String password) throws AuthException {
    AuthParameters parameters = AuthParameters.parse(Map.of("uri", "smtp_auth_proxy://"));
    return module
        .authenticate(
            new AuthQuery(AuthMechanism.LOGIN, parameters, user, "", Optional.empty()), password)
        .status();
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @CsvSource({
    "235 2.7.0 ok, PASS",
    "235, PASS",
    "535 5.7.8 no, FAIL",
    "525 disabled, FAIL",
    "550 who, FAIL",
    "554 no, FAIL"
  })
  void whatTheServerSays(String reply, AuthStatus status) throws Exception {
    try (ScriptedServer server = new ScriptedServer("220 mx", EHLO, reply)) {
      assertThat(ask(at(server), "älice", "se\r\ncret")).isEqualTo(status);
      assertThat(server.heard())
          .startsWith("EHLO [127.0.0.1]", "AUTH PLAIN " + base64("\0älice\0se\r\ncret"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "454 4.7.0 later", "421 bye", "500 what", "501 what", "502 what", "503 what", "504 what",
        "530 starttls first", "534 too weak", "538 encrypt", "250 ok", "335 what", "nonsense", "2",
        "235-a\n535 b", "999 x", "334 more"
      })
  void whatIsNoAnswerToThePassword(String reply) throws Exception {
    try (ScriptedServer server = new ScriptedServer("220 mx", EHLO, reply, "501 cancelled")) {
      assertThatThrownBy(() -> ask(at(server), "alice", "secret"))
          .isInstanceOf(AuthException.class)
          .hasMessageStartingWith("smtp_auth_proxy: 127.0.0.1 port " + server.port() + ": it ")
          .hasMessageNotContaining("nonsense");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"mail.example.com:587", "a b", "user@mail.example.com"})
  void aHostIsANameOrAnAddress(String host) {
    assertThatThrownBy(() -> module(stanza().say("host", host)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("host = \"" + host + "\": expected a name or an address");
  }

  @ParameterizedTest
  @ValueSource(strings = {"421 busy", "554 no", "250 ok", "nonsense"})
  void nothingIsSaidToAServerThatDoesNotGreet(String greeting) throws Exception {
    try (ScriptedServer server = new ScriptedServer(greeting, EHLO, "235 ok")) {
      assertThatThrownBy(() -> ask(at(server), "alice", "secret"))
          .isInstanceOf(AuthException.class);
      assertThat(server.heard()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"250 mx", "250-mx\n250 AUTH CRAM-MD5 NTLM", "250-mx\n250 XAUTH PLAIN", "502 no"})
  void noPasswordGoesToAServerThatDoesNotOfferToTakeIt(String ehlo) throws Exception {
    try (ScriptedServer server = new ScriptedServer("220 mx", ehlo, "235 ok")) {
      assertThatThrownBy(() -> ask(at(server), "alice", "secret"))
          .isInstanceOf(AuthException.class);
      assertThat(server.heard()).containsExactly("EHLO [127.0.0.1]");
    }
  }

  @Test
  void login() throws Exception {
    try (ScriptedServer server =
        new ScriptedServer(
            "220-mx\n220 hello",
            "250-mx\n250 AUTH=LOGIN",
            "334 VXNlcm5hbWU6",
            "334 UGFzc3dvcmQ6",
            "235 ok")) {
      assertThat(ask(at(server), "alice", "secret")).isEqualTo(AuthStatus.PASS);
      assertThat(server.heard())
          .startsWith("EHLO [127.0.0.1]", "AUTH LOGIN", base64("alice"), base64("secret"));
    }
  }

  @Test
  void aLongPasswordComesWithALineOfItsOwn() throws Exception {
    String password = "x".repeat(600);
    try (ScriptedServer server = new ScriptedServer("220 mx", EHLO, "334 ", "535 no")) {
      assertThat(ask(at(server), "alice", password)).isEqualTo(AuthStatus.FAIL);
      assertThat(server.heard())
          .startsWith("EHLO [127.0.0.1]", "AUTH PLAIN", base64("\0alice\0" + password));
    }
  }

  @Test
  void repliesWithoutEnd() throws Exception {
    String endless = "250-x\n".repeat(SmtpReplies.MOST_LINES + 1) + "250 AUTH PLAIN";
    String wide = "250 " + "x".repeat(SmtpReplies.LONGEST_LINE + 1);
    for (String ehlo : new String[] {endless, wide}) {
      try (ScriptedServer server = new ScriptedServer("220 mx", ehlo, "235 ok")) {
        assertThatThrownBy(() -> ask(at(server), "alice", "secret"))
            .isInstanceOf(AuthException.class)
            .hasMessageContaining("more than");
      }
    }
  }

  @Test
  void aServerThatFallsSilent() throws Exception {
    try (ScriptedServer server = new ScriptedServer("220 mx", EHLO)) {
      assertThatThrownBy(() -> ask(at(server, "timeout", "1"), "alice", "secret"))
          .isInstanceOf(AuthException.class);
    }
  }

  @Test
  void nobodyIsThere() throws Exception {
    ScriptedServer server = new ScriptedServer("220 mx");
    server.close();
    assertThatThrownBy(() -> ask(at(server), "alice", "secret")).isInstanceOf(AuthException.class);
    assertThatThrownBy(() -> ask(module(stanza("host", "no-such-host.invalid")), "alice", "secret"))
        .isInstanceOf(AuthException.class);
  }

  @Test
  void whatFollowsStarttlsInClearTextIsNotBelieved() throws Exception {
    try (ScriptedServer server =
        new ScriptedServer(
            "220 mx", "250-mx\n250 STARTTLS", "220 go\n250-mx\n250 AUTH PLAIN", "235 ok")) {
      assertThatThrownBy(() -> ask(at(server), "alice", "secret"))
          .isInstanceOf(AuthException.class);
      assertThat(server.heard()).startsWith("EHLO [127.0.0.1]", "STARTTLS");
      assertThat(server.heard()).noneMatch(line -> line.startsWith("AUTH"));
    }
  }

  @Test
  void tlsThatIsRequiredAndTlsThatIsNotWanted() throws Exception {
    try (ScriptedServer server = new ScriptedServer("220 mx", EHLO, "235 ok")) {
      assertThatThrownBy(() -> ask(at(server, "tls", "required"), "alice", "secret"))
          .isInstanceOf(AuthException.class)
          .hasMessageContaining("STARTTLS");
      assertThat(server.heard()).containsExactly("EHLO [127.0.0.1]");
    }
    try (ScriptedServer server =
        new ScriptedServer("220 mx", "250-mx\n250-STARTTLS\n250 AUTH PLAIN", "235 ok")) {
      assertThat(ask(at(server, "tls", "false"), "alice", "secret")).isEqualTo(AuthStatus.PASS);
      assertThat(server.heard()).noneMatch(line -> line.equals("STARTTLS"));
    }
  }

  @Test
  void theServerOfAUser() throws Exception {
    StandInDatasource servers = datasources.add("servers");
    try (ScriptedServer own = new ScriptedServer("220 mx", EHLO, "235 ok");
        ScriptedServer second = new ScriptedServer("220 mx", EHLO, "235 ok");
        ScriptedServer usual = new ScriptedServer("220 mx", EHLO, "535 no")) {
      SmtpAuthProxy module = at(usual, "ds_cache", "servers", "query", "SELECT");
      String port = Integer.toString(own.port());
      servers.answers(
          Query.of(
              "SELECT",
              Map.of("username", "a'--@b.example", "localpart", "a'--", "domain", "b.example")),
          StandInDatasource.row("host", "127.0.0.1", "weight", "1", "Port", port));
      assertThat(ask(module, "a'--@b.example", "secret")).isEqualTo(AuthStatus.PASS);
      servers.answers(
          "SELECT", StandInDatasource.row("h", "127.0.0.1", "p", Integer.toString(second.port())));
      assertThat(ask(module, "carol", "secret")).isEqualTo(AuthStatus.PASS);
      servers.answers("SELECT", Rows.NONE);
      assertThat(ask(module, "bob", "secret")).isEqualTo(AuthStatus.FAIL);
      assertThat(usual.heard()).isNotEmpty();
      servers.fail("gone");
      assertThatThrownBy(() -> ask(module, "bob", "secret"))
          .isInstanceOf(AuthException.class)
          .hasMessageContaining("gone");
    }
  }

  @Test
  void answersOfTheSourceThatAreNoServer() throws Exception {
    StandInDatasource servers = datasources.add("servers");
    SmtpAuthProxy module = module(stanza("ds_cache", "servers", "query", "SELECT"));
    assertThat(ask(module, "bob", "secret")).isEqualTo(AuthStatus.FAIL);
    for (Rows rows :
        new Rows[] {
          StandInDatasource.column("host", "no host"),
          StandInDatasource.row("host", "a", "port", "x"),
          StandInDatasource.row("host", "a", "port", "70000")
        }) {
      servers.answers("SELECT", rows);
      assertThatThrownBy(() -> ask(module, "bob", "secret"))
          .isInstanceOf(AuthException.class)
          .hasMessageContaining("no server");
    }
    module.datasources = null;
    assertThatThrownBy(() -> ask(module, "bob", "secret")).isInstanceOf(AuthException.class);
  }

  @Test
  void whatIsRefused() {
    for (String[] pairs :
        new String[][] {
          {"port", "25"},
          {"host", "a", "ds_cache", "servers"},
          {"query", "SELECT"},
          {"ds_cache", "other", "query", "SELECT"},
          {"host", "a", "tls", "false", "tls_verify", "true"}
        }) {
      assertThatThrownBy(() -> module(stanza(pairs)))
          .isInstanceOf(ConfigException.class)
          .hasMessageStartingWith("test.conf:1: in smtp_auth_proxy: ");
    }
  }
}
