package org.impetusmta.module.http_io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.impetusmta.api.io.IoLimits;
import org.impetusmta.api.io.IoUri;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HttpIoTest {
  private static final IoLimits LIMITS = new IoLimits(Duration.ofSeconds(20), 1000);

  private final HttpIo io = new HttpIo();
  private final CountDownLatch end = new CountDownLatch(1);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private HttpServer server = server();

  private static HttpServer server() {
    try {
      return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @BeforeEach
  void start() {
    server.setExecutor(threads);
    server.createContext("/good", exchange -> answer(exchange, 200, "a = ü\n"));
    server.createContext("/busy", exchange -> answer(exchange, 503, "x".repeat(5000)));
    server.createContext("/large", exchange -> answer(exchange, 200, "x".repeat(1001)));
    server.createContext("/just", exchange -> answer(exchange, 200, "x".repeat(1000)));
    server.createContext(
        "/chunked",
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          try (var out = exchange.getResponseBody()) {
            for (int i = 0; i < 200; i++) {
              out.write(new byte[1000]);
            }
          }
        });
    server.createContext(
        "/slow",
        exchange -> {
          exchange.sendResponseHeaders(200, 100);
          exchange.getResponseBody().write('x');
          exchange.getResponseBody().flush();
          await();
          exchange.close();
        });
    server.createContext(
        "/silent",
        exchange -> {
          await();
          exchange.close();
        });
    server.createContext("/moved", exchange -> redirect(exchange, "good?x=1"));
    server.createContext("/loop", exchange -> redirect(exchange, "/loop"));
    server.createContext("/lost", exchange -> redirect(exchange, ""));
    server.createContext("/away", exchange -> redirect(exchange, "ftp://127.0.0.1/x"));
    server.createContext(
        "/secret",
        exchange -> {
          String asked = exchange.getRequestHeaders().getFirst("Authorization");
          answer(exchange, asked == null ? 401 : 200, String.valueOf(asked));
        });
    server.createContext("/secret/moved", exchange -> redirect(exchange, "/secret"));
    server.createContext(
        "/secret/elsewhere", exchange -> redirect(exchange, uri("/secret", "localhost")));
    server.start();
  }

  @AfterEach
  void stop() {
    end.countDown();
    server.stop(0);
    threads.shutdownNow();
    io.stop();
  }

  private void await() {
    try {
      end.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void answer(HttpExchange exchange, int status, String text) throws IOException {
    byte[] octets = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, octets.length);
    try (var out = exchange.getResponseBody()) {
      out.write(octets);
    }
  }

  private static void redirect(HttpExchange exchange, String location) throws IOException {
    if (!location.isEmpty()) {
      exchange.getResponseHeaders().set("Location", location);
    }
    exchange.sendResponseHeaders(302, -1);
    exchange.close();
  }

  private String uri(String path, String host) {
    return "http://" + host + ":" + server.getAddress().getPort() + path;
  }

  private String read(String uri, IoLimits limits) throws IOException {
    try (InputStream in = io.read(IoUri.of(uri).orElseThrow(), limits)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private String read(String path) throws IOException {
    return read(uri(path, "127.0.0.1"), LIMITS);
  }

  @Test
  void reads() throws IOException {
    assertThat(read("/good")).isEqualTo("a = ü\n");
    assertThat(read("/good?a=b#c")).isEqualTo("a = ü\n");
    assertThat(read("/moved")).isEqualTo("a = ü\n");
    assertThat(read("/just")).hasSize(1000);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/none  | found status 404, expected 200",
        "/busy  | found status 503, expected 200",
        "/large | the answer is too large",
        "/chunked | the answer is too large",
        "/loop  | found more than 5 redirects",
        "/lost  | found a redirect that does not say where to",
        "/away  | found a redirect to ftp://, expected http:// or https://",
      })
  void refuses(String path, String reason) {
    assertThatThrownBy(() -> read(path)).isInstanceOf(IOException.class).hasMessage(reason);
  }

  @ParameterizedTest
  @CsvSource({"/slow", "/silent"})
  void waitsNoLongerThanItMay(String path) {
    IoLimits soon = new IoLimits(Duration.ofMillis(200), 1000);
    assertThatThrownBy(() -> read(uri(path, "127.0.0.1"), soon))
        .hasMessage("no whole answer within 200 ms");
  }

  @Test
  void comesBackWithTheServer() throws IOException {
    int port = server.getAddress().getPort();
    assertThat(read("/good")).isEqualTo("a = ü\n");
    server.stop(0);
    assertThatThrownBy(() -> read("/good")).hasMessage("no connection to 127.0.0.1:" + port);
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    start();
    assertThat(read("/good")).isEqualTo("a = ü\n");
  }

  @Test
  void refusesWhatIsCutShort() throws Exception {
    try (ServerSocket half = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      threads.submit(
          () -> {
            try (Socket socket = half.accept()) {
              socket.getInputStream().read();
              socket
                  .getOutputStream()
                  .write(
                      "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\na = 1\n"
                          .getBytes(StandardCharsets.US_ASCII));
            }
            return null;
          });
      assertThatThrownBy(() -> read("http://127.0.0.1:" + half.getLocalPort() + "/x", LIMITS))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void tellsThePasswordToTheServerThatIsNamedAlone() throws IOException {
    String expected =
        "Basic " + Base64.getEncoder().encodeToString("me:p@ss+ü".getBytes(StandardCharsets.UTF_8));
    String host = "me:p%40ss+%C3%BC@127.0.0.1";
    assertThat(read(uri("/secret", host), LIMITS)).isEqualTo(expected);
    assertThat(read(uri("/secret/moved", host), LIMITS)).isEqualTo(expected);
    assertThatThrownBy(() -> read("/secret")).hasMessage("found status 401, expected 200");
    assertThatThrownBy(() -> read(uri("/secret/elsewhere", host), LIMITS))
        .hasMessage("found status 401, expected 200");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "http://                  | found no URI: Expected authority at character 7",
        "http:///x                | found no host in the URI",
        "http://a:secret pw@h/    | found no URI: Illegal character in authority at character 15",
        "http://a:%zz@127.0.0.1/  | found no URI: Malformed escape pair at character 9",
      })
  void refusesWhatIsNoUriAndKeepsThePasswordToItself(String uri, String reason) {
    assertThatThrownBy(() -> read(uri, LIMITS)).hasMessage(reason).hasNoCause();
  }

  @Test
  void canOnlyRead() {
    assertThatThrownBy(() -> io.write(IoUri.of("http://h/x").orElseThrow(), false))
        .hasMessage("http:// can only be read");
  }

  @Test
  void neverGoesFromHttpsToHttp() throws IOException {
    HttpTarget target = HttpTarget.of(IoUri.of("https://h/x").orElseThrow());
    assertThatThrownBy(() -> target.redirected("http://h/x"))
        .hasMessage("found a redirect to http://, expected https://");
    assertThat(target.redirected("//other/y").uri()).hasToString("https://other/y");
  }
}
