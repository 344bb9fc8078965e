package org.impetusmta.itest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that root starts and that is nobody when it is ready. */
class PrivilegesTest {
  private static final int FIRST_PORT = 625;

  @TempDir Path folder;
  private Path home = Path.of("");

  @BeforeEach
  void prepare() throws IOException {
    assumeTrue(
        Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "needs to be run as root");
    assumeTrue(
        Files.readString(Path.of("/etc/passwd")).contains("\nnobody:"), "needs the user nobody");
    assumeTrue(mayBecomeNobody(), "needs a root that may become nobody");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    home = Server.copyOfDistribution(folder.resolve("home"));
    Files.createDirectories(home.resolve("var/cache"));
    for (Path made : List.of(data(), data().resolve("run"))) {
      Files.createDirectories(made);
      Files.setOwner(
          made,
          made.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody"));
    }
  }

  /** Not so in a user namespace that maps root alone, or without the capabilities for it. */
  private static boolean mayBecomeNobody() throws IOException {
    Process trial =
        new ProcessBuilder("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "true")
            .redirectErrorStream(true)
            .start();
    trial.getInputStream().readAllBytes();
    try {
      return trial.waitFor() == 0;
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private Path data() {
    return folder.resolve("data");
  }

  private static int lowPort(int from) throws IOException {
    for (int port = from; port < 1024; port++) {
      if (isFree(port)) {
        return port;
      }
    }
    throw new IOException("no port below 1024 is free");
  }

  private static boolean isFree(int port) {
    try (ServerSocket free = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return free.isBound();
    } catch (IOException taken) {
      return false;
    }
  }

  private static String listen(int port) {
    return "ESMTP_Listener { Listen \"127.0.0.1:%d\" { } }\n".formatted(port);
  }

  /** The server of a test, with all of its files in a folder of the user's. */
  private Server server(String more) throws IOException {
    return Server.start(
        home,
        data(),
        "ec_logger \"ec_logger\" { acctlog = \"%s/log/acctlog.ec\" }\n".formatted(data()) + more);
  }

  private record Task(String name, String uid, String gid, String groups, String eff, String prm) {}

  private static List<Task> tasks(Server server) throws IOException {
    List<Task> found = new ArrayList<>();
    try (Stream<Path> tasks = Files.list(Path.of("/proc/" + server.pid() + "/task"))) {
      for (Path task : tasks.toList()) {
        List<String> lines = Files.readAllLines(task.resolve("status"));
        found.add(
            new Task(
                field(lines, "Name"),
                field(lines, "Uid"),
                field(lines, "Gid"),
                field(lines, "Groups"),
                field(lines, "CapEff"),
                field(lines, "CapPrm")));
      }
    }
    return found;
  }

  private static String field(List<String> lines, String name) {
    return lines.stream()
        .filter(line -> line.startsWith(name + ":"))
        .map(line -> line.substring(name.length() + 1).strip())
        .findFirst()
        .orElseThrow();
  }

  private static boolean greets(int port) throws IOException {
    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
      client.setSoTimeout(10_000);
      return new String(client.getInputStream().readNBytes(4), StandardCharsets.US_ASCII)
          .equals("220 ");
    }
  }

  @Test
  void nothing_of_root_is_left_and_mail_flows() throws Exception {
    int port = lowPort(FIRST_PORT);
    List<byte[]> taken = new CopyOnWriteArrayList<>();
    try (Sink sink = new Sink(taken::add);
        Server server =
            server(
                listen(port)
                    + "Gateway = \"127.0.0.1\"\nRemote_SMTP_Port = \"%d\"\n".formatted(sink.port())
                    + "Security { User = nobody Group = nogroup }\n")) {
      assertThat(tasks(server))
          .hasSizeGreaterThan(5)
          .allSatisfy(
              task -> {
                assertThat(task.uid()).isEqualTo("65534\t65534\t65534\t65534");
                assertThat(task.gid()).isEqualTo("65534\t65534\t65534\t65534");
                assertThat(task.groups()).isEmpty();
                assertThat(task.eff()).isEqualTo("0000000000000000");
                assertThat(task.prm()).isEqualTo("0000000000000000");
              });
      try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
        client
            .getOutputStream()
            .write(
                ("EHLO c\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n"
                        + "Subject: x\r\n\r\nbody\r\n.\r\nQUIT\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
        assertThat(new String(client.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
            .contains("250 2.0.0 OK");
      }
      await().atMost(Duration.ofSeconds(20)).until(() -> taken.size() == 1);
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> server.log("mainlog.ec").stream().anyMatch(line -> line.contains("@D@")));
      try (Stream<Path> files = Files.walk(data())) {
        assertThat(files.filter(file -> !file.equals(server.configuration())))
            .filteredOn(file -> !file.endsWith("output"))
            .hasSizeGreaterThan(6)
            .allSatisfy(
                file ->
                    assertThat(Files.getOwner(file, LinkOption.NOFOLLOW_LINKS).getName())
                        .as(file.toString())
                        .isEqualTo("nobody"));
      }
      int other = lowPort(port + 1);
      String refused =
          server.tryConsole(
              "config set esmtp_listener listen 127.0.0.1:%d enable true".formatted(other));
      assertThat(refused).contains("cannot listen on \"127.0.0.1:" + other).contains("ermission");
      assertThat(greets(port)).as("the old generation stays").isTrue();
    }
    try (Server again = server(listen(port) + "Security { User = nobody }\n")) {
      assertThat(again.alive()).as("root starts it again on what nobody left").isTrue();
    }
  }

  @Test
  void loops_keep_the_capabilities_that_are_said() throws Exception {
    int port = lowPort(FIRST_PORT);
    try (Server server =
        server(
            listen(port)
                + "EventLoop \"events\" { Concurrency = 2 }\n"
                + "Security { User = nobody Supplemental_Groups = ( daemon ) Chroot = \"/\""
                + " Capabilities = \"cap_net_bind_service+ep\" }\n")) {
      List<Task> tasks = tasks(server);
      assertThat(tasks)
          .allSatisfy(
              task -> {
                assertThat(task.uid()).isEqualTo("65534\t65534\t65534\t65534");
                assertThat(task.groups()).isEqualTo("1");
                assertThat(task.prm()).isIn("0000000000000000", "0000000000000400");
              });
      assertThat(tasks)
          .filteredOn(task -> task.name().startsWith("events-"))
          .hasSize(2)
          .allSatisfy(task -> assertThat(task.eff()).isEqualTo("0000000000000400"));
      int other = lowPort(port + 1);
      server.console("config set esmtp_listener listen 127.0.0.1:%d enable true".formatted(other));
      assertThat(greets(other)).isTrue();
    }
  }

  @Test
  void folders_that_the_user_may_not_write_and_chroots_that_lack_something_are_named() {
    assertThatThrownBy(
            () ->
                server(
                    "SpoolBase = \"%s/rootspool\"\nSecurity { User = nobody }\n".formatted(folder)))
        .hasMessageContaining("rootspool")
        .hasMessageContaining("the server runs as user nobody");
    assertThatThrownBy(
            () -> server("Security { User = nobody Chroot = \"%s\" }\n".formatted(data())))
        .hasMessageContaining("in security: chroot")
        .hasMessageContaining("there is no " + data());
    assertThatThrownBy(() -> server("Security { User = nobody_like_this }\n"))
        .hasMessageContaining("in security: user = \"nobody_like_this\": there is no such user");
  }
}
