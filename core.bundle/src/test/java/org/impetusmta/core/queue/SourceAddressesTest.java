package org.impetusmta.core.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.hook.SecondaryBindAddress;
import org.impetusmta.core.hook.HookEntry;
import org.impetusmta.core.hook.HookList;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.queue.TestConfiguration;
import org.impetusmta.testkit.queue.TestScheduler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Source addresses that are there, are not, and come and go. */
class SourceAddressesTest {
  private static final ScopePath.Sending ONE = new ScopePath.Sending("default", "one", "");
  private static final InetAddress FOUR = InetAddress.ofLiteral("192.0.2.7");
  private static final InetAddress SIX = InetAddress.ofLiteral("2001:db8::7");
  private static final InetAddress REMOTE_FOUR = InetAddress.ofLiteral("198.51.100.1");
  private static final InetAddress REMOTE_SIX = InetAddress.ofLiteral("2001:db8:1::1");

  private final TestScheduler scheduler = new TestScheduler(new ManualClock(1_000), 2);
  private final TestConfiguration configuration = new TestConfiguration();
  private final HookList<SecondaryBindAddress> secondary = new HookList<>();
  private final Set<InetAddress> here = new HashSet<>();
  private int checks;
  private int changes;
  private final SourceAddresses sources =
      new SourceAddresses(
          configuration,
          scheduler,
          secondary,
          new SourceAddresses.Finder() {
            @Override
            public void begin() {
              checks++;
            }

            @Override
            public Optional<InetAddress> find(InetAddress address) {
              return here.contains(address) ? Optional.of(address) : Optional.empty();
            }
          },
          () -> changes++);

  @Test
  void anyAddressIsNeverLookedAt() {
    SourceAddress source = sources.of(ONE);
    scheduler.advance(Duration.ofMinutes(10));
    assertThat(source).isSameAs(SourceAddress.ANY);
    assertThat(source.reaches(REMOTE_SIX)).isTrue();
    assertThat(source.to(REMOTE_FOUR)).isEmpty();
    assertThat(source.suspended()).isFalse();
    assertThat(checks).isZero();
  }

  @Test
  void anAddressThatIsNotHereSuspendsTheBindingUntilItIs() {
    configuration.set("bind_address", "192.0.2.7");
    SourceAddress source = sources.of(ONE);
    scheduler.run();
    assertThat(source.suspended()).isTrue();
    assertThat(changes).isEqualTo(1);
    scheduler.advance(Duration.ofSeconds(60));
    assertThat(source.suspended()).isTrue();
    assertThat(changes).isEqualTo(1);
    here.add(FOUR);
    scheduler.advance(Duration.ofSeconds(59));
    assertThat(source.suspended()).isTrue();
    scheduler.advance(Duration.ofSeconds(1));
    assertThat(source.suspended()).isFalse();
    assertThat(source.to(REMOTE_FOUR)).contains(FOUR);
    assertThat(source.reaches(REMOTE_SIX)).isFalse();
    assertThat(changes).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource({"true, true", "false, false"})
  void autoReplumbLooksAfterBindingsThatAreWell(boolean replumb, boolean noticed) {
    configuration.set("bind_address", "192.0.2.7");
    configuration.set("binding_auto_replumb", Boolean.toString(replumb));
    configuration.set("binding_auto_replumb_interval", "5");
    here.add(FOUR);
    SourceAddress source = sources.of(ONE);
    scheduler.run();
    assertThat(source.suspended()).isFalse();
    here.clear();
    scheduler.advance(Duration.ofSeconds(5));
    assertThat(source.suspended()).isEqualTo(noticed);
  }

  @Test
  void aBindThatFailedRestsTheBindingUntilTheNextCheck() {
    configuration.set("bind_address", "192.0.2.7");
    here.add(FOUR);
    SourceAddress source = sources.of(ONE);
    scheduler.run();
    sources.failed(ONE, FOUR);
    sources.failed(ONE, FOUR);
    assertThat(source.suspended()).isTrue();
    assertThat(changes).isEqualTo(1);
    scheduler.advance(Duration.ofSeconds(60));
    assertThat(source.suspended()).isFalse();
  }

  @Test
  void aSecondAddressServesTheOtherFamily() {
    configuration.set("bind_address", "192.0.2.7");
    here.add(FOUR);
    SourceAddress source = sources.of(ONE);
    scheduler.run();
    secondary.replace(
        List.of(
            new HookEntry<>((_, _) -> Optional.of("2001:db8::7"), "secondary", "secondary", null)));
    here.add(SIX);
    sources.lookAgain();
    scheduler.run();
    assertThat(source.to(REMOTE_FOUR)).contains(FOUR);
    assertThat(source.to(REMOTE_SIX)).contains(SIX);
    here.remove(FOUR);
    sources.failed(ONE, FOUR);
    assertThat(source.suspended()).isFalse();
    assertThat(source.reaches(REMOTE_FOUR)).isFalse();
  }

  @Test
  void aThousandBindingsAreLookedAtTogether() {
    configuration.set("bind_address", "192.0.2.7");
    for (int i = 0; i < 1_000; i++) {
      sources.of(new ScopePath.Sending("default", "b" + i, ""));
    }
    scheduler.run();
    assertThat(checks).isLessThan(10);
  }

  @Test
  void thisMachineHasLoopbackAndNotTheDocumentationNet() {
    for (boolean cached : new boolean[] {false, true}) {
      LocalAddresses local = new LocalAddresses(cached);
      local.begin();
      assertThat(local.find(InetAddress.ofLiteral("127.0.0.1"))).isPresent();
      assertThat(local.find(InetAddress.ofLiteral("127.9.8.7"))).isPresent();
      assertThat(local.find(FOUR)).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"*", "0.0.0.0", "::", "[::]"})
  void any(String text) {
    assertThat(BindAddress.parse(text).any()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.1", "fe80::a00:1", "[::1]", "my.local.host.name"})
  void one(String text) {
    assertThat(BindAddress.parse(text).any()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "10.1", "10.0.0.256", "10.0.0.0/8", "fe80::g", "a b", "host:25", "-"})
  void none(String text) {
    assertThatThrownBy(() -> BindAddress.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is not *, an IPv4 or IPv6 address, or a host name");
  }
}
