package org.impetusmta.itest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The module commands and what starts modules, in a running server, with bundles of a partner. */
class ModulesTest {
  private static final Path ROOT = Path.of(System.getProperty("impetus.root", ".."));

  @TempDir Path folder;
  private Path home = Server.DISTRIBUTION;

  @BeforeEach
  void home() throws IOException {
    home = Server.copyOfDistribution(folder.resolve("home"));
  }

  private Path policy(String name) throws Exception {
    return PartnerBundle.policy(folder, PartnerBundle.api(home), name);
  }

  private void partner(Path jar) throws IOException {
    Files.copy(jar, home.resolve("partners").resolve(jar.getFileName()));
  }

  private Server start(String more) throws IOException {
    return Server.start(home, folder.resolve("server"), more);
  }

  private static String to(Server server, String recipient) throws IOException {
    return Load.replyToRecipient(server.smtpPort, recipient);
  }

  @Test
  void a_module_has_many_instances_and_some_of_them_are_passive() throws Exception {
    partner(policy("filter"));
    try (Server server =
        start(
            """
            filter "one" { recipient = "one@example.com" }
            filter "two" { recipient = "two@example.com" debug_level = debug }
            filter "three" { recipient = "three@example.com" enabled = false }
            """)) {
      assertThat(to(server, "one@example.com")).startsWith("550 5.7.1 refused by filter");
      assertThat(to(server, "two@example.com")).startsWith("550 5.7.1 refused by filter");
      assertThat(to(server, "three@example.com")).startsWith("250");
      assertThat(server.console("module list"))
          .containsPattern("Module: filter:one\n(  .*\n)*?  Enabled: enabled")
          .containsPattern("Module: filter:three\n(  .*\n)*?  Enabled: disabled");
      await()
          .atMost(Duration.ofSeconds(10))
          .untilAsserted(
              () ->
                  assertThat(server.log("paniclog.ec"))
                      .anyMatch(line -> line.contains("filter looks at one@example.com")));

      server.console("config set filter three enabled true");
      assertThat(to(server, "three@example.com")).startsWith("550 5.7.1 refused by filter");
      server.console("config set filter one enabled false");
      assertThat(to(server, "one@example.com")).startsWith("250");
      assertThat(server.tryConsole("config set ec_logger ec_logger enabled false")).contains("OK");
      assertThat(server.tryConsole("config set persist_io enabled false"))
          .contains("which is for modules with hooks");
    }
  }

  @Test
  void what_a_module_requires_comes_before_it_and_goes_after_it() throws Exception {
    Path api = PartnerBundle.api(home);
    partner(policy("base"));
    partner(PartnerBundle.policy(folder, api, "upper", ", requires = \"base\"", 1));
    partner(PartnerBundle.policy(folder, api, "top", ", requires = \"upper\"", 1));
    partner(PartnerBundle.policy(folder, api, "lost", ", requires = \"nothing\"", 1));
    partner(PartnerBundle.policy(folder, api, "snake", ", requires = \"tail\"", 1));
    partner(PartnerBundle.policy(folder, api, "tail", ", requires = \"snake\"", 1));
    try (Server server = start("upper { recipient = \"u@example.com\" }\n")) {
      assertThat(to(server, "base@example.com")).startsWith("550 5.7.1 refused by base");
      assertThat(to(server, "u@example.com")).startsWith("550 5.7.1 refused by upper");
      assertThat(server.tryConsole("module unload base"))
          .contains("module upper requires base: unload it first");
      assertThat(server.tryConsole("module uninstall base"))
          .contains("module upper requires base: unload it first");
      server.console("module update base");
      assertThat(to(server, "base@example.com")).startsWith("550 5.7.1 refused by base");
      server.console("module unload upper");
      server.console("module unload base");
      assertThat(to(server, "base@example.com")).startsWith("250");

      assertThat(server.console("module load top"))
          .containsSubsequence("base:base loaded", "upper:upper loaded", "top:top loaded");
      assertThat(to(server, "base@example.com")).startsWith("550");
      assertThat(server.tryConsole("module load lost"))
          .contains("module lost requires the module nothing, which is not there");
      assertThat(server.tryConsole("module load snake"))
          .contains("modules require each other: snake -> tail -> snake");
      assertThat(server.console("module info upper")).contains("  Requires: base\n");
    }
  }

  @Test
  void install_and_uninstall() throws Exception {
    Path jar = policy("guest");
    partner(policy("named"));
    try (Server server = start("named { }\n")) {
      assertThat(server.tryConsole("module info guest")).contains("there is no module \"guest\"");
      assertThat(server.console("module install " + jar.toUri())).contains("guest installed");
      assertThat(server.console("module info guest"))
          .contains(
              "Module: guest\n",
              "  State: not loaded\n",
              "  Options: recipient\n",
              "  Bundle: test.guest 1.0.0\n",
              "  From: " + jar.toUri(),
              "  Signed: no, the entry ")
          .containsPattern("  Compiled against: .*api.hook \\[\\d");
      server.console("module load guest");
      assertThat(server.console("module info guest"))
          .contains("  State: loaded\n", "  Hooks: ValidateRcptto\n", "guest:guest (enabled");
      assertThat(to(server, "guest@example.com")).startsWith("550 5.7.1 refused by guest 1");
      PartnerBundle.policy(folder, PartnerBundle.api(home), "guest", "", 2);
      server.console("module update guest");
      assertThat(to(server, "guest@example.com")).startsWith("550 5.7.1 refused by guest 2");

      assertThat(server.console("module uninstall guest")).contains("guest uninstalled");
      assertThat(to(server, "guest@example.com")).startsWith("250");
      assertThat(server.tryConsole("module load guest")).contains("there is no module \"guest\"");
      server.console("module install " + jar);
      server.console("module load guest");
      assertThat(to(server, "guest@example.com")).startsWith("550 5.7.1 refused by guest 2");

      assertThat(server.tryConsole("module uninstall named"))
          .contains("the configuration in force names module named; remove it there first");
      assertThat(to(server, "named@example.com")).startsWith("550");
      server.console("module uninstall mail_loop");
      assertThat(server.tryConsole("module load mail_loop")).contains("there is no module");
      server.console("module install " + home.resolve("modules/module.mail_loop.jar"));
      assertThat(server.console("module update smtp"))
          .as("all modules of one jar change together")
          .contains("esmtp updated", "\nModule smtp updated", "lmtp updated");
      server.console("module unload esmtp");
      server.console("module load mail_loop");
    }
  }

  @Test
  void the_failure_of_a_module_is_its_own_and_said() throws Exception {
    partner(policy("broken"));
    Files.writeString(home.resolve("partners/no.jar"), "this is no jar");
    try (Server server = start("")) {
      assertThat(server.output()).contains("no.jar is left out: ");
      server.console("module load broken");
      assertThat(server.tryConsole("config set broken broken recipient fails@start"))
          .contains("it does not want to");
      assertThat(to(server, "broken@example.com")).as("the old one stays").startsWith("550");
      assertThat(to(server, "joe@example.com")).startsWith("250");
      server.console("module unload broken");
      Files.writeString(
          server.configuration(),
          Files.readString(server.configuration()) + "broken { recipient = \"fails@hook\" }\n");
      server.console("config reload");
      assertThat(to(server, "joe@example.com")).startsWith("451 ");
      await()
          .atMost(Duration.ofSeconds(10))
          .untilAsserted(
              () ->
                  assertThat(server.log("paniclog.ec"))
                      .anyMatch(line -> line.contains("broken") && line.contains("its hook")));
      server.console("module unload broken");
      assertThat(to(server, "joe@example.com")).startsWith("250");
    }
  }

  @Test
  void a_partner_compiled_against_the_previous_api_loads() throws Exception {
    Path old = ROOT.resolve("core.api/baseline/core.api.jar");
    Path jar = PartnerBundle.policy(folder, old, "veteran");
    try (Server server = start("")) {
      server.console("module install " + jar);
      server.console("module load veteran");
      assertThat(to(server, "veteran@example.com")).startsWith("550 5.7.1 refused by veteran");
    }
  }

  @Test
  void only_listed_signers_where_the_operator_lists_them() throws Exception {
    Path good = PartnerBundle.key(folder, "good");
    PartnerBundle.key(folder, "other");
    Path unsigned = policy("plain");
    Path signed = PartnerBundle.signed(folder, policy("trusted"), "good");
    Path foreign = PartnerBundle.signed(folder, policy("foreign"), "other");
    partner(unsigned);
    partner(signed);
    try (Server server = start("module_signers = \"" + good + "\"\ntrusted { }\nmail_loop { }\n")) {
      assertThat(server.output())
          .contains("plain.jar is left out: ")
          .contains("is refused, as module_signers demands a signature: the entry ");
      assertThat(to(server, "trusted@example.com")).startsWith("550 5.7.1 refused by trusted");
      assertThat(server.console("module info trusted")).contains("  Signed: by CN=good, whose");
      assertThat(server.console("module info mail_loop")).contains("it came with the distribution");
      assertThat(server.tryConsole("module load plain")).contains("there is no module \"plain\"");
      assertThat(server.tryConsole("module install " + foreign))
          .contains("its signer CN=other is not accepted: it is neither listed nor issued");

      Path place = home.resolve("partners").resolve(signed.getFileName());
      Files.copy(unsigned, place, StandardCopyOption.REPLACE_EXISTING);
      assertThat(server.tryConsole("module update trusted"))
          .contains("the old revision of module trusted stays: ", "is not signed");
      assertThat(to(server, "trusted@example.com")).startsWith("550 5.7.1 refused by trusted");
      Files.copy(signed, place, StandardCopyOption.REPLACE_EXISTING);
      server.console("module update trusted");
      server.console("module update mail_loop");

      server.console("config set module_signers \"\"");
      server.console("module load plain");
      assertThat(server.tryConsole("config set module_signers \"" + good + "\""))
          .contains("demands a signature: the entry ");
      server.console("module unload plain");
      server.console("config set module_signers \"" + good + "\"");
      assertThat(server.tryConsole("module load plain")).contains("demands a signature");
      assertThat(server.tryConsole("config set module_signers /nowhere.pem"))
          .contains("option module_signers: cannot read certificates from /nowhere.pem");
    }
  }
}
