package org.impetusmta.core.route;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.dns.DnsAnswer.Status;
import org.impetusmta.core.metrics.Counters;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.queue.TestConfiguration;
import org.impetusmta.testkit.queue.TestScheduler;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Type;

/** Every shape that a domain has in the DNS, in a zone that NSD serves. */
class ZoneTest {
  private static final Path NSD = Path.of("/usr/sbin/nsd");

  @TempDir static Path folder;
  private static @Nullable Process nsd;

  private final TestScheduler scheduler = new TestScheduler(new ManualClock(1_700_000_000_000L), 1);
  private final TestConfiguration configuration =
      new TestConfiguration()
          .set("resolv_conf", folder.resolve("resolv.conf").toString())
          .set("use_ipv6", "true")
          .set("dns_fallback_to_tcp", "true");
  private final Router router = new Router(configuration, scheduler, new Counters());

  private static final String ZONE =
      """
      $ORIGIN zone.test.
      $TTL 300
      @ SOA ns hostmaster 1 3600 600 86400 60
      @ NS ns
      ns A 127.0.0.1
      h1 A 192.0.2.1
      h2 A 192.0.2.2
      h2 AAAA 2001:db8::2
      h6 AAAA 2001:db8::6
      many A 192.0.2.11
      many A 192.0.2.12
      alias CNAME h1
      pref MX 20 h2
      pref MX 10 h1
      equal MX 5 h1
      equal MX 5 h2
      equal MX 50 many
      implicit A 192.0.2.3
      implicit6 AAAA 2001:db8::3
      null MX 0 .
      nullmixed MX 0 .
      nullmixed MX 10 h1
      cname CNAME pref
      cnameimplicit CNAME implicit
      chain CNAME chain2
      chain2 CNAME chain3
      chain3 CNAME pref
      mxalias MX 10 alias
      onlysix MX 10 h6
      dead MX 10 gone
      dead MX 20 gone2
      half MX 10 gone
      half MX 20 h1
      noaddress MX 10 text
      text TXT "no address"
      loop CNAME loop2
      loop2 CNAME loop
      self CNAME self
      dangling CNAME gone
      lame NS elsewhere.example.
      *.wild MX 10 h1
      xn--bcher-kva MX 10 h1
      mxloop MX 10 loop
      octets MX 10 192.0.2.77.
      """;

  @BeforeAll
  static void serve() throws Exception {
    Assumptions.assumeTrue(Files.isExecutable(NSD), "the Debian package nsd is not installed");
    int port = freePort();
    StringBuilder zone = new StringBuilder(ZONE);
    for (int i = 1; i <= 200; i++) {
      zone.append("big MX ").append(i).append(" a-name-that-takes-room-").append(i).append('\n');
      zone.append("a-name-that-takes-room-" + i + " A 192.0.2." + i + "\n");
    }
    Files.writeString(folder.resolve("zone.test"), zone);
    Path conf =
        Files.writeString(
            folder.resolve("nsd.conf"),
            """
            server:
              ip-address: 127.0.0.1@%1$d
              port: %1$d
              server-count: 1
              username: ""
              chroot: ""
              zonesdir: "%2$s"
              pidfile: "%2$s/nsd.pid"
              zonelistfile: "%2$s/zone.list"
              xfrdfile: "%2$s/xfrd.state"
              xfrdir: "%2$s"
              logfile: "%2$s/nsd.log"
            remote-control:
              control-enable: no
            zone:
              name: zone.test
              zonefile: zone.test
            """
                .formatted(port, folder));
    Files.writeString(
        folder.resolve("resolv.conf"),
        "nameserver [127.0.0.1]:" + port + "\noptions timeout:2 attempts:2\n");
    Process server =
        new ProcessBuilder(NSD.toString(), "-d", "-c", conf.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("nsd.out").toFile())
            .start();
    nsd = server;
    ZoneTest probe = new ZoneTest();
    DnsService dns = new DnsService(probe.configuration, probe.scheduler, new Counters());
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(100))
        .until(
            () -> {
              var answer = dns.lookup("ns.zone.test", Type.A);
              Awaitility.await()
                  .pollInterval(Duration.ofMillis(2))
                  .until(
                      () -> {
                        probe.scheduler.run();
                        return answer.isDone();
                      });
              probe.scheduler.advance(Duration.ofSeconds(30));
              return answer.join().status() == Status.FOUND || !server.isAlive();
            });
    assertThat(server.isAlive()).as(Files.readString(folder.resolve("nsd.out"))).isTrue();
  }

  private static int freePort() throws IOException {
    InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    for (int tries = 0; ; tries++) {
      try (ServerSocket tcp = new ServerSocket(0, 1, loopback);
          DatagramSocket udp = new DatagramSocket(tcp.getLocalPort(), loopback)) {
        return udp.getLocalPort();
      } catch (IOException e) {
        if (tries == 20) {
          throw e;
        }
      }
    }
  }

  @AfterAll
  static void end() throws InterruptedException {
    Process server = nsd;
    if (server != null) {
      server.descendants().forEach(ProcessHandle::destroy);
      server.destroy();
      server.waitFor(10, TimeUnit.SECONDS);
    }
  }

  /** Addresses of one preference are separated by |, preferences by blanks. */
  @ParameterizedTest
  @CsvSource({
    "pref.zone.test, FOUND, 192.0.2.1 192.0.2.2|2001:db8:0:0:0:0:0:2",
    "PREF.Zone.Test., FOUND, 192.0.2.1 192.0.2.2|2001:db8:0:0:0:0:0:2",
    "equal.zone.test, FOUND, 192.0.2.1|192.0.2.2|2001:db8:0:0:0:0:0:2 192.0.2.11|192.0.2.12",
    "implicit.zone.test, FOUND, 192.0.2.3",
    "implicit6.zone.test, FOUND, 2001:db8:0:0:0:0:0:3",
    "null.zone.test, NULL_MX, ''",
    "nullmixed.zone.test, FOUND, 192.0.2.1",
    "cname.zone.test, FOUND, 192.0.2.1 192.0.2.2|2001:db8:0:0:0:0:0:2",
    "cnameimplicit.zone.test, FOUND, 192.0.2.3",
    "chain.zone.test, FOUND, 192.0.2.1 192.0.2.2|2001:db8:0:0:0:0:0:2",
    "mxalias.zone.test, FOUND, 192.0.2.1",
    "onlysix.zone.test, FOUND, 2001:db8:0:0:0:0:0:6",
    "dead.zone.test, NO_ADDRESS, ''",
    "half.zone.test, FOUND, 192.0.2.1",
    "noaddress.zone.test, NO_ADDRESS, ''",
    "text.zone.test, NO_ADDRESS, ''",
    "gone.zone.test, NO_SUCH_DOMAIN, ''",
    "loop.zone.test, TEMPORARY, ''",
    "self.zone.test, TEMPORARY, ''",
    "mxloop.zone.test, TEMPORARY, ''",
    "dangling.zone.test, NO_SUCH_DOMAIN, ''",
    "lame.zone.test, TEMPORARY, ''",
    "any.wild.zone.test, FOUND, 192.0.2.1",
    "b\u00fccher.zone.test, FOUND, 192.0.2.1",
    "octets.zone.test, TEMPORARY, ''",
    "elsewhere.example, TEMPORARY, ''"
  })
  void everyShapeHasItsRoute(String domain, Route.Outcome outcome, String hosts) {
    Route route = route(domain);
    assertThat(route.outcome()).isEqualTo(outcome);
    TreeMap<Integer, TreeSet<String>> found = new TreeMap<>();
    for (Route.Exchanger exchanger : route.exchangers()) {
      exchanger
          .hosts()
          .forEach(
              host ->
                  found
                      .computeIfAbsent(exchanger.preference(), p -> new TreeSet<>())
                      .add(host.text()));
    }
    List<TreeSet<String>> expected = new ArrayList<>();
    for (String group : hosts.isEmpty() ? new String[0] : hosts.split(" ")) {
      expected.add(new TreeSet<>(List.of(group.split("\\|"))));
    }
    assertThat(found.values()).containsExactlyElementsOf(expected);
    assertThat(route.exchangers())
        .isSortedAccordingTo(java.util.Comparator.comparingInt(Route.Exchanger::preference));
  }

  @ParameterizedTest
  @CsvSource({"true, FOUND, 64", "false, TEMPORARY, 0"})
  void aLongAnswerNeedsTcp(String fallback, Route.Outcome outcome, int exchangers) {
    configuration.set("dns_fallback_to_tcp", fallback);
    Route route = route("big.zone.test");
    // without TCP there is what fits into the datagram, or nothing
    if (outcome == Route.Outcome.FOUND) {
      assertThat(route.outcome()).isEqualTo(outcome);
      assertThat(route.exchangers()).hasSize(exchangers);
      assertThat(route.exchangers().getFirst().preference()).isEqualTo(1);
    } else {
      assertThat(route.outcome()).isIn(outcome, Route.Outcome.FOUND);
      assertThat(route.exchangers()).hasSizeLessThan(64);
    }
  }

  private Route route(String domain) {
    Target target =
        Target.of(domain, configuration.current().options(RouteOptions.class, ScopePath.GLOBAL));
    List<Route> found = new ArrayList<>();
    router.find(target, scheduler.owner("default", "x"), found::add);
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(2))
        .until(
            () -> {
              scheduler.run();
              return !found.isEmpty();
            });
    return found.getFirst();
  }
}
