package org.impetusmta.core.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.core.config.option.SampleOptions;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The worked examples of the manual, and the order of every fallback. */
class FallbackTest {
  private static ConfigEngine engine(String text) throws ConfigException {
    return ConfigEngine.ofText(SampleOptions.catalog(), text);
  }

  private static String eval(ConfigEngine engine, String typed) throws ConfigException {
    ConfigView.Target target = engine.view().target(typed).requireNoValue();
    return engine
        .view()
        .eval(target.path(), target.requireOption())
        .map(value -> value.printed(""))
        .orElse("unset");
  }

  private static SampleOptions.Sending sending(
      ConfigEngine engine, String group, String binding, String domain) {
    return engine
        .current()
        .options(SampleOptions.Sending.class, new ScopePath.Sending(group, binding, domain));
  }

  /** ecelerity.conf.fallback, example 15.1. */
  @ParameterizedTest
  @CsvSource({"example.com, 20", "someotherexample.com, 40", "another.com, 40"})
  void domainScope(String domain, int connections) throws ConfigException {
    ConfigEngine engine =
        engine(
            """
            max_outbound_connections = 40
            domain "example.com" { max_outbound_connections = 20 }
            domain "someotherexample.com" { max_resident_active_queue_size = 500 }
            """);
    assertThat(sending(engine, "default", "default", domain).maxOutboundConnections())
        .isEqualTo(connections);
    assertThat(eval(engine, "domain " + domain + " max_outbound_connections"))
        .isEqualTo(String.valueOf(connections));
  }

  /** ecelerity.conf.fallback, example 15.2. */
  @ParameterizedTest
  @CsvSource({
    "default, other.com, 86400",
    "default, example.com, 120",
    "example, other.com, 3600",
    "example, example.com, 3600",
    "example2, other.com, 7200",
    "example2, example.com, 86400",
    "example2, anotherexample.com, 7200",
    "example3, anotherexample.com, 86400",
    "example3, example.com, 120",
    "example3, other.com, 86400",
    "example3, EXAMPLE.com, 120",
    "Example3, example.com, 120",
    "EXAMPLE2, other.com, 86400",
  })
  void bindingScope(String binding, String domain, int seconds) throws ConfigException {
    ConfigEngine engine =
        engine(
            """
            message_expiration = 86400
            binding "example" { message_expiration = 3600 }
            domain "example.com" { message_expiration = 120 }
            binding "example2" {
              message_expiration = 7200
              domain example.com { message_expiration = 86400 }
              domain "anotherexample.com" { max_resident_active_queue_size = 500 }
            }
            binding "example3" {
              domain "example.com" { max_resident_active_queue_size = 500 }
              domain "anotherexample.com" { message_expiration = 86400 }
            }
            """);
    assertThat(sending(engine, "default", binding, domain).messageExpiration()).hasSeconds(seconds);
    assertThat(eval(engine, "binding " + binding + " domain " + domain + " Message_Expiration"))
        .isEqualTo(String.valueOf(seconds));
  }

  /** ecelerity.conf.fallback, example 15.3, and what follows it. */
  @Test
  void bindingGroup() throws ConfigException {
    String text =
        """
        max_outbound_connections = 30
        binding_group "group1" {
          max_outbound_connections = 5
          binding "example" {
            bind_address = 10.10.10.10
            %s
            domain "example.com" { }
          }
        }
        """;
    String typed =
        "binding_group group1 binding example domain example.com max_outbound_connections";
    ConfigEngine engine = engine(text.formatted("max_outbound_connections = 15"));
    assertThat(eval(engine, typed)).isEqualTo("15");
    assertThat(sending(engine, "group1", "example", "example.com").maxOutboundConnections())
        .isEqualTo(15);
    ConfigEngine without = engine(text.formatted(""));
    assertThat(eval(without, typed)).isEqualTo("5");
    assertThat(sending(without, "group1", "example", "example.com").maxOutboundConnections())
        .isEqualTo(5);
    assertThat(eval(without, "binding example max_outbound_connections")).isEqualTo("5");
    assertThat(sending(without, "default", "other", "example.com").maxOutboundConnections())
        .isEqualTo(30);
  }

  /** Take away the most specific value again and again: the next one shows. */
  @Test
  void theSevenSteps() throws ConfigException {
    String[] steps = {
      "binding_group g { binding b { domain d { gateway = s1 } } }",
      "binding b { domain d { gateway = s2 } }",
      "binding_group g { domain d { gateway = s3 } }",
      "binding_group g { binding b { gateway = s4 } }",
      "binding b { gateway = s5 }",
      "binding_group g { gateway = s6 }",
      "domain d { gateway = s7 }",
      "gateway = s8"
    };
    for (int first = 0; first < steps.length; first++) {
      StringBuilder text = new StringBuilder();
      for (int i = steps.length - 1; i >= first; i--) {
        text.append(steps[i]).append('\n');
      }
      assertThat(sending(engine(text.toString()), "g", "b", "D").gateway())
          .contains("s" + (first + 1));
    }
    assertThat(sending(engine(""), "g", "b", "d").gateway()).isEmpty();
  }

  @Test
  void anExactDomainBeatsARegexDomain() throws ConfigException {
    ConfigEngine engine =
        engine(
            """
            domain "/(?:^|[.])example[.](?:com|co[.]uk)$/" {
              max_outbound_connections = 15
              max_resident_active_queue_size = 5
            }
            domain "/com$/" { max_outbound_connections = 1 gateway = com }
            domain "example.com" { max_outbound_connections = 20 }
            binding b { domain "/^Example/" { max_resident_active_queue_size = 7 } }
            """);
    SampleOptions.Sending exact = sending(engine, "default", "default", "example.com");
    assertThat(exact.maxOutboundConnections()).isEqualTo(20);
    assertThat(exact.maxResidentActiveQueueSize()).isEqualTo(5);
    assertThat(exact.gateway()).contains("com");
    SampleOptions.Sending sub = sending(engine, "default", "default", "MAIL.Example.com");
    assertThat(sub.maxOutboundConnections()).isEqualTo(15);
    assertThat(sending(engine, "default", "default", "badexample.com").maxOutboundConnections())
        .isEqualTo(1);
    assertThat(sending(engine, "default", "b", "example.com").maxResidentActiveQueueSize())
        .isEqualTo(7);
  }

  /** conf.ref.max_outbound_connections: the host scope does not fall back. */
  @Test
  void hostScopeStandsAlone() throws ConfigException {
    ConfigEngine engine = engine("Max_Outbound_Connections = 32\nhost \"example.com\" {}");
    assertThat(eval(engine, "max_outbound_connections")).isEqualTo("32");
    assertThat(eval(engine, "host example.com max_outbound_connections")).isEqualTo("-1");
    assertThat(eval(engine, "host other.com max_outbound_connections")).isEqualTo("-1");
  }

  /** conf.ref.host: hosts stand in bindings and groups too, patterns come behind the name. */
  @Test
  void hostsOfABindingAreFoundFromNarrowToWide() throws ConfigException {
    ConfigEngine engine =
        engine(
            """
            host "mx.example.com" { max_outbound_connections = 1 }
            host "/example/" { max_outbound_connections = 2 }
            binding_group g {
              host "/./" { max_outbound_connections = 3 }
              binding b { host MX.example.com { max_outbound_connections = 4 } }
            }
            binding b { host "mx2.example.com" { max_outbound_connections = 5 } }
            """);
    assertThat(host(engine, "", "", "mx.example.com")).isEqualTo(1);
    assertThat(host(engine, "", "", "mx2.example.com")).isEqualTo(2);
    assertThat(host(engine, "", "", "mx.invalid")).isEqualTo(-1);
    assertThat(host(engine, "g", "b", "mx.example.com")).isEqualTo(4);
    assertThat(host(engine, "g", "b", "mx2.example.com")).isEqualTo(5);
    assertThat(host(engine, "g", "b", "mx3.example.com")).isEqualTo(3);
    assertThat(host(engine, "default", "default", "mx.example.com")).isEqualTo(-1);
  }

  private static int host(ConfigEngine engine, String group, String binding, String host) {
    return engine
        .current()
        .options(SampleOptions.Host.class, new ScopePath.Host(group, binding, host))
        .maxOutboundConnections();
  }

  @Test
  void anOptionIsLookedUpOnlyWhereItMayBeSaid() throws ConfigException {
    ConfigEngine engine =
        engine("only_domains = 1 binding b { bind_address = x domain d { only_domains = 2 } }");
    assertThat(sending(engine, "default", "b", "d").onlyDomains()).isEqualTo(2);
    assertThat(sending(engine, "default", "b", "d").bindAddress()).contains("x");
    assertThat(sending(engine, "default", "b", "e").onlyDomains()).isEqualTo(1);
  }

  @Nested
  class Receiving {
    private static final String TEXT =
        """
        relay_hosts = ( 192.0.2.0/24 )
        pathway_group pg {
          max_message_size = 1M
          relay_hosts = ( 192.0.2.9 )
          pathway inside { idle_time = 40 }
        }
        pathway inside { idle_time = 41 smtp_extensions = ( PIPELINING ) }
        pathway top { idle_time = 50 }
        esmtp_listener {
          idle_time = 10
          pathway = inside
          peer 10.0.0.0/8 { idle_time = 20 }
          peer 10.1.0.0/16 { idle_time = 21 max_message_size = 5 }
          peer "2001:db8::/32" { idle_time = 22 }
          listen ":25" {
            idle_time = 11
            peer 10.0.0.0/8 { idle_time = 30 }
          }
          listen "127.0.0.1:587" { pathway = top }
          listen "127.0.0.1:2525" { }
        }
        control_listener { listen "127.0.0.1:2025" { } }
        """;

    private SampleOptions.Reception at(Generation generation, String listen, String peer) {
      return generation.options(
          SampleOptions.Reception.class,
          new ScopePath.Receiving(
              "esmtp_listener",
              listen,
              peer.isEmpty() ? Optional.empty() : Optional.of(InetAddress.ofLiteral(peer))));
    }

    @ParameterizedTest
    @CsvSource({
      "*:25, 10.1.2.3, 30",
      ":25, 10.1.2.3, 30",
      "*:25, 192.0.2.1, 11",
      "*:25, '', 11",
      "127.0.0.1:2525, 10.1.2.3, 21",
      "127.0.0.1:2525, 10.2.2.3, 20",
      "127.0.0.1:2525, 2001:db8::1, 22",
      "127.0.0.1:2525, 2001:db9::1, 10",
      "nowhere:1, 192.0.2.1, 10",
    })
    void theMostSpecificPeerComesFirst(String listen, String peer, int idle)
        throws ConfigException {
      assertThat(at(engine(TEXT).current(), listen, peer).idleTime()).hasSeconds(idle);
    }

    @Test
    void everyOptionFallsBackByItself() throws ConfigException {
      Generation generation = engine(TEXT).current();
      // the wider peer in the listen says the idle time, the narrower in the listener the size
      assertThat(at(generation, ":25", "10.1.2.3").maxMessageSize()).isEqualTo(5);
      assertThat(at(generation, ":25", "10.2.2.3").maxMessageSize()).isEqualTo(1 << 20);
      assertThat(at(generation, ":25", "10.2.2.3").smtpExtensions()).containsExactly("PIPELINING");
      assertThat(at(generation, ":25", "10.2.2.3").relayHosts().blocks())
          .map(Object::toString)
          .containsExactly("192.0.2.9");
      assertThat(at(generation, "127.0.0.1:587", "10.2.2.3").relayHosts().blocks())
          .map(Object::toString)
          .containsExactly("192.0.2.0/24");
    }

    @Test
    void policyMayChooseAnotherPathway() throws ConfigException {
      Generation generation = engine(TEXT).current();
      var listen = new ScopePath.Receiving("esmtp_listener", "127.0.0.1:2525", Optional.empty());
      assertThat(relayHosts(generation, listen)).containsExactly("192.0.2.9");
      assertThat(relayHosts(generation, new ScopePath.OnPathway(listen, "inside")))
          .containsExactly("192.0.2.9");
      assertThat(relayHosts(generation, new ScopePath.OnPathway(listen, "top")))
          .containsExactly("192.0.2.0/24");
      // what the listener says itself stays in force
      assertThat(
              generation
                  .options(
                      SampleOptions.Reception.class, new ScopePath.OnPathway(listen, "nowhere"))
                  .idleTime())
          .hasSeconds(10);
    }

    private static List<String> relayHosts(Generation generation, ScopePath path) {
      return generation.options(SampleOptions.Reception.class, path).relayHosts().blocks().stream()
          .map(Object::toString)
          .toList();
    }

    @Test
    void pathwaysComeBehindTheListener() throws ConfigException {
      ConfigEngine engine = engine(TEXT);
      engine.begin(false);
      try (Transaction change = engine.begin(false)) {
        change.unset("esmtp_listener idle_time");
        change.commit();
      }
      assertThat(at(engine.current(), "127.0.0.1:2525", "192.0.2.1").idleTime()).hasSeconds(40);
      assertThat(at(engine.current(), "127.0.0.1:587", "192.0.2.1").idleTime()).hasSeconds(50);
    }

    @Test
    void evalSaysTheSame() throws ConfigException {
      ConfigEngine engine = engine(TEXT);
      assertThat(eval(engine, "esmtp_listener idle_time")).isEqualTo("10");
      assertThat(eval(engine, "esmtp_listener listen :25 idle_time")).isEqualTo("11");
      assertThat(eval(engine, "esmtp_listener listen *:25 peer 10.1.2.3 idle_time"))
          .isEqualTo("30");
      assertThat(eval(engine, "esmtp_listener peer 10.1.2.3 idle_time")).isEqualTo("21");
      assertThat(eval(engine, "esmtp_listener peer 10.0.0.0/9 idle_time")).isEqualTo("20");
      assertThat(eval(engine, "pathway inside idle_time")).isEqualTo("40");
      assertThat(eval(engine, "pathway inside max_message_size")).isEqualTo("1M");
      assertThat(eval(engine, "pathway_group pg max_message_size")).isEqualTo("1M");
    }

    /** ecelerity.conf.fallback: the listener's value holds in its listen. */
    @Test
    void controlListener() throws ConfigException {
      ConfigEngine engine =
          engine("Control_Listener { Enable_Authentication = true Listen 127.0.0.1:2025 {} }");
      assertThat(eval(engine, "Control_Listener Listen 127.0.0.1:2025 Enable_Authentication"))
          .isEqualTo("true");
    }
  }

  @Test
  void pathsThatComeToTheSameScopesShareARecord() throws ConfigException {
    ConfigEngine engine = engine("domain a.com { gateway = x }");
    assertThat(sending(engine, "g", "b", "one.com")).isSameAs(sending(engine, "g", "c", "two.com"));
    assertThat(sending(engine, "g", "b", "a.com")).isSameAs(sending(engine, "g", "b", "A.com"));
    assertThat(sending(engine, "g", "b", "a.com")).isNotSameAs(sending(engine, "g", "b", "b.com"));
  }

  @Test
  void lookupsAreForgottenBeyondTheMatchCache() throws ConfigException {
    ConfigEngine engine = engine("match_cache_size = 4 domain /^x/ { gateway = x }");
    for (int i = 0; i < 1000; i++) {
      assertThat(sending(engine, "g", "b", "x" + i).gateway()).contains("x");
    }
  }

  @Test
  void modulesHaveTheirStanzaAlone() throws ConfigException {
    ConfigEngine engine =
        engine(
            "mail_loop { max_received_headers = 5 enabled = off } ec_logger a {} ec_logger b {}");
    Generation generation = engine.current();
    ScopePath within = new ScopePath.Within(generation.stanzas("mail_loop").getFirst());
    assertThat(generation.options(SampleOptions.MailLoop.class, within).maxReceivedHeaders())
        .isEqualTo(5);
    assertThat(generation.options(SampleOptions.Common.class, within).enabled()).isFalse();
    assertThat(generation.stanzas("ec_logger")).hasSize(2);
    assertThat(eval(engine, "mail_loop use_ip")).isEqualTo("1");
  }
}
