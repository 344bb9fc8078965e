package org.impetusmta.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.impetusmta.api.hook.DescribeDomain;
import org.impetusmta.core.queue.console.DomainCommand;
import org.impetusmta.testkit.console.Typed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code domain} in the full shape that the manual shows. */
class DomainCommandTest {
  private static List<String> type(RoutedFixture f, String line) throws Exception {
    Typed typed = Typed.line(line);
    f.t.scheduler.pump(
        () -> {
          new DomainCommand(f.t.domains, f.details()).run(typed);
          return true;
        });
    return typed.lines();
  }

  @Test
  void stanzasUsersAndWhatModulesKnow(@TempDir Path folder) throws Exception {
    try (RoutedFixture f =
        new RoutedFixture(
            folder,
            """
            domain "hotmail.example" { max_outbound_connections = 20 }
            domain "/mail[.]example$/" { max_retries = 7 }
            binding "vip" { domain "hotmail.example" { suspend_delivery = true } }
            host "mx2.hotmail.example" { rollup_mx = true rollup_mx_name = "rolled.example" }
            """)) {
      f.dns
          .ttl(1902)
          .mx("hotmail.example", 5, "mx1.hotmail.example")
          .mx("msn.example", 7, "mx1.hotmail.example")
          .mx("live.example", 10, "mx2.hotmail.example")
          .mx("rolled.example", 10, "mx2.hotmail.example")
          .address("mx1.hotmail.example", "192.0.2.1", "192.0.2.2")
          .address("mx2.hotmail.example", "192.0.2.3");
      f.t.hooks.add(
          DescribeDomain.class,
          new DescribeDomain() {
            @Override
            public List<String> describeDomain(String domain) {
              return List.of("Domain '" + domain + "' has MTA-STS TXT");
            }

            @Override
            public List<String> describeHost(String host, int port) {
              return List.of("TLSA '_" + port + "._tcp." + host + "'", "  3 1 1 00");
            }
          });
      for (String domain : List.of("hotmail", "msn", "live")) {
        f.t.mail("a@example.com", "b@" + domain + ".example");
      }
      f.settle();
      f.until(() -> f.t.counters.delivered.sum() == 3);
      f.settle();
      List<String> lines = type(f, "hotmail.example");
      assertThat(lines.subList(0, 16))
          .containsExactly(
              "Domain hotmail.example {",
              "  max_outbound_connections = 20",
              "}",
              "Domain /mail[.]example$/ {",
              "  max_retries = 7",
              "}",
              "binding \"vip\" Domain hotmail.example {",
              "  suspend_delivery = true",
              "}",
              "Domain 'hotmail.example' has 1 MXs and a TTL of 1902 seconds",
              "  [5 mx1.hotmail.example TTL:1902]",
              "TLSA '_25._tcp.mx1.hotmail.example'",
              "  3 1 1 00",
              lines.get(13),
              lines.get(14),
              "                (also used by msn.example pref 7)");
      assertThat(lines.subList(13, 15))
          .allMatch(line -> line.matches(".{8}\\[192[.]0[.]2[.][12]\\]:25 IPv4 .*"));
      assertThat(lines.subList(16, 18))
          .containsExactly("Domain 'hotmail.example' has MTA-STS TXT", "Queue:");
      assertThat(type(f, "live.example"))
          .contains("Domain 'live.example' is rolled up: its mail is queued for 'rolled.example'")
          .contains("                (also used by rolled.example pref 10)");
    }
  }
}
