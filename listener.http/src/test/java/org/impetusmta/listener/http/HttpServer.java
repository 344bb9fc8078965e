package org.impetusmta.listener.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.http.HttpAnswer;
import org.impetusmta.api.http.HttpRequest;
import org.impetusmta.api.http.HttpResource;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.core.auth.CoreAuthentication;
import org.impetusmta.core.hook.HookList;
import org.impetusmta.core.hook.Hooks;
import org.impetusmta.testkit.net.TestLoops;
import org.impetusmta.testkit.smtp.FlatGeneration;
import org.impetusmta.testkit.smtp.RecordingEventLog;
import org.impetusmta.tls.ServerContexts;

/** The listener on a free port of the loopback interface, with a few resources. */
final class HttpServer implements Configuration, Hooks, AutoCloseable {
  private static final int PATIENCE_MILLIS = 20_000;

  private final TestLoops loops = new TestLoops(2, false);
  final RecordingEventLog log = new RecordingEventLog();
  final List<HttpResource> resources = new CopyOnWriteArrayList<>();
  private final FlatGeneration generation;
  private final HttpListener listener;

  /** What a resource does. */
  interface Work {
    HttpAnswer answer(HttpRequest request) throws Exception;
  }

  HttpServer(String... options) throws Exception {
    Map<String, String> values = new HashMap<>(Map.of("listen", "127.0.0.1:0"));
    for (String option : options) {
      values.put(option.split("=", 2)[0], option.split("=", 2)[1]);
    }
    Stanza listen =
        new FlatGeneration.Plain(
            "listen", Optional.of(values.getOrDefault("listen", "")), List.of());
    Stanza stanza = new FlatGeneration.Plain("http_listener", Optional.empty(), List.of(listen));
    generation = new FlatGeneration(1, 1, values, List.of(stanza));
    serve("/hello", request -> HttpAnswer.of(200, HttpAnswer.TEXT, "hello " + who(request)));
    serve("/echo", HttpServer::echo);
    serve("/fails", _ -> HttpAnswer.of(200, HttpAnswer.TEXT, String.valueOf(1 / zero())));
    serve(
        "/long",
        _ ->
            HttpAnswer.streamed(
                200,
                HttpAnswer.TEXT,
                to -> {
                  for (int i = 0; i < 100_000; i++) {
                    to.write("0123456789abcdef\n".getBytes(StandardCharsets.US_ASCII));
                  }
                }));
    serve(
        "/breaks",
        _ ->
            HttpAnswer.streamed(
                200,
                HttpAnswer.TEXT,
                to -> {
                  to.write(new byte[100_000]);
                  throw new IllegalStateException("no more");
                }));
    listener =
        new HttpListener(
            new Module(stanza),
            _ -> loops.group(),
            new HttpListener.Services(
                loops,
                new ServerContexts(loops.pool("IO"), loops.pool("CPU"), System::currentTimeMillis),
                new CoreAuthentication(this, loops, this),
                log,
                () -> resources));
  }

  private static int zero() {
    return 0;
  }

  private static String who(HttpRequest request) {
    return request.user().orElse(request.parameter("name").orElse("you"));
  }

  private static HttpAnswer echo(HttpRequest request) throws IOException {
    return HttpAnswer.of(200, HttpAnswer.TEXT, request.body().readAllBytes())
        .with("X-Length", String.valueOf(request.bodyLength()));
  }

  /** Serves GET and POST at a path. */
  void serve(String path, Work work) {
    resources.add(
        new HttpResource() {
          @Override
          public String path() {
            return path;
          }

          @Override
          public Set<String> methods() {
            return Set.of("GET", "POST");
          }

          @Override
          public boolean below() {
            return path.equals("/echo");
          }

          @Override
          public HttpAnswer answer(HttpRequest request) throws Exception {
            return work.answer(request);
          }
        });
  }

  private final class Module implements ModuleStanza {
    private final Stanza stanza;

    Module(Stanza stanza) {
      this.stanza = stanza;
    }

    @Override
    public String module() {
      return "http_listener";
    }

    @Override
    public String instance() {
      return "http_listener";
    }

    @Override
    public Stanza stanza() {
      return stanza;
    }

    @Override
    public Generation generation() {
      return generation;
    }

    @Override
    public <T extends Record> T options(Class<T> type) {
      return generation.options(type, ScopePath.GLOBAL);
    }
  }

  InetSocketAddress address() {
    return (InetSocketAddress) listener.addresses().getFirst();
  }

  String uri(String path) {
    return "http://127.0.0.1:" + address().getPort() + path;
  }

  /** Sends text as it is and reads until the server hangs up. */
  String raw(String request) throws IOException {
    try (Socket socket = socket()) {
      byte[] octets = request.getBytes(StandardCharsets.ISO_8859_1);
      if (octets.length < 50_000) {
        socket.getOutputStream().write(octets);
        return rest(socket);
      }
      CompletableFuture<Void> written =
          CompletableFuture.runAsync(
              () -> {
                try {
                  socket.getOutputStream().write(octets);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      String answer = rest(socket);
      written.join();
      return answer;
    }
  }

  Socket socket() throws IOException {
    Socket socket = new Socket(InetAddress.ofLiteral("127.0.0.1"), address().getPort());
    socket.setSoTimeout(PATIENCE_MILLIS);
    return socket;
  }

  /** What comes until the server hangs up. */
  static String rest(Socket socket) throws IOException {
    InputStream in = socket.getInputStream();
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    in.transferTo(all);
    return all.toString(StandardCharsets.ISO_8859_1);
  }

  /** The requests that were logged; waits for as many. */
  List<LogEvent.HttpExchange> logged(int count) throws InterruptedException {
    for (int i = 0; i < 2_000; i++) {
      List<LogEvent.HttpExchange> found = new ArrayList<>();
      for (LogEvent event : log.events()) {
        if (event instanceof LogEvent.HttpExchange exchange) {
          found.add(exchange);
        }
      }
      if (found.size() >= count) {
        return found;
      }
      Thread.sleep(5);
    }
    throw new AssertionError("not logged: " + log.events());
  }

  @Override
  public Generation current() {
    return generation;
  }

  @Override
  public <T> HookList<T> list(Class<T> hook) {
    return new HookList<>();
  }

  void stop() {
    listener.deactivate();
  }

  @Override
  public void close() {
    listener.deactivate();
    loops.close();
  }
}
