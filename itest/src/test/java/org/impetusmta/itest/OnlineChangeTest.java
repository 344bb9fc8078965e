package org.impetusmta.itest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One server whose configuration is changed while it runs, as an operator does it at the console.
 * Each test begins with the same files, loaded.
 */
class OnlineChangeTest {
  private static final String READ_ONLY = "Domain \"ro.example\" { Retry_Interval = 700 }\n";
  private static final String INCLUDED = "Domain \"rw.example\"\n{\n\tRetry_Interval=800 # s\n}\n";

  @TempDir static Path folder;
  private static Server server;
  private static String text;
  private ConsoleSession console;

  @BeforeAll
  static void start() throws IOException {
    Path home = folder.resolve("server");
    Files.createDirectories(home);
    Files.writeString(home.resolve("ro.conf"), READ_ONLY);
    Files.writeString(home.resolve("rw.conf"), INCLUDED);
    server =
        Server.start(
            home,
            """
            # odd    spacing is   kept
              Message_Expiration   =   86400   /* a day */
            ESMTP_Listener { Event_Loop = inbound Reconfig_Message = "4.3.2 Come again" }
            EventLoop "inbound" { Concurrency = 1 }
            EventLoop "outbound" { Concurrency = 1 }
            Delivery_Pool = outbound
            mail_loop "mail_loop" { max_received_headers = 20 }
            Local_Changes_File = "local.conf"
            readonly_include "ro.conf"
            include "rw.conf"
            """);
    text = Files.readString(server.configuration());
  }

  @AfterAll
  static void stop() throws IOException {
    server.close();
  }

  @BeforeEach
  void reload() throws IOException {
    Files.writeString(server.configuration(), text);
    Files.writeString(file("rw.conf"), INCLUDED);
    Files.deleteIfExists(file("local.conf"));
    console = server.openConsole();
    console.run("config reload");
  }

  @AfterEach
  void close() throws IOException {
    console.close();
  }

  private static Path file(String name) {
    return server.folder.resolve(name);
  }

  private static String banner(int port) throws IOException {
    try (SmtpClient client = new SmtpClient(port)) {
      return client.banner;
    }
  }

  @Test
  void a_transaction_is_its_sessions_own_and_the_first_commit_wins() throws IOException {
    try (ConsoleSession other = server.openConsole()) {
      console.run("config begin");
      console.run("config set message_expiration 4000");
      console.run("config set domain rw.example retry_interval = 900");
      console.run("config set relay_hosts ( 127.0.0.0/8 10.0.0.0/8 )");
      console.run("config unset mail_loop mail_loop max_received_headers");
      assertThat(console.run("config show domain rw.example")).contains("Retry_Interval = 900");
      assertThat(console.run("config showrecurse")).contains("10.0.0.0/8", "= 900");
      String replay = console.run("config replay");
      assertThat(replay.lines())
          .containsExactly(
              "config set Message_Expiration = 4000",
              "config set Domain rw.example Retry_Interval = 900",
              "config set Relay_Hosts = ( 127.0.0.0/8 10.0.0.0/8 )",
              "config unset mail_loop mail_loop Max_Received_Headers");
      assertThat(console.refused("config writeback")).contains("A transaction is in progress");
      assertThat(console.refused("config reload")).contains("A transaction is in progress");

      assertThat(other.run("config eval message_expiration")).contains("86400");
      other.run("config begin");
      other.run("config set gateway 192.0.2.1");
      console.run("config commit");
      assertThat(other.refused("config commit")).contains("roll back and begin again");
      other.run("config rollback");
      assertThat(other.run("config get gateway")).contains("is not set");
      assertThat(other.run("config eval message_expiration")).contains("4000");

      console.run("config reload");
      console.run("config begin");
      for (String command : replay.lines().toList()) {
        console.run(command);
      }
      assertThat(console.run("config replay")).isEqualTo(replay);
      console.run("config rollback");
      assertThat(console.run("config eval message_expiration")).contains("86400");
    }
  }

  @Test
  void writeback_changes_values_and_nothing_else() throws IOException {
    console.run("config set message_expiration 4000");
    console.run("config set domain rw.example retry_interval 801");
    console.run("config set domain ro.example retry_interval 701");
    assertThat(console.run("config writeback"))
        .contains("ecelerity.conf", "rw.conf", "local.conf")
        .doesNotContain("ro.conf", "Warning");
    assertThat(server.configuration())
        .hasContent(
            text.replace("Message_Expiration   =   86400", "Message_Expiration   =   4000"));
    assertThat(file("rw.conf")).hasContent(INCLUDED.replace("800", "801"));
    assertThat(file("ro.conf")).hasContent(READ_ONLY);
    assertThat(file("local.conf"))
        .hasContent("Domain \"ro.example\" {\n  Retry_Interval = 701\n}\n");
    console.run("config reload");
    assertThat(console.run("config eval message_expiration")).contains("4000");
    assertThat(console.run("config eval domain ro.example retry_interval")).contains("701");
    assertThat(console.run("config writeback")).contains("nothing to write back");

    console.run("config set local_changes_only true");
    console.run("config set domain rw.example retry_interval 802");
    console.run("config writeback");
    assertThat(file("rw.conf")).hasContent(INCLUDED.replace("800", "801"));
    assertThat(file("local.conf")).content().contains("Retry_Interval = 802");
    console.run("config reload");
    assertThat(console.run("config eval domain rw.example retry_interval")).contains("802");
  }

  @Test
  void listens_come_and_go() throws IOException {
    int port = Server.freePort();
    String listen = "config set esmtp_listener listen 127.0.0.1:%d ".formatted(port);
    console.run(listen + "static_banner \"220 new\"");
    assertThat(banner(port)).isEqualTo("220 new");
    console.run(listen + "enable false");
    assertThatThrownBy(() -> banner(port)).isInstanceOf(ConnectException.class);
    console.run(listen + "enable true");
    assertThat(banner(port)).isEqualTo("220 new");
    console.run("config reload");
    assertThatThrownBy(() -> banner(port)).isInstanceOf(ConnectException.class);
  }

  @Test
  void sessions_that_begin_after_a_change_have_it() throws IOException {
    console.run("config set esmtp_listener static_banner \"220 other\"");
    console.run("config set relay_hosts ( 10.0.0.0/8 )");
    console.run("config set esmtp_listener max_message_size 1000");
    try (SmtpClient client = new SmtpClient(server.smtpPort)) {
      assertThat(client.banner).isEqualTo("220 other");
      assertThat(client.say("EHLO c", "MAIL FROM:<a@b.example> SIZE=1001"))
          .startsWith("552 5.3.4 ");
      assertThat(client.say("MAIL FROM:<a@b.example>", "RCPT TO:<c@d.example>"))
          .isEqualTo("550 5.7.1 relaying denied");
    }
    console.run("config set relay_hosts ( 127.0.0.1 )");
    console.run("config set mail_loop mail_loop max_received_headers 2");
    try (SmtpClient client = new SmtpClient(server.smtpPort)) {
      client.say("EHLO c", "MAIL FROM:<a@b.example>");
      assertThat(client.say("RCPT TO:<c@d.example>", "DATA")).startsWith("354 ");
      String received = "Received: from x by y; Mon, 23 Nov 2026 10:00:00 +0000\r\n";
      assertThat(client.say(received.repeat(3) + "\r\nx\r\n.")).startsWith("5");
    }
    console.run("config set domain new.example retry_interval 5");
    assertThat(console.run("config eval domain new.example retry_interval")).contains("= 5");
    console.run("config set threadpool IO concurrency 3");
    assertThat(console.run("config eval threadpool IO concurrency")).contains("= 3");
    console.run("config set debug_flags debug ( START )");
    console.run("config set debug_flags info ( START )");
    console.run("config set message_expiration 5001");
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () ->
                server.log("paniclog.ec").stream().anyMatch(line -> line.contains("is in force")));
  }

  @Test
  void what_is_refused_changes_nothing() throws IOException {
    String before = console.run("config showrecurse");
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Map<String, String> refused =
          Map.ofEntries(
              Map.entry(
                  "esmtp_listener listen 127.0.0.1:" + taken.getLocalPort() + " enable true",
                  "cannot listen on"),
              Map.entry("message_expiration soon", "expected a number of seconds"),
              Map.entry("message_expiration", "expected a value behind Message_Expiration"),
              Map.entry("message_expirtion 5", "did you mean message_expiration?"),
              Map.entry("binding b adaptive_enabled true", "not in force yet: it comes with"),
              Map.entry("cluster nodes 5", "comes with a later release"),
              Map.entry("esmtp_listener smtp_extensions ( FOO )", "\"FOO\" is not supported"),
              Map.entry("esmtp_listener event_loop none", "expected one of inbound, outbound"),
              Map.entry("delivery_pool none", "expected one of inbound, outbound"),
              Map.entry("ec_logger ec_logger mainlog /proc/none/x", "cannot be opened"),
              Map.entry("threadpool IO concurrency -3", "out of range"),
              Map.entry("security user nobody_like_this", "there is no such user"),
              Map.entry("security chroot /nowhere", "a folder that exists"),
              Map.entry("threadpool Console concurrency 0", "expected at least 1"));
      for (Map.Entry<String, String> each : refused.entrySet()) {
        assertThat(console.refused("config set " + each.getKey()))
            .as(each.getKey())
            .contains(each.getValue());
      }
      console.run("config begin");
      console.run("config set message_expiration 5");
      console.run(
          "config set esmtp_listener listen 127.0.0.1:%d enable true"
              .formatted(taken.getLocalPort()));
      assertThat(console.refused("config commit")).contains("cannot listen on");
      assertThat(console.run("config eval message_expiration")).contains("= 5");
      console.run("config rollback");
    }
    assertThat(console.run("config showrecurse")).isEqualTo(before);
    assertThat(banner(server.smtpPort)).startsWith("220 ");
  }

  @Test
  void sessions_that_change_one_option_at_a_time_do_not_lose() throws Exception {
    ExecutorService sessions = Executors.newVirtualThreadPerTaskExecutor();
    try (sessions) {
      List<Callable<String>> changes = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        String command = "config set domain d%d.example retry_interval 5".formatted(i);
        changes.add(() -> server.console(command));
      }
      for (Future<String> changed : sessions.invokeAll(changes)) {
        assertThat(changed.get()).contains("= 5");
      }
    }
    assertThat(console.run("config show").lines().filter(line -> line.contains("\"d"))).hasSize(40);
  }

  @Test
  void the_console_needs_no_other_pool() throws IOException {
    console.run("config set threadpool IO concurrency 0");
    int port = Server.freePort();
    console.run("config set esmtp_listener listen 127.0.0.1:%d enable true".formatted(port));
    assertThat(banner(port)).startsWith("220 ");
  }

  @Test
  void a_change_that_waits_for_a_restart_is_told_once() throws IOException {
    assertThat(console.run("config set security user nobody"))
        .contains("Warning: Security is new; it takes effect after a restart.");
    assertThat(console.run("config set message_expiration 5")).doesNotContain("Warning");
    assertThat(console.run("config set esmtp_listener event_loop outbound"))
        .contains("Warning: Event_Loop is changed");
  }

  @Test
  void a_reload_ends_sessions_between_messages() throws IOException {
    try (SmtpClient idle = new SmtpClient(server.smtpPort);
        SmtpClient resetting = new SmtpClient(server.smtpPort);
        SmtpClient sending = new SmtpClient(server.smtpPort)) {
      idle.say("EHLO c");
      resetting.say("EHLO c", "MAIL FROM:<a@b.example>");
      sending.say("EHLO c", "MAIL FROM:<a@b.example>");
      console.run("config set message_expiration 5000");
      assertThat(idle.say("MAIL FROM:<a@b.example>")).startsWith("250 ");
      assertThat(idle.say("RSET")).startsWith("250 ");
      console.run("config reload");
      assertThat(idle.say("NOOP")).startsWith("250 ");
      assertThat(idle.say("MAIL FROM:<a@b.example>")).isEqualTo("421 4.3.2 Come again");
      assertThat(idle.say("NOOP")).isEqualTo("(closed)");
      assertThat(resetting.say("RSET")).isEqualTo("421 4.3.2 Come again");
      assertThat(sending.say("MAIL FROM:<twice@b.example>")).startsWith("501 5.5.1 ");
      assertThat(sending.say("RCPT TO:<c@d.example>")).startsWith("250 ");
      assertThat(sending.say("DATA", "Subject: x\r\n\r\nx\r\n.")).startsWith("250 2.0.0 OK ");
      assertThat(sending.say("MAIL FROM:<a@b.example>")).isEqualTo("421 4.3.2 Come again");
    }
  }

  @Test
  void sessions_run_on_the_loops_that_are_said() throws IOException {
    int port = Server.freePort();
    console.run(
        "config set esmtp_listener listen 127.0.0.1:%d event_loop outbound".formatted(port));
    assertThat(busiest(server.smtpPort)).isEqualTo("inbound-0");
    assertThat(busiest(port)).isEqualTo("outbound-0");
  }

  /** The loop whose thread waited most often while a client asked for one thing after another. */
  private static String busiest(int port) throws IOException {
    try (SmtpClient client = new SmtpClient(port)) {
      client.say("EHLO c");
      long inbound = waits("inbound-0");
      long outbound = waits("outbound-0");
      for (int i = 0; i < 500; i++) {
        client.say("NOOP");
      }
      return waits("inbound-0") - inbound > waits("outbound-0") - outbound
          ? "inbound-0"
          : "outbound-0";
    }
  }

  private static long waits(String thread) throws IOException {
    try (Stream<Path> tasks = Files.list(Path.of("/proc/" + server.pid() + "/task"))) {
      for (Path task : tasks.toList()) {
        if (Files.readString(task.resolve("comm")).strip().equals(thread)) {
          return Files.readAllLines(task.resolve("status")).stream()
              .filter(line -> line.startsWith("voluntary_ctxt_switches:"))
              .mapToLong(line -> Long.parseLong(line.substring(line.indexOf('\t') + 1)))
              .sum();
        }
      }
    }
    throw new IOException("there is no thread " + thread);
  }

  @Test
  void an_include_that_hangs_holds_nobody_up() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Files.writeString(
          server.configuration(),
          text + "include \"http://127.0.0.1:%d/x\"\n".formatted(silent.getLocalPort()));
      CompletableFuture<String> reload =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return server.tryConsole("config reload");
                } catch (IOException e) {
                  return e.toString();
                }
              });
      try (Socket reading = silent.accept()) {
        assertThat(reading.isConnected()).isTrue();
        console.run("config set message_expiration 5005");
        assertThat(console.run("config eval message_expiration")).contains("5005");
        console.run("config begin");
        console.run("config set message_expiration 5006");
        console.run("config commit");
        assertThat(reload).isNotDone();
        silent.close(); // nor is there anybody to try again with
      }
      assertThat(reload.get(60, TimeUnit.SECONDS))
          .contains("cannot read http://", "Reconfigure failed.");
      assertThat(console.run("config eval message_expiration")).contains("5006");
    }
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(banner(server.smtpPort)).startsWith("220 "));
  }

  @Test
  void what_a_uri_says_is_changed_elsewhere() throws Exception {
    HttpServer web =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    web.createContext(
        "/",
        exchange -> {
          byte[] octets =
              "Domain uri.example { Retry_Interval = 900 }\n".getBytes(StandardCharsets.US_ASCII);
          exchange.sendResponseHeaders(200, octets.length);
          exchange.getResponseBody().write(octets);
          exchange.close();
        });
    web.start();
    try {
      Files.writeString(
          server.configuration(),
          text
              + "persist_io { persist_path = \"%s\" }\n".formatted(folder.resolve("copies"))
              + "include \"persist://http://127.0.0.1:%d/x\"\n"
                  .formatted(web.getAddress().getPort()));
      String written = Files.readString(server.configuration());
      console.run("config reload");
      console.run("config set domain uri.example retry_interval 901");
      assertThat(console.run("config writeback")).contains("local.conf").doesNotContain("persist");
      assertThat(server.configuration()).hasContent(written);
      web.stop(0);
      console.run("config reload");
      assertThat(console.run("config eval domain uri.example retry_interval")).contains("901");
      assertThat(console.run("config unset domain uri.example retry_interval"))
          .contains("has been unset");
      assertThat(console.run("config writeback"))
          .contains("which is read-only; it comes back when the configuration is read again");
    } finally {
      web.stop(0);
    }
  }
}
