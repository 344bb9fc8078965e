package org.impetusmta.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.core.config.option.SampleOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ConfigEngineTest {
  private static ConfigEngine engine(String text) throws ConfigException {
    return ConfigEngine.ofText(SampleOptions.catalog(), text);
  }

  private static int connections(Generation generation) {
    return generation
        .options(SampleOptions.Sending.class, ScopePath.GLOBAL)
        .maxOutboundConnections();
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        Arguments.of(
            "esmtp_listener {\n  Idel_Time = 3\n}",
            "text:2:3: in esmtp_listener: unknown option \"Idel_Time\"; did you mean idle_time?"),
        Arguments.of(
            "zzz = 3",
            "text:1:1: in the global scope: unknown option \"zzz\", expected an option of this"
                + " scope"),
        Arguments.of(
            "domain x { idle_time = 3 }",
            "text:1:12: in domain \"x\": the option \"idle_time\" is not valid here, expected it in"
                + " esmtp_listener, esmtp_listener::listen, esmtp_listener::peer, pathway,"
                + " pathway_group"),
        Arguments.of(
            "control_listener { listen :2025 { idle_time = 3 } }",
            "text:1:35: in control_listener::listen \":2025\": the option \"idle_time\" is not"
                + " valid here, expected it in esmtp_listener, esmtp_listener::listen,"
                + " esmtp_listener::peer, pathway, pathway_group"),
        Arguments.of(
            "domian x {}",
            "text:1:1: in the global scope: unknown stanza \"domian\"; did you mean domain?"),
        Arguments.of(
            "xyzzy { a = 1 }",
            "text:1:1: in the global scope: unknown stanza \"xyzzy\", expected a stanza of the core"
                + " or of an installed module"),
        Arguments.of(
            "domain a { binding b {} }",
            "text:1:12: in domain \"a\": the stanza \"binding\" may not stand here, expected it in"
                + " the global scope, binding_group"),
        Arguments.of(
            "listen :25 {}",
            "text:1:1: in the global scope: the stanza \"listen\" may not stand here, expected it"
                + " in a listener"),
        Arguments.of(
            "domain a { mail_loop {} }",
            "text:1:12: in domain \"a\": the stanza \"mail_loop\" may not stand here, expected it"
                + " in the global scope"),
        Arguments.of(
            "domain {}",
            "text:1:1: in the global scope: the stanza domain has no instance name, expected domain"
                + " \"name\" { … }"),
        Arguments.of(
            "Esmtp_Listener a {}",
            "text:1:1: in the global scope: found the instance name \"a\", expected the stanza"
                + " Esmtp_Listener without one"),
        Arguments.of(
            "relay_hosts {}",
            "text:1:1: in the global scope: \"relay_hosts\" is an option, expected relay_hosts ="
                + " value"),
        Arguments.of(
            "domain = x",
            "text:1:1: in the global scope: \"domain\" is a stanza, expected domain { … } or an"
                + " option"),
        Arguments.of(
            "binding \"a b\" {}",
            "text:1:1: in the global scope: found the name \"a b\", expected a binding name without"
                + " white space"),
        Arguments.of(
            "binding \"a:b\" {}",
            "text:1:1: in the global scope: found the name \"a:b\", expected a binding name without"
                + " white space or colon"),
        Arguments.of(
            "domain \"/(/\" {}",
            "text:1:1: in the global scope: found the pattern /(/, expected a regular expression:"
                + " Unclosed group at 1"),
        Arguments.of(
            "esmtp_listener { peer 10.0.0.0/40 {} }",
            "text:1:18: in esmtp_listener: expected an address or a network block as the name of a"
                + " peer: the prefix length of \"10.0.0.0/40\" is not a number from 0 to 32"),
        Arguments.of(
            "auth_ds a { schema b {} }",
            "text:1:13: in auth_ds \"a\": unknown stanza \"schema\"; did you mean scheme?"));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void refuses(String text, String message) {
    assertThatThrownBy(() -> engine(text)).isInstanceOf(ConfigException.class).hasMessage(message);
  }

  @Test
  void collectsErrorsUpToTwenty() {
    assertThatThrownBy(
            () -> engine("a = 1\nmax_outbound_connections = x\nb {}\ndomain d { c = 1 }"))
        .satisfies(e -> assertThat(String.valueOf(e.getMessage()).lines()).hasSize(4));
    assertThatThrownBy(() -> engine("domain d { ".repeat(1) + lines(100) + "}"))
        .satisfies(e -> assertThat(String.valueOf(e.getMessage()).lines()).hasSize(20));
  }

  private static String lines(int count) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < count; i++) {
      out.append("x").append(i).append(" = 1\n");
    }
    return out.toString();
  }

  @Test
  void acceptsNestedModuleStanzas() throws ConfigException {
    ConfigEngine engine =
        engine("auth_ds { Scheme ecauth { query = a QueryGroups { query = \"b c\" } } }");
    assertThat(engine.view().show(new ConfigPath(List.of()), true))
        .containsExactly(
            "auth_ds {",
            "  Scheme \"ecauth\" {",
            "    query = a",
            "    QueryGroups {",
            "      query = \"b c\"",
            "    }",
            "  }",
            "}");
  }

  @Test
  void everyChangeMakesAGeneration(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("ecelerity.conf"), "max_outbound_connections = 5");
    ConfigEngine engine = new ConfigEngine(SampleOptions.catalog(), InstantSource.system());
    assertThatThrownBy(engine::current).isInstanceOf(IllegalStateException.class);
    engine.load(file);
    Generation first = engine.current();
    assertThat(List.of(first.number(), first.reloads())).containsExactly(1L, 0L);

    try (Transaction change = engine.begin(false)) {
      change.set("max_outbound_connections = 6");
      change.commit();
    }
    Generation second = engine.current();
    assertThat(List.of(second.number(), second.reloads())).containsExactly(2L, 0L);
    assertThat(connections(first)).isEqualTo(5);
    assertThat(connections(second)).isEqualTo(6);

    Commit reloaded = engine.reload(Optional.empty());
    assertThat(reloaded.generation()).isSameAs(engine.current());
    assertThat(List.of(reloaded.generation().number(), reloaded.generation().reloads()))
        .containsExactly(3L, 1L);
    assertThat(connections(engine.current())).isEqualTo(5);

    Path other = Files.writeString(folder.resolve("other.conf"), "max_outbound_connections = 7");
    engine.reload(Optional.of(other));
    assertThat(connections(engine.current())).isEqualTo(7);
    engine.reload(Optional.empty());
    assertThat(connections(engine.current())).isEqualTo(5);

    Files.writeString(file, "max_outbound_connections = }");
    assertThatThrownBy(() -> engine.reload(Optional.empty()))
        .hasMessageStartingWith(file + ":1:28: ");
    assertThat(engine.current().number()).isEqualTo(5);
    assertThat(engine.current().reloads()).isEqualTo(3);
  }

  @Test
  void transactionsAreIsolatedAndTheFirstCommitWins() throws ConfigException {
    ConfigEngine engine = engine("max_outbound_connections = 5");
    Transaction one = engine.begin(false);
    Transaction other = engine.begin(false);
    one.set("max_outbound_connections 6");
    other.set("domain a.com max_outbound_connections=7");
    assertThat(connections(engine.current())).isEqualTo(5);
    assertThat(one.view().show(ConfigPath.GLOBAL, true))
        .containsExactly("max_outbound_connections = 6");
    one.commit();
    assertThat(connections(engine.current())).isEqualTo(6);
    assertThatThrownBy(other::commit)
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("the configuration was changed since this transaction began");
    assertThat(other.replay())
        .containsExactly("config set domain a.com Max_Outbound_Connections = 7");
    other.rollback();
    assertThatThrownBy(() -> other.set("gateway x")).hasMessage("this transaction is over");
    assertThat(engine.current().number()).isEqualTo(2);
  }

  @Test
  void aTransactionFromScratchBeginsWithWhatIsImplicit() throws ConfigException {
    ConfigEngine engine = engine("max_outbound_connections = 5 domain a.com { gateway = x }");
    List<String> implicit = new ArrayList<>();
    for (ImplicitConfiguration.Pool pool : ImplicitConfiguration.POOLS) {
      implicit.add("ThreadPool \"" + pool.name() + "\" {");
      implicit.add("  Concurrency = " + pool.concurrency());
      implicit.add("}");
    }
    try (Transaction change = engine.begin(true)) {
      assertThat(change.view().show(ConfigPath.GLOBAL, true)).isEqualTo(implicit);
      assertThatThrownBy(() -> change.unset("threadpool IO concurrency"))
          .hasMessageContaining("is set implicitly and cannot be unset");
      change.set("threadpool IO concurrency 7");
      change.set("threadpool Own concurrency 8");
      change.set("gateway = y");
      change.commit();
    }
    assertThat(engine.view().show(ConfigPath.GLOBAL, true))
        .containsSubsequence("ThreadPool \"IO\" {", "  Concurrency = 7", "}")
        .containsSubsequence("threadpool \"Own\" {", "  Concurrency = 8", "}")
        .contains("Gateway = y")
        .doesNotContain("max_outbound_connections = 5");
    try (Transaction change = engine.begin(false)) {
      change.unset("threadpool IO concurrency");
      change.unset("threadpool CPU");
      change.unset("threadpool Own");
      change.unset("gateway");
      change.commit();
    }
    implicit.addAll(List.of("threadpool \"Own\" {", "}"));
    assertThat(engine.view().show(ConfigPath.GLOBAL, true)).isEqualTo(implicit);
    engine.reload(Optional.empty());
    assertThat(engine.view().show(ConfigPath.GLOBAL, true).getFirst())
        .isEqualTo("max_outbound_connections = 5");
  }

  @Test
  void aBadChangeIsRefusedWhenItIsMade() throws ConfigException {
    ConfigEngine engine = engine("");
    Transaction change = engine.begin(false);
    assertThatThrownBy(() -> change.set("max_outbound_conections 5"))
        .hasMessage(
            "unknown option \"max_outbound_conections\"; did you mean max_outbound_connections?");
    assertThatThrownBy(() -> change.set("max_outbound_connections five"))
        .hasMessage(
            "option Max_Outbound_Connections: expected a whole number of at least -1, found"
                + " \"five\"");
    assertThatThrownBy(() -> change.set("max_outbound_connections"))
        .hasMessageContaining("expected a value");
    assertThatThrownBy(() -> change.set("gateway a b"))
        .hasMessageContaining("expected one value, found \"b\" behind it");
    assertThatThrownBy(() -> change.set("domain gateway"))
        .hasMessage("expected the name of an option");
    assertThatThrownBy(() -> change.set("esmtp_listener peer me idle_time 3"))
        .hasMessageContaining("\"me\" is no address or network block");
    assertThatThrownBy(() -> change.unset(""))
        .hasMessageContaining("the global scope cannot be unset");
    assertThat(change.replay()).isEmpty();
  }

  @Test
  void unsetTakesAnOptionOrAWholeScopeAway() throws ConfigException {
    ConfigEngine engine =
        engine("esmtp_listener { idle_time = 3 listen :25 { idle_time = 4 enable = off } }");
    try (Transaction change = engine.begin(false)) {
      change.unset("esmtp_listener listen *:25 idle_time");
      assertThat(change.view().show(ConfigPath.GLOBAL, true))
          .containsExactly(
              "esmtp_listener {",
              "  idle_time = 3",
              "  listen \":25\" {",
              "    enable = off",
              "  }",
              "}");
      change.unset("esmtp_listener");
      assertThat(change.view().show(ConfigPath.GLOBAL, true))
          .containsExactly("esmtp_listener {", "  listen \":25\" {", "  }", "}");
      change.commit();
    }
    assertThat(engine.current().stanzas("esmtp_listener").getFirst().children("listen")).hasSize(1);
  }

  @Test
  void anOptionThatNeedsARestartIsCommittedWithAWarning() throws ConfigException {
    ConfigEngine engine = engine("bind_address = a binding b { }");
    try (Transaction change = engine.begin(false)) {
      change.set("bind_address b");
      change.set("binding b bind_address c");
      change.set("binding new bind_address d");
      change.set("max_outbound_connections 9");
      assertThat(change.commit().warnings())
          .containsExactly(
              "Bind_Address is changed in the global scope; it takes effect after a restart",
              "Bind_Address is changed in binding \"b\"; it takes effect after a restart");
    }
    assertThat(connections(engine.current())).isEqualTo(9);
  }

  /** Writes down what it is asked, and refuses on demand. */
  private static final class Witness implements ConfigParticipant {
    final String name;
    final List<String> seen;
    Optional<Exception> refusal = Optional.empty();

    Witness(String name, List<String> seen) {
      this.name = name;
      this.seen = seen;
    }

    @Override
    public void prepare(Generation next) throws ConfigException {
      seen.add(name + " prepare " + next.number());
      if (refusal.isPresent()) {
        switch (refusal.get()) {
          case ConfigException e -> throw e;
          case RuntimeException e -> throw e;
          default -> throw new AssertionError(refusal.get());
        }
      }
    }

    @Override
    public void commit(Generation now) {
      seen.add(name + " commit " + now.number());
    }

    @Override
    public void rollback(Generation refused) {
      seen.add(name + " rollback " + refused.number());
    }

    @Override
    public String toString() {
      return name;
    }
  }

  @Test
  void everybodyIsAskedBeforeAnybodySeesTheNextGeneration() throws ConfigException {
    ConfigEngine engine = engine("max_outbound_connections = 5");
    List<String> seen = new ArrayList<>();
    Witness a = new Witness("a", seen);
    Witness b = new Witness("b", seen);
    engine.addParticipant(a);
    engine.addParticipant(b);
    engine.reload(Optional.empty());
    assertThat(seen).containsExactly("a prepare 2", "b prepare 2", "a commit 2", "b commit 2");
    seen.clear();

    b.refusal = Optional.of(new ConfigException("b does not like it"));
    Generation before = engine.current();
    try (Transaction change = engine.begin(false)) {
      change.set("max_outbound_connections = 6");
      assertThatThrownBy(change::commit).hasMessage("b does not like it");
      assertThat(engine.current()).isSameAs(before);
      assertThat(seen).containsExactly("a prepare 3", "b prepare 3", "a rollback 3");

      b.refusal = Optional.of(new IllegalStateException("broken"));
      assertThatThrownBy(change::commit)
          .isInstanceOf(ConfigException.class)
          .hasMessage("b failed on the new configuration: java.lang.IllegalStateException: broken");
      assertThat(engine.current()).isSameAs(before);

      b.refusal = Optional.empty();
      change.commit();
    }
    assertThat(connections(engine.current())).isEqualTo(6);
  }
}
