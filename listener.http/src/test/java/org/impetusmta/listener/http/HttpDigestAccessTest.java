package org.impetusmta.listener.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.groups.Tuple;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.testkit.peers.Daemon;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Digest authentication, by curl (Debian: curl) and octet by octet. */
final class HttpDigestAccessTest {
  private static final Pattern NONCE = Pattern.compile("nonce=\"([\\w-]+)\"");

  @TempDir Path folder;
  private Path hashes = Path.of("/");
  private Path passwords = Path.of("/");

  @BeforeEach
  void passwords() throws Exception {
    passwords = Files.writeString(folder.resolve("passwords"), "bob:bu:il\"der\nzoë:pâss\n");
    hashes =
        Files.writeString(
            folder.resolve("hashes"),
            "bob:Momentum:" + hash("MD5", "bob:Momentum:bu:il\"der") + "\n");
  }

  private String stored(String... more) {
    return "authdigestmd5parameters=uri=digest://" + hashes + " " + String.join(" ", more);
  }

  private String clear(String... more) {
    return "authdigestmd5parameters=stored_cleartext=true uri=file://"
        + passwords
        + " "
        + String.join(" ", more);
  }

  private static String hash(String algorithm, String text) throws Exception {
    return HexFormat.of()
        .formatHex(
            MessageDigest.getInstance(algorithm).digest(text.getBytes(StandardCharsets.UTF_8)));
  }

  // ---- curl

  /** The statuses that curl saw, then the last body. */
  private static String curl(String... arguments) throws Exception {
    assumeTrue(Daemon.program("curl").isPresent(), "curl is not installed");
    List<String> command = new ArrayList<>(List.of("curl", "-q", "-s", "-i", "-m", "20"));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    StringBuilder statuses = new StringBuilder();
    Matcher line = Pattern.compile("(?m)^HTTP/1.1 (\\d+)").matcher(said);
    while (line.find()) {
      statuses.append(line.group(1)).append(' ');
    }
    int body = said.lastIndexOf("\r\n\r\n");
    return statuses + said.substring(body + 4).strip();
  }

  @Test
  void curl_is_let_in_with_the_right_password() throws Exception {
    try (HttpServer server = new HttpServer(stored("log_authentication=true"))) {
      String url = server.uri("/hello?a=b%20c&d");
      assertThat(curl("--digest", "-u", "bob:bu:il\"der", url)).isEqualTo("401 200 hello bob");
      assertThat(curl("--digest", "-u", "bob:wrong", url)).isEqualTo("401 401 Unauthorized");
      assertThat(curl("--digest", "-u", "eve:bu:il\"der", url)).isEqualTo("401 401 Unauthorized");
      assertThat(curl("--basic", "-u", "bob:bu:il\"der", url)).isEqualTo("401 Unauthorized");
      assertThat(curl(url)).isEqualTo("401 Unauthorized");
      assertThat(curl("--digest", "-u", "bob:bu:il\"der", url, server.uri("/hello")))
          .as("the second request on the connection has the nonce of the first")
          .isEqualTo("401 200 200 hello bob");
      assertThat(curl("--digest", "-u", "bob:bu:il\"der", "-d", "text", server.uri("/echo")))
          .isEqualTo("401 200 text");
      assertThat(accounted(server))
          .containsExactly(
              Tuple.tuple("bob", 1),
              Tuple.tuple("bob", 0),
              Tuple.tuple("eve", 0),
              Tuple.tuple("bob", 1),
              Tuple.tuple("bob", 1));
    }
  }

  private static List<Tuple> accounted(HttpServer server) {
    return server.log.events().stream()
        .filter(LogEvent.Accounting.class::isInstance)
        .map(LogEvent.Accounting.class::cast)
        .map(event -> Tuple.tuple(event.user(), event.result()))
        .toList();
  }

  @Test
  void sources_with_passwords_serve_sha_256_and_other_alphabets() throws Exception {
    try (HttpServer server = new HttpServer(clear("realm=Here"))) {
      String url = server.uri("/hello");
      assertThat(curl("--digest", "-u", "bob:bu:il\"der", url)).isEqualTo("401 200 hello bob");
      assertThat(curl("--digest", "-u", "zoë:pâss", url)).startsWith("401 200 hello zo");
      assertThat(curl("--digest", "-u", "zoë:pass", url)).isEqualTo("401 401 Unauthorized");
    }
  }

  @Test
  void basic_and_digest_stand_beside_each_other() throws Exception {
    try (HttpServer server =
        new HttpServer(clear(), "authplainparameters=uri=file://" + passwords)) {
      String url = server.uri("/hello");
      for (String way : List.of("--digest", "--basic", "--anyauth")) {
        assertThat(curl(way, "-u", "bob:bu:il\"der", url)).as(way).endsWith("200 hello bob");
        assertThat(curl(way, "-u", "bob:wrong", url)).as(way).endsWith("401 Unauthorized");
      }
      assertThat(server.raw("GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
          .containsSubsequence("algorithm=SHA-256", "algorithm=MD5", "Basic realm=\"Momentum\"");
    }
  }

  // ---- octet by octet

  private static String get(HttpServer server, String method, String target, String field)
      throws Exception {
    return server.raw(
        "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n"
            .formatted(method, target, field.isEmpty() ? "" : "Authorization: " + field + "\r\n"));
  }

  private static String nonce(HttpServer server) throws Exception {
    Matcher found = NONCE.matcher(get(server, "GET", "/hello", ""));
    assertThat(found.find()).isTrue();
    return found.group(1);
  }

  private static String digest(String algorithm, String method, String nonce, String count)
      throws Exception {
    return digest(algorithm, method, "/hello", nonce, count);
  }

  private static String digest(
      String algorithm, String method, String uri, String nonce, String count) throws Exception {
    String response =
        hash(
            algorithm,
            hash(algorithm, "bob:Momentum:bu:il\"der")
                + ":%s:%s:mine:auth:".formatted(nonce, count)
                + hash(algorithm, method + ":" + uri));
    return ("Digest username=\"bob\", realm=\"Momentum\", nonce=\"%s\", uri=\"%s\", algorithm=%s,"
            + " qop=auth, nc=%s, cnonce=\"mine\", response=\"%s\"")
        .formatted(nonce, uri, algorithm, count, response);
  }

  @Test
  void what_was_said_once_is_not_good_again() throws Exception {
    try (HttpServer server = new HttpServer(stored())) {
      assertThat(get(server, "GET", "/hello", ""))
          .contains("WWW-Authenticate: Digest realm=\"Momentum\", qop=\"auth\", algorithm=MD5,")
          .doesNotContain("stale");
      String nonce = nonce(server);
      String first = digest("MD5", "GET", nonce, "00000001");
      assertThat(get(server, "GET", "/hello", first)).startsWith("HTTP/1.1 200 ");
      String again = get(server, "GET", "/hello", first);
      assertThat(again).startsWith("HTTP/1.1 401 ").contains("stale=true").doesNotContain(nonce);
      assertThat(get(server, "GET", "/hello", digest("MD5", "GET", nonce, "0000000a")))
          .startsWith("HTTP/1.1 200 ");
      assertThat(get(server, "GET", "/hello", digest("MD5", "GET", nonce, "0000000A")))
          .contains("stale=true");
      assertThat(get(server, "GET", "/hello", digest("MD5", "GET", nonce, "00000002")))
          .as("by another connection, out of order")
          .startsWith("HTTP/1.1 200 ");
    }
  }

  @Test
  void a_count_is_not_taken_by_who_does_not_know_the_password() throws Exception {
    try (HttpServer server = new HttpServer(stored())) {
      String nonce = nonce(server);
      String right = digest("MD5", "GET", nonce, "00000001");
      String wrong = right.replaceAll("response=\"....", "response=\"zzzz");
      assertThat(get(server, "GET", "/hello", wrong))
          .startsWith("HTTP/1.1 401 ")
          .doesNotContain("stale");
      assertThat(get(server, "GET", "/hello", right)).startsWith("HTTP/1.1 200 ");
    }
  }

  @Test
  void the_nonce_of_a_server_that_is_gone_is_stale() throws Exception {
    String nonce;
    try (HttpServer before = new HttpServer(stored())) {
      nonce = nonce(before);
    }
    try (HttpServer server = new HttpServer(stored())) {
      String answer = get(server, "GET", "/hello", digest("MD5", "GET", nonce, "00000001"));
      assertThat(answer).startsWith("HTTP/1.1 401 ").contains("stale=true");
      Matcher fresh = NONCE.matcher(answer);
      assertThat(fresh.find()).isTrue();
      assertThat(get(server, "GET", "/hello", digest("MD5", "GET", fresh.group(1), "00000001")))
          .startsWith("HTTP/1.1 200 ");
    }
  }

  @Test
  void a_response_is_for_one_request() throws Exception {
    try (HttpServer server = new HttpServer(stored())) {
      String nonce = nonce(server);
      assertThat(get(server, "POST", "/hello", digest("MD5", "GET", nonce, "00000001")))
          .as("another method")
          .startsWith("HTTP/1.1 401 ");
      assertThat(get(server, "GET", "/hello?x", digest("MD5", "GET", nonce, "00000002")))
          .as("another target")
          .startsWith("HTTP/1.1 400 ");
      assertThat(get(server, "GET", "http://x/hello", digest("MD5", "GET", nonce, "00000003")))
          .as("the form that proxies are asked in")
          .startsWith("HTTP/1.1 200 ");
      assertThat(get(server, "HEAD", "/hello", digest("MD5", "HEAD", nonce, "00000004")))
          .startsWith("HTTP/1.1 200 ");
    }
  }

  @Test
  void hashes_that_were_not_offered_are_refused() throws Exception {
    try (HttpServer server = new HttpServer(stored())) {
      assertThat(get(server, "GET", "/hello", digest("SHA-256", "GET", nonce(server), "00000001")))
          .startsWith("HTTP/1.1 401 ");
    }
    try (HttpServer server = new HttpServer(clear())) {
      for (String algorithm : List.of("SHA-256", "MD5")) {
        assertThat(
                get(server, "GET", "/hello", digest(algorithm, "GET", nonce(server), "00000001")))
            .as(algorithm)
            .startsWith("HTTP/1.1 200 ");
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "qop=auth, | ''",
        "qop=auth, | qop=auth-int,",
        "nc=00000001, | ''",
        "nc=00000001, | nc=1,",
        "nc=00000001, | nc=00000000,",
        "nc=00000001, | nc=zzzzzzzz,",
        "cnonce=\"mine\", | ''",
        "cnonce=\"mine\", | cnonce=\"\",",
        "algorithm=MD5, | algorithm=MD5-sess,",
        "username=\"bob\", | ''",
        "username=\"bob\", | 'username=\"bob\", username=\"bob\",'",
        "username=\"bob\", | 'username=\"bob\", username*=UTF-8''''bob,'",
        "username=\"bob\", | username*=latin1''''bob,",
        "username=\"bob\", | username*=UTF-8''''%zz,",
        "username=\"bob\", | 'username=\"bob\", userhash=true,'",
        "username=\"bob\", | username=\"\u00ff\",",
        "response=\" | response=\"\\\"",
        "realm=\"Momentum\", | realm=\"Elsewhere\",",
        "realm=\"Momentum\", | realm,",
      })
  void what_is_malformed_or_not_offered_lets_nobody_in(String part, String instead)
      throws Exception {
    try (HttpServer server = new HttpServer(stored())) {
      String good = digest("MD5", "GET", nonce(server), "00000001");
      assertThat(good).contains(part);
      assertThat(get(server, "GET", "/hello", good.replace(part, instead)))
          .startsWith("HTTP/1.1 401 ")
          .contains("WWW-Authenticate: Digest ");
      assertThat(get(server, "GET", "/hello", good)).startsWith("HTTP/1.1 200 ");
    }
  }

  @Test
  void forms_that_mean_the_same_are_good() throws Exception {
    try (HttpServer server = new HttpServer(stored())) {
      String good = digest("MD5", "GET", nonce(server), "00000001");
      assertThat(
              get(
                  server,
                  "GET",
                  "/hello",
                  good.replace("Digest ", "dIGEST ,")
                      .replace("username=\"bob\"", "Username*=utf-8''b%6fb")
                      .replace("qop=auth", "qop = \"auth\"")
                      .replace("algorithm=MD5", "algorithm=\"md5\"")
                      .replace("\"mine\"", "\"m\\ine\"")))
          .startsWith("HTTP/1.1 200 ")
          .endsWith("hello bob");
    }
  }

  @Test
  void who_fails_too_often_is_told_to_wait() throws Exception {
    try (HttpServer server = new HttpServer(stored(), "auth_failures_per_address=1/600")) {
      assertThat(
              get(
                  server,
                  "GET",
                  "/hello",
                  digest("MD5", "GET", nonce(server), "00000001").replace("bob", "eve")))
          .startsWith("HTTP/1.1 401 ");
      assertThat(get(server, "GET", "/hello", digest("MD5", "GET", nonce(server), "00000001")))
          .startsWith("HTTP/1.1 429 ");
    }
  }

  @Test
  void a_source_that_cannot_say_is_503() throws Exception {
    try (HttpServer server =
        new HttpServer("authdigestmd5parameters=uri=digest:///nowhere/hashes")) {
      String nonce = nonce(server);
      for (int i = 0; i < 3; i++) {
        assertThat(get(server, "GET", "/hello", digest("MD5", "GET", nonce, "00000001")))
            .startsWith("HTTP/1.1 503 ");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"scram:///x", "groups:///x", "nonsense://x", "file://relative"})
  void sources_that_cannot_serve_it_are_refused(String uri) {
    assertThatThrownBy(() -> new HttpServer("authdigestmd5parameters=uri=" + uri))
        .isInstanceOf(ConfigException.class);
  }

  @Test
  void it_is_enough_for_who_must_authenticate() throws Exception {
    try (HttpServer server = new HttpServer(stored(), "enable_authentication=true")) {
      assertThat(get(server, "GET", "/hello", digest("MD5", "GET", nonce(server), "00000001")))
          .startsWith("HTTP/1.1 200 ");
    }
    try (HttpServer server = new HttpServer(stored(), "enable_authentication=false")) {
      assertThat(get(server, "GET", "/hello", "")).startsWith("HTTP/1.1 200 ");
    }
  }
}
