package org.impetusmta.core.config.option;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.junit.jupiter.api.Test;

class OptionSchemaTest {
  @OptionSet({"esmtp_listener", "listen"})
  record Tls(@Option(value = "none", doc = "who must") Mode tlsVerifyMode) {
    enum Mode {
      NONE,
      REQUIRE
    }
  }

  @Test
  void aLineForEachOptionInForceAndPlanned() {
    OptionCatalog catalog = SampleOptions.catalog();
    catalog.declare(Tls.class, "listener.esmtp");
    List<String> lines = OptionSchema.of(catalog).tsv().lines().toList();
    assertThat(lines.getFirst()).isEqualTo("name\tscopes\ttype\tdefault\tdynamic\tmodule\tstate");
    assertThat(lines)
        .contains(
            "idle_time\tesmtp_listener,listen,peer,pathway_group,pathway\tseconds\t300\tyes"
                + "\tlistener.esmtp\tactive",
            "relay_hosts\tglobal,esmtp_listener,listen,peer,pathway_group,pathway\tcidr list"
                + "\t127.0.0.1/32\tyes\tlistener.esmtp\tactive",
            "level\ttypes\tenum:debug,info,very_loud\tinfo\tyes\tmodule.types\tactive",
            "tls_verify_mode\tesmtp_listener,listen\tenum:none,require\tnone\tyes\tlistener.esmtp"
                + "\tactive",
            "tls_verify_mode\txmpp_listener,listen,peer"
                + "\tenum:none,require\t\tyes\tlistener.xmpp\tplanned",
            "binding\tglobal,binding_group\tstanza\t\tyes\tcore.bundle\tactive",
            "cluster\tglobal\tstanza\t\tyes\tmodule.cluster\tplanned");
  }

  @Test
  void theReferenceSaysWhereAValueIsLookedFor() {
    String page = OptionReference.of(OptionSchema.of(SampleOptions.catalog()));
    assertThat(page)
        .contains("\n## ehlo_hostname\n")
        .contains(
            "Fallback: binding_group::binding::domain > binding::domain > binding_group::domain >"
                + " binding_group::binding > binding > binding_group > domain > global. Manual:"
                + " conf.ref.ehlo_hostname.")
        .contains(
            "Fallback: listener::listen::peer > listener::peer > listener::listen > listener >"
                + " pathway_group::pathway > pathway > pathway_group > global.")
        .contains("· *planned*: clustering · module.cluster");
  }
}
