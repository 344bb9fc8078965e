package org.impetusmta.delivery.esmtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.impetusmta.api.message.Message;
import org.impetusmta.testkit.mx.OutboundMessage;
import org.impetusmta.testkit.mx.RecordingDelivery;
import org.impetusmta.testkit.mx.RecordingDelivery.Event.Closed;
import org.impetusmta.testkit.mx.RecordingDelivery.Event.Delivered;
import org.impetusmta.testkit.net.NettyTestLoop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a server that others wrote. */
final class SmtpSinkTest {
  private static final String BODY =
      "Subject: to the sink\r\n\r\n..dots\r\n" + "0123456789abcdef\r\n".repeat(2000);

  @Test
  void deliversToSmtpSink(@TempDir Path folder) throws Exception {
    assumeTrue(SmtpSink.isInstalled(), "smtp-sink is not installed: Debian package postfix");
    Message[] mail =
        IntStream.range(0, 20)
            .mapToObj(i -> OutboundMessage.to("r" + i + "@destination.example", BODY))
            .toArray(Message[]::new);
    try (NettyTestLoop loop = NettyTestLoop.best();
        SmtpSink sink = SmtpSink.start(options("-d", folder + "/mail.%M"))) {
      RecordingDelivery delivery =
          new RecordingDelivery(loop, sink.address(), TestOptions.seconds(20))
              .queued(mail)
              .quitWhenDrained()
              .open(Auth.anonymous());
      await().atMost(Duration.ofSeconds(30)).until(delivery::isClosed);
      assertThat(delivery.violations()).isEmpty();
      assertThat(delivery.events(Delivered.class)).hasSize(mail.length);
      assertThat(delivery.events(Closed.class).getFirst().cause()).isEmpty();
    }
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> dumps = files.toList();
      assertThat(dumps).hasSize(mail.length);
      // the sink takes the stuffing off and ends lines with LF
      String received = BODY.replace("\r\n..", "\r\n.").replace("\r\n", "\n");
      for (Path dump : dumps) {
        assertThat(Files.readString(dump, StandardCharsets.ISO_8859_1)).contains(received);
      }
    }
  }

  /** Started by root, smtp-sink wants to be told whom to become. */
  private static String[] options(String... more) {
    Stream<String> user =
        "root".equals(System.getProperty("user.name")) ? Stream.of("-u", "root") : Stream.empty();
    return Stream.concat(user, Stream.of(more)).toArray(String[]::new);
  }
}
