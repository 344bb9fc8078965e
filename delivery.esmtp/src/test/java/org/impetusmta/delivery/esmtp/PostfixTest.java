package org.impetusmta.delivery.esmtp;

import static org.assertj.core.api.Assertions.assertThat;

import org.impetusmta.api.message.Message;
import org.impetusmta.delivery.esmtp.EsmtpOptions.Xclient;
import org.impetusmta.testkit.mx.OutboundMessage;
import org.impetusmta.testkit.mx.RecordingDelivery;
import org.impetusmta.testkit.mx.RecordingDelivery.Event.Delivered;
import org.impetusmta.testkit.mx.RecordingDelivery.Event.Failed;
import org.impetusmta.testkit.net.NettyTestLoop;
import org.impetusmta.testkit.peers.Postfix;
import org.junit.jupiter.api.Test;

/** Postfix as the next hop: PIPELINING, CHUNKING, XCLIENT, refusals. */
final class PostfixTest {
  @Test
  void takesOurMail() throws Exception {
    NettyTestLoop loop = NettyTestLoop.best();
    try (Postfix postfix =
        Postfix.launch(
            "r0@destination.example=a/, r1@destination.example=b/",
            "smtpd_authorized_xclient_hosts = 127.0.0.0/8")) {
      int port = postfix.port();
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
      assertThat(RealServer.mails(postfix.mail(), "Subject: first", 2))
          .hasSize(2)
          .allMatch(text -> text.endsWith("\n\n.\n.dot\nHello\n"));
      assertThat(RealServer.mails(postfix.mail(), "Subject: big", 1).getFirst())
          .endsWith("\n\n" + ("x".repeat(70) + "\n").repeat(9000));
      assertThat(RealServer.mails(postfix.mail(), "Subject: told", 1).getFirst())
          .contains("from client.example (unknown [unknown])");
      assertThat(postfix.log()).doesNotContain("improper");
    } finally {
      loop.close();
    }
  }
}
