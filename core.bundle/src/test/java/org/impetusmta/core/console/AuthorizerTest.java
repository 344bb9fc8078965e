package org.impetusmta.core.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.impetusmta.api.auth.AuthClient;
import org.impetusmta.api.auth.AuthException;
import org.impetusmta.api.auth.AuthMechanism;
import org.impetusmta.api.auth.AuthParameters;
import org.impetusmta.api.auth.AuthResult;
import org.impetusmta.api.auth.Authentication;
import org.impetusmta.api.auth.DigestResponse;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.console.Console;
import org.impetusmta.api.console.Operator;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.core.config.ConfigEngine;
import org.impetusmta.core.config.option.OptionCatalog;
import org.impetusmta.testkit.net.TestLoops;
import org.impetusmta.testkit.smtp.RecordingEventLog;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Roles, with the configuration of control_authz. */
final class AuthorizerTest {
  private static final String MANUAL =
      """
      Authorization {
        Role "root" {
          allow = ( ".*" )
        }
        Role "admin" {
          allow = ( "^config" "^summary$" )
        }
        Role "ec" {
          allow = ( "^flush" )
        }
      }
      """;
  private static final AuthParameters GROUPS =
      AuthParameters.parse(Map.of("uri", "groups:///roles"));

  private final RecordingEventLog log = new RecordingEventLog();
  private final TestLoops scheduler = new TestLoops(1, false);
  private ConsoleService console = new ConsoleService();
  private Authorizer authorizer;
  private boolean gone;

  AuthorizerTest() throws ConfigException {
    authorizer = authorizer(MANUAL);
  }

  /** Groups as in the manual; those of "nobody" cannot be looked up. */
  private final class Groups implements Authentication {
    @Override
    public void check(AuthMechanism mechanism, AuthParameters parameters) {}

    @Override
    public boolean barred(InetAddress address) {
      return false;
    }

    @Override
    public void checkGroups(AuthParameters parameters) {}

    @Override
    public List<String> groups(AuthParameters parameters, String user) throws AuthException {
      return switch (user) {
        case "root" -> List.of("root");
        case "serv" -> List.of("unknown", "admin");
        case "ec" -> List.of("admin");
        case "nobody" -> throw new AuthException("no file");
        default -> List.of();
      };
    }

    @Override
    public List<String> allGroups(AuthParameters parameters) throws AuthException {
      if (gone) {
        throw new AuthException("no database");
      }
      return List.of("unknown", "admin");
    }

    @Override
    public void groups(
        AuthParameters parameters,
        String user,
        EventLoop loop,
        Consumer<Optional<List<String>>> then) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void digest(
        AuthParameters parameters,
        AuthClient client,
        DigestResponse said,
        Consumer<AuthResult> then) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Exchange begin(AuthMechanism mechanism, AuthParameters parameters, AuthClient client) {
      throw new UnsupportedOperationException();
    }
  }

  private static Generation generation(String text) throws ConfigException {
    OptionCatalog catalog = new OptionCatalog();
    catalog.declare(RoleOptions.class, "test");
    return ConfigEngine.ofText(catalog, text).current();
  }

  private Authorizer authorizer(String text) throws ConfigException {
    Generation now = generation(text);
    return new Authorizer(() -> now, new Groups(), log, scheduler);
  }

  @BeforeEach
  void commands() {
    console = new ConsoleService(authorizer::check);
    for (String name :
        List.of(
            "summary", "config get", "config set", "flush domain", "shutdown", "show inbound")) {
      console.addCommand(TestCommand.echo(name));
    }
    console.addCommand(new Version("1"));
    console.addCommand(new AuthzId(authorizer));
    console.addCommand(new AuthzRolesList(authorizer));
  }

  @AfterEach
  void close() {
    scheduler.close();
  }

  private static Operator operator(String user) {
    return new Operator("*:2025", "10.80.116.126:37162", () -> user, true, Optional.of(GROUPS));
  }

  private Console.Answer type(String user, String line) {
    return console.open("test", operator(user)).execute(line);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          root   | shutdown              | true
          serv   | config get x          | true
          serv   | CONFIG   get x        | true
          serv   | summary               | true
          serv   | summary x             | false
          serv   | shutdown              | false
          serv   | flush domain x        | false
          serv   | shutdown config       | false
          serv   | show inbound config   | false
          ec     | flush domain x        | true
          ec     | config set a b        | true
          ec     | shutdown              | false
          other  | summary               | false
          ''     | summary               | false
          nobody | summary               | false
          """)
  void onlyWhatARoleAllows(String user, String line, boolean allowed) {
    Console.Answer answer = type(user, line);
    assertThat(answer.ok()).isEqualTo(allowed);
    if (!allowed) {
      assertThat(answer.text()).startsWith("Not Authorized for this command");
    }
  }

  @Test
  void formsAreNotPartOfTheCommand() throws ConfigException {
    authorizer.commit(generation("Authorization { Role \"ec\" { allow = ( \"^version$\" ) } }"));
    assertThat(type("ec", "version").ok()).isTrue();
    assertThat(type("ec", "version --json").text())
        .isEqualTo("{\"version\":\"1\",\"product\":\"Impetus\"}\n");
    assertThat(type("ec", "xml version").text())
        .isEqualTo("<Version><version>1</version><product>Impetus</product></Version>\n");
    assertThat(type("ec", "xml version --json").ok()).isFalse();
    assertThat(type("ec", "summary").ok()).isFalse();
  }

  @Test
  void everyDecisionIsTold() {
    type("ec", "summary");
    type("ec", "shutdown");
    type("ec", "flush domain x");
    type("nobody", "summary");
    type("ec", "nonsense");
    assertThat(log.events())
        .extracting(LogEvent.Accounting.class::cast)
        .extracting(
            LogEvent.Accounting::type,
            LogEvent.Accounting::listener,
            LogEvent.Accounting::remote,
            LogEvent.Accounting::user,
            LogEvent.Accounting::result,
            LogEvent.Accounting::command,
            LogEvent.Accounting::role)
        .containsExactly(
            told("ec", 1, "summary", "admin"),
            told("ec", 0, "shutdown", ""),
            told("ec", 1, "flush domain x", "ec"),
            told("nobody", -1, "summary", ""));
  }

  private static org.assertj.core.groups.Tuple told(
      String user, int result, String command, String role) {
    return tuple(
        LogEvent.AccountingType.AUTHORIZATION,
        "*:2025",
        "10.80.116.126:37162",
        user,
        result,
        command,
        role);
  }

  @Test
  void unrestrictedOperatorsAreNotAsked() {
    Operator free = new Operator("/tmp/2025", "", () -> "tom", false, Optional.of(GROUPS));
    assertThat(console.open("test", free).execute("shutdown").ok()).isTrue();
    assertThat(console.open("test").execute("shutdown").ok()).isTrue();
    assertThat(log.events()).isEmpty();
  }

  @Test
  void whoAmI() {
    Operator free = new Operator("/tmp/2025", "", () -> "serv", false, Optional.of(GROUPS));
    assertThat(console.open("test", free).execute("authz id").text())
        .isEqualTo(
            """
            <AuthzInformation username="serv">
              <Roles>
                <Role name="unknown"/>
                <Role name="admin"/>
              </Roles>
            </AuthzInformation>
            """);
    assertThat(console.open("test", free).execute("authz roles list").text())
        .isEqualTo(
            """
            <Roles>
             <Role name="root"/>
             <Role name="admin"/>
             <Role name="ec"/>
             <Role name="unknown"/>
            </Roles>
            """);
  }

  @Test
  void groupsThatCannotBeLookedUp() {
    Operator knowsGroups =
        new Operator("*:2025", "10.0.0.1:1", () -> "root", false, Optional.of(GROUPS));
    gone = true;
    Console.Answer answer = console.open("test", knowsGroups).execute("authz roles list");
    assertThat(answer.ok()).isFalse();
    assertThat(answer.text()).contains("the groups cannot be looked up: no database");
  }

  @Test
  void completionTellsNoArgumentsToTheRestricted() {
    console.addCommand(new TestCommand("trace", "", "traces", _ -> {}, List.of("secret.example")));
    assertThat(console.open("test").complete("trace ")).containsExactly("trace secret.example");
    assertThat(console.open("test", operator("root")).complete("trace ")).isEmpty();
    assertThat(console.open("test", operator("root")).complete("config "))
        .containsExactly("config get", "config set");
  }

  @Test
  void aPatternThatIsNoneIsRefusedBeforeItIsInForce() throws ConfigException {
    Generation wrong = generation("Authorization { Role \"a\" { allow = ( \"(\" ) } }");
    assertThatThrownBy(() -> authorizer.prepare(wrong))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("authorization::role \"a\": allow = \"(\", expected a regular");
    assertThat(type("ec", "summary").ok()).isTrue();
  }

  @Test
  void whatCannotBeMatchedIsRefused() throws ConfigException {
    authorizer.commit(
        generation("Authorization { Role \"ec\" { allow = ( \"^flush domain (a|b)*$\" ) } }"));
    assertThat(type("ec", "flush domain abba").ok()).isTrue();
    // deeper than the stack
    assertThat(type("ec", "flush domain " + "ab".repeat(500_000)).ok()).isFalse();
  }
}
