package org.impetusmta.delivery.esmtp;

import static org.assertj.core.api.Assertions.assertThat;

import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Address;
import org.impetusmta.testkit.mx.OutboundMessage;
import org.impetusmta.testkit.mx.RecordingDelivery;
import org.impetusmta.testkit.mx.RecordingDelivery.Event.Delivered;
import org.impetusmta.testkit.mx.RecordingDelivery.Event.Failed;
import org.impetusmta.testkit.net.NettyTestLoop;
import org.impetusmta.testkit.peers.Dovecot;
import org.junit.jupiter.api.Test;

/** Dovecot's LMTP server as the next hop: a reply for each recipient, one of them unknown. */
final class DovecotLmtpTest {
  private static final String USERS =
      """
      one:{PLAIN}x::::::
      two:{PLAIN}x::::::
      """;

  private static final String SETTINGS =
      """
      ssl = no
      auth_username_format = %Ln
      userdb {
        driver = passwd-file
        args = FOLDER/users
        override_fields = uid=65534 gid=65534 home=FOLDER/mail/%Ln
      }
      mail_location = maildir:~/Maildir
      """;

  @Test
  void takesOurMail() throws Exception {
    NettyTestLoop loop = NettyTestLoop.best();
    try (Dovecot dovecot = Dovecot.lmtp(USERS, SETTINGS)) {
      OutboundMessage one =
          OutboundMessage.to("one@destination.example", "Subject: x\r\n\r\n..\r\nend\r\n");
      OutboundMessage two = one.to(Address.of("two@destination.example"));
      OutboundMessage nobody = one.to(Address.of("nobody@destination.example"));
      RecordingDelivery delivery =
          RealServer.deliver(
              loop, dovecot.port(), Dialect.LMTP, TestOptions.seconds(30), one, nobody, two);
      assertThat(delivery.events(Delivered.class))
          .extracting(Delivered::message)
          .containsExactly(one, two);
      assertThat(delivery.events(Failed.class))
          .hasSize(1)
          .allMatch(e -> e.stage() == Stage.AFTER_RCPT_TO && e.reply().code() == 550);
      assertThat(RealServer.mails(dovecot.mail(), "Subject: x", 2))
          .hasSize(2)
          .allMatch(text -> text.endsWith("\n\n.\nend\n"));
    } finally {
      loop.close();
    }
  }
}
