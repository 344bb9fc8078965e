package org.impetusmta.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.core.config.option.OptionCatalog;
import org.impetusmta.core.config.option.SampleOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the 2.x form means, asked of the configuration that was made of it. */
class LegacyFormTest {
  @OptionSet({"esmtp_listener", "listen", "peer"})
  record Receiving(
      @Option(doc = "") Optional<String> staticBanner,
      @Option(value = "300", min = 0, doc = "") Duration idleTime,
      @Option(value = "0", min = 0, unit = Option.Unit.SIZE, doc = "") long maxMessageSize,
      @Option(value = "false", doc = "") boolean openRelay,
      @Option(doc = "") Optional<List<String>> relayForSendingDomains,
      @Option(doc = "") Map<String, String> context,
      @Option(doc = "") Optional<List<String>> smtpExtensions) {}

  @OptionSet({"esmtp_listener", "listen"})
  record Listening(
      @Option(value = "true", doc = "") boolean enable,
      @Option(value = "500", doc = "") int listenBacklog,
      @Option(value = "0", doc = "") int concurrency) {}

  @OptionSet({"control_listener", "listen", "peer"})
  record Controlling(
      @Option(name = "authdigestmd5parameters", doc = "") Map<String, String> digestMd5,
      @Option(value = "true", doc = "") boolean enableAuthentication,
      @Option(value = "false", doc = "") boolean alwaysAllow) {}

  @OptionSet("global")
  record Rfc2822(
      @Option(name = "rfc2822_date_header", value = "ifneeded", doc = "") String dateHeader,
      @Option(name = "rfc2822_trace_headers", value = "true", doc = "") boolean traceHeaders) {}

  private static ConfigEngine engine(String text) throws ConfigException {
    OptionCatalog catalog = new OptionCatalog();
    catalog.declare(Receiving.class, "listener.esmtp");
    catalog.declare(Listening.class, "listener.esmtp");
    catalog.declare(Controlling.class, "listener.control");
    catalog.declare(Rfc2822.class, "core");
    catalog.declare(SampleOptions.Logger.class, "module.ec_logger");
    return ConfigEngine.ofText(catalog, text);
  }

  private static <T extends Record> T at(
      ConfigEngine engine, Class<T> type, String listener, String listen, String client) {
    return engine
        .current()
        .options(
            type,
            new ScopePath.Receiving(
                listener, listen, Optional.of(client).map(InetAddress::ofLiteral)));
  }

  private static Receiving at(ConfigEngine engine, String listen, String client) {
    return at(engine, Receiving.class, "esmtp_listener", listen, client);
  }

  private static final String CHAIN =
      """
      Esmtp_Listener = (
        *:25 [
          0.0.0.0/0 = ( personality [ static_banner = "220 all" message_size = 2K ] continue )
          10.1.2.3/32 = ( relay_for_sending_domains )
          10.1.2.4/32 = ( relay_for_sending_domains [ a.com = true b.com = true ] context [ c = "A" ] )
          10.0.0.0/8 = ( context [ net = "ten" ] personality [ idle_time = 60 ] continue )
          10.2.0.0/16 = ( context [ sub = "two" net = "10.2" ] personality [ message_size = 4K ] )
        ]
      )
      """;

  /** The rule for all stands first and says continue: the chain goes on from wide to narrow. */
  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "192.0.2.1,  220 all, 300, 2048, false, -,           {}",
        "10.1.2.3,   220 all, 300, 2048, true,  -,           {}",
        "10.1.2.4,   220 all, 300, 2048, false, a.com b.com, {c=A}",
        "10.9.9.9,   220 all, 60,  2048, false, -,           {net=ten}",
        "10.2.1.1,   220 all, 60,  4096, false, -,           '{net=10.2, sub=two}'",
        "2001:db8::, -,       300, 0,    false, -,           {}",
      })
  void aChainThatContinues(
      String client,
      String banner,
      int idle,
      long size,
      boolean open,
      String senders,
      String context)
      throws ConfigException {
    Receiving options = at(engine(CHAIN), "*:25", client);
    assertThat(options.staticBanner().orElse(null)).isEqualTo(banner);
    assertThat(options.idleTime()).hasSeconds(idle);
    assertThat(options.maxMessageSize()).isEqualTo(size);
    assertThat(options.openRelay()).isEqualTo(open);
    assertThat(options.relayForSendingDomains().map(list -> String.join(" ", list)).orElse(null))
        .isEqualTo(senders);
    assertThat(options.context()).hasToString(context);
  }

  /** A rule without continue ends the chain: nothing of the wider rule behind it reaches it. */
  @ParameterizedTest
  @CsvSource({
    "192.0.2.1, 220 all, 60,  {k=v},        true",
    "10.1.2.3,  '',      300, {},           false",
    "10.1.9.9,  220 all, 60,  '{k=v, n=1}', true",
    "10.2.2.2,  '',      10,  {},           false",
    "10.2.2.3,  220 all, 60,  {k=v},        true",
  })
  void aChainThatEnds(String client, String banner, int idle, String context, boolean open)
      throws ConfigException {
    ConfigEngine engine =
        engine(
            """
            Esmtp_Listener = (
              *:25,50~2 <proto=ipv4> [
                10.1.2.3/32 = ( )
                10.2.2.2/32 = ( personality [ idle_time = 10 ] )
                10.1.0.0/16 = ( context [ n = 1 ] continue )
                0.0.0.0/0 = (
                  personality [ static_banner = "220 all", idle_time = 60 ]
                  context [ k = v ]
                  relay_for_sending_domains
                )
              ]
            )
            """);
    Receiving options = at(engine, "0.0.0.0:25", client);
    assertThat(options.staticBanner().orElse("")).isEqualTo(banner);
    assertThat(options.idleTime()).hasSeconds(idle);
    assertThat(options.context()).isEqualTo(context(context));
    assertThat(options.openRelay()).isEqualTo(open);
  }

  private static Map<String, String> context(String text) {
    Map<String, String> pairs = new java.util.HashMap<>();
    for (String pair : text.replaceAll("[{} ]", "").split(",", -1)) {
      if (!pair.isEmpty()) {
        pairs.put(pair.split("=", 2)[0], pair.split("=", 2)[1]);
      }
    }
    return pairs;
  }

  @Test
  void addressesAndAttributes() throws ConfigException {
    ConfigEngine engine =
        engine(
            """
            Esmtp_Listener = (
              *:25,200~20 <proto=ipv4>
              *:26 < status = "disabled" proto=both >
              [::1]:27<status=enabled> [ ::/0 = ( context [ six = "1" ] ) ]
              [::1]:28
              /run/smtp,7 [ 127.0.0.0/8 = ( context [ local = "1" ] ) ]
            )
            """);
    assertThat(listening(engine, "0.0.0.0:25")).isEqualTo(new Listening(true, 200, 20));
    assertThat(listening(engine, "*:26")).isEqualTo(new Listening(false, 500, 0));
    assertThat(at(engine, "[::1]:27", "::1").context()).isEqualTo(Map.of("six", "1"));
    assertThat(at(engine, "[::1]:28", "::1").context()).isEmpty();
    assertThat(listening(engine, "/run/smtp")).isEqualTo(new Listening(true, 7, 0));
    assertThat(
            engine
                .current()
                .options(
                    Receiving.class,
                    new ScopePath.Receiving("esmtp_listener", "/run/smtp", Optional.empty()))
                .context())
        .isEqualTo(Map.of("local", "1"));
  }

  private static Listening listening(ConfigEngine engine, String listen) {
    return engine
        .current()
        .options(
            Listening.class, new ScopePath.Receiving("esmtp_listener", listen, Optional.empty()));
  }

  @Test
  void aControlListenerThatLetsSomeInWithoutAPassword() throws ConfigException {
    ConfigEngine engine =
        engine(
            """
            Control_Listener = (
              *:2025 <proto=ipv4> [
                127.0.0.1/32 = ( ALWAYS-ALLOW )
                10.0.0.1/32 = ( )
                0.0.0.0/0 = ( DIGEST-MD5 [ uri = "digest:///etc/passwd" ] )
              ]
            )
            """);
    assertThat(control(engine, "127.0.0.1").alwaysAllow()).isTrue();
    assertThat(control(engine, "10.0.0.1").enableAuthentication()).isFalse();
    assertThat(control(engine, "10.0.0.2"))
        .isEqualTo(new Controlling(Map.of("uri", "digest:///etc/passwd"), true, false));
  }

  private static Controlling control(ConfigEngine engine, String client) {
    return at(engine, Controlling.class, "control_listener", "0.0.0.0:2025", client);
  }

  @Test
  void bothFormsAndIncludes(@TempDir Path folder) throws Exception {
    Files.writeString(
        folder.resolve("loggers"),
        "Logger logging/ec_logger main { mainlog = \"a.ec\" }\nModule logging/ec_logger.so { }");
    Files.writeString(
        folder.resolve("main.conf"),
        """
        RFC2822 { Date_Header = ignore }
        Trace_Headers = false
        Esmtp_Listener = ( *:25 [ ::/0 = ( context [ a = "b" ] ) ] )
        Esmtp_Listener { Listen ":25" { Listen_Backlog = 9 } }
        IO_System io/jlog jlog { }
        Async_Swap_In = true
        include "loggers"
        """);
    OptionCatalog catalog = new OptionCatalog();
    List<String> notes = new ArrayList<>();
    ConfigScope root =
        new ConfigParser(
                new ConfigFiles(List.of()),
                Map.of(),
                new LegacyForm(rewriting -> notes.add(rewriting.note())),
                true)
            .parse(folder.resolve("main.conf"))
            .root();
    assertThat(catalog.allStanzas()).isNotEmpty();
    assertThat(ScopePrinter.printed(root))
        .isEqualTo(
            """
            RFC2822_Date_Header = ignore
            RFC2822_Trace_Headers = false
            Esmtp_Listener {
              Listen "*:25" {
                Peer "::/0" {
                  Context = [
                    a = "b"
                  ]
                }
                Listen_Backlog = 9
              }
            }
            ec_logger "main" {
              mainlog = "a.ec"
            }
            ec_logger {
            }
            """);
    String file = folder.resolve("main.conf").toString();
    assertThat(notes)
        .containsExactly(
            file + ":1:1: RFC2822 is the 2.x form, read as RFC2822_… = … of the global scope",
            file + ":2:1: Trace_Headers is the 2.x form, read as RFC2822_Trace_Headers",
            file
                + ":3:1: Esmtp_Listener is the 2.x form, read as Esmtp_Listener { Listen \"…\" { …"
                + " } }",
            file
                + ":5:1: IO_System io/jlog is the 2.x form and says no option; jlog loads by use:"
                + " left out",
            file
                + ":6:1: the option Async_Swap_In = true of 2.x has no effect, thread pools do that"
                + " now: left out",
            folder.resolve("loggers") + ":1:1: Logger is the 2.x form, read as ec_logger \"main\"",
            folder.resolve("loggers") + ":2:1: Module is the 2.x form, read as ec_logger");
  }

  @Test
  void aRuleThatNobodyComesToIsTold() throws ConfigException {
    assertThat(
            Migration.of(
                    "f",
                    "Esmtp_Listener = ( *:25 [ 10.0.0.0/8 = ( ) 10.1.0.0/16 = ( continue ) ] )")
                .notes())
        .contains(
            "f:1:44: no client comes to the rule 10.1.0.0/16: the rule 10.0.0.0/8 before it does"
                + " not say continue");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Esmtp_Listener = ( *:25 [ 0.0.0.0/0 = ( personality [ message_size = big ] ) ] )|"
            + " text:1:55 (2.x form: message_size): in esmtp_listener::listen \"*:25\"::peer"
            + " \"0.0.0.0/0\": option Max_Message_Size:",
        "Esmtp_Listener = ( *:25 [ 0.0.0.0/0 = ( personality [ mesage_size = 1 ] ) ] )| text:1:55:"
            + " in Esmtp_Listener, rule 0.0.0.0/0: unknown option of a personality \"mesage_size\";"
            + " did you mean message_size?",
        "Esmtp_Listener = ( *:25 [ 0.0.0.0/0 = ( contnue ) ] )| text:1:41: in Esmtp_Listener, rule"
            + " 0.0.0.0/0: unknown property \"contnue\"; did you mean continue?",
        "Esmtp_Listener = ( *:25 <status=off> )| text:1:33: in Esmtp_Listener of the 2.x form:"
            + " expected one of disabled, enabled, found \"off\"",
        "Esmtp_Listener = ( [::1]:25 <proto=ipv4> )| text:1:20: in Esmtp_Listener of the 2.x form:"
            + " expected the proto of the address, or *:PORT",
        "Esmtp_Listener = ( localhost:25 )| text:1:20: in Esmtp_Listener: expected an address"
            + " before :25: \"localhost\" is no address",
        "Esmtp_Listener = ( *:25 [ 10.0.0.0/99 = ( ) ] )| text:1:27: in Esmtp_Listener: expected a"
            + " rule ADDRESS/BITS = ( … ): the prefix length",
        "Esmtp_Listener = ( *:25 | text:1:24: in Esmtp_Listener of the 2.x form: expected an"
            + " address, or ) to close the list opened at text:1:18, found the end of the file",
        "Esmtp_Listener = ( *:25 [ 10.1.0.0/16 = ( ) 10.0.0.0/8 = ( relay_for_sending_domains ["
            + " a.com = true ] ) ] )| text:1:27 (2.x form: 10.1.0.0/16 = ( … )): in Esmtp_Listener:"
            + " the chain ends without continue before relay_for_sending_domains",
        "Esmtp_Listener = ( *:25 [ 0.0.0.0/0 = ( relay_for_sending_domains [ a.com = maybe ] ) ] )"
            + "| text:1:69: in Esmtp_Listener: expected a.com = true, found \"maybe\"",
        "RFC2822 { Date_Headr = x }| text:1:11: expected an option of this group, found"
            + " \"Date_Headr\"; did you mean date_header?",
        "Module auth/auth_ldap x { }| text:1:8: the module auth_ldap ended with 2.x; expected"
            + " auth_ds with a datasource of ds_ldap instead",
        "Logger logging/ec_loger main { }| text:1:1 (2.x form: Logger logging/ec_loger …): in the"
            + " global scope: unknown stanza \"ec_loger\"; did you mean ec_logger?",
        "RFC2822 { Trace_Headers = perhaps }| text:1:11 (2.x form: Trace_Headers): in the global"
            + " scope: option RFC2822_Trace_Headers:",
      })
  void saysWhatIsWrong(String text, String message) {
    assertThatThrownBy(() -> engine(text))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void migrationKeepsWhatIsModernAndTheComments() throws ConfigException {
    assertThat(
            Migration.of(
                    "f",
                    """
                    # first
                    include "a.conf"   # kept
                    Relay_Hosts = (   127.0.0.1/32 )

                      # of the listener
                      Esmtp_Listener = (
                        *:25 [   # all
                          /* nobody else */
                          0.0.0.0/0 = ( context [ "a # b" = "/* c */" ] )
                        ]
                      ) # behind
                    Date_Header = ignore # old name
                    RFC2822 {
                      # in the group
                      Lone_LF_in_Body = fix
                    }
                    IO_System io/jlog jlog { }
                    Async_Swap_In = true
                    ESMTP_Listener = { Listen ":26" {} }
                    Logger logging/ec_logger "main" { # body
                      mainlog = /a.ec
                    }
                    """)
                .text())
        .isEqualTo(
            """
            # first
            include "a.conf"   # kept
            Relay_Hosts = (   127.0.0.1/32 )

              # of the listener
              # all
              /* nobody else */
              Esmtp_Listener {
                Listen "*:25" {
                  Peer "0.0.0.0/0" {
                    Context = [
                      "a # b" = "/* c */"
                    ]
                  }
                }
              } # behind
            RFC2822_Date_Header = ignore # old name
            # in the group
            RFC2822_Lone_LF_in_Body = fix


            ESMTP_Listener { Listen ":26" {} }
            ec_logger "main" { # body
              mainlog = /a.ec
            }
            """);
  }

  /** Relay for everybody in the narrow rule is not narrowed by the senders of the wide one. */
  @Test
  void openRelayBeforeSenders() throws ConfigException {
    ConfigEngine engine =
        engine(
            """
            Esmtp_Listener = ( *:25 [
              10.1.0.0/16 = ( relay_for_sending_domains )
              10.0.0.0/8 = ( relay_for_sending_domains [ a.com = true ] )
            ] )
            """);
    assertThat(at(engine, "*:25", "10.1.0.1").openRelay()).isTrue();
    assertThat(at(engine, "*:25", "10.2.0.1").openRelay()).isFalse();
    assertThat(at(engine, "*:25", "10.2.0.1").relayForSendingDomains()).contains(List.of("a.com"));
  }

  @Test
  void theProgramWritesAllOrNothing(@TempDir Path folder) throws IOException {
    Path old = folder.resolve("old.conf");
    Path modern = folder.resolve("new.conf");
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);

    Files.writeString(old, "Date_Header = ignore # é\n");
    assertThat(EcMigrateConf.run(new String[] {old.toString()}, out, out)).isZero();
    assertThat(printed.toString(StandardCharsets.UTF_8))
        .isEqualTo(
            "RFC2822_Date_Header = ignore # é\n"
                + old
                + ":1:1: Date_Header is the 2.x form, read as RFC2822_Date_Header\n");
    assertThat(EcMigrateConf.run(new String[] {old.toString(), modern.toString()}, out, out))
        .isZero();
    assertThat(modern).hasContent("RFC2822_Date_Header = ignore # é");

    Files.writeString(old, "Date_Header = ignore\nEsmtp_Listener = ( *:25");
    printed.reset();
    assertThat(EcMigrateConf.run(new String[] {old.toString(), modern.toString()}, out, out))
        .isEqualTo(1);
    assertThat(modern).hasContent("RFC2822_Date_Header = ignore # é");
    assertThat(printed.toString(StandardCharsets.UTF_8))
        .startsWith("ec_migrate_conf: " + old + ":2:");
    assertThat(folder).isDirectoryNotContaining("glob:**/.ec_migrate_conf*");
    assertThat(EcMigrateConf.run(new String[] {"a", "b", "c"}, out, out)).isEqualTo(2);
    assertThat(EcMigrateConf.run(new String[] {folder + "/none"}, out, out)).isEqualTo(1);
  }
}
