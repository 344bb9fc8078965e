package org.impetusmta.delivery.esmtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import org.impetusmta.testkit.mx.FakeMx;
import org.impetusmta.testkit.mx.OutboundMessage;
import org.impetusmta.testkit.mx.RecordingDelivery;
import org.impetusmta.testkit.mx.RecordingDelivery.Event.Delivered;
import org.impetusmta.testkit.net.NettyTestLoop;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where connections come from, as the peer sees it, with epoll and with NIO. */
final class BindAddressTest {
  private static RecordingDelivery deliver(NettyTestLoop loop, FakeMx mx, InetAddress from) {
    RecordingDelivery delivery =
        new RecordingDelivery(loop, mx.address(), TestOptions.seconds(20))
            .from(from)
            .queued(OutboundMessage.to("r@destination.example", "Subject: x\r\n\r\nx\r\n"))
            .quitWhenDrained()
            .open(new EsmtpDelivery("client.example", Dialect.ESMTP, Auth.NONE));
    await().atMost(Duration.ofSeconds(20)).until(delivery::isClosed);
    assertThat(delivery.violations()).isEmpty();
    return delivery;
  }

  private static InetAddress address(int... octets) throws UnknownHostException {
    byte[] four = new byte[4];
    for (int i = 0; i < 4; i++) {
      four[i] = (byte) octets[i];
    }
    return InetAddress.getByAddress(four);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void thePeerSeesIt(boolean nio) throws Exception {
    NettyTestLoop loop = nio ? NettyTestLoop.nio() : NettyTestLoop.best();
    try (FakeMx mx = FakeMx.offering().start()) {
      for (int last : new int[] {7, 200}) {
        RecordingDelivery delivery = deliver(loop, mx, address(127, 0, 0, last));
        assertThat(delivery.events(Delivered.class)).hasSize(1);
        assertThat(delivery.isSourceUnavailable()).isFalse();
      }
      assertThat(mx.clients()).containsExactly(address(127, 0, 0, 7), address(127, 0, 0, 200));
    } finally {
      loop.close();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void oneThatIsNotHereIsToldOfAndCostsNoMessage(boolean nio) throws Exception {
    NettyTestLoop loop = nio ? NettyTestLoop.nio() : NettyTestLoop.best();
    try (FakeMx mx = FakeMx.offering().start()) {
      RecordingDelivery delivery = deliver(loop, mx, address(192, 0, 2, 1));
      assertThat(delivery.isSourceUnavailable()).isTrue();
      assertThat(delivery.taken()).isEmpty();
      assertThat(mx.connections()).isZero();
    } finally {
      loop.close();
    }
  }
}
