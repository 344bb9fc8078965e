package org.impetusmta.module.inbound_audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.impetusmta.api.audit.AuditWatch;
import org.impetusmta.api.audit.InboundAudit.Event;
import org.impetusmta.api.audit.Replication;
import org.impetusmta.api.audit.Series;
import org.impetusmta.api.audit.SeriesDefinition;
import org.impetusmta.api.audit.SeriesType;
import org.impetusmta.api.config.Cidr;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.reception.AcceptConstruct;
import org.impetusmta.api.reception.ReceptionState;
import org.impetusmta.audit.LocalAuditSeries;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.console.Typed;
import org.impetusmta.testkit.log.LoggedMessage;
import org.impetusmta.testkit.queue.TestScheduler;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients do, and what the console says of it; after modules.inbound_audit. */
final class TrafficAuditTest {
  /** A whole multiple of 1800 s. */
  private static final long START = 1_209_067_200L;

  @TempDir Path folder = Path.of("");
  private final ManualClock clock = new ManualClock(START * 1_000);
  private final TestScheduler scheduler = new TestScheduler(clock, 1);
  private @Nullable TrafficAudit inForce;
  private final LocalAuditSeries all = new LocalAuditSeries(clock, this::watches);
  private int serial;

  private List<AuditWatch> watches() {
    return inForce == null ? List.of() : List.of(inForce);
  }

  private TrafficAudit.Options options(String... monitors) {
    return new TrafficAudit.Options(
        folder.resolve("logs").toString(),
        Duration.ofSeconds(300),
        List.of(monitors),
        folder.resolve("persist").toString());
  }

  private TrafficAudit module(LocalAuditSeries series, String... monitors) throws ConfigException {
    TrafficAudit module = new TrafficAudit(options(monitors), series, scheduler);
    inForce = module;
    scheduler.run();
    return module;
  }

  private TrafficAudit module(String... monitors) throws ConfigException {
    return module(all, monitors);
  }

  private AcceptConstruct connection(String protocol, String address) {
    MessageId id = MessageId.of(++serial, 1, START);
    return (AcceptConstruct)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {AcceptConstruct.class},
            (_, method, _) ->
                switch (method.getName()) {
                  case "id" -> id;
                  case "protocol" -> protocol;
                  case "remoteAddress" ->
                      address.isEmpty()
                          ? Optional.empty()
                          : Optional.of(InetAddress.ofLiteral(address));
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }

  private AcceptConstruct connected(TrafficAudit module, String address) {
    AcceptConstruct connection = connection("esmtp", address);
    module.incInboundConnections(connection);
    return connection;
  }

  private void received(TrafficAudit module, String source) {
    MessageId id = MessageId.of(++serial, 1, START);
    module.logReception(
        new LogEvent.Reception(
            clock.millis() * 1_000,
            new LoggedMessage(
                id,
                id,
                id,
                Address.of("a@b"),
                Address.of("c@d"),
                source,
                "esmtp",
                clock.millis(),
                1),
            "default",
            "default"));
  }

  private void refused(TrafficAudit module, String remote) {
    module.logRejection(
        new LogEvent.Rejection(
            clock.millis() * 1_000,
            remote,
            "192.0.2.2:25",
            MessageId.of(++serial, 1, START),
            "default",
            "default",
            ReceptionState.AWAITING_RCPTTO,
            "core",
            Map.of(),
            Map.of(),
            new Reply(550, "5.7.1", "no"),
            "no"));
  }

  private static String type(ConsoleCommand command, String words) throws ConsoleException {
    Typed typed = Typed.line(words);
    command.run(typed);
    return typed.output();
  }

  private static String type(TrafficAudit module, String words) throws ConsoleException {
    return type(new InboundAuditCommand(module), words);
  }

  @Test
  void theManualsListing() throws Exception {
    TrafficAudit module = module("1800,4");
    for (int i = 0; i < 30; i++) {
      connected(module, "10.0." + i + ".1");
    }
    connected(module, "11.0.0.1");
    for (int i = 0; i < 1697; i++) {
      received(module, "10.1.2." + i % 200);
    }
    received(module, "unknown");
    assertThat(type(module, "show ip 10.0.0.0/8"))
        .isEqualTo(
            """
            Connections 1800/0: 30
            Connections 1800/1: 0
            Connections 1800/2: 0
            Connections 1800/3: 0
            Connections 1800/4: 0
            Receptions 1800/0: 1697
            Receptions 1800/1: 0
            Receptions 1800/2: 0
            Receptions 1800/3: 0
            Receptions 1800/4: 0
            Rejections 1800/0: 0
            Rejections 1800/1: 0
            Rejections 1800/2: 0
            Rejections 1800/3: 0
            Rejections 1800/4: 0\
            """);
    scheduler.advance(Duration.ofSeconds(1800));
    refused(module, "10.0.7.1:4711");
    refused(module, "[2001:db8::1]:4711");
    refused(module, "unix");
    assertThat(type(module, "show ip 10.0.7.1"))
        .contains("Connections 1800/1: 1\n", "Rejections 1800/0: 1\n")
        .contains("Connections 1800/0: 0\n", "Receptions 1800/1: 0\n");
    assertThat(type(module, "show ip 2001:db8::/32")).contains("Rejections 1800/0: 1\n");
    assertThat(module.count(Event.RECEPTION, "1800,4", Cidr.parse("10.0.0.0/8"), 0, 1, false))
        .isEqualTo(1697);
  }

  @Test
  void showAllIsAList() throws Exception {
    TrafficAudit module = module("300,1");
    connected(module, "10.0.0.2");
    received(module, "10.0.0.2");
    received(module, "10.0.0.1");
    scheduler.advance(Duration.ofSeconds(300));
    refused(module, "10.0.0.1:1");
    assertThat(type(module, "show all"))
        .isEqualTo(
            """
            ip,window,connections,receptions,rejections
            10.0.0.1,300/0,0,0,1
            10.0.0.1,300/1,0,1,0
            10.0.0.2,300/1,1,1,0\
            """);
  }

  @Test
  void namedSeries() throws Exception {
    TrafficAudit module = module();
    all.define(new SeriesDefinition("spam", SeriesType.CIDR, 300, 6));
    assertThat(type(module, "add spam 300,6 10.0.0.1 5")).isEqualTo("spam 10.0.0.1: 5");
    assertThat(type(module, "subtract spam 300,6 10.0.0.1 2")).isEqualTo("spam 10.0.0.1: 3");
    scheduler.advance(Duration.ofSeconds(300));
    type(module, "add spam 300,6 10.0.0.2 40");
    assertThat(type(module, "count_cidr 10.0.0.0/24 spam 300,6 0 1"))
        .isEqualTo("spam 10.0.0.0/24: 43");
    assertThat(type(module, "delete_ip 10.0.0.1 spam 300,6"))
        .isEqualTo("10.0.0.1 deleted from spam");
    assertThat(type(module, "count_cidr 10.0.0.0/24 spam 300,6 0 6"))
        .isEqualTo("spam 10.0.0.0/24: 40");
    AuditSeriesDisplay display = new AuditSeriesDisplay(all);
    assertThat(type(display, "")).isEqualTo("spam cidr 300,6: 40");
    assertThat(type(display, "spam")).isEqualTo("10.0.0.2: 40");
    assertThat(type(display, "spam 1")).isEmpty();
    assertThatThrownBy(() -> type(display, "spam 7")).hasMessageContaining("0 to 6");
    assertThatThrownBy(() -> type(display, "none")).hasMessageContaining("there is no series");
    assertThat(type(module, "help")).startsWith("show ip <ip[/mask]>\n    Display");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "dance",
        "show ip",
        "show ip nobody",
        "show ip 10.0.0.0/33",
        "add spam 300,6 10.0.0.1",
        "add spam 300,7 10.0.0.1 1",
        "add spam 300 10.0.0.1 1",
        "add spam 300,6 ::1 1",
        "add spam 300,6 10.0.0.1 -1",
        "count_cidr 10.0.0.1 spam 300,6 0 7",
        "count_cidr 10.0.0.1 spam 300,6 2 1",
        "load spam ../../etc/passwd",
        "load none"
      })
  void refuses(String words) throws Exception {
    TrafficAudit module = module("300,6");
    all.define(new SeriesDefinition("spam", SeriesType.CIDR, 300, 6));
    assertThatThrownBy(() -> type(module, words)).isInstanceOf(ConsoleException.class);
    assertThat(all.find("spam").orElseThrow().total(0, 6)).isZero();
  }

  @Test
  void sessionsThatAreOpen() throws Exception {
    TrafficAudit module = module();
    AcceptConstruct first = connected(module, "10.0.0.1");
    connected(module, "10.0.0.2");
    AcceptConstruct stream = connection("ecstream", "10.0.0.1");
    module.incInboundConnections(stream);
    module.incInboundConnections(connection("esmtp", ""));
    Cidr block = Cidr.parse("10.0.0.0/24");
    assertThat(module.sessions("SMTP", block)).isEqualTo(2);
    assertThat(module.sessions("ECStream", block)).isEqualTo(1);
    assertThat(module.sessions("inbound_cidr", block)).isEqualTo(3);
    assertThat(module.sessions("Control", block)).isZero();
    module.configure(options("60,1"));
    module.decInboundConnections(first);
    module.decInboundConnections(first);
    module.decInboundConnections(stream);
    assertThat(module.sessions("smtp", block)).isEqualTo(1);
    assertThat(module.sessions("inbound_cidr", Cidr.parse("10.0.0.1"))).isZero();
  }

  @Test
  void reloadsChangeNoCount() throws Exception {
    TrafficAudit module = module("300,6");
    Series kept =
        all.define(
            new SeriesDefinition("k", SeriesType.STRING, 300, 6, false, Replication.NONE, true));
    kept.add("a", 7);
    connected(module, "10.0.0.1");
    for (int i = 0; i < 3; i++) {
      module.configure(options("300,6", "60,1"));
      scheduler.run();
      module.end();
      module = module("300,6");
    }
    assertThat(kept.total(0, 0)).isEqualTo(7);
    assertThat(module.count(Event.CONNECTION, "300,6", Cidr.parse("10.0.0.1"), 0, 0, false))
        .isEqualTo(1);
    assertThat(module.monitors()).containsExactly("300,6");
    TrafficAudit last = module;
    assertThatThrownBy(
            () -> last.count(Event.CONNECTION, "60,1", Cidr.parse("10.0.0.1"), 0, 0, false))
        .hasMessageContaining("has no monitor");
  }

  @Test
  void seriesOutliveTheServer() throws Exception {
    TrafficAudit before = module("300,6");
    SeriesDefinition definition =
        new SeriesDefinition("k", SeriesType.CIDR, 300, 6, false, Replication.NONE, true);
    Series kept = all.define(definition);
    Series lost = all.define(new SeriesDefinition("l", SeriesType.CIDR, 300, 6));
    kept.add("10.0.0.1", 7);
    lost.add("10.0.0.1", 7);
    connected(before, "10.0.0.1");
    scheduler.advance(Duration.ofSeconds(300));
    kept.add("10.0.0.1", 1);
    scheduler.advance(Duration.ofSeconds(10));
    before.end();
    // another process: its name in the files is another's
    try (Stream<Path> files = Files.list(folder.resolve("persist"))) {
      for (Path file : files.toList()) {
        Files.writeString(
            file, Files.readString(file).replaceAll("(?m)^(series .* )\\S+$", "$1before@1"));
      }
    }
    inForce = null;
    LocalAuditSeries fresh = new LocalAuditSeries(clock, this::watches);
    TrafficAudit after = module(fresh, "300,6");
    Series defined = fresh.define(definition);
    scheduler.run();
    assertThat(defined.count("10.0.0.1", 0, 0)).isEqualTo(1);
    assertThat(defined.count("10.0.0.1", 1, 1)).isEqualTo(7);
    assertThat(after.count(Event.CONNECTION, "300,6", Cidr.parse("10.0.0.1"), 1, 1, false))
        .isEqualTo(1);
    assertThat(folder.resolve("persist/l")).doesNotExist();
    assertThat(folder.resolve("persist/k")).as("it is read once").doesNotExist();
    scheduler.advance(Duration.ofSeconds(300));
    assertThat(folder.resolve("persist/k")).as("maintenance keeps it").exists();
    assertThat(type(after, "load k")).isEqualTo("2 items loaded into k");
    assertThat(defined.count("10.0.0.1", 0, 6)).isEqualTo(16);
    assertThat(type(after, "load other k")).isEqualTo("2 items loaded into other");
  }

  @Test
  void windowsOfSerializedSeriesAreFiles() throws Exception {
    TrafficAudit module = module();
    Series series =
        all.define(
            new SeriesDefinition("s", SeriesType.CIDR, 300, 1, true, Replication.NONE, false));
    scheduler.run();
    series.add("10.0.0.1", 3);
    scheduler.advance(Duration.ofSeconds(300));
    series.add("10.0.0.1", 4);
    module.end();
    try (Stream<Path> files = Files.list(folder.resolve("logs"))) {
      assertThat(files).hasSize(2).allMatch(file -> file.getFileName().toString().startsWith("s."));
    }
  }

  @Test
  void otherNodes() throws Exception {
    TrafficAudit module = module("300,6");
    Cidr address = Cidr.parse("10.0.0.1");
    connected(module, "10.0.0.1");
    module.merge(Event.CONNECTION, address, 5);
    assertThat(module.count(Event.CONNECTION, "300,6", address, 0, 0, false)).isEqualTo(1);
    assertThat(module.count(Event.CONNECTION, "300,6", address, 0, 0, true)).isEqualTo(6);
    scheduler.advance(Duration.ofSeconds(450));
    assertThat(module.estimate(Event.CONNECTION, "300,6", address, true)).isEqualTo(3);
    assertThat(module.estimate(Event.CONNECTION, "300,6", address, false)).isEqualTo(0.5);
  }

  @ParameterizedTest
  @ValueSource(strings = {"300", "300,", "0,6", "300,0", "a,b", "300,6,1", "300,99999", "-1,2"})
  void badMonitors(String monitor) {
    assertThatThrownBy(() -> module(monitor))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("monitors")
        .hasMessageContaining("window-size,number-of-windows");
  }

  @Test
  void badFolders() {
    assertThatThrownBy(
            () ->
                new TrafficAudit(
                    new TrafficAudit.Options("logs", Duration.ofSeconds(1), List.of(), "/x"),
                    all,
                    scheduler))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("log_dir");
    assertThatThrownBy(
            () ->
                new TrafficAudit(
                    new TrafficAudit.Options("/x", Duration.ofSeconds(1), List.of(), ""),
                    all,
                    scheduler))
        .hasMessageContaining("serialize_dir");
  }
}
