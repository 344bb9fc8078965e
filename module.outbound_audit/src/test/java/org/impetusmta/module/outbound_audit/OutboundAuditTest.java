package org.impetusmta.module.outbound_audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.Reply;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.console.Typed;
import org.impetusmta.testkit.log.LoggedMessage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The listing of modules.outbound_audit, and which domains have one. */
final class OutboundAuditTest {
  private static final Reply OK = new Reply(250, "2.0.0", "ok");

  private final ManualClock clock = new ManualClock(1_209_067_200_000L);
  private int serial;

  private OutboundAudit module(boolean domains, int threshold, List<String> list)
      throws ConfigException {
    return module(domains, threshold, list, List.of("300,6"));
  }

  private OutboundAudit module(
      boolean domains, int threshold, List<String> list, List<String> monitors)
      throws ConfigException {
    return new OutboundAudit(
        new OutboundAudit.Options(list, domains, monitors, threshold), "outbound_audit1", clock);
  }

  private LoggedMessage message(String domain) {
    MessageId id = MessageId.of(++serial, 1, 1_209_067_200L);
    return new LoggedMessage(
        id, id, id, Address.of("a@b"), Address.of("c@" + domain), "192.0.2.1", "esmtp", 0, 1);
  }

  private void received(OutboundAudit module, String domain) {
    module.logReception(new LogEvent.Reception(0, message(domain), "default", "default"));
  }

  private void delivered(OutboundAudit module, String domain, long millis) {
    module.logDelivery(
        new LogEvent.Delivery(
            0,
            message(domain),
            domain,
            1,
            "default",
            "default",
            0,
            "192.0.2.9",
            OK,
            Optional.empty(),
            millis));
  }

  private LogEvent.Failure failure(String domain, boolean permanent) {
    return new LogEvent.Failure(
        0,
        permanent,
        message(domain),
        domain,
        0,
        "default",
        "default",
        Stage.RCPT_TO,
        0,
        Optional.empty(),
        new Reply(permanent ? 550 : 450, "", "no"));
  }

  private static String type(OutboundAudit module, String words) throws ConsoleException {
    return Typed.run(module, words.split(" ")).output();
  }

  @Test
  void theManualsListing() throws Exception {
    OutboundAudit module = module(true, 0, List.of());
    assertThat(module.name()).isEqualTo("outbound_audit:outbound_audit1");
    for (int i = 0; i < 3; i++) {
      received(module, "AOL.com");
      delivered(module, "aol.com", 8_000 + 100 * i);
    }
    module.logTransientFailure(failure("aol.com", false));
    clock.advance(Duration.ofSeconds(600));
    received(module, "aol.com");
    module.logPermanentFailure(failure("aol.com", true));
    delivered(module, "other.example", 10);
    assertThat(type(module, "show domain aol.com"))
        .isEqualTo(
            """
            aol.com 300/0: r: 1 d: 0 dt: 0.00 t: 0 f: 1
            aol.com 300/1: r: 0 d: 0 dt: 0.00 t: 0 f: 0
            aol.com 300/2: r: 3 d: 3 dt: 8.10 t: 1 f: 0
            aol.com 300/3: r: 0 d: 0 dt: 0.00 t: 0 f: 0
            aol.com 300/4: r: 0 d: 0 dt: 0.00 t: 0 f: 0
            aol.com 300/5: r: 0 d: 0 dt: 0.00 t: 0 f: 0
            aol.com 300/6: r: 0 d: 0 dt: 0.00 t: 0 f: 0\
            """);
    assertThat(type(module, "show global"))
        .startsWith("global 300/0: r: 1 d: 1 dt: 0.01 t: 0 f: 1\n")
        .contains("\nglobal 300/2: r: 3 d: 3 dt: 8.10 t: 1 f: 0\n");
    assertThat(type(module, "show domains")).isEqualTo("aol.com\nother.example");
    assertThat(type(module, "show all").lines()).hasSize(21);
    type(module, "clear domain aol.com");
    assertThat(type(module, "show domains")).isEqualTo("other.example");
    type(module, "clear all");
    assertThat(type(module, "show global"))
        .startsWith("global 300/0: r: 0 d: 0 dt: 0.00 t: 0 f: 0");
    assertThat(type(module, "show domains")).isEmpty();
  }

  @Test
  void windowsThatAreOverAreForgotten() throws Exception {
    OutboundAudit module = module(true, 0, List.of());
    received(module, "a.example");
    clock.advance(Duration.ofSeconds(7 * 300));
    assertThat(type(module, "show domain a.example")).doesNotContain("r: 1");
    assertThat(type(module, "show domains")).isEmpty();
  }

  @Test
  void smallDomainsAreLeftOut() throws Exception {
    OutboundAudit module = module(true, 2, List.of());
    for (int i = 0; i < 2; i++) {
      received(module, "small.example");
      delivered(module, "small.example", 1);
    }
    assertThatThrownBy(() -> type(module, "show domain small.example"))
        .hasMessageContaining("nothing is known");
    received(module, "small.example");
    assertThat(type(module, "show domain small.example")).contains("300/0: r: 1 d: 0");
    OutboundAudit global = module(false, 0, List.of());
    received(global, "a.example");
    assertThat(type(global, "show domains")).isEmpty();
    assertThat(type(global, "show global")).contains("300/0: r: 1");
  }

  @Test
  void aListOverridesTheThreshold() throws Exception {
    OutboundAudit module = module(true, 100, List.of("one.example,TWO.example", "three.example"));
    for (String domain : List.of("one.example", "two.example", "three.example", "four.example")) {
      received(module, domain);
    }
    assertThat(type(module, "show domains")).isEqualTo("one.example\nthree.example\ntwo.example");
    type(module, "domain_list add Four.example");
    type(module, "domain_list delete one.example");
    received(module, "four.example");
    received(module, "one.example");
    assertThat(type(module, "show domains")).isEqualTo("four.example\nthree.example\ntwo.example");
    assertThat(type(module, "domain_list")).isEqualTo("four.example three.example two.example");
  }

  @Test
  void domainsAreBounded() throws Exception {
    OutboundAudit module = module(true, 0, List.of(), List.of("300,1"));
    for (int i = 0; i <= OutboundAudit.MOST_DOMAINS; i++) {
      delivered(module, "d" + i + ".example", 1);
    }
    assertThatThrownBy(() -> type(module, "show domain d0.example"))
        .isInstanceOf(ConsoleException.class);
    assertThat(type(module, "show domain d1.example")).contains("d: 1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "show",
        "show domain",
        "show it",
        "show all now",
        "clear",
        "clear domain",
        "domain_list add",
        "domain_list delete x.example",
        "domain_list add a b"
      })
  void refuses(String words) throws Exception {
    OutboundAudit module = module(true, 0, List.of());
    assertThatThrownBy(() -> type(module, words)).isInstanceOf(ConsoleException.class);
  }

  @Test
  void badMonitors() {
    assertThatThrownBy(() -> module(true, 0, List.of(), List.of("300;6")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("outbound_audit1")
        .hasMessageContaining("monitors");
  }
}
