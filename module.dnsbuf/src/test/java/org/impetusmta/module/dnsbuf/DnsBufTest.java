package org.impetusmta.module.dnsbuf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.dns.DnsSockets;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.console.Typed;
import org.impetusmta.testkit.queue.TestScheduler;
import org.junit.jupiter.api.Test;

final class DnsBufTest {
  private final TestScheduler scheduler = new TestScheduler(new ManualClock(1_000_000), 1);
  private final List<String> set = new ArrayList<>();
  private final DnsSockets sockets =
      new DnsSockets() {
        @Override
        public int buffers(int send, int receive) {
          set.add(send + "/" + receive);
          return 1;
        }

        @Override
        public List<Buffers> open() {
          return List.of(new Buffers(new InetSocketAddress("192.0.2.53", 53), 262_144, 131_072));
        }

        @Override
        public Buffers fresh() {
          return new Buffers(new InetSocketAddress(0), 4096, 8192);
        }
      };

  private static ModuleStanza stanza(DnsBuf.Options options) {
    return (ModuleStanza)
        Proxy.newProxyInstance(
            ModuleStanza.class.getClassLoader(),
            new Class<?>[] {ModuleStanza.class},
            (proxy, called, arguments) -> {
              assertThat(called.getName()).isEqualTo("options");
              return options;
            });
  }

  @Test
  void sizes_are_set_again_and_again_and_a_change_waits_for_the_next_run() {
    DnsBuf module =
        new DnsBuf(new DnsBuf.Options(131_072, 65_536, Duration.ofSeconds(60)), sockets, scheduler);
    scheduler.advance(Duration.ofSeconds(59));
    assertThat(set).isEmpty();
    scheduler.advance(Duration.ofSeconds(1));
    assertThat(set).containsExactly("131072/65536");
    ModuleStanza next = stanza(new DnsBuf.Options(2048, 1024, Duration.ofSeconds(10)));
    module.prepare(next);
    module.commit(next);
    scheduler.advance(Duration.ofSeconds(30));
    assertThat(set).hasSize(1);
    scheduler.advance(Duration.ofSeconds(30));
    assertThat(set).containsExactly("131072/65536", "2048/1024");
    scheduler.advance(Duration.ofSeconds(20));
    assertThat(set).hasSize(4);
  }

  @Test
  void who_unloads_it_gets_the_usual_sizes_back() {
    DnsBuf module =
        new DnsBuf(new DnsBuf.Options(131_072, 65_536, Duration.ofSeconds(60)), sockets, scheduler);
    module.end();
    scheduler.advance(Duration.ofSeconds(300));
    assertThat(set).containsExactly("0/0");
  }

  @Test
  void verify_shows_what_the_kernel_says() throws Exception {
    DnsBuf module =
        new DnsBuf(new DnsBuf.Options(131_072, 65_536, Duration.ofSeconds(60)), sockets, scheduler);
    assertThat(Typed.run(module, "verify").lines())
        .containsExactly(
            "Socket 0 (192.0.2.53): SO_SNDBUF 262144, SO_RCVBUF 131072",
            "New sockets: SO_SNDBUF 4096, SO_RCVBUF 8192");
    assertThatThrownBy(() -> Typed.run(module, "set"))
        .isInstanceOf(ConsoleException.class)
        .hasMessage("expected dnsbuf verify");
  }
}
