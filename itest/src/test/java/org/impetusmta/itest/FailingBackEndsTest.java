package org.impetusmta.itest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.NameCallback;
import javax.security.auth.callback.PasswordCallback;
import javax.security.sasl.RealmCallback;
import javax.security.sasl.Sasl;
import javax.security.sasl.SaslClient;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What clients of a whole server see of a back end that is good, slow, silent, dead and back again:
 * 235, 535 or 454 at AUTH, be it the password that is looked up or the groups of who has shown one,
 * 451 for a recipient that may be an alias, 200, 401 or 503 by HTTP; mail that was acknowledged
 * arrives, and no other.
 */
class FailingBackEndsTest {
  /** More than the pool IO has threads, or a Datasource connections. */
  private static final int CROWD = 60;

  private static final String FREE = "free@far.example";
  private static final String OWN = "own@far.example";

  @TempDir Path folder;
  private final List<String> owed = new ArrayList<>();
  private int auth;
  private int open;
  private int aliased;
  private int grouped;
  private int http;

  private String configuration(Path home, BackEnd back, int next) {
    String mechanisms = back.challenges() ? "PLAIN CRAM-MD5 DIGEST-MD5" : "PLAIN";
    String challenges =
        back.challenges()
            ? "AuthCramMD5Parameters = [ uri = \"%1$s\" ] AuthDigestMD5Parameters = [ uri = \"%1$s\" ]"
                .formatted(back.uri())
            : "";
    String aliases = back.aliases() ? "Pathway = \"aliased\"" : "";
    String groups =
        back.aliases()
            ? """
              Listen "127.0.0.1:%d" {
                SMTP_Extensions = ( "ENHANCEDSTATUSCODES" "AUTH PLAIN" )
                AuthPlainParameters = [ uri = "file://%s/lists" ]
                AuthorizationParameters = [ uri = "%s" log_authentication = "true" ]
              }
            """
                .formatted(grouped, folder, back.uri())
            : "";
    String digest =
        back.challenges() ? "AuthDigestMD5Parameters = [ uri = \"" + back.uri() + "\" ]" : "";
    return """
    SpoolBase = "%1$s/spool"
    Pidfile = "%1$s/run/ecelerity.pid"
    Relay_Domains = ( "here.example" )
    Auth_Failures_Per_Address = 0
    Gateway = "127.0.0.1"
    Remote_SMTP_Port = "%2$d"
    ESMTP_Listener {
      Listen "127.0.0.1:%3$d" {
        SMTP_Extensions = ( "ENHANCEDSTATUSCODES" "AUTH %4$s" )
        AuthPlainParameters = [ uri = "%5$s" ]
        %6$s
      }
      Listen "127.0.0.1:%7$d" { Relay_Hosts = ( "127.0.0.0/8" ) }
      Listen "127.0.0.1:%8$d" { %9$s }
      %11$s
    }
    HTTP_Listener {
      Listen "127.0.0.1:%10$d" { AuthPlainParameters = [ uri = "%5$s" ] %12$s }
    }
    Control_Listener { Listen "%1$s/run/2025" { File_Mode = 0600 } }
    ec_logger "ec_logger" {
      mainlog = "%1$s/log/mainlog.ec"
      rejectlog = "%1$s/log/rejectlog.ec"
      paniclog = "%1$s/log/paniclog.ec"
      acctlog = "%1$s/log/acctlog.ec"
    }
    """
            .formatted(
                home,
                next,
                auth,
                mechanisms,
                back.uri(),
                challenges,
                open,
                aliased,
                aliases,
                http,
                groups,
                digest)
        + back.stanzas();
  }

  @ParameterizedTest
  @EnumSource
  void good_bad_slow_silent_dead_and_back(BackEnds kind) throws Exception {
    Path home = folder.resolve("server");
    auth = Server.freePort();
    open = Server.freePort();
    aliased = Server.freePort();
    grouped = Server.freePort();
    http = Server.freePort();
    Files.writeString(folder.resolve("lists"), BackEnd.LIST + ":" + BackEnd.PASSWORD + "\n");
    try (BackEnd back = kind.start(folder);
        Sink sink = new Sink(_ -> {});
        Server server = Server.startWith(home, auth, configuration(home, back, sink.port()));
        ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      answers(back);

      // slow: who asks waits, nobody else does, and the answer counts
      back.process().freeze();
      Future<String> slow = clients.submit(() -> plain(BackEnd.PASSWORD));
      Future<Integer> slowly = clients.submit(() -> get(BackEnd.PASSWORD));
      mail(open, FREE);
      back.process().thaw();
      assertThat(slow.get()).startsWith("235 2.7.0");
      assertThat(slowly.get()).isEqualTo(200);

      // silent: within its time limit nobody is let in or kept out for good
      server.console(back.hurry());
      back.process().freeze();
      List<Future<?>> crowd = new ArrayList<>();
      for (int i = 0; i < CROWD; i++) {
        String password = i % 2 == 0 ? BackEnd.PASSWORD : "wrong";
        crowd.add(clients.submit(() -> keptOut("PLAIN", password)));
      }
      fails(back).forEach(one -> crowd.add(clients.submit(one)));
      mail(open, FREE);
      for (Future<?> one : crowd) {
        one.get();
      }
      back.process().thaw();
      comesBack(back);

      back.process().kill();
      for (Callable<?> one : fails(back)) {
        one.call();
      }
      mail(open, FREE);
      assertThat(String.join("\n", server.log("paniclog.ec")) + server.output())
          .contains(back.complaint())
          .doesNotContain(BackEnd.PASSWORD);
      back.revive();
      comesBack(back);

      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> assertThat(records(server, "D")).hasSameSizeAs(owed));
      assertThat(records(server, "R")).containsExactlyInAnyOrderElementsOf(owed);
      if (back.aliases()) {
        await()
            .atMost(Duration.ofSeconds(20))
            .untilAsserted(
                () ->
                    assertThat(Files.readString(home.resolve("log/acctlog.ec")))
                        .contains("@1@AUTH@" + back.members().getFirst().split("@")[0])
                        .contains("@-1@AUTH\n"));
      }
      assertThat(sink.recipients.stream().mapToInt(Integer::intValue).sum()).isEqualTo(owed.size());
    }
  }

  /** The recipients, or their domains, of a kind of record in the mainlog. */
  private static List<String> records(Server server, String type) throws IOException {
    List<String> found = new ArrayList<>();
    for (String line : server.log("mainlog.ec")) {
      String[] fields = line.split("@", -1);
      if (fields.length > 6 && fields[4].equals(type)) {
        found.add(type.equals("R") ? fields[5] + "@" + fields[6] : fields[5]);
      }
    }
    return found;
  }

  /** Everybody who should gets something, nobody else does. */
  private void answers(BackEnd back) throws Exception {
    assertThat(plain(BackEnd.PASSWORD)).startsWith("235 2.7.0");
    assertThat(plain("wrong")).startsWith("535 5.7.8");
    assertThat(get(BackEnd.PASSWORD)).isEqualTo(200);
    assertThat(get("wrong")).isEqualTo(401);
    try (SmtpClient client = new SmtpClient(auth)) {
      client.say("EHLO client.example");
      assertThat(authenticate(client, "PLAIN", "nobody", "x")).startsWith("535 5.7.8");
      assertThat(client.say("MAIL FROM:<a@here.example>", "RCPT TO:<" + OWN + ">"))
          .startsWith("550 5.7.1");
      client.say("RSET");
      assertThat(authenticate(client, "PLAIN", BackEnd.USER, BackEnd.PASSWORD)).startsWith("235");
      deliver(client, OWN);
      owed.add(OWN);
    }
    if (back.challenges()) {
      for (String mechanism : List.of("CRAM-MD5", "DIGEST-MD5")) {
        assertThat(attempt(mechanism, BackEnd.PASSWORD)).as(mechanism).startsWith("235 2.7.0");
        assertThat(attempt(mechanism, "wrong")).as(mechanism).startsWith("535 5.7.8");
      }
      assertThat(digest(BackEnd.PASSWORD)).isEqualTo("200");
      assertThat(digest("wrong")).isEqualTo("401");
    }
    mail(open, FREE);
    if (back.aliases()) {
      try (SmtpClient client = new SmtpClient(aliased)) {
        client.say("EHLO client.example");
        deliver(client, BackEnd.LIST);
        owed.addAll(back.members());
      }
      assertThat(member()).startsWith("235 2.7.0");
    }
  }

  /** Nobody is let in, nobody is kept out for good: what shows that, each for itself. */
  private List<Callable<?>> fails(BackEnd back) {
    List<Callable<?>> all = new ArrayList<>();
    for (String password : List.of(BackEnd.PASSWORD, "wrong")) {
      all.add(() -> keptOut("PLAIN", password));
      all.add(() -> assertThat(get(password)).isEqualTo(503));
      if (back.challenges()) {
        all.add(() -> keptOut("CRAM-MD5", password));
        all.add(() -> keptOut("DIGEST-MD5", password));
        all.add(() -> assertThat(digest(password)).isEqualTo("503"));
      }
    }
    if (back.aliases()) {
      all.add(() -> assertThat(recipient()).startsWith("451 4.3.0"));
      all.add(() -> assertThat(member()).startsWith("454 4.7.0"));
    }
    return all;
  }

  private String keptOut(String mechanism, String password) throws Exception {
    try (SmtpClient client = new SmtpClient(auth)) {
      client.say("EHLO client.example");
      assertThat(authenticate(client, mechanism, BackEnd.USER, password)).startsWith("454 4.7.0");
      String relayed = client.say("MAIL FROM:<a@here.example>", "RCPT TO:<" + OWN + ">");
      assertThat(relayed).startsWith("550 5.7.1");
      return relayed;
    }
  }

  private void comesBack(BackEnd back) throws Exception {
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .until(() -> plain(BackEnd.PASSWORD).startsWith("235"));
    answers(back);
  }

  // clients

  private String plain(String password) throws Exception {
    return attempt("PLAIN", password);
  }

  private String attempt(String mechanism, String password) throws Exception {
    try (SmtpClient client = new SmtpClient(auth)) {
      client.say("EHLO client.example");
      return authenticate(client, mechanism, BackEnd.USER, password);
    }
  }

  /** The dialogue of AUTH, by the client that Java has. */
  private static String authenticate(
      SmtpClient client, String mechanism, String user, String password) throws Exception {
    SaslClient sasl =
        Sasl.createSaslClient(
            new String[] {mechanism},
            null,
            "smtp",
            client.banner.split(" ")[1],
            Map.of(),
            callbacks -> {
              for (Callback asked : callbacks) {
                switch (asked) {
                  case NameCallback name -> name.setName(user);
                  case PasswordCallback secret -> secret.setPassword(password.toCharArray());
                  case RealmCallback realm -> realm.setText(realm.getDefaultText());
                  default -> throw new IOException("unexpected: " + asked);
                }
              }
            });
    String first =
        sasl.hasInitialResponse() ? " " + base64(sasl.evaluateChallenge(new byte[0])) : "";
    String reply = client.say("AUTH " + mechanism + first);
    while (reply.startsWith("334")) {
      byte[] challenge = Base64.getDecoder().decode(reply.substring(4));
      byte[] response = sasl.evaluateChallenge(challenge);
      reply = client.say(response == null ? "" : base64(response));
    }
    return reply;
  }

  private static String base64(byte[] octets) {
    return Base64.getEncoder().encodeToString(octets);
  }

  private int get(String password) throws Exception {
    try (HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      String pair = BackEnd.USER + ":" + password;
      return client
          .send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + http + "/health/live"))
                  .header("Authorization", "Basic " + base64(pair.getBytes(StandardCharsets.UTF_8)))
                  .build(),
              BodyHandlers.ofString())
          .statusCode();
    }
  }

  /** The status of what curl gets by HTTP's Digest authentication. */
  private String digest(String password) throws Exception {
    assumeTrue(EndToEndTest.installed("curl"), "needs the Debian package curl");
    Process curl =
        new ProcessBuilder(
                "curl",
                "-q",
                "-s",
                "-o",
                "/dev/null",
                "-w",
                "%{http_code}",
                "--digest",
                "-u",
                BackEnd.USER + ":" + password,
                "http://127.0.0.1:" + http + "/health/live")
            .start();
    return new String(curl.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
  }

  /** What a client is told whose password is known here, and its groups there. */
  private String member() throws Exception {
    try (SmtpClient client = new SmtpClient(grouped)) {
      client.say("EHLO client.example");
      return authenticate(client, "PLAIN", BackEnd.LIST, BackEnd.PASSWORD);
    }
  }

  /** What a client is told of a recipient that may be an alias. */
  private String recipient() throws IOException {
    try (SmtpClient client = new SmtpClient(aliased)) {
      return client.say(
          "EHLO client.example", "MAIL FROM:<a@here.example>", "RCPT TO:<" + BackEnd.LIST + ">");
    }
  }

  private void mail(int port, String recipient) throws IOException {
    try (SmtpClient client = new SmtpClient(port)) {
      client.say("EHLO client.example");
      deliver(client, recipient);
      owed.add(recipient);
    }
  }

  private static void deliver(SmtpClient client, String recipient) throws IOException {
    assertThat(client.say("MAIL FROM:<a@here.example>", "RCPT TO:<" + recipient + ">"))
        .startsWith("250");
    assertThat(client.say("DATA")).startsWith("354");
    assertThat(client.say("Subject: x\r\n\r\nhello\r\n.")).startsWith("250 2.0.0 OK");
  }
}
