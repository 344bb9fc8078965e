package org.impetusmta.itest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What senders, and the operator, hear of mail that waits or fails. */
class NotificationsTest {
  @TempDir Path folder;

  private static void send(Server server, String from, String to) throws IOException {
    try (SmtpClient client = new SmtpClient(server.smtpPort)) {
      String reply =
          client.say(
              "EHLO client.test",
              "MAIL FROM:<" + from + ">",
              "RCPT TO:<" + to + ">",
              "DATA",
              "Subject: hello\r\n\r\nHow are you?\r\n.");
      assertThat(reply).startsWith("250");
    }
  }

  private static long records(Server server, char type) throws IOException {
    return server.log("mainlog.ec").stream()
        .filter(line -> line.contains("@" + type + "@"))
        .count();
  }

  @Test
  void senders_are_warned_once_each_time_across_a_restart_and_told_at_last() throws Exception {
    List<String> taken = new CopyOnWriteArrayList<>();
    try (Sink sink = new Sink(data -> taken.add(new String(data, StandardCharsets.ISO_8859_1)));
        Refusing busy = new Refusing("450 4.2.1 mailbox busy");
        Server server =
            Server.start(
                folder,
                """
                Hostname = "mta.example.net"
                delay_dsn "delay_dsn1" { }
                Generate_Delay_DSN = true
                Delay_DSN_Retry_Interval = 5
                Retry_Interval = 2
                Max_Retry_Interval = 2
                Message_Expiration = 24
                Domain "busy.test" { Gateway = "127.0.0.1" Remote_SMTP_Port = "%d" }
                Domain "home.test" { Gateway = "127.0.0.1" Remote_SMTP_Port = "%d" }
                """
                    .formatted(busy.port(), sink.port()))) {
      send(server, "me@home.test", "you@busy.test");
      send(server, "", "you@busy.test");
      await()
          .atMost(Duration.ofSeconds(4))
          .untilAsserted(
              () ->
                  assertThat(server.console("delay_dsn:delay_dsn1 show pending events"))
                      .contains("warning 1 to <me@home.test> about <you@busy.test>")
                      .contains("1 pending events"));
      await().atMost(Duration.ofSeconds(20)).until(() -> taken.size() == 1);
      assertThat(taken.getFirst())
          .contains("Subject: Mail Delivery Delayed")
          .contains("To: me@home.test")
          .contains("Action: delayed")
          .contains("Status: 4.2.1")
          .contains("Diagnostic-Code: smtp; 450 4.2.1 mailbox busy")
          .contains("Will-Retry-Until: ")
          .contains("Subject: hello");
      server.close();
      server.restart();
      // it is not shown before it was spooled in, nor while it is being attempted
      await()
          .atMost(Duration.ofSeconds(20))
          .until(
              () ->
                  server
                      .console("delay_dsn:delay_dsn1 show pending events")
                      .contains("warning 2 to <me@home.test> about <you@busy.test>"));
      await().atMost(Duration.ofSeconds(40)).until(() -> taken.size() == 3);
      assertThat(taken.get(1)).contains("Action: delayed");
      assertThat(taken.get(2))
          .contains("Subject: Mail Delivery Failure")
          .contains("Action: failed")
          .contains("exceeded max time without delivery");
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> server.console("summary").contains("Total Queue Size:      0"));
      assertThat(server.console("delay_dsn:delay_dsn1 show pending events"))
          .contains("0 pending events");
      assertThat(taken).as("what was sent is not sent again").hasSize(3);
    }
  }

  @Test
  void a_failed_report_is_reported_to_the_operator_and_then_no_more() throws Exception {
    try (Refusing dead = new Refusing("550 5.1.1 no such user");
        Server server =
            Server.start(
                folder,
                """
                MDN_Failures_Notify = "postmaster@dead.test"
                Bounces_Inline_Original = "all"
                Domain "dead.test" { Gateway = "127.0.0.1" Remote_SMTP_Port = "%d" }
                """
                    .formatted(dead.port()))) {
      send(server, "", "you@dead.test");
      await().atMost(Duration.ofSeconds(20)).until(() -> records(server, 'P') == 2);
      send(server, "me@dead.test", "you@dead.test");
      await().atMost(Duration.ofSeconds(20)).until(() -> records(server, 'P') == 5);
      TimeUnit.SECONDS.sleep(2);
      assertThat(records(server, 'R')).isEqualTo(5);
      assertThat(records(server, 'P')).isEqualTo(5);
      assertThat(server.console("summary")).contains("Total Queue Size:      0");
    }
  }
}
