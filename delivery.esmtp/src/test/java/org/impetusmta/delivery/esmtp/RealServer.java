package org.impetusmta.delivery.esmtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.impetusmta.api.message.Message;
import org.impetusmta.testkit.mx.OutboundMessage;
import org.impetusmta.testkit.mx.RecordingDelivery;
import org.impetusmta.testkit.mx.RecordingDelivery.Event.Delivered;
import org.impetusmta.testkit.mx.RecordingDelivery.Event.Failed;
import org.impetusmta.testkit.net.NettyTestLoop;

/** What is delivered to mail servers of other packages, and what has to come of it. */
final class RealServer {
  /** Where {@code .ci/run} unpacks servers that cannot be installed beside each other. */
  static final Path PEERS = Path.of("/opt/impetus-peers");

  private RealServer() {}

  static InetSocketAddress address(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  /** Delivers on one connection, which has to keep the contract. */
  static RecordingDelivery deliver(
      NettyTestLoop loop, int port, Dialect dialect, EsmtpOptions options, Message... mail) {
    RecordingDelivery delivery =
        new RecordingDelivery(loop, address(port), options)
            .queued(mail)
            .recipientsPerBatch(10)
            .quitWhenDrained()
            .open(new EsmtpDelivery("client.example", dialect, Auth.NONE));
    await().atMost(Duration.ofSeconds(30)).until(delivery::isClosed);
    assertThat(delivery.violations()).isEmpty();
    return delivery;
  }

  /**
   * Delivers three that are taken, between them one to an unknown user and one of 150,000 octets.
   */
  static RecordingDelivery deliverSome(NettyTestLoop loop, int port) {
    Message[] batch = OutboundMessage.batch(2, "Subject: first\r\n\r\n..\r\n..dot\r\nHello\r\n");
    Message unknown = OutboundMessage.to("nobody@destination.example", "Subject: no\r\n\r\nx\r\n");
    Message huge =
        OutboundMessage.to(
            "r0@destination.example", "Subject: huge\r\n\r\n" + "x\r\n".repeat(50_000));
    Message last = OutboundMessage.to("r0@destination.example", "Subject: last\r\n\r\nx\r\n");
    RecordingDelivery delivery =
        deliver(
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
    return delivery;
  }

  /** The mails below a folder that hold {@code text}; waits until there are {@code count}. */
  static List<String> mails(Path folder, String text, int count) {
    return await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> read(folder, text), found -> found.size() >= count);
  }

  private static List<String> read(Path folder, String text) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> file.toString().contains("/new/") && Files.isRegularFile(file))
          .map(RealServer::content)
          .filter(mail -> mail.contains(text))
          .toList();
    }
  }

  private static String content(Path file) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1).replace("\r\n", "\n");
    } catch (IOException e) {
      return "";
    }
  }
}
