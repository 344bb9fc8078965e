package org.impetusmta.delivery.esmtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.impetusmta.api.message.Message;
import org.impetusmta.testkit.mx.OutboundMessage;
import org.impetusmta.testkit.mx.RecordingDelivery;
import org.impetusmta.testkit.mx.RecordingDelivery.Event.Delivered;
import org.impetusmta.testkit.mx.RecordingDelivery.Event.Failed;
import org.impetusmta.testkit.net.NettyTestLoop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Exim as the next hop: PIPELINING and CHUNKING of another make, a limit of size. */
final class EximTest {
  private static final Path EXIM = RealServer.PEERS.resolve("usr/sbin/exim4");

  @Test
  void takesOurMail(@TempDir Path folder) throws Exception {
    RealServer.needs(EXIM, "exim4-daemon-light (unpacked to " + RealServer.PEERS + ")");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
    int port = RealServer.freePort();
    Path mail = Files.createDirectory(folder.resolve("mail"));
    Files.setPosixFilePermissions(mail, PosixFilePermissions.fromString("rwxrwxrwx"));
    Path configuration = folder.resolve("exim.conf");
    Files.writeString(
        configuration,
        """
        primary_hostname = exim.example
        spool_directory = %1$s/spool
        log_file_path = %1$s/%%slog
        pid_file_path = %1$s/pid
        exim_user = nobody
        exim_group = nogroup
        never_users =
        keep_environment = LD_LIBRARY_PATH
        exim_path = %2$s
        acl_smtp_rcpt = rcpt
        acl_smtp_data = accept
        message_size_limit = 100K
        pipelining_advertise_hosts = *
        chunking_advertise_hosts = *
        tls_advertise_hosts =
        host_lookup =
        rfc1413_hosts =
        recipient_unqualified_hosts =
        begin acl
        rcpt:
          deny message = no such user
               local_parts = nobody
          accept
        begin routers
        all:
          driver = accept
          transport = maildir
        begin transports
        maildir:
          driver = appendfile
          maildir_format
          directory = %1$s/mail/box
          user = nobody
          group = nogroup
        """
            .formatted(folder, EXIM));
    ProcessBuilder command =
        new ProcessBuilder(
                EXIM.toString(), "-C", configuration.toString(), "-bdf", "-oX", "127.0.0.1." + port)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("output").toFile());
    command.environment().put("LD_LIBRARY_PATH", RealServer.PEERS + "/usr/lib/x86_64-linux-gnu");
    Process exim = command.start();
    NettyTestLoop loop = NettyTestLoop.best();
    try {
      RealServer.awaitListening(port);
      Message[] batch = OutboundMessage.batch(2, "Subject: first\r\n\r\n..\r\n..dot\r\nHello\r\n");
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
      assertThat(delivery.events(Failed.class).getLast().reply()).isEqualTo(Failures.TOO_BIG);
      assertThat(RealServer.mails(mail, "Subject: first", 2))
          .allMatch(text -> text.stripTrailing().endsWith("\n\n.\n.dot\nHello"));
      assertThat(RealServer.mails(mail, "Subject: last", 1)).hasSize(1);
    } finally {
      loop.close();
      exim.destroy();
      exim.waitFor(10, TimeUnit.SECONDS);
    }
  }
}
