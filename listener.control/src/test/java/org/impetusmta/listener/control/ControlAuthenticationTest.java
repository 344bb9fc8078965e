package org.impetusmta.listener.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.netty.channel.epoll.Epoll;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.client.EcConsole;
import org.impetusmta.testkit.net.TestLoops;
import org.impetusmta.testkit.smtp.RecordingEventLog;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may type: ec_console against a listener that asks. */
@Timeout(60)
final class ControlAuthenticationTest {
  @TempDir Path folder = Path.of("");
  private final ToyConsole console = new ToyConsole();
  private final RecordingEventLog log = new RecordingEventLog();
  private final TestLoops scheduler = new TestLoops(2, Epoll.isAvailable());

  @BeforeEach
  void passwords() throws IOException {
    Files.writeString(folder.resolve("plain"), "fred:secret\n");
    // printf 'fred:Momentum Console:secret' | md5sum
    Files.writeString(
        folder.resolve("digest"), "fred:Momentum Console:73ce096ef587b1943e797487dec9ed91\n");
  }

  @AfterEach
  void close() {
    scheduler.close();
  }

  private ControlListener listen(String address, Map<String, String> auth) throws ConfigException {
    return new ControlListener(
        new ToyStanza(Map.of(address, ToyStanza.DEFAULT), auth),
        "1",
        folder,
        console,
        ToyAuthentication.of(scheduler),
        log,
        scheduler);
  }

  private Map<String, String> auth(String mechanism, String scheme, String file) {
    return Map.of(
        "auth" + mechanism + "parameters",
        "uri=" + scheme + "://" + folder.resolve(file) + " log_authentication=true");
  }

  private static String tcp(ControlListener listener) {
    SocketAddress bound = listener.localAddresses().getFirst();
    return "127.0.0.1:" + ((InetSocketAddress) bound).getPort();
  }

  private static String run(Map<String, String> environment, String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream both = new PrintStream(out, true, UTF_8);
    int status =
        new EcConsole(new ByteArrayInputStream(new byte[0]), both, both, environment)
            .run(arguments);
    return status + " " + out.toString(UTF_8).strip();
  }

  private List<LogEvent.Accounting> accounting() {
    return log.events().stream()
        .filter(LogEvent.Accounting.class::isInstance)
        .map(LogEvent.Accounting.class::cast)
        .toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"digestmd5 digest digest", "crammd5 file plain", "login file plain"})
  void asksForThePassword(String how) throws Exception {
    String[] words = how.split(" ");
    ControlListener listener = listen("127.0.0.1:0", auth(words[0], words[1], words[2]));
    String at = tcp(listener);
    assertThat(run(Map.of("CONTROL_PASSWORD", "secret"), "fred@" + at, "echo x")).isEqualTo("0 x");
    assertThat(run(Map.of("CONTROL_PASSWORD", "wrong"), "fred@" + at, "echo y"))
        .startsWith("2 ")
        .contains("wrong user or password");
    assertThat(run(Map.of(), at, "echo z")).startsWith("1 Authorization required");
    assertThat(run(Map.of(), "fred@" + at, "echo z")).contains("set CONTROL_PASSWORD");
    assertThat(console.lines).containsExactly("echo x");
    assertThat(accounting())
        .extracting(LogEvent.Accounting::user, LogEvent.Accounting::result)
        .containsExactly(tuple("fred", 1), tuple("fred", 0));
    listener.stop();
  }

  @Test
  void doesNothingElseBefore() throws Exception {
    ControlListener listener = listen("127.0.0.1:0", auth("login", "file", "plain"));
    try (RawClient client = new RawClient(listener.localAddresses().getFirst()).greeted()) {
      assertThat(client.ask("shutdown")).startsWith("ERR Authorization required");
      assertThat(client.ask("\\complete mes")).startsWith("ERR Authorization required");
      assertThat(client.ask("\\auth")).isEqualTo("OK LOGIN\n");
      assertThat(client.ask("\\auth PLAIN")).startsWith("ERR that mechanism is not offered");
      assertThat(client.ask("\\respond ZnJlZA==")).startsWith("ERR there is no challenge");
      assertThat(client.ask("\\auth LOGIN ZnJlZA==")).isEqualTo("OK challenge UGFzc3dvcmQ6\n");
      assertThat(client.ask("echo x")).startsWith("ERR Authorization required");
      assertThat(client.ask("\\respond *")).startsWith("ERR cancelled");
      for (int i = 0; i < ControlAuthentication.FAILURES; i++) {
        client.ask("\\auth LOGIN ZnJlZA==");
        assertThat(client.ask("\\respond eA==")).startsWith("ERR wrong user or password");
      }
      assertThat(client.answer()).isEqualTo("BYE too many failed attempts\n");
    }
    assertThat(console.lines).isEmpty();
    listener.stop();
  }

  @Test
  void exceptionsOfTheOperator() throws Exception {
    Map<String, String> allow = new HashMap<>(auth("login", "file", "plain"));
    allow.put("enable_authentication", "true");
    allow.put("always_allow", "true");
    ControlListener open = listen("127.0.0.1:0", allow);
    assertThat(run(Map.of(), tcp(open), "echo x")).isEqualTo("0 x");
    open.stop();
    ControlListener closed = listen("127.0.0.1:0", Map.of("always_deny", "true"));
    assertThat(run(Map.of(), tcp(closed), "echo y")).startsWith("2 ").contains("access denied");
    closed.stop();
    assertThat(console.lines).containsExactly("echo x");
  }

  @Test
  void tellsTheConsoleWhoTypes() throws Exception {
    Map<String, String> roles = new HashMap<>(auth("login", "file", "plain"));
    roles.put("authorizationparameters", "uri=groups://" + folder.resolve("roles"));
    ControlListener listener = listen("127.0.0.1:0", roles);
    Map<String, String> password = Map.of("CONTROL_PASSWORD", "secret");
    assertThat(run(password, "fred@" + tcp(listener), "who")).isEqualTo("0 fred true");
    listener.stop();
    roles.put("enable_authorization", "false");
    listener = listen("127.0.0.1:0", roles);
    assertThat(run(password, "fred@" + tcp(listener), "who")).isEqualTo("0 fred false");
    listener.stop();
    roles.remove("authorizationparameters");
    roles.put("enable_authorization", "true");
    listener = listen("127.0.0.1:0", roles);
    assertThat(run(password, "fred@" + tcp(listener), "who")).isEqualTo("0 fred true");
    listener.stop();
  }

  @Test
  void refusesSourcesOfRolesThatKnowNone() {
    assertThatThrownBy(
            () ->
                listen(
                    "127.0.0.1:0", Map.of("authorizationparameters", "uri=digest:///etc/passwd")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("AuthorizationParameters: found the uri digest:///etc/passwd")
        .hasMessageContaining("expected one of the schemes groups");
    assertThatThrownBy(
            () -> listen("127.0.0.1:0", Map.of("authorizationparameters", "uri=groups://roles")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("whole path");
  }

  @Test
  void refusesWhatNobodyCouldPass() {
    assertThatThrownBy(() -> listen("127.0.0.1:0", Map.of("enable_authentication", "true")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("enable_authentication = true");
    assertThatThrownBy(() -> listen("127.0.0.1:0", auth("crammd5", "digest", "digest")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("AUTH CRAM-MD5 cannot work with what digest:// keeps");
    assertThatThrownBy(() -> listen("127.0.0.1:0", auth("login", "ecauth", "x")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("expected one of the schemes");
  }

  @Test
  void theKernelKnowsWhoComesByAFile() throws Exception {
    Assumptions.assumeTrue(Epoll.isAvailable(), "needs epoll");
    String path = folder.resolve("2025").toString();
    ControlListener listener = listen(path, auth("login", "file", "plain"));
    assertThat(run(Map.of(), path, "echo x")).isEqualTo("0 x");
    assertThat(run(Map.of(), path, "who"))
        .isEqualTo("0 " + System.getProperty("user.name") + " false");
    await().until(() -> !accounting().isEmpty());
    LogEvent.Accounting told = accounting().getFirst();
    assertThat(told.user()).isEqualTo(System.getProperty("user.name"));
    assertThat(told.listener()).isEqualTo(path);
    assertThat(told.remote()).isEmpty();
    listener.stop();
  }
}
