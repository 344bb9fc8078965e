package org.impetusmta.module.snmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.testkit.queue.MemorySpool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.snmp4j.CommunityTarget;
import org.snmp4j.PDU;
import org.snmp4j.PDUv1;
import org.snmp4j.Snmp;
import org.snmp4j.event.ResponseEvent;
import org.snmp4j.mp.SnmpConstants;
import org.snmp4j.smi.OID;
import org.snmp4j.smi.OctetString;
import org.snmp4j.smi.UdpAddress;
import org.snmp4j.smi.VariableBinding;
import org.snmp4j.transport.DefaultUdpTransportMapping;

/** The agent, asked by its own library and by Net-SNMP. */
@Timeout(60)
final class SnmpAgentTest {
  private static final String AOL = "1.3.6.1.4.1.19552.1.2.7.97.111.108.46.99.111.109.";

  private SnmpAgent agent;
  private Snmp manager;

  @BeforeEach
  void start() throws Exception {
    agent = agent("127.0.0.1:0", true);
    manager = new Snmp(new DefaultUdpTransportMapping());
    manager.listen();
  }

  @AfterEach
  void stop() throws IOException {
    manager.close();
    agent.close();
  }

  private static SnmpAgent agent(String address, boolean state) throws ConfigException {
    return new SnmpAgent(
        new SnmpAgent.Options(
            state,
            Optional.of(address),
            "secret",
            Optional.of("ops@example.com"),
            Optional.empty(),
            Optional.of("rack 7")),
        new Figures(),
        new MemorySpool());
  }

  private UdpAddress address() {
    return agent.address().orElseThrow();
  }

  private List<String> ask(int type, int version, String community, String... oids)
      throws IOException {
    PDU pdu = version == SnmpConstants.version1 ? new PDUv1() : new PDU();
    pdu.setType(type);
    for (String oid : oids) {
      pdu.add(new VariableBinding(new OID(oid)));
    }
    if (type == PDU.GETBULK) {
      pdu.setMaxRepetitions(3);
    }
    CommunityTarget<UdpAddress> target =
        new CommunityTarget<>(address(), new OctetString(community));
    target.setVersion(version);
    target.setTimeout(community.equals("secret") ? 10_000 : 300);
    ResponseEvent<UdpAddress> event = manager.send(pdu, target);
    PDU answer = event.getResponse();
    List<String> lines = new ArrayList<>();
    if (answer == null) {
      lines.add("nothing");
    } else if (answer.getErrorStatus() != 0) {
      lines.add(answer.getErrorStatusText() + " " + answer.getErrorIndex());
    } else {
      answer
          .getVariableBindings()
          .forEach(
              found ->
                  lines.add(
                      found.getOid()
                          + " "
                          + found.getVariable().getSyntaxString()
                          + " "
                          + found.toValueString()));
    }
    return lines;
  }

  private List<String> get(String... oids) throws IOException {
    return ask(PDU.GET, SnmpConstants.version2c, "secret", oids);
  }

  @Test
  void theManualsObjects() throws Exception {
    assertThat(
            get(
                "1.3.6.1.4.1.19552.1.1.1",
                "1.3.6.1.4.1.19552.1.3.1.1",
                "1.3.6.1.4.1.19552.1.3.2.2",
                "1.3.6.1.4.1.19552.1.3.3.3",
                "1.3.6.1.4.1.19552.1.3.4.1",
                "1.3.6.1.4.1.19552.1.3.4.2",
                "1.3.6.1.4.1.19552.1.3.4.3",
                "1.3.6.1.4.1.19552.1.5.1",
                "1.3.6.1.4.1.19552.1.5.3.1"))
        .containsExactly(
            "1.3.6.1.4.1.19552.1.1.1 OCTET STRING Impetus",
            "1.3.6.1.4.1.19552.1.3.1.1 Counter 3",
            "1.3.6.1.4.1.19552.1.3.2.2 Counter 3",
            "1.3.6.1.4.1.19552.1.3.3.3 Counter 1",
            "1.3.6.1.4.1.19552.1.3.4.1 OCTET STRING none/all",
            "1.3.6.1.4.1.19552.1.3.4.2 OCTET STRING none/default",
            "1.3.6.1.4.1.19552.1.3.4.3 OCTET STRING bulk/news",
            "1.3.6.1.4.1.19552.1.5.1 Integer32 0",
            "1.3.6.1.4.1.19552.1.5.3.1 Integer32 0");
  }

  @Test
  void oneDomainOnAllBindingsAndOnOne() throws Exception {
    assertThat(get(AOL + "0.0", AOL + "1.0", AOL + "3.1", AOL + "7.2"))
        .containsExactly(
            AOL + "0.0 OCTET STRING aol.com",
            AOL + "1.0 Counter " + (5_000_000_000L & 0xFFFFFFFFL),
            AOL + "3.1 Counter 2",
            AOL + "7.2 Gauge 6");
    for (String wrong :
        List.of(
            AOL + "8.0",
            AOL + "1.3",
            AOL + "1",
            "1.3.6.1.4.1.19552.1.2",
            "1.3.6.1.4.1.19552.1.2.0.1.1",
            "1.3.6.1.4.1.19552.1.2.4294967295.1.1",
            "1.3.6.1.4.1.19552.1.2.1.97.1.0")) {
      assertThat(get(wrong)).as(wrong).containsExactly(wrong + " NoSuchObject noSuchObject");
    }
  }

  @Test
  void mtaMib() throws Exception {
    assertThat(
            get(
                "1.3.6.1.2.1.28.1.1.1.1",
                "1.3.6.1.2.1.28.1.1.2.1",
                "1.3.6.1.2.1.28.1.1.3.1",
                "1.3.6.1.2.1.28.2.1.3.1.1",
                "1.3.6.1.2.1.28.2.1.13.1.1",
                "1.3.6.1.2.1.28.2.1.14.1.3",
                "1.3.6.1.2.1.28.2.1.25.1.3",
                "1.3.6.1.2.1.1.4.0",
                "1.3.6.1.2.1.1.6.0"))
        .containsExactly(
            "1.3.6.1.2.1.28.1.1.1.1 Counter 10",
            "1.3.6.1.2.1.28.1.1.2.1 Gauge 9",
            "1.3.6.1.2.1.28.1.1.3.1 Counter 7",
            "1.3.6.1.2.1.28.2.1.3.1.1 Counter 4",
            "1.3.6.1.2.1.28.2.1.13.1.1 Gauge 6",
            "1.3.6.1.2.1.28.2.1.14.1.3 Gauge 7",
            "1.3.6.1.2.1.28.2.1.25.1.3 OCTET STRING bulk/news",
            "1.3.6.1.2.1.1.4.0 OCTET STRING ops@example.com",
            "1.3.6.1.2.1.1.6.0 OCTET STRING rack 7");
  }

  @Test
  void walking() throws Exception {
    assertThat(
            ask(PDU.GETNEXT, SnmpConstants.version2c, "secret", "1.3.6.1.4.1.19552.1.1.3", "1.9"))
        .containsExactly("1.3.6.1.4.1.19552.1.3.1.1 Counter 3", "1.9 EndOfMibView endOfMibView");
    assertThat(ask(PDU.GETBULK, SnmpConstants.version2c, "secret", "1.3.6.1.4.1.19552.1.3.3"))
        .containsExactly(
            "1.3.6.1.4.1.19552.1.3.3.1 Counter 2",
            "1.3.6.1.4.1.19552.1.3.3.2 Counter 1",
            "1.3.6.1.4.1.19552.1.3.3.3 Counter 1");
  }

  @Test
  void whatIsRefused() throws Exception {
    assertThat(ask(PDU.GET, SnmpConstants.version2c, "public", "1.3.6.1.2.1.1.1.0"))
        .containsExactly("nothing");
    assertThat(ask(PDU.SET, SnmpConstants.version2c, "secret", "1.3.6.1.2.1.1.4.0"))
        .containsExactly("Not writable 1");
    assertThat(ask(PDU.GET, SnmpConstants.version1, "secret", "1.3.6.1.2.1.1.6.0", "1.9"))
        .containsExactly("No such name 2");
    assertThat(ask(PDU.GET, SnmpConstants.version1, "secret", "1.3.6.1.2.1.1.6.0"))
        .containsExactly("1.3.6.1.2.1.1.6.0 OCTET STRING rack 7");
  }

  @Test
  void addresses() throws Exception {
    for (String wrong : List.of("", "127.0.0.1", "localhost:8162", "127.0.0.1:99999", "::1:")) {
      assertThatThrownBy(() -> agent(wrong, true))
          .as(wrong)
          .isInstanceOf(ConfigException.class)
          .hasMessage(
              "in snmp: address = \"%s\": expected ip_address:udp_port, 127.0.0.1:8162", wrong);
    }
    String taken = "127.0.0.1:" + address().getPort();
    assertThatThrownBy(() -> agent(taken, true))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("in snmp: address = \"" + taken + "\": cannot listen: ");
    assertThat(agent("", false).address()).isEmpty();
  }

  @Test
  void netSnmpReadsIt() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/snmpwalk")), "no Net-SNMP here");
    Process walk =
        new ProcessBuilder(
                "/usr/bin/snmpwalk",
                "-v2c",
                "-c",
                "secret",
                "-On",
                "127.0.0.1:" + address().getPort(),
                "1.3.6.1.4.1.19552")
            .redirectErrorStream(true)
            .start();
    String out = new String(walk.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(walk.waitFor()).as(out).isZero();
    assertThat(out.lines())
        .contains(
            ".1.3.6.1.4.1.19552.1.3.1.1 = Counter32: 3",
            ".1.3.6.1.4.1.19552.1.3.4.3 = STRING: \"bulk/news\"",
            ".1.3.6.1.4.1.19552.1.5.5.3 = INTEGER: 0");
  }
}
