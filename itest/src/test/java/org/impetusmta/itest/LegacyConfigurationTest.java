package org.impetusmta.itest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A configuration file of the 2.x form in force, as it is and as ec_migrate_conf prints it. */
class LegacyConfigurationTest {
  @TempDir Path folder;

  private static String legacy(Path folder, int open, int restricted, int disabled) {
    return """
    # of the 2.x form throughout
    SpoolBase = "%1$s/spool"
    Pidfile = "%1$s/run/ecelerity.pid"
    Relay_Hosts = ( 192.0.2.1/32 )
    RFC2822 { Trace_Headers = true }
    Async_Swap_In = true
    Esmtp_Listener = (
      *:%2$d,100~2 <proto=ipv4> [
        0.0.0.0/0 = (
          personality [ static_banner = "220 my.mail.server ESMTP" message_size = 1000 ]
          relay_for_sending_domains [ client1.com = true ]
          continue
        )
      ]
      127.0.0.1:%3$d [
        127.0.0.1/32 = ( )
        # not for those above, who have no continue
        0.0.0.0/0 = ( personality [ static_banner = "220 wide" ] relay_for_sending_domains )
      ]
      127.0.0.1:%4$d <status="disabled">
    )
    Control_Listener = ( %1$s/run/2025 )
    Logger logging/ec_logger main {
      mainlog = "%1$s/log/mainlog.ec"
      rejectlog = "%1$s/log/rejectlog.ec"
      paniclog = "%1$s/log/paniclog.ec"
    }
    """
        .formatted(folder, open, restricted, disabled);
  }

  /** What a server answers, the banner first. */
  private static List<String> talk(int port, String... commands) throws IOException {
    List<String> replies = new ArrayList<>();
    try (Socket socket = new Socket(InetAddress.ofLiteral("127.0.0.1"), port)) {
      socket.setSoTimeout(10_000);
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
      replies.add(in.readLine());
      for (String command : commands) {
        socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.US_ASCII));
        String line = in.readLine();
        while (line != null && line.startsWith("-", 3)) {
          line = in.readLine();
        }
        replies.add(String.valueOf(line));
      }
    }
    return replies;
  }

  private static void requireInForce(int open, int restricted, int disabled) throws IOException {
    List<String> replies =
        talk(
            open,
            "EHLO client.example.com",
            "MAIL FROM:<a@client1.com>",
            "RCPT TO:<b@example.org>",
            "RSET",
            "MAIL FROM:<a@client2.com>",
            "RCPT TO:<b@example.org>",
            "RSET",
            "MAIL FROM:<a@client1.com> SIZE=2000");
    assertThat(replies.get(0)).isEqualTo("220 my.mail.server ESMTP");
    assertThat(replies.get(3)).startsWith("250 ");
    assertThat(replies.get(6)).startsWith("550 ");
    assertThat(replies.get(8)).startsWith("552 ");

    List<String> narrow =
        talk(restricted, "EHLO x", "MAIL FROM:<a@client1.com>", "RCPT TO:<b@example.org>");
    assertThat(narrow.get(0)).startsWith("220 ").isNotEqualTo("220 wide");
    assertThat(narrow.get(3)).startsWith("550 ");

    assertThatThrownBy(() -> talk(disabled)).isInstanceOf(ConnectException.class);
  }

  @Test
  void isInForce() throws Exception {
    int open = Server.freePort();
    int restricted = Server.freePort();
    int disabled = Server.freePort();
    Path home = folder.toRealPath().resolve("server");
    try (Server server = Server.startWith(home, open, legacy(home, open, restricted, disabled))) {
      requireInForce(open, restricted, disabled);
      assertThat(server.log("mainlog.ec")).isNotNull();
    }

    Path migrated = folder.resolve("migrated.conf");
    Process program =
        new ProcessBuilder(
                Server.DISTRIBUTION.resolve("bin/ec_migrate_conf").toString(),
                home.resolve("ecelerity.conf").toString())
            .redirectOutput(migrated.toFile())
            .redirectError(folder.resolve("notes").toFile())
            .start();
    assertThat(program.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(program.exitValue()).isZero();
    assertThat(Files.readString(folder.resolve("notes")))
        .contains(":7:1: Esmtp_Listener is the 2.x form, read as Esmtp_Listener { Listen");
    String modern = Files.readString(migrated);
    assertThat(modern)
        .startsWith("# of the 2.x form throughout\n")
        .contains("Listen \"0.0.0.0:" + open + "\" {")
        .contains("\n# not for those above, who have no continue\n")
        .contains("ec_logger \"main\" {");
    try (Server server = Server.startWith(home, open, modern)) {
      requireInForce(open, restricted, disabled);
      assertThat(server.alive()).isTrue();
    }
  }

  @Test
  void whatCannotBeMigratedIsSaidAndNothingPrinted() throws Exception {
    Path old = Files.writeString(folder.resolve("old.conf"), "Control_Listener = ( \\console )\n");
    Process program =
        new ProcessBuilder(
                Server.DISTRIBUTION.resolve("bin/ec_migrate_conf").toString(), old.toString())
            .start();
    assertThat(program.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(program.exitValue()).isEqualTo(1);
    assertThat(program.inputReader().lines()).isEmpty();
    assertThat(program.errorReader().lines())
        .singleElement()
        .asString()
        .startsWith("ec_migrate_conf: " + old + ":1:22: in Control_Listener: found the named pipe");
  }
}
