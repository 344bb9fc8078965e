package org.impetusmta.delivery.esmtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.impetusmta.api.delivery.EgressProxy;
import org.impetusmta.api.delivery.EgressProxy.Protocol;
import org.impetusmta.api.message.Reply;
import org.impetusmta.testkit.mx.FakeMx;
import org.impetusmta.testkit.mx.OutboundMessage;
import org.impetusmta.testkit.mx.RecordingDelivery;
import org.impetusmta.testkit.mx.RecordingDelivery.Event;
import org.impetusmta.testkit.net.NettyTestLoop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Connections through a SOCKS5 server of our own, and through HAProxy. */
class ByProxyTest {
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
  private final NettyTestLoop loop = NettyTestLoop.best();

  @AfterEach
  void closeLoop() {
    loop.close();
  }

  private static EgressProxy proxy(Protocol protocol, int port) {
    return new EgressProxy(
        protocol,
        new InetSocketAddress(LOOPBACK, port),
        Optional.of(LOOPBACK),
        Optional.of(new EgressProxy.Login("user", "secret")),
        Optional.empty());
  }

  private RecordingDelivery deliver(InetSocketAddress to, EgressProxy proxy) {
    RecordingDelivery delivery =
        new RecordingDelivery(loop, to, TestOptions.seconds(1))
            .queued(
                OutboundMessage.to("a@destination.example", "Subject: a\r\n\r\nx\r\n"),
                OutboundMessage.to("b@destination.example", "Subject: b\r\n\r\nx\r\n"))
            .quitWhenDrained()
            .open(new EsmtpDelivery(d -> "client.example", d -> Optional.of(proxy)));
    await().until(delivery::isClosed);
    assertThat(delivery.violations()).isEmpty();
    return delivery;
  }

  /** A SOCKS5 server for one connection, which answers CONNECT with {@code code}. */
  private static ServerSocket socks(int code) throws IOException {
    ServerSocket server = new ServerSocket(0, 5, LOOPBACK);
    Thread.ofVirtual()
        .start(
            () -> {
              try (server;
                  Socket client = server.accept()) {
                serve(client, code);
              } catch (IOException gone) {
                // the test looks at what the other end makes of it
                assertThat(gone).isNotNull();
              }
            });
    return server;
  }

  private static void serve(Socket client, int code) throws IOException {
    DataInputStream in = new DataInputStream(client.getInputStream());
    OutputStream out = client.getOutputStream();
    assertThat(in.readNBytes(4)).containsExactly(5, 2, 0, 2);
    out.write(new byte[] {5, 2});
    assertThat(new String(in.readNBytes(13), java.nio.charset.StandardCharsets.US_ASCII))
        .isEqualTo("\u0001\u0004user\u0006secret");
    out.write(new byte[] {1, 0});
    assertThat(in.readNBytes(4)).containsExactly(5, 1, 0, 1);
    InetAddress to = InetAddress.getByAddress(in.readNBytes(4));
    int port = in.readUnsignedShort();
    if (code != 0) {
      out.write(new byte[] {5, (byte) code, 0, 1, 0, 0, 0, 0, 0, 0});
      return;
    }
    try (Socket peer = new Socket(to, port)) {
      out.write(new byte[] {5, 0, 0, 1, 0, 0, 0, 0, 0, 0});
      Thread there =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      in.transferTo(peer.getOutputStream());
                    } catch (IOException gone) {
                      assertThat(gone).isNotNull();
                    }
                  });
      peer.getInputStream().transferTo(out);
      client.close();
      there.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void mailLeavesBySocks() throws Exception {
    try (FakeMx mx = FakeMx.offering("PIPELINING").start();
        ServerSocket socks = socks(0)) {
      RecordingDelivery delivery =
          deliver(mx.address(), proxy(Protocol.SOCKS5, socks.getLocalPort()));
      assertThat(delivery.events(Event.Delivered.class)).hasSize(2);
      assertThat(mx.received()).hasSize(2);
    }
  }

  @Test
  void aRefusalIsNotTheHosts() throws Exception {
    try (ServerSocket socks = socks(2)) {
      RecordingDelivery delivery =
          deliver(
              new InetSocketAddress(LOOPBACK, 25), proxy(Protocol.SOCKS5, socks.getLocalPort()));
      assertThat(delivery.events(Event.Connected.class)).isEmpty();
      assertThat(delivery.events(Event.Closed.class).getFirst().cause())
          .contains(
              new Reply(
                  451,
                  "4.4.1",
                  "[internal] proxy 127.0.0.1:"
                      + socks.getLocalPort()
                      + ": connection not allowed by ruleset"));
      assertThat(delivery.isHostBlameless()).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource(Protocol.class)
  void aProxyThatIsNotThereIsNotTheHostsFault(Protocol protocol) throws Exception {
    try (Socket bound = new Socket()) {
      bound.bind(new InetSocketAddress(LOOPBACK, 0));
      RecordingDelivery delivery =
          deliver(new InetSocketAddress(LOOPBACK, 25), proxy(protocol, bound.getLocalPort()));
      assertThat(delivery.isHostBlameless()).isTrue();
      assertThat(delivery.events(Event.Failed.class)).isEmpty();
      assertThat(delivery.events(Event.Closed.class).getFirst().cause().orElseThrow().text())
          .endsWith("cannot be reached");
    }
  }

  @Test
  void aProxyThatSaysNothingIsGivenUp() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 5, LOOPBACK)) {
      RecordingDelivery delivery =
          deliver(
              new InetSocketAddress(LOOPBACK, 25), proxy(Protocol.SOCKS5, silent.getLocalPort()));
      assertThat(delivery.isHostBlameless()).isTrue();
      assertThat(delivery.events(Event.Closed.class).getFirst().cause().orElseThrow().text())
          .endsWith("does not answer");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"PROXY_V1", "PROXY_V2"})
  void mailLeavesByHaproxy(Protocol protocol, @TempDir Path dir) throws Exception {
    assumeTrue(
        Files.isExecutable(Path.of("/usr/sbin/haproxy")),
        "haproxy is not installed: Debian package haproxy");
    int port;
    try (ServerSocket probe = new ServerSocket(0, 1, LOOPBACK)) {
      port = probe.getLocalPort();
    }
    Path config = dir.resolve("haproxy.cfg");
    Files.writeString(
        config,
        """
        defaults
          mode tcp
          timeout connect 5s
          timeout client 20s
          timeout server 20s
        frontend main
          bind 127.0.0.1:%d accept-proxy
          default_backend out
        backend out
          server there 0.0.0.0
        """
            .formatted(port));
    Process haproxy =
        new ProcessBuilder("/usr/sbin/haproxy", "-db", "-f", config.toString())
            .redirectErrorStream(true)
            .redirectOutput(dir.resolve("log").toFile())
            .start();
    try (FakeMx mx = FakeMx.offering("PIPELINING").start()) {
      await().until(() -> listens(port));
      RecordingDelivery delivery = deliver(mx.address(), proxy(protocol, port));
      assertThat(delivery.events(Event.Delivered.class)).hasSize(2);
      assertThat(mx.received()).hasSize(2);
    } finally {
      haproxy.destroyForcibly().waitFor();
    }
  }

  private static boolean listens(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(LOOPBACK, port));
      return true;
    } catch (IOException notYet) {
      return false;
    }
  }
}
