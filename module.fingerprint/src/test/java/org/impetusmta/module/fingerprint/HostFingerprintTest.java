package org.impetusmta.module.fingerprint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.hook.Verdict;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.policy.HostFingerprints.Fingerprint;
import org.impetusmta.api.reception.ReceptionState;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.console.Typed;
import org.impetusmta.testkit.log.LoggedMessage;
import org.impetusmta.testkit.policy.StandInConnection;
import org.impetusmta.testkit.queue.TestScheduler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HostFingerprintTest {
  @TempDir Path folder;

  private final ManualClock clock = new ManualClock(1_000_000);
  private final TestScheduler scheduler = new TestScheduler(clock, 1);

  private HostFingerprint module(int cache, Duration timeout) throws Exception {
    return new HostFingerprint(
        new HostFingerprint.Options(cache, folder.resolve("s").toString(), timeout), clock);
  }

  private Map<String, String> connect(HostFingerprint module, String client) {
    StandInConnection connection = new StandInConnection(scheduler.loops().getFirst(), client);
    assertThat(module.validateConnect(connection)).isEqualTo(Verdict.CONTINUE);
    assertThat(module.fingerprint(connection).map(Fingerprint::genre))
        .isEqualTo(connection.context().get("fingerprint_genre"));
    return connection.context().asMap();
  }

  @Test
  void version_3_knows_both_families() throws Exception {
    try (FakeP0f p0f = new FakeP0f(folder.resolve("s"), 3, true)) {
      HostFingerprint module = module(10, Duration.ofSeconds(20));
      Map<String, String> linux =
          Map.of("fingerprint_genre", "Linux", "fingerprint_detail", "3.11 and newer");
      assertThat(connect(module, "192.0.2.1")).isEqualTo(linux);
      assertThat(connect(module, "2001:db8::1")).isEqualTo(linux);
      assertThat(p0f.asked).hasValue(2);
    }
  }

  @Test
  void version_2_is_understood_too_and_knows_ipv4() throws Exception {
    try (FakeP0f p0f = new FakeP0f(folder.resolve("s"), 2, true)) {
      HostFingerprint module = module(10, Duration.ofSeconds(20));
      assertThat(connect(module, "192.0.2.1"))
          .isEqualTo(Map.of("fingerprint_genre", "Windows", "fingerprint_detail", "2000 ?P4"));
      assertThat(connect(module, "192.0.2.2")).hasSize(2);
      assertThat(connect(module, "2001:db8::1")).isEmpty();
      assertThat(p0f.asked).hasValue(2);
    }
  }

  @Test
  void hosts_are_remembered_up_to_the_limit_and_for_their_time() throws Exception {
    try (FakeP0f p0f = new FakeP0f(folder.resolve("s"), 3, true)) {
      HostFingerprint module = module(2, Duration.ofSeconds(20));
      connect(module, "192.0.2.1");
      connect(module, "192.0.2.1");
      assertThat(p0f.asked).hasValue(1);
      connect(module, "192.0.2.2");
      connect(module, "192.0.2.3");
      assertThat(Typed.run(module, "cache", "summary").values())
          .containsEntry("entries", 2L)
          .containsEntry("capacity", 2L)
          .containsEntry("hits", 1L)
          .containsEntry("misses", 3L);
      connect(module, "192.0.2.1");
      assertThat(p0f.asked).hasValue(4);
      clock.advance(Duration.ofMinutes(11));
      connect(module, "192.0.2.1");
      assertThat(p0f.asked).hasValue(5);
    }
  }

  @Test
  void a_daemon_that_is_absent_is_left_alone_and_mail_goes_on() throws Exception {
    HostFingerprint module = module(10, Duration.ofSeconds(20));
    assertThat(connect(module, "192.0.2.1")).isEmpty();
    try (FakeP0f p0f = new FakeP0f(folder.resolve("s"), 3, true)) {
      assertThat(connect(module, "192.0.2.1")).isEmpty();
      assertThat(p0f.asked).hasValue(0);
      clock.advance(HostFingerprint.RESPITE);
      assertThat(connect(module, "192.0.2.1")).hasSize(2);
    }
  }

  @Test
  void a_daemon_that_says_nothing_is_not_waited_for() throws Exception {
    try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(folder.resolve("s")));
      assertThat(connect(module(10, Duration.ofMillis(20)), "192.0.2.1")).isEmpty();
    }
  }

  @Test
  void a_host_that_p0f_does_not_know_has_no_variables() throws Exception {
    try (FakeP0f p0f = new FakeP0f(folder.resolve("s"), 3, false)) {
      assertThat(connect(module(10, Duration.ofSeconds(20)), "192.0.2.1")).isEmpty();
      assertThat(p0f.asked).hasValue(1);
    }
  }

  @Test
  void receptions_and_rejections_are_counted_by_genre() throws Exception {
    HostFingerprint module = module(10, Duration.ofSeconds(1));
    Context linux = new Context();
    linux.set("fingerprint_genre", "Linux");
    linux.set("fingerprint_detail", "3.x");
    module.logReception(new LogEvent.Reception(1, message(linux), "", ""));
    module.logReception(new LogEvent.Reception(1, message(new Context()), "", ""));
    module.logRejection(rejection(linux.asMap()));
    module.logRejection(rejection(linux.asMap()));
    module.logRejection(rejection(Map.of("fingerprint_genre", "Windows")));
    assertThat(Typed.run(module, "rejection", "summary").lines())
        .containsExactly(
            "GENRE\tDETAIL\tRECEPTIONS\tREJECTIONS", "Linux\t3.x\t1\t2", "Windows\t\t0\t1");
    assertThatThrownBy(() -> Typed.run(module, "cache"))
        .isInstanceOf(ConsoleException.class)
        .hasMessage("expected fingerprint cache summary | rejection summary");
  }

  private static LoggedMessage message(Context connection) {
    return new LoggedMessage(
        MessageId.NONE,
        MessageId.NONE,
        MessageId.NONE,
        Address.NULL,
        Address.of("a@example.com"),
        "192.0.2.1",
        "esmtp",
        0,
        1,
        "",
        new Context(),
        connection);
  }

  private static LogEvent.Rejection rejection(Map<String, String> connection) {
    return new LogEvent.Rejection(
        1,
        "192.0.2.1:1",
        "192.0.2.2:25",
        MessageId.NONE,
        "",
        "",
        ReceptionState.JUST_CONNECTED,
        "core",
        connection,
        Map.of(),
        new Reply(550, "", "no"),
        "no");
  }

  @Test
  void a_real_p0f_is_asked_where_it_can_listen() throws Exception {
    Path program = Path.of("/usr/sbin/p0f");
    assumeTrue(Files.isExecutable(program), "package p0f is not installed");
    Path socket = folder.resolve("s");
    Path output = folder.resolve("output");
    Process p0f =
        new ProcessBuilder(program.toString(), "-i", "lo", "-s", socket.toString(), "-S", "5")
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      while (p0f.isAlive() && !Files.readString(output).contains("Entered main event loop")) {
        Thread.onSpinWait();
      }
      assumeTrue(p0f.isAlive(), "p0f may not listen: " + Files.readString(output));
      // it has seen no connection of this host: it answers, and knows nothing
      P0f client = new P0f(socket, Duration.ofSeconds(20));
      assertThat(
              client.ask(
                  new InetSocketAddress(InetAddress.ofLiteral("192.0.2.77"), 40_000),
                  new InetSocketAddress(InetAddress.ofLiteral("192.0.2.25"), 25)))
          .isEmpty();
      assertThat(
              client.ask(
                  new InetSocketAddress(InetAddress.ofLiteral("2001:db8::77"), 40_000),
                  new InetSocketAddress(InetAddress.ofLiteral("2001:db8::25"), 25)))
          .isEmpty();
      // connections over loopback are seen sooner or later
      Optional<Fingerprint> found = Optional.empty();
      long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      try (ServerSocket server = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"))) {
        while (found.isEmpty() && System.nanoTime() < deadline) {
          try (Socket peer = new Socket(server.getInetAddress(), server.getLocalPort())) {
            found =
                client.ask(
                    new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), peer.getLocalPort()),
                    new InetSocketAddress(
                        InetAddress.ofLiteral("127.0.0.1"), server.getLocalPort()));
          }
        }
      }
      assertThat(found.map(Fingerprint::genre)).contains("Linux");
    } finally {
      p0f.destroyForcibly().waitFor();
    }
  }
}
