package org.impetusmta.delivery.esmtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.testkit.mx.FakeMx;
import org.impetusmta.testkit.mx.RecordingDelivery;
import org.impetusmta.testkit.mx.RecordingDelivery.Event.Failed;
import org.impetusmta.testkit.net.NettyTestLoop;
import org.impetusmta.testkit.peers.Daemon;
import org.junit.jupiter.api.Test;

/** OpenSMTPD as the next hop: neither PIPELINING nor CHUNKING, one command after the other. */
final class OpenSmtpdTest {
  private static final Path SMTPD = RealServer.PEERS.resolve("usr/sbin/smtpd");

  /** Where its unprivileged processes lock themselves in. */
  private static final Path EMPTY = Path.of("/var/lib/opensmtpd/empty");

  /** Runs from where it was unpacked. Single. */
  private static final class OpenSmtpd extends Daemon {
    private final int behind;

    private OpenSmtpd(int behind) throws IOException {
      super("opensmtpd");
      this.behind = behind;
    }

    static OpenSmtpd launch(int behind) throws Exception {
      String debianPackage = "opensmtpd (unpacked to " + RealServer.PEERS + ")";
      installed(SMTPD, debianPackage);
      needsRoot(debianPackage);
      assumeTrue(Files.isDirectory(EMPTY), "opensmtpd wants its users and " + EMPTY);
      return launch(new OpenSmtpd(behind));
    }

    @Override
    protected void prepare() throws IOException {
      file(
          "smtpd.conf",
          """
          smtp max-message-size 100K
          listen on 127.0.0.1 port %1$d hostname opensmtpd.example
          action "on" relay host smtp://127.0.0.1:%2$d
          match from any for rcpt-to "nobody@destination.example" reject
          match from any for any action "on"
          """
              .formatted(port(), behind));
    }

    @Override
    protected List<String> command() {
      return List.of(SMTPD.toString(), "-d", "-f", folder().resolve("smtpd.conf").toString());
    }
  }

  @Test
  void takesOurMail() throws Exception {
    NettyTestLoop loop = NettyTestLoop.best();
    try (FakeMx behind = FakeMx.offering().start();
        OpenSmtpd smtpd = OpenSmtpd.launch(behind.address().getPort())) {
      RecordingDelivery delivery = RealServer.deliverSome(loop, smtpd.port());
      assertThat(delivery.events(Failed.class).getFirst().stage()).isEqualTo(Stage.AFTER_RCPT_TO);
      await()
          .atMost(Duration.ofSeconds(30))
          .until(
              () -> behind.received().stream().mapToInt(mail -> mail.rcptTo().size()).sum() == 3);
      assertThat(behind.received())
          .filteredOn(mail -> mail.text().contains("Subject: first"))
          .isNotEmpty()
          .allMatch(mail -> mail.text().endsWith("\r\n\r\n..\r\n..dot\r\nHello\r\n"));
    } finally {
      loop.close();
    }
  }
}
