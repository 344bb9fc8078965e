package org.impetusmta.listener.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.impetusmta.api.http.HttpAnswer;
import org.impetusmta.api.log.LogEvent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests over real sockets, good and bad. */
final class HttpListenerTest {
  private static final String CLOSE = "Host: x\r\nConnection: close\r\n\r\n";

  private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    try (HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      return client.send(request.build(), BodyHandlers.ofString());
    }
  }

  private static HttpRequest.Builder to(HttpServer server, String path) {
    return HttpRequest.newBuilder(URI.create(server.uri(path)));
  }

  @Test
  void a_resource_answers_and_the_request_is_logged() throws Exception {
    try (HttpServer server = new HttpServer()) {
      HttpResponse<String> answer = send(to(server, "/hello/?name=J%C3%BCrgen"));
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo("hello Jürgen");
      assertThat(answer.headers().firstValue("Content-Type")).contains(HttpAnswer.TEXT);
      assertThat(answer.headers().firstValue("Date")).isPresent();
      LogEvent.HttpExchange logged = server.logged(1).getFirst();
      assertThat(logged.method()).isEqualTo("GET");
      assertThat(logged.path()).isEqualTo("/hello/");
      assertThat(logged.version()).isEqualTo("HTTP/1.1");
      assertThat(logged.status()).isEqualTo(200);
      assertThat(logged.listen()).isEqualTo("127.0.0.1:0");
      assertThat(logged.remote()).startsWith("127.0.0.1:");
      assertThat(logged.bytes()).isGreaterThan(answer.body().length() + 100);
      assertThat(logged.micros()).isPositive();
      assertThat(server.log.events()).hasSize(1);
    }
  }

  @Test
  void the_octets_that_are_logged_are_those_of_the_answer() throws Exception {
    try (HttpServer server = new HttpServer()) {
      String two =
          server.raw(
              "GET /hello HTTP/1.1\r\nHost: x\r\n\r\nGET /hello?name=long HTTP/1.1\r\n" + CLOSE);
      List<LogEvent.HttpExchange> logged = server.logged(2);
      assertThat(logged.get(0).bytes() + logged.get(1).bytes()).isEqualTo(two.length());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "GET /nothing HTTP/1.1, 404",
    "GET /hello/below HTTP/1.1, 404",
    "GET /echo/below HTTP/1.1, 200",
    "GET http://somewhere/hello HTTP/1.1, 200",
    "DELETE /hello HTTP/1.1, 405",
    "OPTIONS * HTTP/1.1, 400",
    "CONNECT host:25 HTTP/1.1, 400",
    "GET hello HTTP/1.1, 400",
    "GET /%zz HTTP/1.1, 400",
    "GET /fails HTTP/1.1, 500",
    "GET /hello HTTP/2.0, 505",
    "GET /hello FTP/1.1, 400",
    "EHLO relay.example, 400",
  })
  void each_request_has_its_status(String line, int status) throws Exception {
    try (HttpServer server = new HttpServer()) {
      assertThat(server.raw(line + "\r\n" + CLOSE)).startsWith("HTTP/1.1 " + status + " ");
      assertThat(server.logged(1).getFirst().status()).isEqualTo(status);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'Connection: close|', 400",
    "'Host: a|Host: b|', 400",
    "'Host: x|Content-Length: 5|Transfer-Encoding: chunked|', 400",
    "'Host: x|Content-Length: 5|Content-Length: 6|', 400",
    "'Host: x|Content-Length: -5|', 400",
    "'Host: x|Content-Length: five|', 400",
    "'Host: x|Transfer-Encoding: gzip, chunked|', 501",
    "'Host: x|Transfer-Encoding: chunked|Transfer-Encoding: chunked|', 400",
    "'Host: x|Expect: tea|', 417",
    "'Host: x|No colon|', 400",
    "'Host : x|', 400",
    "'Host: x|Transfer-Encoding : chunked|', 400",
  })
  void heads_that_may_be_misread_are_refused_and_the_connection_ends(String fields, int status)
      throws Exception {
    try (HttpServer server = new HttpServer()) {
      String answer =
          server.raw(
              "POST /echo HTTP/1.1\r\n"
                  + fields.replace("|", "\r\n")
                  + "\r\nGET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(answer).startsWith("HTTP/1.1 " + status + " ").contains("connection: close");
      assertThat(answer.indexOf("HTTP/1.1 2")).isNegative();
    }
  }

  @Test
  void what_is_too_long_is_refused() throws Exception {
    try (HttpServer server = new HttpServer("max_request_size=1000")) {
      assertThat(server.raw("GET /" + "x".repeat(9_000) + " HTTP/1.1\r\n" + CLOSE))
          .startsWith("HTTP/1.1 414 ");
      assertThat(server.raw("GET / HTTP/1.1\r\nX: " + "x".repeat(40_000) + "\r\n" + CLOSE))
          .startsWith("HTTP/1.1 431 ");
      assertThat(server.raw("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n"))
          .startsWith("HTTP/1.1 413 ");
      assertThat(
              server.raw(
                  "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n"
                      + "x".repeat(1001)
                      + "\r\n0\r\n\r\n"))
          .startsWith("HTTP/1.1 413 ");
      assertThat(send(to(server, "/echo").POST(BodyPublishers.ofByteArray(new byte[1000]))))
          .extracting(HttpResponse::statusCode)
          .isEqualTo(200);
      assertThat(server.logged(5))
          .extracting(LogEvent.HttpExchange::status)
          .containsExactly(414, 431, 413, 413, 200);
    }
  }

  @Test
  void bodies_come_whole_with_length_and_in_chunks() throws Exception {
    String body = "0123456789".repeat(20_000);
    try (HttpServer server = new HttpServer()) {
      HttpResponse<String> answer = send(to(server, "/echo").POST(BodyPublishers.ofString(body)));
      assertThat(answer.body()).isEqualTo(body);
      assertThat(answer.headers().firstValue("X-Length")).contains("200000");
      HttpResponse<String> chunked =
          send(
              to(server, "/echo")
                  .expectContinue(true)
                  .POST(
                      BodyPublishers.fromPublisher(
                          BodyPublishers.ofString(body)))); // unknown length: chunks
      assertThat(chunked.body()).isEqualTo(body);
    }
  }

  @Test
  void pipelined_requests_are_answered_in_order_one_after_the_other() throws Exception {
    try (HttpServer server = new HttpServer()) {
      StringBuilder all = new StringBuilder();
      for (int i = 0; i < 50; i++) {
        all.append("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n")
            .append(String.format("%02d", i));
        all.append("GET /hello?name=").append(i).append(" HTTP/1.1\r\nHost: x\r\n\r\n");
      }
      String answers = server.raw(all + "GET /nothing HTTP/1.1\r\n" + CLOSE);
      int at = 0;
      for (int i = 0; i < 50; i++) {
        at = answers.indexOf("\r\n\r\n" + String.format("%02d", i) + "HTTP/1.1 200", at);
        assertThat(at).as("echo %d", i).isPositive();
        at = answers.indexOf("hello " + i + "HTTP/1.1", at);
        assertThat(at).as("hello %d", i).isPositive();
      }
      assertThat(answers).endsWith("Not Found\n");
    }
  }

  @Test
  void thousands_of_small_things_at_once_are_no_trouble() throws Exception {
    try (HttpServer server = new HttpServer()) {
      String answers =
          server.raw(
              "GET /n HTTP/1.1\r\nHost:x\r\n\r\n".repeat(5_000)
                  + "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost: x\r\n"
                  + "Connection: close\r\n\r\n"
                  + "1\r\nx\r\n".repeat(50_000)
                  + "0\r\n\r\n");
      assertThat(answers.split("HTTP/1.1 404 ", -1)).hasSize(5_001);
      assertThat(answers).endsWith("\r\n\r\n" + "x".repeat(50_000));
    }
  }

  @Test
  void a_client_that_sends_no_more_still_gets_its_answers() throws Exception {
    try (HttpServer server = new HttpServer();
        Socket socket = server.socket()) {
      socket
          .getOutputStream()
          .write(
              "GET /hello HTTP/1.1\r\nHost: x\r\n\r\nGET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      socket.shutdownOutput();
      assertThat(HttpServer.rest(socket))
          .startsWith("HTTP/1.1 200 ")
          .contains("hello youHTTP/1.1 404 ");
    }
  }

  @Test
  void head_is_get_without_the_body() throws Exception {
    try (HttpServer server = new HttpServer()) {
      for (String path : List.of("/hello", "/long")) {
        String answer = server.raw("HEAD " + path + " HTTP/1.1\r\n" + CLOSE);
        assertThat(answer).startsWith("HTTP/1.1 200 ").endsWith("\r\n\r\n");
      }
      assertThat(server.raw("HEAD /nothing HTTP/1.1\r\n" + CLOSE)).endsWith("\r\n\r\n");
    }
  }

  @Test
  void what_is_long_is_sent_in_chunks_unless_that_is_disabled() throws Exception {
    String whole = "0123456789abcdef\n".repeat(100_000);
    try (HttpServer server = new HttpServer()) {
      HttpResponse<String> answer = send(to(server, "/long"));
      assertThat(answer.headers().firstValue("Transfer-Encoding")).contains("chunked");
      assertThat(answer.body()).isEqualTo(whole);
      String old = server.raw("GET /long HTTP/1.0\r\n\r\n");
      assertThat(old).contains("connection: close").doesNotContain("chunked").endsWith(whole);
    }
    try (HttpServer server = new HttpServer("disable_chunked=true")) {
      HttpResponse<String> answer = send(to(server, "/long"));
      assertThat(answer.headers().firstValue("Transfer-Encoding")).isEmpty();
      assertThat(answer.headers().firstValue("Connection")).contains("close");
      assertThat(answer.body()).isEqualTo(whole);
    }
  }

  @Test
  void an_answer_that_breaks_off_does_not_look_whole() throws Exception {
    try (HttpServer server = new HttpServer()) {
      assertThatThrownBy(() -> send(to(server, "/breaks"))).isInstanceOf(IOException.class);
      assertThat(server.logged(1).getFirst().status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "GET /hel",
        "GET /hello HTTP/1.1\r\nHost: x\r\nX-Slow: ",
      })
  void who_does_not_finish_a_head_is_cut_off(String begun) throws Exception {
    try (HttpServer server = new HttpServer("idle_time=1")) {
      assertThat(server.raw(begun)).isEmpty();
    }
  }

  @Test
  void who_does_not_finish_a_body_is_told_and_cut_off() throws Exception {
    try (HttpServer server = new HttpServer("idle_time=1")) {
      assertThat(server.raw("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345"))
          .startsWith("HTTP/1.1 408 ");
    }
  }

  @Test
  void who_does_not_read_the_answer_is_cut_off() throws Exception {
    try (HttpServer server = new HttpServer("idle_time=1", "tcp_send_buffer_size=4096")) {
      server.serve(
          "/endless",
          _ ->
              HttpAnswer.streamed(
                  200,
                  HttpAnswer.TEXT,
                  to -> {
                    while (true) {
                      to.write(new byte[16_384]);
                    }
                  }));
      try (Socket socket = server.socket()) {
        socket
            .getOutputStream()
            .write("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        LogEvent.HttpExchange logged = server.logged(1).getFirst();
        assertThat(logged.path()).isEqualTo("/endless");
        assertThat(logged.status()).isEqualTo(200);
      }
    }
  }

  @Test
  void a_request_that_works_is_not_idle() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    try (HttpServer server = new HttpServer("idle_time=1")) {
      server.serve(
          "/works",
          _ -> {
            over.await();
            return HttpAnswer.of(200, HttpAnswer.TEXT, "at last");
          });
      try (Socket idle = server.socket();
          Socket socket = server.socket()) {
        socket
            .getOutputStream()
            .write(("GET /works HTTP/1.1\r\n" + CLOSE).getBytes(StandardCharsets.US_ASCII));
        assertThat(HttpServer.rest(idle)).isEmpty(); // idle_time has passed for this one
        over.countDown();
        assertThat(HttpServer.rest(socket)).endsWith("at last");
      }
    }
  }

  @Test
  void the_paniclog_has_requests_where_it_is_told_to() throws Exception {
    try (HttpServer server = new HttpServer("log_requests_to_paniclog=true")) {
      server.raw("GET /hel\"lo\u0007?secret=1 HTTP/1.1\r\n" + CLOSE);
      server.logged(1);
      assertThat(server.log.events().getLast())
          .isInstanceOfSatisfying(
              LogEvent.Diagnostic.class,
              said -> {
                assertThat(said.level()).isEqualTo(LogEvent.Level.NOTICE);
                assertThat(said.source()).isEqualTo("httpsrv");
                assertThat(said.text())
                    .matches(
                        "127\\.0\\.0\\.1:\\d+ \"[!-~]+ [!-~]+ [!-~]+\" 40[04] \\d+ \\d+\\.\\d{3}")
                    .doesNotContain("secret");
              });
    }
  }

  @Test
  void the_end_waits_for_answers_and_closes_what_is_idle() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch over = new CountDownLatch(1);
    try (HttpServer server = new HttpServer();
        Socket idle = server.socket();
        Socket socket = server.socket()) {
      server.serve(
          "/works",
          _ -> {
            asked.countDown();
            over.await();
            return HttpAnswer.of(200, HttpAnswer.TEXT, "at last");
          });
      OutputStream out = socket.getOutputStream();
      out.write("GET /works HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      asked.await();
      Thread stopping = Thread.ofVirtual().start(server::stop);
      assertThat(HttpServer.rest(idle)).isEmpty();
      over.countDown();
      assertThat(HttpServer.rest(socket)).endsWith("at last");
      stopping.join();
    }
  }

  @Test
  void the_longest_path_wins() {
    Directory directory = new Directory(List::of);
    assertThat(directory.find("/")).isEmpty();
    assertThat(Directory.normal("/a//")).isEqualTo("/a");
    assertThat(Directory.normal("//")).isEqualTo("/");
  }
}
