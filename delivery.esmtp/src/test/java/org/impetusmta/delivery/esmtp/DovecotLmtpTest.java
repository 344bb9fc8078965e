package org.impetusmta.delivery.esmtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Address;
import org.impetusmta.testkit.mx.OutboundMessage;
import org.impetusmta.testkit.mx.RecordingDelivery;
import org.impetusmta.testkit.mx.RecordingDelivery.Event.Delivered;
import org.impetusmta.testkit.mx.RecordingDelivery.Event.Failed;
import org.impetusmta.testkit.net.NettyTestLoop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Dovecot's LMTP server as the next hop: a reply for each recipient, one of them unknown. */
final class DovecotLmtpTest {
  @Test
  void takesOurMail(@TempDir Path folder) throws Exception {
    RealServer.needs(Path.of("/usr/lib/dovecot/lmtp"), "dovecot-lmtpd");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    int port = RealServer.freePort();
    Path mail = Files.createDirectory(folder.resolve("mail"));
    RealServer.run(folder, "chown", "nobody", mail.toString());
    Files.writeString(folder.resolve("users"), "one:{PLAIN}x::::::\ntwo:{PLAIN}x::::::\n");
    Files.writeString(
        folder.resolve("dovecot.conf"),
        """
        base_dir = %1$s/run
        state_dir = %1$s/state
        log_path = %1$s/log
        protocols = lmtp
        ssl = no
        auth_username_format = %%Ln
        listen = 127.0.0.1
        passdb {
          driver = passwd-file
          args = %1$s/users
        }
        userdb {
          driver = passwd-file
          args = %1$s/users
          override_fields = uid=65534 gid=65534 home=%1$s/mail/%%Ln
        }
        mail_location = maildir:~/Maildir
        first_valid_uid = 1
        service lmtp {
          inet_listener lmtp {
            address = 127.0.0.1
            port = %2$d
          }
        }
        """
            .formatted(folder, port));
    Process dovecot =
        RealServer.start(
            folder, "/usr/sbin/dovecot", "-F", "-c", folder.resolve("dovecot.conf").toString());
    NettyTestLoop loop = NettyTestLoop.best();
    try {
      RealServer.awaitListening(port);
      OutboundMessage one =
          OutboundMessage.to("one@destination.example", "Subject: x\r\n\r\n..\r\nend\r\n");
      OutboundMessage two = one.to(Address.of("two@destination.example"));
      OutboundMessage nobody = one.to(Address.of("nobody@destination.example"));
      RecordingDelivery delivery =
          RealServer.deliver(loop, port, Dialect.LMTP, TestOptions.seconds(30), one, nobody, two);
      assertThat(delivery.events(Delivered.class))
          .extracting(Delivered::message)
          .containsExactly(one, two);
      assertThat(delivery.events(Failed.class))
          .hasSize(1)
          .allMatch(e -> e.stage() == Stage.AFTER_RCPT_TO && e.reply().code() == 550);
      assertThat(RealServer.mails(mail, "Subject: x", 2))
          .hasSize(2)
          .allMatch(text -> text.endsWith("\n\n.\nend\n"));
    } finally {
      loop.close();
      dovecot.destroy();
      dovecot.waitFor(10, TimeUnit.SECONDS);
    }
  }
}
