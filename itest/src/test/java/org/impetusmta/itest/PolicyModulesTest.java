package org.impetusmta.itest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.impetusmta.testkit.FakeDns;
import org.impetusmta.testkit.mx.FakeMx;
import org.impetusmta.testkit.mx.FakeMx.At;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The modules that look at addresses and ask others, in a whole server. */
class PolicyModulesTest {
  private static final String LOG =
      """
      custom_logger "custom" {
        mainlog = "%1$s/log/custom"
        reception_format = "R@%%r@%%m@%%vctx_conn{early_talker}@%%vctx_conn{conn_hits}@%%vctx_mess{mess_hits}@%%vctx_mess{smtp_cbv_result}@%%vctx_mess{#seedlist-orig-from}"
        rejection_format = "X@%%n@%%vctx_conn{conntrol_unrecognized_commands}@%%vctx_conn{conntrol_bad_commands}@%%vctx_conn{early_talker}"
      }
      """;

  @TempDir Path folder;

  private static String read(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
  }

  private static List<String> lines(Server server, int count) {
    await().atMost(Duration.ofSeconds(30)).until(() -> server.log("custom").size() >= count);
    try {
      return server.log("custom");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void clients_that_speak_before_the_banner_are_told_so() throws Exception {
    Path home = folder.resolve("server");
    String more =
        """
        conntrol "c" {
          banner = "220-Welcome to Momentum!\\r\\n"
          pause_time = 1
          disconnect_ratware = "554 5.7.1 go away\\r\\n"
        }
        """
            + LOG.formatted(home);
    try (Server server = Server.start(home, more)) {
      try (Socket early = new Socket(InetAddress.getLoopbackAddress(), server.smtpPort)) {
        early.getOutputStream().write("EHLO ratware\r\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(read(early)).isEqualTo("554-5.7.1 go away\r\n".replace('-', ' '));
      }
      try (SmtpClient client = new SmtpClient(server.smtpPort)) {
        assertThat(client.banner).startsWith("220 ").contains("ESMTP impetus");
        client.say("EHLO c.example", "NONSENSE", "NONSENSE", "MAIL FROM");
        assertThat(client.say("QUIT")).startsWith("221");
      }
      try (Socket polite = new Socket(InetAddress.getLoopbackAddress(), server.smtpPort)) {
        byte[] begin = polite.getInputStream().readNBytes(30);
        assertThat(new String(begin, StandardCharsets.US_ASCII))
            .startsWith("220-Welcome to Momentum!\r\n220 ");
      }
      assertThat(lines(server, 4))
          .anyMatch(line -> line.startsWith("X@") && line.contains("go away@@@yes"))
          .anyMatch(line -> line.endsWith("@1@@"))
          .anyMatch(line -> line.endsWith("@2@@"))
          .anyMatch(line -> line.endsWith("@2@1@"));
    }
  }

  @Test
  void lists_in_the_dns_and_callbacks_count_for_policy() throws Exception {
    Path home = folder.resolve("server");
    try (FakeDns dns = new FakeDns();
        FakeMx mx = FakeMx.offering().always(At.RCPT, FakeMx.proceed()).start()) {
      dns.address("1.0.0.127.bl.test", "127.0.0.2")
          .address("covertabuser.co.uk.bl.test", "127.0.0.6")
          .address("20.2.0.192.bl.test", "127.0.0.4")
          .address("www.covertabuser.co.uk", "192.0.2.20")
          .mx("good.example", 10, "mx.good.example")
          .address("mx.good.example", "127.0.0.1");
      String more =
          """
          resolv_conf = "%1$s"
          url_ripper "u1" {
            base = "bl.test"
            bits = [ 0.0.0.4 = "mess_hits" ]
            values = [ 127.0.0.2 = "conn_hits" ]
            address_headers = ( "From" )
          }
          smtp_cbv "v1" {
            phase = "mailfrom"
            map = [ mapped.example = "good.example" ]
            port = %2$d
            timeout = 10
          }
          """
                  .formatted(dns.resolvConf(folder), mx.address().getPort())
              + LOG.formatted(home);
      try (Server server = Server.start(home, more)) {
        String html =
            Base64.getMimeEncoder()
                .encodeToString(
                    "<html><a href=\"http://www.covertabuser.co.uk\">x</a></html>"
                        .getBytes(StandardCharsets.US_ASCII));
        for (String sender : List.of("a@good.example", "b@mapped.example", "c@none.example")) {
          try (SmtpClient client = new SmtpClient(server.smtpPort)) {
            assertThat(
                    client.say(
                        "EHLO c.example",
                        "MAIL FROM:<" + sender + ">",
                        "RCPT TO:<r@dest.example>",
                        "DATA",
                        "From: x@y.example\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n"
                            + "Content-Transfer-Encoding: base64\r\n\r\n"
                            + html
                            + "\r\n."))
                .startsWith("250 2.0.0 OK");
          }
        }
        assertThat(lines(server, 3))
            .containsExactly("R@r@a@@1@2@pass@", "R@r@b@@1@2@pass@", "R@r@c@@1@2@error@");
        assertThat(mx.commands())
            .contains("MAIL FROM:<>", "RCPT TO:<a@good.example>", "RCPT TO:<b@mapped.example>");
        assertThat(mx.received()).isEmpty();
      }
    }
  }

  @Test
  void lists_of_blocks_are_read_and_read_anew() throws Exception {
    Path home = folder.resolve("server");
    Path list = Files.writeString(folder.resolve("list"), "192.0.2.1:3:x\n");
    String more =
        """
        cidrdb {
          cidr "rbl" {
            type = rbldnsd
            source = "%s"
            value = txt
            refresh = 0
          }
          cidr "none" { type = empty }
        }
        """
            .formatted(list);
    try (Server server = Server.start(home, more)) {
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> server.console("cidrdb list --json").contains("\"entries\":1"));
      assertThat(server.console("cidrdb list")).contains("none [no refresh]", "rbl [no refresh]");
      assertThat(server.console("xml cidrdb list")).contains("<cidr_name>rbl</cidr_name>");
      Files.writeString(list, "192.0.2.1:3:x\n192.0.2.2\n");
      assertThat(server.console("cidrdb reload rbl")).contains("rbl reloaded, 2 entries");
      Files.delete(list);
      assertThat(server.tryConsole("cidrdb reload rbl")).contains("rbl is as it was");
      assertThat(server.tryConsole("cidrdb reload other")).contains("there is no list other");
    }
  }

  @Test
  void seeds_get_a_copy_and_sizes_of_dns_sockets_are_set() throws Exception {
    Path home = folder.resolve("server");
    Path seeds = Files.writeString(folder.resolve("seeds"), "s1@seed.example\ns2@seed.example\n");
    String more =
        """
        dnsbuf {
          sndbuf_size = 20480
          rcvbuf_size = 30720
          interval = 1
        }
        seedlist "s" {
          seedlist_file = "%s"
          match_verp = ( "bounces-(?P<campaignid>\\w+)" )
          match_header X-Mailing { pattern = ( "foo-(?P<campaignid>\\w+)" ) }
          insert_campaign_header = "X-Campaign-ID"
          mail_from = "seeds@us.example"
        }
        """
                .formatted(seeds)
            + LOG.formatted(home);
    try (Server server = Server.start(home, more)) {
      for (int i = 0; i < 2; i++) {
        try (SmtpClient client = new SmtpClient(server.smtpPort)) {
          assertThat(
                  client.say(
                      "EHLO c.example",
                      "MAIL FROM:<bounces-a@us.example>",
                      "RCPT TO:<r@dest.example>",
                      "DATA",
                      "Subject: x\r\n\r\nhello\r\n."))
              .startsWith("250 2.0.0 OK");
        }
      }
      assertThat(lines(server, 4))
          .containsExactlyInAnyOrder(
              "R@r@bounces-a@@@@@",
              "R@r@bounces-a@@@@@",
              "R@s1@seeds@@@@@bounces-a@us.example",
              "R@s2@seeds@@@@@bounces-a@us.example");
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> server.console("dnsbuf verify").contains("SO_SNDBUF 40960"));
      assertThat(server.console("dnsbuf verify")).contains("SO_RCVBUF 61440");
      server.console("config set dnsbuf sndbuf_size 10240");
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> server.console("dnsbuf verify").contains("SO_SNDBUF 20480"));
    }
  }

  @Test
  void mail_goes_on_where_p0f_is_absent() throws Exception {
    Path home = folder.resolve("server");
    String more = "fingerprint \"f\" { max_cache_size = 10 socket = \"" + folder + "/none\" }\n";
    try (Server server = Server.start(home, more)) {
      try (SmtpClient client = new SmtpClient(server.smtpPort)) {
        assertThat(client.banner).startsWith("220 ");
      }
      assertThat(server.console("fingerprint cache summary")).contains("Hosts:    0");
      assertThat(server.console("fingerprint rejection summary")).contains("GENRE");
      await()
          .atMost(Duration.ofSeconds(30))
          .until(
              () ->
                  String.join("\n", server.log("paniclog.ec")).contains("p0f does not answer")
                      || server.output().contains("p0f does not answer"));
    }
  }
}
