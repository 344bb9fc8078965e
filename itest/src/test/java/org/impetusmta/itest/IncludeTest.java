package org.impetusmta.itest;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A configuration that a web server holds a part of, and that survives the web server. */
class IncludeTest {
  private static final String SCHEMES =
      "one of the schemes bzip2, cluster, file, gzip, http, https, jlog, persist, pipe, syslog,"
          + " zstd";

  @TempDir Path folder;

  private final Map<String, String> texts = new ConcurrentHashMap<>();

  private HttpServer web(int port) throws IOException {
    HttpServer web =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    web.createContext(
        "/",
        exchange -> {
          String text = texts.get(exchange.getRequestURI().getPath());
          byte[] octets = String.valueOf(text).getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(text == null ? 404 : 200, octets.length);
          exchange.getResponseBody().write(octets);
          exchange.close();
        });
    web.start();
    return web;
  }

  @Test
  void an_include_outlives_its_web_server() throws Exception {
    texts.put("/mta/extra.conf", "include \"more/limits.conf\"\n");
    texts.put("/mta/more/limits.conf", "Message_Expiration = 4000\n");
    HttpServer web = web(0);
    int port = web.getAddress().getPort();
    String more =
        """
        persist_io { persist_path = "%s" }
        include "persist://http://me:secret@127.0.0.1:%d/mta/extra.conf"
        """
            .formatted(folder.resolve("persist"), port);
    try (Server server = Server.start(folder.resolve("server"), more)) {
      assertThat(expiration(server)).contains("4000");
      assertThat(server.console("module list"))
          .contains("Module: http_io", "Module: persist_io", "API: Io_system");

      texts.put("/mta/more/limits.conf", "Message_Expiration = 5000\n");
      server.console("config reload");
      assertThat(expiration(server)).contains("5000");

      web.stop(0);
      server.console("config reload");
      assertThat(expiration(server)).contains("5000");
      server.kill();
      server.restart();
      assertThat(expiration(server)).contains("5000");

      // unloaded, it comes back with the next URI
      server.console("module unload http_io");
      server.console("module unload persist_io");
      assertThat(server.console("module list")).doesNotContain("http_io", "persist_io");
      server.console("config reload");
      assertThat(server.console("module list")).contains("Module: http_io", "Module: persist_io");

      web = web(port);
      texts.put("/mta/more/limits.conf", "Message_Expiration = 6000\nNonsense = 1\n");
      assertThat(server.tryConsole("config reload"))
          .contains(
              "persist://http://me:***@127.0.0.1:" + port + "/mta/more/limits.conf:2:1: ",
              "unknown option \"Nonsense\"");
      assertThat(expiration(server)).contains("5000");
      texts.put("/mta/more/limits.conf", "Message_Expiration = 6000\n");
      server.console("config reload");
      assertThat(expiration(server)).contains("6000");
      assertThat(server.output()).doesNotContain("secret");
      assertThat(server.log("paniclog.ec")).noneMatch(line -> line.contains("secret"));
    } finally {
      web.stop(0);
    }
  }

  @Test
  void a_scheme_that_nobody_opens_is_refused() throws Exception {
    try (Server server = Server.start(folder.resolve("server"), "")) {
      Path conf = server.configuration();
      String good = Files.readString(conf);
      int line = (int) good.lines().count() + 1;
      Map<String, String> refused =
          Map.of(
              "htpp://h/x",
              "found the URI htpp://h/x, expected " + SCHEMES + "; did you mean http://?",
              "persist://ftp://me:secret@h/x",
              "found the URI ftp://me:***@h/x, expected " + SCHEMES,
              "eccmgr://boot/ecelerity.conf",
              "found the URI eccmgr://boot/ecelerity.conf of the configuration repository of a"
                  + " cluster, which is not built yet; expected "
                  + SCHEMES,
              "http://127.0.0.1:1/x",
              "cannot read http://127.0.0.1:1/x: no connection to 127.0.0.1:1");
      for (Map.Entry<String, String> each : refused.entrySet()) {
        Files.writeString(conf, good + "include \"" + each.getKey() + "\"\n");
        assertThat(server.tryConsole("config reload"))
            .contains(conf + ":" + line + ":9: in the global scope: " + each.getValue());
      }
      Files.writeString(conf, good);
      server.console("config reload");
    }
  }

  private static String expiration(Server server) throws IOException {
    return server.console("config eval Message_Expiration");
  }
}
