package org.impetusmta.module.snmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.queue.QueueFigures.Totals;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.queue.TestScheduler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.snmp4j.CommandResponder;
import org.snmp4j.CommandResponderEvent;
import org.snmp4j.Snmp;
import org.snmp4j.smi.Address;
import org.snmp4j.smi.OctetString;
import org.snmp4j.smi.UdpAddress;
import org.snmp4j.transport.DefaultUdpTransportMapping;

/** Traps as a manager receives them. */
@Timeout(60)
final class SnmpTrapsTest {
  private static final String TRAP = "1.3.6.1.4.1.19552.1.4.";

  private final Figures figures = new Figures();
  private final ManualClock clock = new ManualClock(1_700_000_000_000L);
  private final TestScheduler scheduler = new TestScheduler(clock, 1);
  private final BlockingQueue<String> traps = new LinkedBlockingQueue<>();
  private Snmp manager;
  private UdpAddress address;

  @BeforeEach
  void listen() throws IOException {
    DefaultUdpTransportMapping socket =
        new DefaultUdpTransportMapping(new UdpAddress("127.0.0.1/0"));
    manager = new Snmp(socket);
    manager.addCommandResponder(
        new CommandResponder() {
          @Override
          public <A extends Address> void processPdu(CommandResponderEvent<A> event) {
            List<String> words = new ArrayList<>();
            words.add(new OctetString(event.getSecurityName()).toString());
            event.getPDU().getVariableBindings().stream()
                .skip(1) // sysUpTime.0
                .forEach(found -> words.add(found.getOid() + "=" + found.toValueString()));
            traps.add(String.join(" ", words));
          }
        });
    manager.listen();
    address = socket.getListenAddress();
  }

  @AfterEach
  void stop() throws IOException {
    manager.close();
  }

  private SnmpTraps traps(Map<String, String> variables) throws ConfigException {
    return new SnmpTraps(
        new SnmpTraps.Options(
            true, Duration.ofSeconds(60), Duration.ofSeconds(10), Optional.of(variables)),
        List.of(new TrapSender.Destination(address, "Public")),
        figures,
        scheduler);
  }

  private String trap() throws InterruptedException {
    return String.valueOf(traps.poll(20, TimeUnit.SECONDS));
  }

  private void delayed(long messages) {
    figures.totals = new Totals(0, 0, 0, 0, 0, messages, messages, 0, 0, 1);
  }

  @Test
  void startEndAndLongQueues() throws Exception {
    delayed(99);
    SnmpTraps module = traps(Map.of("DelayedQueue", "100", "globalmailqueue", "200"));
    assertThat(trap()).isEqualTo("Public 1.3.6.1.6.3.1.1.4.1.0=" + TRAP + "1");
    scheduler.advance(Duration.ofSeconds(10));
    delayed(100);
    scheduler.advance(Duration.ofSeconds(10));
    assertThat(trap())
        .isEqualTo("Public 1.3.6.1.6.3.1.1.4.1.0=" + TRAP + "5 1.3.6.1.4.1.19552.1.3.2.1=100");
    // it lasts: again after trap_interval
    delayed(150);
    scheduler.advance(Duration.ofSeconds(60));
    assertThat(trap()).endsWith(TRAP + "5 1.3.6.1.4.1.19552.1.3.2.1=150");
    // it was over for a moment: at once
    delayed(0);
    scheduler.advance(Duration.ofSeconds(10));
    delayed(120);
    scheduler.advance(Duration.ofSeconds(10));
    assertThat(trap()).endsWith("=120");
    delayed(0);
    module.close();
    scheduler.advance(Duration.ofSeconds(100));
    assertThat(trap()).isEqualTo("Public 1.3.6.1.6.3.1.1.4.1.0=" + TRAP + "2");
    assertThat(traps).isEmpty();
  }

  @Test
  void everyVariable() throws Exception {
    figures.totals = new Totals(0, 0, 14, 0, 12, 13, 11, 0, 0, 1);
    SnmpTraps module =
        traps(
            Map.of(
                "GlobalMailQueue",
                "1",
                "ActiveQueue",
                "1",
                "DelayedQueue",
                "1",
                "FailMessages",
                "1"));
    scheduler.advance(Duration.ofSeconds(10));
    List<String> got = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      got.add(trap().replace("Public 1.3.6.1.6.3.1.1.4.1.0=" + TRAP, ""));
    }
    assertThat(got)
        .containsExactlyInAnyOrder(
            "1",
            "3 1.3.6.1.2.1.28.1.1.2.1=11",
            "4 1.3.6.1.4.1.19552.1.3.1.1=12",
            "5 1.3.6.1.4.1.19552.1.3.2.1=13",
            "6 1.3.6.1.4.1.19552.1.3.3.1=14");
    module.close();
  }

  @Test
  void whatIsRefused() {
    assertThatThrownBy(() -> traps(Map.of("Queue", "1")))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "in snmp_traps: watch_variables: found Queue, expected one of GlobalMailQueue,"
                + " ActiveQueue, DelayedQueue, FailedMessages");
    assertThatThrownBy(() -> traps(Map.of("ActiveQueue", "many")))
        .hasMessage(
            "in snmp_traps: watch_variables: ActiveQueue = \"many\": expected a number of"
                + " messages");
    assertThatThrownBy(
            () ->
                new SnmpTraps(
                    new SnmpTraps.Options(
                        true, Duration.ofSeconds(60), Duration.ofSeconds(10), Optional.empty()),
                    List.of(),
                    figures,
                    scheduler))
        .hasMessage("in snmp_traps: expected a Destination \"ip_address:udp_port\" {}");
  }
}
