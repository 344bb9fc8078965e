package org.impetusmta.module.auth_ds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.auth.AuthException;
import org.impetusmta.api.auth.AuthMechanism;
import org.impetusmta.api.auth.AuthParameters;
import org.impetusmta.api.auth.AuthQuery;
import org.impetusmta.api.auth.AuthStatus;
import org.impetusmta.api.auth.StoredPassword;
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

/** What is asked of a source, and what its answers come to. */
class AuthDsTest {
  private static final String TEXT = "SELECT";

  private final StandInDatasources datasources = new StandInDatasources();
  private final StandInDatasource users = datasources.add("users");

  private AuthDs module(TestStanza... parts) throws ConfigException {
    TestStanza scheme = TestStanza.of("scheme", "EcAuth");
    for (TestStanza part : parts) {
      scheme.with(part);
    }
    return new AuthDs(
        TestModule.properties(
            TestStanza.of("auth_ds").with(scheme), TestStanza.of("datasource", "users")),
        datasources);
  }

  private static TestStanza part(String name, String... pairs) {
    TestStanza part = TestStanza.of(name).say("cache", "users").say("query", TEXT);
    for (int i = 0; i < pairs.length; i += 2) {
      part.say(pairs[i], pairs[i + 1]);
    }
    return part;
  }

  private static AuthQuery query(AuthMechanism mechanism, String user, String... parameters) {
    Map<String, String> all =
        parameters.length == 0
            ? Map.of("uri", "ecauth://x")
            : Map.of("uri", "ecauth://x", parameters[0], parameters[1]);
    return new AuthQuery(
        mechanism, AuthParameters.parse(all), user, "realm.example", Optional.empty());
  }

  private static AuthStatus plain(AuthDs module, String user, String password)
      throws AuthException {
    return module.authenticate(query(AuthMechanism.PLAIN, user), password).status();
  }

  @Test
  void theSourceJudgesThePassword() throws Exception {
    AuthDs module = module(part("authenticate", "map", "user=%{username} pass=%{password}"));
    users.answers(
        Query.of(TEXT, Map.of("user", "alice", "pass", "secret")),
        StandInDatasource.column("allow", "1"));
    assertThat(module.schemes()).containsExactly("ecauth");
    assertThat(plain(module, "alice", "secret")).isEqualTo(AuthStatus.PASS);
    assertThat(plain(module, "alice", "wrong")).isEqualTo(AuthStatus.FAIL);
    assertThat(plain(module, "bob", "secret")).isEqualTo(AuthStatus.FAIL);
    assertThat(module.tellsPasswords("ecauth")).isFalse();
    assertThat(module.judgesResponses("ecauth")).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "1, PASS",
    "-1, PASS",
    "0.5, PASS",
    "t, PASS",
    "TRUE, PASS",
    "yes, PASS",
    "0, FAIL",
    "0.0, FAIL",
    "'', FAIL",
    "f, FAIL",
    "False, FAIL",
    "no, FAIL",
    "-0, FAIL"
  })
  void whatIsTrue(String cell, AuthStatus status) throws Exception {
    AuthDs module = module(part("authenticate", "map", "pass=%{password}"));
    users.answers(TEXT, StandInDatasource.column("allow", cell));
    assertThat(plain(module, "alice", "secret")).isEqualTo(status);
  }

  @Test
  void whatIsNoTruthValueLetsNobodyIn() throws Exception {
    AuthDs module = module(part("authenticate", "map", "pass=%{password}"));
    users.answers(TEXT, StandInDatasource.column("cn", "Alice"));
    assertThatThrownBy(() -> plain(module, "alice", "secret"))
        .isInstanceOf(AuthException.class)
        .hasMessageContaining("no truth value");
    users.answers(TEXT, StandInDatasource.column("allow", (String) null));
    assertThat(plain(module, "alice", "secret")).isEqualTo(AuthStatus.FAIL);
  }

  @Test
  void everyMacro() throws Exception {
    AuthDs module =
        module(
            part(
                "authenticate",
                "map",
                "u=%{username} l=%{localpart} d=%{domain} p=%{password} r=%{realm} c=%{crypt}"
                    + " i=%{uri} n=%{nonce} x=%{digest-uri} two=%{domain}/%{localpart}"
                    + " o=%{domain||example.com}"));
    plain(module, "a%{password}@b", "se'cret;--");
    assertThat(users.asked().getFirst().named())
        .containsEntry("u", "a%{password}@b")
        .containsEntry("l", "a%{password}")
        .containsEntry("d", "b")
        .containsEntry("p", "se'cret;--")
        .containsEntry("r", "realm.example")
        .containsEntry("c", "clear")
        .containsEntry("i", "ecauth://x")
        .containsEntry("n", "")
        .containsEntry("x", "")
        .containsEntry("two", "b/a%{password}")
        .containsEntry("o", "b");
    assertThat(users.asked().getFirst().text()).isEqualTo(TEXT);
    plain(module, "alice", "x");
    assertThat(users.asked().getLast().named()).containsEntry("o", "example.com");
  }

  @Test
  void theSourceJudgesTheResponseOfCramMd5() throws Exception {
    AuthDs module =
        module(part("authenticate", "map", "h=%{password} n=%{nonce} c=%{crypt} user=%{username}"));
    assertThat(module.judgesResponses("ecauth")).isTrue();
    AuthQuery asked =
        new AuthQuery(
            AuthMechanism.CRAM_MD5,
            AuthParameters.parse(Map.of("uri", "ecauth://")),
            "alice",
            "",
            Optional.empty(),
            Optional.of(new AuthQuery.Response("abcd", "<1@host>", "")));
    module.authenticate(asked, "abcd");
    assertThat(users.asked().getFirst().named())
        .isEqualTo(Map.of("h", "abcd", "n", "<1@host>", "c", "hmac_md5", "user", "alice"));
  }

  @Test
  void digestUriAndNonceOfDigestMd5() throws Exception {
    AuthDs module =
        module(
            part(
                "authenticate",
                "map",
                "n=%{nonce} x=%{digest-uri} c=%{crypt}",
                "returns_password",
                "true",
                "type",
                "md5"));
    module.passwords(
        new AuthQuery(
            AuthMechanism.DIGEST_MD5,
            AuthParameters.parse(Map.of("uri", "ecauth://")),
            "alice",
            "r",
            Optional.empty(),
            Optional.of(new AuthQuery.Response("abcd", "N", "smtp/host"))));
    assertThat(users.asked().getFirst().named())
        .isEqualTo(Map.of("n", "N", "x", "smtp/host", "c", "digest-md5"));
  }

  @Test
  void aPasswordInANamedColumnOfARow() throws Exception {
    AuthDs module =
        module(
            part(
                "authenticate",
                "map",
                "user=%{username}",
                "returns_password",
                "true",
                "password_column",
                "Password",
                "type",
                "sha1_hex"));
    users.answers(
        Query.of(TEXT, Map.of("user", "alice")),
        StandInDatasource.row(
            "cn", "Alice", "password", "e5e9fa1ba31ecd1ae84f75caaa474f3a663f05f4"));
    assertThat(plain(module, "alice", "secret")).isEqualTo(AuthStatus.PASS);
    assertThat(plain(module, "alice", "wrong")).isEqualTo(AuthStatus.FAIL);
    assertThat(plain(module, "bob", "secret")).isEqualTo(AuthStatus.FAIL);
    assertThat(module.tellsPasswords("ecauth")).isFalse();
    users.answers(TEXT, StandInDatasource.column("other", "x"));
    assertThatThrownBy(() -> plain(module, "carol", "secret"))
        .isInstanceOf(AuthException.class)
        .hasMessageContaining("no column Password");
  }

  @Test
  void theRowSaysHowItsPasswordIsStored() throws Exception {
    AuthDs module =
        module(
            part(
                "authenticate",
                "returns_password",
                "true",
                "password_column",
                "pw",
                "type_column",
                "how",
                "type_map",
                "C=clear M=md5_hex"));
    users.answers(TEXT, StandInDatasource.row("how", "C", "pw", "secret"));
    assertThat(plain(module, "alice", "secret")).isEqualTo(AuthStatus.PASS);
    users.answers(
        TEXT, StandInDatasource.row("how", "M", "pw", "5ebe2294ecd0e0f08eab7690d2a6ee69"));
    assertThat(plain(module, "alice", "secret")).isEqualTo(AuthStatus.PASS);
    assertThat(plain(module, "alice", "5ebe2294ecd0e0f08eab7690d2a6ee69"))
        .isEqualTo(AuthStatus.FAIL);
    users.answers(TEXT, StandInDatasource.row("how", "clear", "pw", "secret"));
    assertThatThrownBy(() -> plain(module, "alice", "secret"))
        .isInstanceOf(AuthException.class)
        .hasMessageContaining("type_map");
    AuthDs unmapped =
        module(
            part(
                "authenticate",
                "returns_password",
                "true",
                "password_column",
                "pw",
                "type_column",
                "how"));
    assertThat(plain(unmapped, "alice", "secret")).isEqualTo(AuthStatus.PASS);
  }

  @ParameterizedTest
  @CsvSource({
    // type, mechanism, stored_cleartext, told as
    "clear, CRAM_MD5, false, clear",
    "clear, SCRAM_SHA_256, false, clear",
    "clear, DIGEST_MD5, false, digest",
    "clear, DIGEST_MD5, true, clear",
    "md5, DIGEST_MD5, false, digest",
    "digest-md5, DIGEST_MD5, false, digest",
    "'', DIGEST_MD5, false, clear",
    "'', CRAM_MD5, false, clear",
    "ssha1, CRAM_MD5, false, refused",
    "ucrypt, DIGEST_MD5, false, refused"
  })
  void whatIsToldToMechanismsWithoutPassword(
      String type, AuthMechanism mechanism, String clear, String told) throws Exception {
    TestStanza part = part("authenticate", "returns_password", "true");
    if (!type.isEmpty()) {
      part.say("type", type);
    }
    AuthDs module = module(part);
    users.answers(TEXT, StandInDatasource.column("password", "secret"));
    AuthQuery asked = query(mechanism, "alice", "stored_cleartext", clear);
    assertThat(module.tellsPasswords("ecauth")).isEqualTo(!told.equals("refused"));
    if (told.equals("refused")) {
      assertThatThrownBy(() -> module.passwords(asked)).isInstanceOf(AuthException.class);
      return;
    }
    StoredPassword expected =
        told.equals("clear")
            ? new StoredPassword.Clear("secret")
            : type.equals("clear")
                // printf 'alice:realm.example:secret' | md5sum
                ? new StoredPassword.Digest("realm.example", "d2766b505f972d71d8fcd28dff98efa4")
                : new StoredPassword.Digest("realm.example", "secret");
    assertThat(module.passwords(asked)).containsExactly(expected);
    users.answers(TEXT, Rows.NONE);
    assertThat(module.passwords(asked)).isEmpty();
  }

  @Test
  void groups() throws Exception {
    AuthDs module =
        module(
            part("authenticate", "returns_password", "true"),
            part("querygroups", "map", "user=%{username}", "group_column", "role"),
            part("enumgroups"));
    users.answers(
        Query.of(TEXT, Map.of("user", "alice")),
        new Rows(List.of("id", "ROLE"), List.of(List.of("1", "admin"), List.of("2", " ec "))));
    users.answers(Query.of(TEXT), StandInDatasource.column("r", "admin", "ec", "", "root"));
    assertThat(module.groups(query(AuthMechanism.PLAIN, "alice"))).containsExactly("admin", "ec");
    assertThat(module.groups(query(AuthMechanism.PLAIN, "bob"))).isEmpty();
    assertThat(module.allGroups("ecauth")).containsExactly("admin", "ec", "root");
    users.answers(TEXT, StandInDatasource.column("other", "x"));
    assertThatThrownBy(() -> module.groups(query(AuthMechanism.PLAIN, "bob")))
        .isInstanceOf(AuthException.class)
        .hasMessageContaining("no column role");
  }

  @Test
  void rolesAlone() throws Exception {
    AuthDs module = module(part("querygroups"));
    assertThat(module.knowsGroups("ecauth")).isTrue();
    assertThat(module.knowsGroups("other")).isFalse();
    assertThat(module(part("authenticate", "returns_password", "true")).knowsGroups("ecauth"))
        .isFalse();
    assertThat(module.allGroups("ecauth")).isEmpty();
    assertThatThrownBy(() -> plain(module, "alice", "secret")).isInstanceOf(AuthException.class);
  }

  @Test
  void aSourceThatFailsIsAnErrorAndNoAnswer() throws Exception {
    AuthDs module =
        module(
            part("authenticate", "returns_password", "true"),
            part("querygroups"),
            part("enumgroups"));
    users.answers(TEXT, StandInDatasource.column("password", "secret"));
    users.fail("the server is gone");
    AuthQuery asked = query(AuthMechanism.PLAIN, "alice");
    assertThatThrownBy(() -> module.authenticate(asked, "secret"))
        .isInstanceOf(AuthException.class)
        .hasMessage("the Datasource \"users\": the server is gone");
    assertThatThrownBy(() -> module.passwords(asked)).isInstanceOf(AuthException.class);
    assertThatThrownBy(() -> module.groups(asked)).isInstanceOf(AuthException.class);
    assertThatThrownBy(() -> module.allGroups("ecauth")).isInstanceOf(AuthException.class);
    users.recover();
    assertThat(plain(module, "alice", "secret")).isEqualTo(AuthStatus.PASS);
    datasources.remove("users");
    assertThatThrownBy(() -> plain(module, "alice", "secret"))
        .isInstanceOf(AuthException.class)
        .hasMessageContaining("there is no Datasource");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cache=|cache is needed",
        "query=|query is needed",
        "cache=other|expected the name of a Datasource",
        "map=a=%{nothing}|expected one of crypt, digest-uri, domain, localpart, nonce, password,"
            + " realm, uri, username",
        "map=a=%{username|a %{ without its }",
        "map=user=%{username}|expected returns_password = true, or %{password} in map",
        "type=clear|need returns_password",
        "returns_password=true&type=rot13|expected one of clear digest-md5 hmac_md5",
        "returns_password=true&type=clear&type_column=t|found both",
        "returns_password=true&type_map=a=clear|needs a type_column",
        "returns_password=true&type_column=t&type_map=a=b|type_map: a = \"b\": expected one of"
      })
  void whatIsRefused(String row) {
    TestStanza part = part("authenticate", "map", "p=%{password}");
    for (String pair : row.substring(0, row.lastIndexOf('|')).split("&")) {
      part.say(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
    }
    assertThatThrownBy(() -> module(part))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("test.conf:1: in auth_ds: scheme \"ecauth\": authenticate")
        .hasMessageContaining(row.substring(row.lastIndexOf('|') + 1));
  }

  @Test
  void schemesThatAreRefused() {
    assertThatThrownBy(() -> module())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("expected Authenticate { } or QueryGroups { }");
    assertThatThrownBy(() -> module(part("querygroups"), part("querygroups")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("there twice");
    for (String name : List.of("file", "no scheme", "")) {
      assertThatThrownBy(
              () ->
                  new AuthDs(
                      TestModule.properties(
                          TestStanza.of("auth_ds")
                              .with(TestStanza.of("scheme", name).with(part("querygroups"))),
                          TestStanza.of("datasource", "users")),
                      datasources))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("not taken");
    }
  }
}
