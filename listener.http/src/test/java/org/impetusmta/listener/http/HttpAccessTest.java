package org.impetusmta.listener.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.tls.PemFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is served: passwords, certificates, access rules, the PROXY protocol. */
final class HttpAccessTest {
  private static final Path FILES = Path.of("../listener.esmtp/src/test/resources/tls");

  @TempDir Path folder;
  private Path passwords = Path.of("/");

  @BeforeEach
  void passwords() throws Exception {
    passwords = Files.writeString(folder.resolve("passwords"), "alice:wonder:land\nbob:builder\n");
  }

  private String plain(String... more) {
    return "authplainparameters=uri=file://" + passwords + " " + String.join(" ", more);
  }

  private static String basic(String pair) {
    return "Authorization: Basic "
        + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8))
        + "\r\n";
  }

  private static String get(HttpServer server, String fields) throws Exception {
    return server.raw("GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + fields + "\r\n");
  }

  @Test
  void the_right_password_is_let_in_and_a_wrong_one_is_not() throws Exception {
    try (HttpServer server = new HttpServer(plain("log_authentication=true", "realm=Here"))) {
      assertThat(get(server, ""))
          .startsWith("HTTP/1.1 401 ")
          .contains("WWW-Authenticate: Basic realm=\"Here\"");
      assertThat(get(server, basic("bob:builder")))
          .startsWith("HTTP/1.1 200 ")
          .endsWith("hello bob");
      assertThat(get(server, basic("bob:wrong"))).startsWith("HTTP/1.1 401 ");
      assertThat(get(server, basic("nobody:x"))).startsWith("HTTP/1.1 401 ");
      assertThat(get(server, "Authorization: Basic !!!\r\n")).startsWith("HTTP/1.1 401 ");
      assertThat(get(server, "Authorization: Bearer x\r\n")).startsWith("HTTP/1.1 401 ");
      assertThat(get(server, basic("bob\u0000bob:builder"))).startsWith("HTTP/1.1 401 ");
      server.logged(7);
      assertThat(server.log.events().stream().filter(LogEvent.Accounting.class::isInstance))
          .map(LogEvent.Accounting.class::cast)
          .extracting(LogEvent.Accounting::user, LogEvent.Accounting::result)
          .startsWith(
              org.assertj.core.groups.Tuple.tuple("bob", 1),
              org.assertj.core.groups.Tuple.tuple("bob", 0));
    }
  }

  @Test
  void nothing_is_told_before_the_client_has_authenticated() throws Exception {
    try (HttpServer server = new HttpServer(plain())) {
      assertThat(server.raw("GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
          .startsWith("HTTP/1.1 401 ");
      assertThat(server.raw("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"))
          .startsWith("HTTP/1.1 401 ")
          .contains("connection: close");
    }
  }

  @Test
  void a_connection_is_not_the_users_for_good() throws Exception {
    try (HttpServer server = new HttpServer(plain())) {
      String answers =
          server.raw(
              "GET /hello HTTP/1.1\r\nHost: x\r\n"
                  + basic("bob:builder")
                  + "\r\nGET /hello HTTP/1.1\r\nHost: x\r\n"
                  + basic("bob:builder")
                  + "\r\nGET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      assertThat(answers.split("hello bob", -1)).hasSize(3);
      assertThat(answers).contains("HTTP/1.1 401 ");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "always_deny=true, '', 403",
    "always_deny=true, always_allow=true, 403",
    "always_allow=true, PLAIN, 200",
    "enable_authentication=false, PLAIN, 200",
    "enable_authentication=true, PLAIN, 401",
  })
  void rules_of_access(String one, String other, int status) throws Exception {
    String second = "PLAIN".equals(other) ? plain() : other.isEmpty() ? "x=y" : other;
    try (HttpServer server = new HttpServer(one, second)) {
      assertThat(get(server, "")).startsWith("HTTP/1.1 " + status + " ");
    }
  }

  @Test
  void configurations_that_let_nobody_in_are_refused() {
    assertThatThrownBy(() -> new HttpServer("enable_authentication=true"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("AuthPLAINParameters");
    assertThatThrownBy(() -> new HttpServer("authplainparameters=uri=nonsense://x"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("expected one of the schemes");
    assertThatThrownBy(() -> new HttpServer("tls_verified_peer_is_authorized=true"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("use_ssl");
    assertThatThrownBy(() -> new HttpServer("use_ssl=true"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("tls_certificate");
  }

  @Test
  void the_proxy_names_the_client() throws Exception {
    try (HttpServer server = new HttpServer("proxy_protocol=true")) {
      assertThat(
              server.raw(
                  "PROXY TCP4 192.0.2.7 192.0.2.1 4711 80\r\n"
                      + "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
          .startsWith("HTTP/1.1 200 ");
      assertThat(server.logged(1).getFirst().remote()).isEqualTo("192.0.2.7:4711");
      assertThat(server.raw("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")).isEmpty();
    }
  }

  private static String[] tls(String... more) {
    return java.util.stream.Stream.concat(
            java.util.stream.Stream.of(
                "use_ssl=true",
                "tls_certificate=" + FILES.resolve("mx.pem"),
                "tls_key=" + FILES.resolve("mx.key")),
            java.util.stream.Stream.of(more))
        .toArray(String[]::new);
  }

  private static SSLContext trusting(String... shown) throws Exception {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    try (InputStream in = Files.newInputStream(FILES.resolve("ca.pem"))) {
      store.setCertificateEntry(
          "ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    KeyStore keys = KeyStore.getInstance(KeyStore.getDefaultType());
    keys.load(null, null);
    for (String name : shown) {
      keys.setKeyEntry(
          name,
          PemFile.key(FILES.resolve(name + ".key")),
          new char[0],
          PemFile.certificates(FILES.resolve(name + ".pem")).toArray(X509Certificate[]::new));
    }
    KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    own.init(keys, new char[0]);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(own.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  private static SSLSocket secure(HttpServer server, Socket plain, String... shown)
      throws Exception {
    return (SSLSocket)
        trusting(shown)
            .getSocketFactory()
            .createSocket(plain, "127.0.0.1", server.address().getPort(), true);
  }

  @ParameterizedTest
  @ValueSource(strings = {"openssl", "gnutls"})
  void requests_come_by_tls(String engine) throws Exception {
    try (HttpServer server = new HttpServer(tls("tls_engine=" + engine));
        Socket plain = server.socket();
        SSLSocket socket = secure(server, plain)) {
      for (int i = 0; i < 3; i++) {
        socket
            .getOutputStream()
            .write("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      }
      socket
          .getOutputStream()
          .write(
              "GET /long HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      String all = HttpServer.rest(socket);
      assertThat(all.split("hello you", -1)).hasSize(4);
      assertThat(all).endsWith("\r\n0\r\n\r\n");
      assertThat(server.logged(4)).extracting(LogEvent.HttpExchange::status).containsOnly(200);
    }
  }

  @ParameterizedTest
  @CsvSource({"client, 200", "'', 401"})
  void a_client_with_a_good_certificate_needs_no_password(String shown, int status)
      throws Exception {
    try (HttpServer server =
            new HttpServer(
                tls(
                    "tls_client_ca=" + FILES.resolve("ca.pem"),
                    "tls_verified_peer_is_authorized=true",
                    plain()));
        Socket plain = server.socket();
        SSLSocket socket =
            secure(server, plain, shown.isEmpty() ? new String[0] : new String[] {shown})) {
      socket
          .getOutputStream()
          .write(
              "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      assertThat(HttpServer.rest(socket))
          .startsWith("HTTP/1.1 " + status + " ")
          .contains(status == 200 ? "hello CN=" : "Basic realm=\"Momentum\"");
    }
  }

  @Test
  void clear_text_is_not_served_where_tls_is_wanted() throws Exception {
    try (HttpServer server = new HttpServer(tls())) {
      assertThat(server.raw("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")).doesNotContain("hello");
    }
  }

  @Test
  void the_client_of_the_platform_keeps_its_connection() throws Exception {
    try (HttpServer server = new HttpServer();
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      HttpRequest request = HttpRequest.newBuilder(URI.create(server.uri("/hello"))).build();
      for (int i = 0; i < 5; i++) {
        assertThat(client.send(request, BodyHandlers.ofString()).body()).isEqualTo("hello you");
      }
      List<LogEvent.HttpExchange> logged = server.logged(5);
      assertThat(logged.stream().map(LogEvent.HttpExchange::remote).distinct()).hasSize(1);
    }
  }
}
