package org.impetusmta.core.config.option;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.core.config.ConfigEngine;
import org.junit.jupiter.api.Test;

class OptionCatalogTest {
  @OptionSet({"global", "domain"})
  record First(@Option(value = "5", doc = "") int maxRecipientsPerConnection) {}

  @OptionSet({"global", "esmtp_listener"})
  record Agrees(@Option(value = "5", min = 1, doc = "") int maxRecipientsPerConnection) {}

  @OptionSet({"global", "esmtp_listener"})
  record OtherDefault(@Option(value = "6", doc = "") int maxRecipientsPerConnection) {}

  @OptionSet("domain")
  record OtherType(@Option(value = "5", doc = "") String maxRecipientsPerConnection) {}

  @OptionSet("host")
  record OtherScope(@Option(value = "-1", doc = "") String maxRecipientsPerConnection) {}

  @OptionSet("global")
  record NoDefault(@Option(doc = "") String text) {}

  @OptionSet("global")
  record WrongDefault(@Option(value = "x", doc = "") int number) {}

  @OptionSet("global")
  record NoOption(int number) {}

  @OptionSet("global")
  record NoType(@Option(value = "x", doc = "") StringBuilder text) {}

  record NoSet(@Option(value = "1", doc = "") int number) {}

  @Test
  void setsMayShareAnOptionIfTheyAgree() {
    OptionCatalog catalog = new OptionCatalog();
    catalog.declare(First.class, "one");
    catalog.declare(First.class, "one");
    assertThatCode(() -> catalog.declare(Agrees.class, "two")).doesNotThrowAnyException();
    assertThatCode(() -> catalog.declare(OtherScope.class, "two")).doesNotThrowAnyException();
    assertThatThrownBy(() -> catalog.declare(OtherDefault.class, "three"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("max_recipients_per_connection of the scope global")
        .hasMessageContaining("number = 6 by " + OtherDefault.class.getName() + " of three")
        .hasMessageContaining("number = 5 by " + First.class.getName() + " of one");
    assertThatThrownBy(() -> catalog.declare(OtherType.class, "three"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("scope domain");
    catalog.withdraw(First.class);
    assertThatCode(() -> catalog.declare(OtherType.class, "three")).doesNotThrowAnyException();
  }

  @Test
  void refusesUnsoundSets() {
    OptionCatalog catalog = new OptionCatalog();
    assertThatThrownBy(() -> catalog.declare(NoDefault.class, "m"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageEndingWith("of m: the option text has no default and is not Optional");
    assertThatThrownBy(() -> catalog.declare(WrongDefault.class, "m"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageEndingWith(
            "the default of the option number: expected a whole number, found \"x\"");
    assertThatThrownBy(() -> catalog.declare(NoOption.class, "m"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageEndingWith("the component number has no @Option");
    assertThatThrownBy(() -> catalog.declare(NoType.class, "m"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageEndingWith("no option can have the type java.lang.StringBuilder");
    assertThatThrownBy(() -> catalog.declare(NoSet.class, "m"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("is no record annotated with @OptionSet");
  }

  @Test
  void aSetIsKnownWhileItIsDeclared() throws Exception {
    OptionCatalog catalog = new OptionCatalog();
    catalog.declare(First.class, "one");
    ConfigEngine engine = ConfigEngine.ofText(catalog, "max_recipients_per_connection = 9");
    assertThat(engine.current().options(First.class, ScopePath.GLOBAL).maxRecipientsPerConnection())
        .isEqualTo(9);
    catalog.withdraw(First.class);
    assertThatThrownBy(() -> engine.current().options(First.class, ScopePath.GLOBAL))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> engine.reload(Optional.empty()))
        .hasMessageContaining("unknown option \"max_recipients_per_connection\"");
    catalog.declare(Agrees.class, "two");
    assertThat(
            engine.current().options(Agrees.class, ScopePath.GLOBAL).maxRecipientsPerConnection())
        .isEqualTo(9);
  }

  @Test
  void namesAreSnakeCaseAndShownAsTheManualDoes() {
    assertThat(OptionDeclaration.snakeCase("maxReceivedHeaders")).isEqualTo("max_received_headers");
    OptionCatalog catalog = SampleOptions.catalog();
    assertThat(catalog.find("global", "ehlo_hostname").orElseThrow().displayName())
        .isEqualTo("EHLO_Hostname");
    assertThat(catalog.find("mail_loop", "use_ip").orElseThrow().displayName()).isEqualTo("Use_IP");
  }

  @Test
  void listensAndPeersBelongToTheListenersNamed() {
    OptionCatalog catalog = SampleOptions.catalog();
    assertThat(catalog.find("esmtp_listener::listen", "idle_time")).isPresent();
    assertThat(catalog.find("control_listener::listen", "idle_time")).isEmpty();
    assertThat(catalog.find("control_listener::listen", "file_mode")).isPresent();
    assertThat(catalog.find("control_listener::peer", "file_mode")).isEmpty();
  }
}
