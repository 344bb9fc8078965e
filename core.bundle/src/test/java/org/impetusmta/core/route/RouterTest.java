package org.impetusmta.core.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.core.metrics.Counters;
import org.impetusmta.core.route.Route.Outcome;
import org.impetusmta.testkit.FakeDns;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.queue.TestConfiguration;
import org.impetusmta.testkit.queue.TestScheduler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Routing against a name server on loopback. */
class RouterTest {
  private final ManualClock clock = new ManualClock(1_700_000_000_000L);
  private final TestScheduler scheduler = new TestScheduler(clock, 1);
  private final TestConfiguration configuration = new TestConfiguration();
  private final Counters counters = new Counters();
  private final Router router = new Router(configuration, scheduler, counters);
  private FakeDns dns;

  @BeforeEach
  void start(@TempDir Path directory) throws IOException {
    dns = new FakeDns();
    configuration.set("resolv_conf", dns.resolvConf(directory).toString());
  }

  @AfterEach
  void stop() throws IOException {
    dns.close();
  }

  private Route route(String domain) {
    Target target =
        Target.of(domain, configuration.current().options(RouteOptions.class, ScopePath.GLOBAL));
    Optional<Route> cached = router.cached(target);
    if (cached.isPresent()) {
      return cached.get();
    }
    return find(target, 1).getFirst();
  }

  private List<Route> find(Target target, int times) {
    List<Route> found = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      router.find(target, scheduler.owner("default", "x"), found::add);
    }
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(2))
        .until(
            () -> {
              scheduler.run();
              return found.size() == times;
            });
    return found;
  }

  private static List<String> addresses(Route route) {
    return route.exchangers().stream()
        .flatMap(e -> e.hosts().stream().map(h -> e.preference() + " " + e.name() + " " + h.text()))
        .toList();
  }

  @Test
  void exchangersComeByPreference() {
    dns.mx("example.org", 20, "b.example.org")
        .mx("example.org", 10, "a.example.org")
        .mx("example.org", 30, "gone.example.org")
        .address("a.example.org", "192.0.2.1", "2001:db8::1")
        .address("b.example.org", "192.0.2.2");
    Route route = route("Example.ORG.");
    assertThat(route.outcome()).isEqualTo(Outcome.FOUND);
    assertThat(addresses(route))
        .containsExactly("10 a.example.org 192.0.2.1", "20 b.example.org 192.0.2.2");
    assertThat(route.exchangers().getFirst().hosts().getFirst().address().getPort()).isEqualTo(25);
    assertThat(counters.dnsMxQueries.sum()).isEqualTo(1);
    assertThat(counters.dnsAddressQueries.sum()).isEqualTo(3);
    assertThat(counters.dnsPending.sum()).isZero();
  }

  @Test
  void ipv6IsUsedWhereItIsWanted() {
    configuration.set("use_ipv6", "true");
    dns.mx("example.org", 10, "a.example.org").address("a.example.org", "192.0.2.1", "2001:db8::1");
    assertThat(addresses(route("example.org")))
        .containsExactly("10 a.example.org 192.0.2.1", "10 a.example.org 2001:db8:0:0:0:0:0:1");
  }

  @Test
  void withoutMxTheDomainItselfIsTheHost() {
    dns.address("example.org", "192.0.2.7");
    assertThat(addresses(route("example.org"))).containsExactly("0 example.org 192.0.2.7");
  }

  @Test
  void aliasesAreFollowed() {
    dns.cname("alias.example", "real.example")
        .mx("real.example", 5, "mx.real.example")
        .cname("mx.real.example", "host.real.example")
        .address("host.real.example", "192.0.2.9");
    assertThat(addresses(route("alias.example"))).containsExactly("5 mx.real.example 192.0.2.9");
  }

  @ParameterizedTest
  @CsvSource({
    "nullmx.example, NULL_MX",
    "nowhere.example, NO_SUCH_DOMAIN",
    "noaddress.example, NO_ADDRESS",
    "deadmx.example, NO_ADDRESS",
    "servfail.example, TEMPORARY",
    "halfdead.example, TEMPORARY",
    "silent.example, TEMPORARY",
    "a..b, NO_SUCH_DOMAIN"
  })
  void failuresAreToldApart(String domain, Outcome outcome) {
    dns.nullMx("nullmx.example")
        .cname("noaddress.example", "empty.example")
        .mx("empty.example.", 1, "x.example")
        .clear("noaddress.example")
        .mx("deadmx.example", 10, "nowhere.example")
        .servfail("servfail.example")
        .mx("halfdead.example", 10, "servfail.example")
        .silent("silent.example");
    if (domain.equals("noaddress.example")) {
      dns.mx("other.noaddress.example", 1, "x").address("noaddress.example", "2001:db8::1");
    }
    assertThat(route(domain).outcome()).isEqualTo(outcome);
  }

  @Test
  void measurementsAreForgottenWhenNobodyMadeOneForLong() {
    dns.ttl(86_400).mx("example.org", 10, "a.example.org").address("a.example.org", "192.0.2.1");
    Host host = route("example.org").exchangers().getFirst().hosts().getFirst();
    host.connected(7, clock.millis());
    host.delivered(11, clock.millis());
    host.failed(clock.millis());
    scheduler.advance(Duration.ofSeconds(3_000));
    assertThat(host.connectMillis()).as("the hour is not over").isEqualTo(7);
    host.failed(clock.millis());
    scheduler.advance(Duration.ofSeconds(660));
    assertThat(host.failedMillis()).as("the failure is young").isNotZero();
    assertThat(host.deliveryMillis()).isEqualTo(11);
    scheduler.advance(Duration.ofSeconds(3_600));
    assertThat(host.failedMillis()).isZero();
    assertThat(host.connectMillis()).isZero();
    assertThat(host.deliveryMillis()).isZero();
    configuration.set("address_metrics_cleanse_interval", "10");
    configuration.set("address_metrics_lifetime", "20");
    host.connected(7, clock.millis());
    scheduler.advance(Duration.ofSeconds(60));
    scheduler.advance(Duration.ofSeconds(11));
    assertThat(host.connectMillis()).isZero();
  }

  @Test
  void answersAreKeptForTheirTime() {
    dns.ttl(60).mx("example.org", 10, "a.example.org").address("a.example.org", "192.0.2.1");
    Route first = route("example.org");
    assertThat(first.expiresMillis()).isEqualTo(clock.millis() + 60_000);
    clock.advance(Duration.ofSeconds(59));
    assertThat(route("example.org")).isSameAs(first);
    assertThat(dns.queries()).hasSize(2);
    clock.advance(Duration.ofSeconds(1));
    dns.clear("a.example.org").address("a.example.org", "192.0.2.2");
    Route second = route("example.org");
    assertThat(addresses(second)).containsExactly("10 a.example.org 192.0.2.2");
    assertThat(dns.queries()).hasSize(4);
  }

  @ParameterizedTest
  @CsvSource({"5, 120, 3600, 120", "86400, 0, 300, 300", "0, 0, 300, 1", "50, 0, 300, 50"})
  void timesToLiveAreClamped(long ttl, String least, String most, long expected) {
    configuration.set("min_dns_ttl", least).set("max_dns_ttl", most);
    dns.ttl(ttl).address("example.org", "192.0.2.1").mx("example.org", 1, "example.org");
    assertThat(route("example.org").expiresMillis()).isEqualTo(clock.millis() + expected * 1_000);
  }

  @Test
  void manyWhoAskAreAnsweredByOneLookup() {
    dns.mx("example.org", 10, "a.example.org").address("a.example.org", "192.0.2.1");
    List<Route> found = find(new Target("example.org", true, 25), 50);
    assertThat(found).allMatch(route -> route == found.getFirst());
    assertThat(dns.queries()).containsExactly("MX example.org", "A a.example.org");
  }

  @Test
  void lookupsThatSayNoAreCounted() {
    for (int i = 1; i <= 3; i++) {
      assertThat(route("nowhere.example").failures()).isEqualTo(i);
      clock.advance(Duration.ofSeconds(10));
    }
    dns.address("nowhere.example", "192.0.2.1");
    assertThat(route("nowhere.example").failures()).isZero();
  }

  @Test
  void aHostKeepsItsHealthAcrossRoutes() {
    dns.ttl(10)
        .mx("one.example", 10, "shared.example")
        .mx("two.example", 10, "shared.example")
        .address("shared.example", "192.0.2.1");
    Host one = route("one.example").exchangers().getFirst().hosts().getFirst();
    assertThat(route("two.example").exchangers().getFirst().hosts().getFirst()).isSameAs(one);
    one.failed(clock.millis());
    clock.advance(Duration.ofSeconds(30));
    Host again = route("one.example").exchangers().getFirst().hosts().getFirst();
    assertThat(again.usable(clock.millis(), 120_000)).isFalse();
    clock.advance(Duration.ofSeconds(90));
    assertThat(again.usable(clock.millis(), 120_000)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"true, FOUND", "false, TEMPORARY"})
  void longAnswersNeedTcp(String fallback, Outcome outcome) {
    configuration.set("dns_fallback_to_tcp", fallback);
    dns.truncated("big.example")
        .mx("big.example", 10, "a.example")
        .address("a.example", "192.0.2.1");
    assertThat(route("big.example").outcome()).isEqualTo(outcome);
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.5, 192.0.2.5, 25",
    "192.0.2.5:2526, 192.0.2.5, 2526",
    "[192.0.2.5]:2526, 192.0.2.5, 2526",
    "[::1], 0:0:0:0:0:0:0:1, 25",
    "[2001:db8::1]:2526, 2001:db8:0:0:0:0:0:1, 2526",
    "smart.example:587, 192.0.2.8, 587",
    "localhost:2525, 127.0.0.1, 2525"
  })
  void aGatewayTakesEverything(String gateway, String address, int port) {
    configuration.set("gateway", gateway);
    dns.address("smart.example", "192.0.2.8").mx("smart.example", 1, "elsewhere.example");
    Host host = route("example.org").exchangers().getFirst().hosts().getFirst();
    assertThat(host.text()).isEqualTo(address);
    assertThat(host.address().getPort()).isEqualTo(port);
    assertThat(dns.queries()).noneMatch(q -> q.startsWith("MX"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"[192.0.2.5", "::1", "host:", "host:0", "host:65536", "a b", "[host]:25"})
  void aGatewayThatCannotBeReadIsRefused(String gateway) {
    assertThatThrownBy(() -> Target.gateway(gateway, 25))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(gateway);
  }

  @ParameterizedTest
  @CsvSource({"[192.0.2.5], 192.0.2.5", "[IPv6:2001:DB8::1], 2001:db8:0:0:0:0:0:1"})
  void addressLiteralsNeedNoDns(String domain, String address) {
    assertThat(addresses(route(domain.toLowerCase(Locale.ROOT))).getFirst()).endsWith(address);
    assertThat(dns.queries()).isEmpty();
  }

  @Test
  void equalsAreShuffled() {
    for (int i = 0; i < 20; i++) {
      dns.mx("example.org", 10, "m" + i + ".example").address("m" + i + ".example", "192.0.2." + i);
    }
    dns.ttl(0);
    List<String> first = addresses(route("example.org"));
    boolean shuffled = false;
    for (int i = 0; i < 10 && !shuffled; i++) {
      clock.advance(Duration.ofMinutes(10));
      shuffled = !addresses(route("example.org")).equals(first);
    }
    assertThat(shuffled).isTrue();
  }

  private void threeHosts() {
    dns.mx("example.org", 10, "a.example")
        .mx("example.org", 20, "b.example")
        .mx("example.org", 20, "c.example")
        .address("a.example", "192.0.2.1", "2001:db8::1")
        .address("b.example", "127.0.0.9")
        .address("c.example", "192.0.2.3");
  }

  @ParameterizedTest
  @CsvSource({
    "prohibited_hosts, 192.0.2.7, FOUND, 3",
    "prohibited_hosts, 127.0.0.0/8, PROHIBITED, 0",
    "skip_hosts, 127.0.0.0/8, FOUND, 2",
    "skip_hosts, 0.0.0.0/0, NO_ADDRESS, 0",
    "relay_domains, *.org, FOUND, 1",
    "bounce_domains, *.org, FOUND, 1",
    "relay_domains, example.com, FOUND, 3"
  })
  void hostsAreLeftOut(String option, String value, Outcome outcome, int left) {
    threeHosts();
    Route before = route("example.org");
    assertThat(before.exchangers()).hasSize(3);
    configuration.set(option, value);
    Route after = route("example.org");
    assertThat(after.outcome()).isEqualTo(outcome);
    assertThat(after.exchangers()).hasSize(left);
  }

  @Test
  void relayDomainsMayUseEveryMx() {
    threeHosts();
    configuration.set("relay_domains", "example.org");
    assertThat(route("example.org").exchangers()).hasSize(1);
    configuration.set("only_use_best_mx_for_relay_domains", "false");
    assertThat(route("example.org").exchangers()).hasSize(3);
  }

  @Test
  void prohibitedHostsHoldForLiteralsAndGateways() {
    configuration.set("prohibited_hosts", "127.0.0.0/8");
    assertThat(route("[127.0.0.1]").outcome()).isEqualTo(Outcome.PROHIBITED);
    configuration.set("gateway", "127.0.0.1:25");
    assertThat(route("example.org").outcome()).isEqualTo(Outcome.PROHIBITED);
  }

  @ParameterizedTest
  @CsvSource({
    "smart.example, 192.0.2.8:25",
    "smart.example:587, 192.0.2.8:587",
    "192.0.2.7 [2001:db8::7]:26, 192.0.2.7:25 2001:db8:0:0:0:0:0:7:26",
    "__mx__, 192.0.2.1:25 127.0.0.9:25|192.0.2.3:25",
    "__mx__ smart.example, 192.0.2.1:25 127.0.0.9:25|192.0.2.3:25 192.0.2.8:25",
    "smtp://smart.example?pref=15 __mx__, 192.0.2.1:25 192.0.2.8:25 127.0.0.9:25|192.0.2.3:25",
    "smtp://192.0.2.5?pref=7 smtp://192.0.2.4?pref=7, 192.0.2.5:25|192.0.2.4:25",
    "smtp://example.org?type=mx&port=2525, 192.0.2.1:2525 127.0.0.9:2525|192.0.2.3:2525",
    "smtp://smart.example?type=a&ttl=30, 192.0.2.8:25",
    "nowhere.example smart.example, 192.0.2.8:25"
  })
  void routesTakeThePlaceOfMx(String routes, String expected) {
    threeHosts();
    dns.address("smart.example", "192.0.2.8");
    configuration.set("routes", routes);
    Route route = route("example.org");
    java.util.TreeMap<Integer, java.util.TreeSet<String>> byPreference = new java.util.TreeMap<>();
    route
        .exchangers()
        .forEach(
            e ->
                e.hosts()
                    .forEach(
                        h ->
                            byPreference
                                .computeIfAbsent(e.preference(), p -> new java.util.TreeSet<>())
                                .add(h.text() + ":" + h.address().getPort())));
    List<java.util.TreeSet<String>> wanted = new ArrayList<>();
    for (String group : expected.split(" ")) {
      wanted.add(new java.util.TreeSet<>(List.of(group.split("\\|"))));
    }
    assertThat(byPreference.values()).containsExactlyElementsOf(wanted);
    if (routes.contains("ttl=30")) {
      assertThat(route.expiresMillis()).isEqualTo(clock.millis() + 30_000);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://a.example",
        "smtp://a.example?pref=x",
        "smtp://a.example?pref=65536",
        "smtp://a.example?type=txt",
        "smtp://a.example?color=1",
        "smtp://a.example/path",
        "smtp://",
        "2001:db8::7"
      })
  void routesThatCannotBeReadAreRefused(String item) {
    assertThatThrownBy(() -> RouteItem.parse(List.of(item)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({"3, 3", "1, 1", "0, 1"})
  void afterSomeFailedLookupsTheAddressWillDo(String most, int lookups) {
    configuration.set("mx_failures_fallback_to_a", most);
    dns.refused("example.org", "MX").address("example.org", "192.0.2.1");
    for (int i = 1; i < lookups; i++) {
      assertThat(route("example.org").outcome()).isEqualTo(Outcome.TEMPORARY);
      clock.advance(Duration.ofSeconds(11));
    }
    assertThat(addresses(route("example.org"))).containsExactly("0 example.org 192.0.2.1");
    assertThat(dns.queries()).filteredOn(q -> q.startsWith("MX")).hasSize(lookups);
  }

  @Test
  void mxMayBeLookedForJustOnce() {
    configuration.set("mx_failures_fallback_to_a", "-1");
    dns.ttl(20).refused("example.org", "MX").address("example.org", "192.0.2.1");
    for (int i = 0; i < 3; i++) {
      assertThat(route("example.org").outcome()).isEqualTo(Outcome.FOUND);
      clock.advance(Duration.ofSeconds(21));
    }
    assertThat(dns.queries()).filteredOn(q -> q.startsWith("MX")).hasSize(1);
  }

  @Test
  void aFailedMxLookupNeverEndsInNoAddress() {
    configuration.set("mx_failures_fallback_to_a", "1");
    dns.refused("example.org", "MX").txt("example.org", "exists");
    assertThat(route("example.org").outcome()).isEqualTo(Outcome.TEMPORARY);
  }

  @Test
  void aPartOfTheRouteIsToldFirst() {
    dns.mx("example.org", 10, "slow.example")
        .mx("example.org", 20, "b.example")
        .silent("slow.example")
        .address("b.example", "192.0.2.2");
    List<String> told = new ArrayList<>();
    Target target =
        Target.of(
            "example.org", configuration.current().options(RouteOptions.class, ScopePath.GLOBAL));
    router.find(
        target,
        scheduler.owner("default", "x"),
        part -> told.add("part " + addresses(part)),
        whole -> told.add("whole " + addresses(whole)));
    Awaitility.await()
        .pollInterval(Duration.ofMillis(2))
        .until(
            () -> {
              scheduler.run();
              return told.size() == 2;
            });
    assertThat(told)
        .containsExactly("part [20 b.example 192.0.2.2]", "whole [20 b.example 192.0.2.2]");
  }

  @Test
  void aRouteIsRefreshed() {
    threeHosts();
    Route before = route("example.org");
    assertThat(router.refresh("other.example")).isZero();
    assertThat(route("example.org")).isSameAs(before);
    dns.clear("c.example").address("c.example", "192.0.2.33");
    assertThat(router.refresh("example.org")).isEqualTo(1);
    assertThat(addresses(route("example.org"))).contains("20 c.example 192.0.2.33");
  }

  @Test
  void answersWithoutEndAreCutShort() {
    configuration.set("dns_fallback_to_tcp", "true");
    for (int i = 0; i < 300; i++) {
      dns.mx("huge.example", i + 1, "m" + i + ".example")
          .address("m" + i + ".example", "192.0.2.1");
    }
    assertThat(route("huge.example").exchangers()).hasSize(RouteLookup.MOST_EXCHANGERS);
    assertThat(dns.queries()).hasSizeLessThanOrEqualTo(2 + RouteLookup.MOST_EXCHANGERS);
  }

  @ParameterizedTest
  @CsvSource({
    "b\u00fccher.example, xn--bcher-kva.example",
    "B\u00dcCHER.example., xn--bcher-kva.example",
    "fa\u00df.example, xn--fa-hia.example",
    "\u4f8b\u3048.\u30c6\u30b9\u30c8, xn--r8jz45g.xn--zckzah",
    "\u03b2\u03cc\u03bb\u03bf\u03c2.example, xn--nxasmm1c.example"
  })
  void foreignDomainsAreFoundByTheirAsciiName(String domain, String ascii) {
    dns.mx(ascii, 10, "a.example").address("a.example", "192.0.2.1");
    assertThat(addresses(route(domain))).containsExactly("10 a.example 192.0.2.1");
    assertThat(dns.queries()).contains("MX " + ascii);
  }

  @Test
  void resolvConfIsRead() throws IOException {
    ResolvConf conf =
        ResolvConf.parse(
            List.of(
                "# comment",
                "search example.org",
                "nameserver 192.0.2.53 ; ours",
                "nameserver 2001:db8::53",
                "options ndots:2 timeout:3 attempts:4"),
            "x");
    assertThat(conf.nameservers()).hasSize(2).allMatch(a -> a.getPort() == 53);
    assertThat(conf.timeout()).isEqualTo(Duration.ofSeconds(3));
    assertThat(conf.attempts()).isEqualTo(4);
    assertThatThrownBy(() -> ResolvConf.parse(List.of("", "nameserver ns.example"), "x"))
        .isInstanceOf(IOException.class)
        .hasMessage("x:2: not an address: ns.example");
    assertThat(ResolvConf.read(Path.of("/nonexistent/resolv.conf")).nameservers().getFirst())
        .hasToString("localhost/127.0.0.1:53");
  }
}
