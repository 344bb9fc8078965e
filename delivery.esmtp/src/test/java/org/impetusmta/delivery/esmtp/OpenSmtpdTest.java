package org.impetusmta.delivery.esmtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Message;
import org.impetusmta.testkit.mx.FakeMx;
import org.impetusmta.testkit.mx.OutboundMessage;
import org.impetusmta.testkit.mx.RecordingDelivery;
import org.impetusmta.testkit.mx.RecordingDelivery.Event.Delivered;
import org.impetusmta.testkit.mx.RecordingDelivery.Event.Failed;
import org.impetusmta.testkit.net.NettyTestLoop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** OpenSMTPD as the next hop: neither PIPELINING nor CHUNKING, one command after the other. */
final class OpenSmtpdTest {
  private static final Path SMTPD = RealServer.PEERS.resolve("usr/sbin/smtpd");

  /** Where its unprivileged processes lock themselves in. */
  private static final Path EMPTY = Path.of("/var/lib/opensmtpd/empty");

  @Test
  void takesOurMail(@TempDir Path folder) throws Exception {
    RealServer.needs(SMTPD, "opensmtpd (unpacked to " + RealServer.PEERS + ")");
    assumeTrue(Files.isDirectory(EMPTY), "opensmtpd wants its users and " + EMPTY);
    int port = RealServer.freePort();
    NettyTestLoop loop = NettyTestLoop.best();
    try (FakeMx behind = FakeMx.offering().start()) {
      Path configuration = folder.resolve("smtpd.conf");
      Files.writeString(
          configuration,
          """
          smtp max-message-size 100K
          listen on 127.0.0.1 port %1$d hostname opensmtpd.example
          action "on" relay host smtp://127.0.0.1:%2$d
          match from any for rcpt-to "nobody@destination.example" reject
          match from any for any action "on"
          """
              .formatted(port, behind.address().getPort()));
      Process smtpd =
          RealServer.start(folder, SMTPD.toString(), "-d", "-f", configuration.toString());
      try {
        RealServer.awaitListening(port);
        Message[] batch =
            OutboundMessage.batch(2, "Subject: first\r\n\r\n..\r\n..dot\r\nHello\r\n");
        Message unknown =
            OutboundMessage.to("nobody@destination.example", "Subject: no\r\n\r\nx\r\n");
        Message huge =
            OutboundMessage.to(
                "r0@destination.example", "Subject: huge\r\n\r\n" + "x\r\n".repeat(50_000));
        Message last = OutboundMessage.to("r0@destination.example", "Subject: last\r\n\r\nx\r\n");
        RecordingDelivery delivery =
            RealServer.deliver(
                loop,
                port,
                Dialect.ESMTP,
                TestOptions.seconds(30),
                batch[0],
                batch[1],
                unknown,
                huge,
                last);
        assertThat(delivery.events(Delivered.class)).hasSize(3);
        assertThat(delivery.events(Failed.class))
            .extracting(e -> e.reply().code())
            .containsExactly(550, 552);
        assertThat(delivery.events(Failed.class).getFirst().stage()).isEqualTo(Stage.AFTER_RCPT_TO);
        assertThat(delivery.events(Failed.class).getLast().reply()).isEqualTo(Failures.TOO_BIG);
        await()
            .atMost(Duration.ofSeconds(30))
            .until(
                () -> behind.received().stream().mapToInt(mail -> mail.rcptTo().size()).sum() == 3);
        assertThat(behind.received())
            .filteredOn(mail -> mail.text().contains("Subject: first"))
            .isNotEmpty()
            .allMatch(mail -> mail.text().endsWith("\r\n\r\n..\r\n..dot\r\nHello\r\n"));
      } finally {
        smtpd.destroy();
        smtpd.waitFor(10, TimeUnit.SECONDS);
      }
    } finally {
      loop.close();
    }
  }
}
