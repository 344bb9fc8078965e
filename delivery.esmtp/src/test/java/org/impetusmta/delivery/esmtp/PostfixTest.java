package org.impetusmta.delivery.esmtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.impetusmta.api.message.Message;
import org.impetusmta.delivery.esmtp.EsmtpOptions.Xclient;
import org.impetusmta.testkit.mx.OutboundMessage;
import org.impetusmta.testkit.mx.RecordingDelivery;
import org.impetusmta.testkit.mx.RecordingDelivery.Event.Delivered;
import org.impetusmta.testkit.mx.RecordingDelivery.Event.Failed;
import org.impetusmta.testkit.net.NettyTestLoop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Postfix as the next hop: PIPELINING, CHUNKING, XCLIENT, refusals. */
final class PostfixTest {
  @Test
  void takesOurMail(@TempDir Path folder) throws Exception {
    RealServer.needs(Path.of("/usr/sbin/postfix"), "postfix");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    int port = RealServer.freePort();
    Path etc = Files.createDirectory(folder.resolve("etc"));
    Path mail = Files.createDirectory(folder.resolve("mail"));
    RealServer.run(folder, "chown", "nobody", mail.toString());
    Path data = Files.createDirectory(folder.resolve("data"));
    RealServer.run(folder, "chown", "postfix", data.toString());
    Files.createDirectory(folder.resolve("queue"));
    Files.writeString(
        etc.resolve("main.cf"),
        """
        compatibility_level = 3.6
        queue_directory = %1$s/queue
        data_directory = %1$s/data
        maillog_file = %1$s/maillog
        maillog_file_prefixes = %1$s
        multi_instance_enable = no
        inet_interfaces = loopback-only
        inet_protocols = ipv4
        myhostname = postfix.example
        mydestination =
        alias_maps =
        virtual_mailbox_domains = destination.example
        virtual_mailbox_maps = inline:{r0@destination.example=a/, r1@destination.example=b/}
        virtual_mailbox_base = %1$s/mail
        virtual_uid_maps = static:65534
        virtual_gid_maps = static:65534
        smtpd_authorized_xclient_hosts = 127.0.0.0/8
        smtpd_relay_restrictions = reject_unauth_destination
        """
            .formatted(folder));
    Files.writeString(
        etc.resolve("master.cf"),
        """
        127.0.0.1:%d inet n - n - - smtpd
        postlog unix-dgram n - n - 1 postlogd
        cleanup unix n - n - 0 cleanup
        qmgr unix n - n 300 1 qmgr
        rewrite unix - - n - - trivial-rewrite
        bounce unix - - n - 0 bounce
        defer unix - - n - 0 bounce
        trace unix - - n - 0 bounce
        error unix - - n - - error
        retry unix - - n - - error
        virtual unix - n n - - virtual
        anvil unix - - n - 1 anvil
        scache unix - - n - 1 scache
        proxymap unix - - n - - proxymap
        """
            .formatted(port));
    RealServer.run(folder, "/usr/sbin/postfix", "-c", etc.toString(), "start");
    NettyTestLoop loop = NettyTestLoop.best();
    try {
      RealServer.awaitListening(port);
      String body = "Subject: first\r\n\r\n..\r\n..dot\r\nHello\r\n";
      Message[] batch = OutboundMessage.batch(2, body);
      Message big =
          OutboundMessage.to(
              "r0@destination.example",
              "Subject: big\r\n\r\n" + ("x".repeat(70) + "\r\n").repeat(9000));
      Message unknown = OutboundMessage.to("nobody@destination.example", body);
      Message told = OutboundMessage.to("r0@destination.example", "Subject: told\r\n\r\nx\r\n");
      RecordingDelivery delivery =
          RealServer.deliver(
              loop, port, Dialect.ESMTP, TestOptions.seconds(30), batch[0], batch[1], unknown, big);
      assertThat(delivery.events(Failed.class))
          .hasSize(1)
          .allMatch(e -> e.reply().code() == 550 && e.reply().enhanced().equals("5.1.1"));
      assertThat(delivery.events(Delivered.class)).hasSize(3);
      RealServer.deliver(loop, port, Dialect.ESMTP, TestOptions.xclient(Xclient.REQUIRED), told);
      assertThat(RealServer.mails(mail, "Subject: first", 2))
          .hasSize(2)
          .allMatch(text -> text.endsWith("\n\n.\n.dot\nHello\n"));
      assertThat(RealServer.mails(mail, "Subject: big", 1).getFirst())
          .endsWith("\n\n" + ("x".repeat(70) + "\n").repeat(9000));
      assertThat(RealServer.mails(mail, "Subject: told", 1).getFirst())
          .contains("from client.example (unknown [unknown])");
      assertThat(Files.readString(folder.resolve("maillog"))).doesNotContain("improper");
    } finally {
      loop.close();
      RealServer.run(folder, "/usr/sbin/postfix", "-c", etc.toString(), "abort");
    }
  }
}
