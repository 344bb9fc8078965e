package org.impetusmta.core.reception;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The example of console_commands.count. */
final class CountCommandTest {
  @Test
  void countsByBlock() {
    List<InetAddress> addresses =
        List.of(
            InetAddress.ofLiteral("216.200.145.35"),
            InetAddress.ofLiteral("217.117.146.233"),
            InetAddress.ofLiteral("217.117.146.233"),
            InetAddress.ofLiteral("2001:db8::1"));
    assertThat(CountCommand.lines(addresses, 16, 32).stream().map(l -> l.strip().split("\\s+")))
        .containsExactly(
            new String[] {"1", "2001:0:0:0:0:0:0:0/16"},
            new String[] {"1", "2001:db8:0:0:0:0:0:0/32"},
            new String[] {"1", "216.200.0.0/16"},
            new String[] {"1", "216.200.145.35/32"},
            new String[] {"2", "217.117.0.0/16"},
            new String[] {"2", "217.117.146.233/32"});
    assertThat(CountCommand.lines(addresses, 32, 32)).hasSize(3);
  }
}
