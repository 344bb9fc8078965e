package org.impetusmta.module.ha_proxy_client;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Optional;
import org.impetusmta.api.delivery.EgressProxy;
import org.impetusmta.module.ha_proxy_client.ProxyOptions.Speaks;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.mx.RecordingDelivery;
import org.impetusmta.testkit.queue.TestScheduler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HaProxyClientTest {
  private final TestScheduler scheduler = new TestScheduler(new ManualClock(1_700_000_000_000L), 1);
  private final HaProxyClient client =
      new HaProxyClient(
          new HaProxyClient.Options(Duration.ofSeconds(5), Duration.ofSeconds(1), 3, 2), scheduler);

  private Optional<EgressProxy> choose(String server, Speaks speaks, boolean bypass) {
    return client.chooseEgressProxy(
        new RecordingDelivery(
            scheduler.loops().getFirst(),
            new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 25),
            new ProxyOptions(
                Optional.of(server),
                Optional.of("192.0.2.9"),
                Optional.empty(),
                speaks,
                Optional.of("u"),
                Optional.of("p"),
                bypass)));
  }

  @Test
  void namesTheProxyOfTheBinding() {
    EgressProxy proxy = choose("127.0.0.1:8085", Speaks.PROXY_V2, false).orElseThrow();
    assertThat(proxy.protocol()).isEqualTo(EgressProxy.Protocol.PROXY_V2);
    assertThat(proxy.address())
        .isEqualTo(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 8085));
    assertThat(proxy.source()).contains(InetAddress.ofLiteral("192.0.2.9"));
    assertThat(proxy.unavailable()).isEmpty();
    assertThat(proxy.login().orElseThrow().toString()).doesNotContain("p");
    assertThat(choose("127.0.0.1:8085", Speaks.PROXY_V2, true)).isEmpty();
    assertThat(choose("", Speaks.PROXY_V2, false)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "a b:1", "h:0", "h:99999", ":5", "[x]:5"})
  void whatIsNoAddressDefersTheMail(String server) {
    assertThat(choose(server, Speaks.SOCKS5, false).orElseThrow().unavailable()).isPresent();
  }

  @Test
  void aProxyThatIsDownDefersAndIsUpAgain() throws Exception {
    ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    int port = server.getLocalPort();
    String name = "127.0.0.1:" + port;
    assertThat(choose(name, Speaks.PROXY_V1, false).orElseThrow().unavailable()).isEmpty();
    scheduler.run();
    server.close();
    scheduler.advance(Duration.ofSeconds(10));
    assertThat(choose(name, Speaks.PROXY_V1, false).orElseThrow().unavailable()).isEmpty();
    scheduler.advance(Duration.ofSeconds(5));
    assertThat(choose(name, Speaks.PROXY_V1, false).orElseThrow().unavailable())
        .hasValueSatisfying(reply -> assertThat(reply.text()).endsWith("is down"));
    try (ServerSocket again = new ServerSocket()) {
      again.setReuseAddress(true);
      again.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      scheduler.advance(Duration.ofSeconds(10));
      assertThat(choose(name, Speaks.PROXY_V1, false).orElseThrow().unavailable()).isEmpty();
    }
    client.deactivate();
  }
}
