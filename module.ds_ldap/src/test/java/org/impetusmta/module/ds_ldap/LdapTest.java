package org.impetusmta.module.ds_ldap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.datasource.DatasourceConnection;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.Query;
import org.impetusmta.api.datasource.Rows;
import org.impetusmta.testkit.console.Typed;
import org.impetusmta.testkit.peers.Peer;
import org.impetusmta.testkit.peers.Slapd;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The driver ldap before a real directory (Debian: slapd). */
final class LdapTest {
  private static @Nullable Slapd server;

  private final AtomicLong nanos = new AtomicLong();
  private final List<Ldap> made = new ArrayList<>();

  private static final String DATA =
      """
      dn: dc=example
      objectClass: dcObject
      objectClass: organization
      o: Example
      dc: example

      dn: ou=people,dc=example
      objectClass: organizationalUnit
      ou: people

      dn: uid=ann,ou=people,dc=example
      objectClass: account
      objectClass: simpleSecurityObject
      uid: ann
      userPassword: secret
      description: first

      dn: cn=list,ou=people,dc=example
      objectClass: groupOfNames
      cn: list
      description: the list
      member: uid=ann,ou=people,dc=example
      member: uid=bob,ou=people,dc=example
      member: uid=eve,ou=people,dc=example

      """;

  @BeforeAll
  static void start() throws Exception {
    server = Slapd.launch("allow bind_anon_cred bind_anon_dn", DATA);
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  @AfterEach
  void end() {
    made.forEach(Ldap::end);
  }

  private Ldap driver(int size, String ca) throws ConfigException {
    Ldap driver =
        new Ldap(
            new Ldap.Options(
                size, Duration.ofSeconds(60), ca.isEmpty() ? Optional.empty() : Optional.of(ca)),
            nanos::get);
    made.add(driver);
    return driver;
  }

  private static Slapd server() {
    return Objects.requireNonNull(server);
  }

  private static String plain() {
    return "//127.0.0.1:" + server().port();
  }

  private static Rows ask(DatasourceConnection connection, String url, String... values)
      throws DatasourceException {
    Map<String, String> named = new java.util.HashMap<>();
    for (int i = 0; i < values.length; i += 2) {
      named.put(values[i], values[i + 1]);
    }
    return connection.query(Query.of(url, named), 100);
  }

  private static String figure(Ldap driver, String name) throws ConsoleException {
    return type(driver, "show", "connection", "cache", "stats").stream()
        .filter(line -> line.startsWith(name))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElseThrow();
  }

  private static List<String> type(Ldap driver, String... words) throws ConsoleException {
    return Typed.run(driver, words).lines();
  }

  @Test
  void entries_are_rows() throws Exception {
    try (DatasourceConnection connection =
        driver(5, "").connect("ldap", plain() + "/dc=example??sub", LdapUrlTest.settings())) {
      Rows ann = ask(connection, "ldap:///?uid,description??(uid=$u)?x-return-dn=who", "u", "ann");
      assertThat(ann.columns()).containsExactly("who", "uid", "description");
      assertThat(ann.cells())
          .isEqualTo(List.of(List.of("uid=ann,ou=people,dc=example", "ann", "first")));
      Rows list = ask(connection, "ldap:///?description,member??(cn=list)");
      assertThat(list.column(1))
          .containsExactly(
              "uid=ann,ou=people,dc=example",
              "uid=bob,ou=people,dc=example",
              "uid=eve,ou=people,dc=example");
      assertThat(list.cells().get(1))
          .isEqualTo(Arrays.asList(null, "uid=bob,ou=people,dc=example"));
      assertThat(ask(connection, "ldap:///???(uid=ann)").first("description")).contains("first");
      assertThat(ask(connection, "ldap:///?uid??(uid=nobody)").isEmpty()).isTrue();
      assertThat(ask(connection, "ldap:///dc=elsewhere,dc=example").isEmpty()).isTrue();
      assertThat(connection.query(Query.of("ldap:///?objectClass??"), 2).column(0)).isNotEmpty();
      assertThat(connection.query(Query.of("ldap:///?ou,o,uid,cn??"), 2).size()).isEqualTo(2);
      assertThatThrownBy(() -> connection.execute(Query.of("ldap:///")))
          .hasMessageContaining("can be read only");
      assertThatThrownBy(() -> ask(connection, "SELECT 1")).hasMessageContaining("ldap://");
    }
  }

  @Test
  void no_value_finds_more_than_itself() throws Exception {
    try (DatasourceConnection connection =
        driver(5, "").connect("ldap", plain() + "/dc=example??sub", LdapUrlTest.settings())) {
      for (String value : LdapUrlTest.NASTY) {
        assertThat(ask(connection, "ldap:///?uid??(uid=$u)", "u", value).isEmpty())
            .as(value)
            .isTrue();
        assertThat(ask(connection, "ldap:///uid=$u,dc=example?uid?base", "u", value).isEmpty())
            .as(value)
            .isTrue();
      }
    }
  }

  @Test
  void a_bind_tells_whether_a_password_is_right() throws Exception {
    String url = "ldap:///????bindname=uid=$user%2Cou=people%2Cdc=example,x-bindpw=$pass";
    Ldap driver = driver(5, "");
    try (DatasourceConnection connection =
        driver.connect("ldap", plain(), LdapUrlTest.settings())) {
      assertThat(ask(connection, url, "user", "ann", "pass", "secret").first())
          .contains("uid=ann,ou=people,dc=example");
      for (String wrong : List.of("Secret", "", " ", "secret ", "*", "\u0000")) {
        assertThat(ask(connection, url, "user", "ann", "pass", wrong).isEmpty()).as(wrong).isTrue();
      }
      for (String nobody : List.of("", "bob", "ann,ou=people", "*", "ann+uid=bob", "admin")) {
        assertThat(ask(connection, url, "user", nobody, "pass", "secret").isEmpty())
            .as(nobody)
            .isTrue();
        assertThat(ask(connection, url, "user", nobody, "pass", "").isEmpty()).as(nobody).isTrue();
      }
      assertThat(figure(driver, "Entries")).as("only nobody's is kept").isEqualTo("1");
    }
  }

  @Test
  void a_bind_of_the_configuration_that_fails_is_an_error() throws Exception {
    Ldap driver = driver(5, "");
    String admin = plain() + "/dc=example??sub??bindname=cn=admin%2Cdc=example,x-bindpw=";
    try (DatasourceConnection connection =
        driver.connect("ldap", admin + "admin", LdapUrlTest.settings())) {
      assertThat(ask(connection, "ldap:///?userPassword??(uid=ann)").first()).contains("secret");
    }
    assertThatThrownBy(() -> driver.connect("ldap", admin + "wrong", LdapUrlTest.settings()))
        .isInstanceOfSatisfying(
            DatasourceException.class,
            e -> {
              assertThat(e).hasMessageContaining("invalid credentials");
              assertThat(e.connectionLost()).isTrue();
            });
  }

  @Test
  void connections_are_kept_for_the_next_query() throws Exception {
    Ldap driver = driver(1, "");
    try (DatasourceConnection connection =
        driver.connect("ldap", plain() + "/dc=example", LdapUrlTest.settings())) {
      ask(connection, "ldap:///");
      ask(connection, "ldap:///");
      assertThat(figure(driver, "Hits")).isEqualTo("2");
      assertThat(figure(driver, "Entries")).isEqualTo("1");
      ask(connection, "ldap:///????x-disable-connection-cache=true");
      assertThat(figure(driver, "Hits")).isEqualTo("2");
      ask(connection, "ldap:///????bindname=cn=admin%2Cdc=example,x-bindpw=admin");
      assertThat(figure(driver, "Evicted")).as("connection_cache_size").isEqualTo("1");
      assertThat(figure(driver, "Entries")).isEqualTo("1");
      nanos.addAndGet(Duration.ofSeconds(61).toNanos());
      assertThat(figure(driver, "Expired")).as("connection_cache_life").isEqualTo("1");
      ask(connection, "ldap:///");
      assertThat(type(driver, "flush", "connection", "cache"))
          .containsExactly("flushed 1 connections");
      assertThat(figure(driver, "Entries")).isEqualTo("0");
      assertThat(figure(driver, "Flushed")).isEqualTo("1");
    }
    assertThatThrownBy(() -> type(driver, "flush")).isInstanceOf(ConsoleException.class);
    assertThat(driver.complete(List.of("show", "con"))).containsExactly("connection");
  }

  @Test
  void tls_asks_for_a_certificate_that_is_trusted() throws Exception {
    Ldap trusting = driver(5, server().certificate().toString());
    String base = "/dc=example";
    try (DatasourceConnection tls =
        trusting.connect(
            "ldaps", "//127.0.0.1:" + server().tlsPort() + base, LdapUrlTest.settings())) {
      assertThat(ask(tls, "ldap:///?dc").first()).contains("example");
    }
    try (DatasourceConnection startTls =
        trusting.connect("ldap", plain() + base + "????x-starttls=true", LdapUrlTest.settings())) {
      assertThat(ask(startTls, "ldap:///?dc").first()).contains("example");
    }
    Ldap other = driver(5, "");
    assertThatThrownBy(
            () ->
                other.connect(
                    "ldaps", "//127.0.0.1:" + server().tlsPort() + base, LdapUrlTest.settings()))
        .isInstanceOf(DatasourceException.class);
    assertThatThrownBy(
            () ->
                other.connect(
                    "ldap", plain() + base + "????x-starttls=true", LdapUrlTest.settings()))
        .isInstanceOf(DatasourceException.class);
    assertThatThrownBy(() -> driver(5, server().key().toString()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("tls_ca_file");
  }

  @Test
  void a_frozen_directory_fails_in_time_and_a_dead_one_comes_back() throws Exception {
    Peer running = server();
    Ldap driver = driver(5, "");
    try (DatasourceConnection connection =
        driver.connect(
            "ldap", plain() + "/dc=example????x-search-timeout=1", LdapUrlTest.settings())) {
      running.freeze();
      try {
        assertThatThrownBy(() -> ask(connection, "ldap:///"))
            .isInstanceOf(DatasourceException.class)
            .hasMessageContaining("timeout");
      } finally {
        running.thaw();
      }
      assertThat(ask(connection, "ldap:///?dc").first()).contains("example");
      running.kill();
      try {
        assertThatThrownBy(() -> ask(connection, "ldap:///"))
            .isInstanceOfSatisfying(
                DatasourceException.class, e -> assertThat(e.connectionLost()).isTrue());
        assertThatThrownBy(() -> driver.connect("ldap", plain(), LdapUrlTest.settings()))
            .isInstanceOf(DatasourceException.class);
      } finally {
        running.start();
      }
      assertThat(ask(connection, "ldap:///?dc").first()).contains("example");
    }
  }
}
