package org.impetusmta.core.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.core.config.ConfigEngine;
import org.impetusmta.core.config.option.SampleOptions;
import org.impetusmta.testkit.console.Typed;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The examples of console_commands.config, typed. */
class ConfigCommandsTest {
  private static final String CONFIGURATION =
      """
      Message_Expiration = 86400

      Domain earthlink.net {
        Message_Expiration = 900
      }

      Binding smtp-01 {
        EHLO_Hostname = "smtp-01.com"
        Domain relay.com {
          EHLO_Hostname = "relay.com"
        }
      }
      mail_loop "mail_loop1"
      {
        Use_IP = false
      }
      Esmtp_Listener {
        Listen ":25" {
        }
        Listen ":587" {
          Enable = false
          SMTP_Extensions = (
            "ENHANCEDSTATUSCODES"
            "STARTTLS"
          )
        }
        Idle_Time = 300
        SMTP_Extensions = (
          "ENHANCEDSTATUSCODES"
        )
      }
      Control_Listener {
        Listen "127.0.0.1:2025" {
        }
        Listen "/tmp/2025" {
        }
      }
      auth_ds {
        Scheme "ecauth" {
          QueryGroups {
          }
        }
      }
      """;

  @TempDir Path folder;
  private Path file;
  private ConfigEngine engine;

  /** What the console keeps for one operator. */
  private final Map<Class<?>, Object> session = new HashMap<>();

  @BeforeEach
  void load() throws Exception {
    file = Files.writeString(folder.resolve("ecelerity.conf"), CONFIGURATION);
    engine = new ConfigEngine(SampleOptions.catalog(), InstantSource.system());
    engine.load(file);
  }

  private List<ConsoleCommand> commands() {
    return List.of(
        new ConfigReadCommands.Get(engine),
        new ConfigReadCommands.Eval(engine),
        new ConfigReadCommands.Show(engine),
        new ConfigReadCommands.ShowRecurse(engine),
        new ConfigReadCommands.Locate(engine),
        new ConfigChangeCommands.Set(engine),
        new ConfigChangeCommands.Unset(engine),
        new ConfigChangeCommands.Begin(engine),
        new ConfigChangeCommands.BeginFromScratch(engine),
        new ConfigChangeCommands.CommitTransaction(engine),
        new ConfigChangeCommands.Rollback(engine),
        new ConfigChangeCommands.Replay(engine),
        new ConfigChangeCommands.Reload(engine),
        new ConfigChangeCommands.Writeback(engine),
        new WriteConfig(engine));
  }

  private List<String> type(Map<Class<?>, Object> typist, String line) throws ConsoleException {
    ConsoleCommand command =
        commands().stream()
            .filter(known -> (line + " ").startsWith(known.name() + " "))
            .max(Comparator.comparingInt(known -> known.name().length()))
            .orElseThrow();
    Typed typed = Typed.line(line.substring(command.name().length())).in(typist);
    command.run(typed);
    return typed.lines();
  }

  private List<String> type(String line) throws ConsoleException {
    return type(session, line);
  }

  @Test
  void writeConfigPrintsOrWritesWhatRuns() throws Exception {
    assertThat(type("write config")).isEqualTo(type("config showrecurse"));
    type("config begin");
    type("config set message_expiration 77");
    assertThat(type("config showrecurse")).contains("Message_Expiration = 77");
    assertThat(type("write config")).doesNotContain("Message_Expiration = 77");
    type("config rollback");
    Path other = folder.resolve("other.conf");
    assertThat(type("write config " + other)).containsExactly("Wrote " + other + ".");
    ConfigEngine again = new ConfigEngine(SampleOptions.catalog(), InstantSource.system());
    again.load(other);
    assertThat(again.view().show(new org.impetusmta.core.config.ConfigPath(List.of()), true))
        .isEqualTo(type("config showrecurse"));
    assertThatThrownBy(() -> type("write config " + file))
        .isInstanceOf(ConsoleException.class)
        .hasMessageContaining("is part of the configuration");
    assertThatThrownBy(() -> type("write config a b")).isInstanceOf(ConsoleException.class);
  }

  @Test
  void theManualsExamples() throws ConsoleException {
    assertThat(type("config get message_expiration")).containsExactly("Message_Expiration = 86400");
    assertThat(type("config get domain earthlink.net message_expiration"))
        .containsExactly("        Message_Expiration = 900");
    assertThat(type("config unset domain earthlink.net message_expiration"))
        .containsExactly(
            "\"Message_Expiration\" has been unset. Effective value is now:",
            "        Message_Expiration = 86400");
    assertThat(type("config get binding smtp-01 ehlo_hostname"))
        .containsExactly("        EHLO_Hostname = \"smtp-01.com\"");
    assertThat(type("config get binding smtp-01 domain relay.com ehlo_hostname"))
        .containsExactly("        EHLO_Hostname = \"relay.com\"");
    assertThat(type("config unset binding smtp-01 domain relay.com ehlo_hostname"))
        .containsExactly(
            "\"EHLO_Hostname\" has been unset. Effective value is now:",
            "        EHLO_Hostname = \"smtp-01.com\"");
    assertThat(type("config set Relay_Hosts ( 10.0.0.1 10.0.0.2 )"))
        .containsExactly("Relay_Hosts = (", "  10.0.0.1", "  10.0.0.2", "  )");
    assertThat(type("config get blackhole"))
        .containsExactly("Option 'Blackhole' is not set in scope ''.");
    assertThat(type("config eval blackhole")).containsExactly("Blackhole = 0");
    for (String on : List.of("true", "1", "enabled", "on")) {
      assertThat(type("config set suspend_delivery " + on))
          .containsExactly("Suspend_Delivery = " + on);
    }
  }

  @Test
  void showKeepsSecrets() throws ConsoleException {
    assertThat(type("config set domain earthlink.net outbound_smtp_auth_pass sesame"))
        .noneMatch(line -> line.contains("sesame"));
    for (String command : List.of("config show", "config showrecurse", "config get")) {
      assertThat(
              type(
                  command
                      + " domain earthlink.net"
                      + (command.endsWith("get") ? " outbound_smtp_auth_pass" : "")))
          .noneMatch(line -> line.contains("sesame"))
          .anyMatch(line -> line.contains("****"));
    }
  }

  @Test
  void showPrintsAScope() throws ConsoleException {
    assertThat(type("config show mail_loop mail_loop1")).containsExactly("Use_IP = false");
    assertThat(type("config show ESMTP_Listener"))
        .containsExactly(
            "Listen \":25\" { ... }",
            "Listen \":587\" { ... }",
            "Idle_Time = 300",
            "SMTP_Extensions = (",
            "  \"ENHANCEDSTATUSCODES\"",
            ")");
    int from = CONFIGURATION.indexOf("Esmtp_Listener {");
    int to = CONFIGURATION.indexOf("Control_Listener {");
    assertThat(type("config showrecurse ESMTP_Listener"))
        .isEqualTo(CONFIGURATION.substring(from, to).lines().toList());
    assertThat(type("config show mail_loop mail_loop1 use_ip")).containsExactly("Use_IP = false");
    assertThatThrownBy(() -> type("config show binding smtp-10"))
        .isInstanceOf(ConsoleException.class)
        .hasMessage("there is no scope binding smtp-10; did you mean smtp-01?");
  }

  @Test
  void locateFindsScopes() throws ConsoleException {
    assertThat(type("config locate listen"))
        .containsExactly(
            "Listen \":25\"",
            "  is at Esmtp_Listener::Listen:\\:25:",
            "Listen \":587\"",
            "  is at Esmtp_Listener::Listen:\\:587:",
            "Listen \"127.0.0.1:2025\"",
            "  is at Control_Listener::Listen:127.0.0.1\\:2025:",
            "Listen \"/tmp/2025\"",
            "  is at Control_Listener::Listen:/tmp/2025:");
    assertThat(type("config locate listen 127.0.0.1")).hasSize(2);
    assertThat(type("config locate QueryGroups"))
        .containsExactly("QueryGroups", "  is at auth_ds::Scheme:ecauth:QueryGroups::");
    assertThat(type("config locate Scheme ec.+"))
        .containsExactly("Scheme \"ecauth\"", "  is at auth_ds::Scheme:ecauth:");
    assertThatThrownBy(() -> type("config locate lisen"))
        .hasMessageContaining("did you mean listen?");
  }

  @Test
  void setUnderstandsScopesAndEqualsSigns() throws ConsoleException {
    assertThat(type("config set ESMTP_Listener Pathway foo")).containsExactly("Pathway = foo");
    type("config set ESMTP_Listener Peer 127.0.0.1 Pathway = \"b # r\"");
    assertThat(type("config get esmtp_listener peer 127.0.0.1 pathway"))
        .containsExactly("        Pathway = \"b # r\"");
    type("config set mail_loop mail_loop1 max_received_headers=7");
    assertThat(type("config eval mail_loop mail_loop1 max_received_headers"))
        .containsExactly("Max_Received_Headers = 7");
    type("config set ec_logger log_transient_failures off");
    assertThat(type("config showrecurse ec_logger"))
        .containsExactly("ec_logger {", "  Log_Transient_Failures = off", "}");
    type("config set esmtp_listener listen [::1]:25 enable false");
    assertThat(type("config get esmtp_listener listen [::1]:25 enable"))
        .containsExactly("        Enable = false");
  }

  @Test
  void transactionsBelongToASession() throws ConsoleException {
    type("config begin");
    type("config set esmtp_listener listen :587 idle_time 5");
    type("config set threadpool accept concurrency 5");
    type("config unset domain earthlink.net");
    assertThat(type("config eval threadpool accept concurrency"))
        .containsExactly("Concurrency = 5");
    Map<Class<?>, Object> other = new HashMap<>();
    assertThat(type(other, "config eval threadpool accept concurrency"))
        .containsExactly("Concurrency = 4");
    assertThat(type("config replay"))
        .containsExactly(
            "config set Esmtp_Listener Listen :587 Idle_Time = 5",
            "config set threadpool accept Concurrency = 5",
            "config unset Domain earthlink.net");
    assertThatThrownBy(() -> type("config reload"))
        .hasMessageContaining("A transaction is in progress");
    assertThatThrownBy(() -> type("config begin"))
        .hasMessageContaining("A transaction is in progress");
    type("config commit");
    assertThat(type(other, "config eval threadpool accept concurrency"))
        .containsExactly("Concurrency = 5");
    assertThatThrownBy(() -> type("config commit"))
        .hasMessageContaining("No transaction is in progress");

    type(other, "config begin from scratch");
    assertThat(type(other, "config show"))
        .contains("ThreadPool \"IO\" { ... }")
        .doesNotContain("Message_Expiration = 86400");
    type(other, "config rollback");
    assertThat(type(other, "config show")).contains("Message_Expiration = 86400");
  }

  @Test
  void theFirstCommitWins() throws ConsoleException {
    Map<Class<?>, Object> other = new HashMap<>();
    type("config begin");
    type(other, "config begin");
    type("config set blackhole on");
    type(other, "config set blackhole off");
    type("config commit");
    assertThatThrownBy(() -> type(other, "config commit"))
        .hasMessageContaining("the configuration was changed since this transaction began");
    type(other, "config rollback");
    assertThat(type(other, "config get blackhole")).containsExactly("Blackhole = on");
  }

  @Test
  void reloadUndoesOnlineChangesOrKeepsTheOldConfiguration() throws Exception {
    type("config set blackhole on");
    assertThat(type("config reload")).containsExactly("Reconfigure succeeded.");
    assertThat(type("config eval blackhole")).containsExactly("Blackhole = 0");
    Files.writeString(file, "a = 1\nb = 2\n");
    Typed call = Typed.words().in(session);
    assertThatThrownBy(() -> new ConfigChangeCommands.Reload(engine).run(call))
        .isInstanceOf(ConsoleException.class)
        .hasMessage("Reconfigure failed.");
    assertThat(call.lines())
        .containsExactly(
            file
                + ":1:1: in the global scope: unknown option \"a\", expected an option of this"
                + " scope",
            file
                + ":2:1: in the global scope: unknown option \"b\", expected an option of this"
                + " scope");
    assertThat(type("config get message_expiration")).containsExactly("Message_Expiration = 86400");
  }

  @Test
  void writebackSavesWhatWasChanged() throws Exception {
    assertThat(type("config writeback")).containsExactly("There is nothing to write back.");
    type("config set domain earthlink.net message_expiration 901");
    type("config begin");
    assertThatThrownBy(() -> type("config writeback"))
        .hasMessageContaining("A transaction is in progress");
    type("config set binding smtp-01 domain relay.com gateway x");
    type("config unset mail_loop mail_loop1 use_ip");
    type("config commit");
    assertThat(type("config writeback")).containsExactly("Wrote " + file.toRealPath() + ".");
    assertThat(file)
        .content()
        .isEqualTo(
            CONFIGURATION
                .replace("Message_Expiration = 900\n", "Message_Expiration = 901\n")
                .replace(
                    "    EHLO_Hostname = \"relay.com\"\n",
                    "    EHLO_Hostname = \"relay.com\"\n    Gateway = x\n")
                .replace("  Use_IP = false\n", ""));
    List<String> inForce = type("config showrecurse");
    assertThat(type("config reload")).containsExactly("Reconfigure succeeded.");
    assertThat(type("config showrecurse")).isEqualTo(inForce);
    Path other = folder.resolve("other.conf");
    assertThat(type("config writeback " + other)).containsExactly("Wrote " + other + ".");
    assertThat(other).content().isEqualTo(String.join("\n", inForce) + "\n");
    assertThatThrownBy(() -> type("config writeback " + file))
        .hasMessageContaining("is part of the configuration");
    assertThatThrownBy(() -> type("config writeback a b")).hasMessageContaining("takes one file");
  }

  @Test
  void writebackShowsWhatItCouldNotSave() throws Exception {
    Files.writeString(folder.resolve("fixed.conf"), "gateway = a\n");
    Files.writeString(file, "readonly_include fixed.conf\n");
    type("config reload");
    type("config unset gateway");
    assertThat(type("config writeback"))
        .containsExactly(
            "Warning: gateway in the global scope stands in "
                + folder.resolve("fixed.conf")
                + ":1:1, which is read-only; it comes back when the configuration is read again.");
  }

  @Test
  void warnsOfWhatNeedsARestart() throws ConsoleException {
    assertThat(type("config set bind_address 127.0.0.1"))
        .containsExactly(
            "Bind_Address = 127.0.0.1",
            "Warning: Bind_Address is changed in the global scope; it takes effect after a"
                + " restart.");
  }

  @Test
  void completesScopesInstancesAndOptions() throws ConfigException {
    ConsoleCommand get = new ConfigReadCommands.Get(engine);
    assertThat(get.complete(List.of("esm"))).containsExactly("esmtp_listener");
    assertThat(get.complete(List.of("binding", "s"))).containsExactly("smtp-01");
    assertThat(get.complete(List.of("Esmtp_Listener", ""))).contains("listen", "peer", "idle_time");
    assertThat(get.complete(List.of("esmtp_listener", "listen", ":25", "en")))
        .containsExactly("enable");
    assertThat(new ConfigReadCommands.Locate(engine).complete(List.of("lis"))).isNotNull();
  }
}
