package org.impetusmta.core.config.option;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.core.config.ConfigEngine;
import org.impetusmta.core.config.IgnoredOptions;
import org.impetusmta.core.config.Transaction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Options and stanzas that wait are refused with their reason, wherever one may say them. */
class PlannedTest {
  private static final Set<String> TYPES =
      Set.of(
          "boolean",
          "number",
          "size",
          "octal",
          "seconds",
          "milliseconds",
          "string",
          "pattern",
          "list",
          "dictionary",
          "throttle",
          "bounds");
  private static final Pattern RANGE = Pattern.compile("(-?[0-9]+)?\\.\\.([0-9]+)?");

  private final OptionCatalog catalog = SampleOptions.catalog();

  private void refused(String text, String reason) {
    assertThatThrownBy(() -> ConfigEngine.ofText(catalog, text))
        .isInstanceOf(ConfigException.class)
        .hasMessage(reason);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Delayed_Reroute_Domain = "a"|text:1:1: in the global scope: the option delayed_reroute_domain is known but not in force yet: it comes with mail transfer between servers
          pathway "a" { Click_Tracking_Enabled = on }|text:1:15: in pathway "a": the option click_tracking_enabled is known but not in force yet: it comes with engagement tracking
          esmtp_listener { listen ":25" { open_tracking_enabled = on } }|text:1:33: in esmtp_listener::listen ":25": the option open_tracking_enabled is known but not in force yet: it comes with engagement tracking
          growbuf_size = 1|text:1:1: in the global scope: the option growbuf_size has no meaning in Impetus, remove the line: memory belongs to the Java virtual machine here
          duravip_follow = on|text:1:1: in the global scope: the option "duravip_follow" is not valid here, expected it in *::listen
          delayed_reroute_domian = no|text:1:1: in the global scope: unknown option "delayed_reroute_domian"; did you mean delayed_reroute_domain?
          cluster { any_thing = 1 inner { } }|text:1:1: in the global scope: the stanza cluster comes with a later release: clustering
          cluster = 1|text:1:1: in the global scope: the stanza cluster comes with a later release: clustering
          adaptive "a" { no_such = 1 }|text:1:1: in the global scope: the module adaptive comes with a later release: adaptive delivery
          binding "a" { adaptive_sweep_rule "x" { } }|text:1:15: in binding "a": the stanza adaptive_sweep_rule comes with a later release: adaptive delivery
          binding "a" { logs { } }|text:1:15: in binding "a": the stanza "logs" may not stand here, expected it in the global scope
          opendkin { }|text:1:1: in the global scope: unknown stanza "opendkin"; did you mean opendkim?
          """)
  void isRefusedWithItsReason(String text, String reason) {
    refused(text, reason);
  }

  @Test
  void theConsoleSaysTheSame() throws Exception {
    ConfigEngine engine = ConfigEngine.ofText(catalog, "");
    String reason =
        "the option teleport_enabled is known but not in force yet: it comes with mail transfer"
            + " between servers";
    assertThatThrownBy(() -> engine.begin(false).set("domain example.com teleport_enabled = on"))
        .hasMessage(reason);
    assertThatThrownBy(() -> engine.view().target("domain example.com TELEPORT_ENABLED"))
        .hasMessage(reason);
    assertThatThrownBy(() -> engine.view().target("logs manager"))
        .hasMessage("the stanza logs comes with a later release: clustering");
    assertThatThrownBy(() -> engine.view().locate("cluster", Optional.empty()))
        .hasMessage("the stanza cluster comes with a later release: clustering");
    assertThat(engine.view().complete(List.of("tls"))).isEmpty();
  }

  @OptionSet("global")
  record Reroute(
      @org.impetusmta.api.config.Option(value = "no", doc = "") String delayedRerouteDomain) {}

  @Test
  void aDeclarationHidesWhatWasPlannedInItsScopes() throws Exception {
    catalog.declare(Reroute.class, "delivery.xfer");
    catalog.declareStanza("cluster", "module.cluster");
    ConfigEngine.ofText(catalog, "delayed_reroute_domain = a cluster { }");
    refused(
        "domain \"a.example\" { delayed_reroute_domain = a }",
        "text:1:22: in domain \"a.example\": the option delayed_reroute_domain is known but not in"
            + " force yet: it comes with mail transfer between servers");
  }

  @Test
  void whatIsIgnoredIsWarnedOfOnce() throws Exception {
    catalog.declare(IgnoredOptions.class, "core.bundle");
    ConfigEngine engine =
        ConfigEngine.ofText(catalog, "crypto_engine = pkcs12\nSSL_Lock_Method = Spinlock");
    String engineWarning =
        "text:1:1: the option crypto_engine is ignored: it has no effect any more";
    String lockWarning =
        "text:2:1: the option ssl_lock_method is ignored: it has no effect any more";
    assertThat(engine.reload(Optional.empty()).warnings())
        .containsExactly(lockWarning, engineWarning);
    Transaction change = engine.begin(false);
    change.set("suspend_delivery on");
    assertThat(change.commit().warnings()).isEmpty();
    refused(
        "crypto_lock_method = none",
        "text:1:1: in the global scope: option crypto_lock_method: expected one of"
            + " ec_ssl_spinlock, ec_ssl_mutex, ec_ssl_defaultlock, found \"none\"");
  }

  @Test
  void theTableIsSound() {
    Set<String> seen = new HashSet<>();
    for (PlannedOption option : catalog.plannedOptions()) {
      assertThat(option.name()).matches("_?[a-z0-9_]+");
      for (String key : option.keys()) {
        assertThat(seen.add(option.name() + " in " + key)).as("%s in %s", option, key).isTrue();
      }
      assertThat(TYPES.contains(option.type()) || option.type().startsWith("enum:"))
          .as(option.toString())
          .isTrue();
      if (!option.range().isEmpty()) {
        assertThat(option.range()).as(option.name()).matches(RANGE);
        assertThat(option.type())
            .isIn(
                "number", "size", "octal", "seconds", "milliseconds", "enum:ignore,pedantic,fix,N");
      }
      if (option.type().startsWith("enum:") && !option.defaultValue().isEmpty()) {
        assertThat(option.type().substring(5).split(",")).contains(option.defaultValue());
      }
      assertThat(option.doc()).as(option.name()).isNotBlank().doesNotEndWith(".");
      assertThat(option.capability()).as(option.name()).isNotBlank();
      assertThat(option.folder()).as(option.name()).matches("[a-z]+\\.[a-z0-9_]+");
    }
    for (PlannedStanza stanza : catalog.plannedStanzas()) {
      assertThat(seen.add("stanza " + stanza.key())).as(stanza.key()).isTrue();
    }
  }
}
