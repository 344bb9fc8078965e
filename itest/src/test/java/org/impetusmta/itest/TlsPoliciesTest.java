package org.impetusmta.itest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.impetusmta.testkit.FakeDns;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * DANE and MTA-STS through the whole server: a signed zone, a policy host and MX hosts on loopback.
 * What a policy holds back is deferred, never bounced, never sent in clear.
 */
class TlsPoliciesTest {
  /** Domains of the signed zone, each with a host of its own. */
  private static final List<String> DANE =
      List.of("good", "wrong", "forgedmx", "forgedtlsa", "failing", "unusable", "none");

  private static final List<String> STS =
      List.of("good", "notnamed", "wrongcert", "testing", "roll");

  @TempDir Path folder;
  private final Map<String, String> policies = new ConcurrentHashMap<>();
  private FakeDns dns;
  private HttpsServer https;
  private TlsSink sink;
  private Server server;

  @BeforeEach
  void start() throws Exception {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = resource("peers.p12")) {
      keys.load(in, "secret".toCharArray());
    }
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, "secret".toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    sink = new TlsSink(context, 1, true);
    https =
        HttpsServer.create(
            new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0), 50);
    https.setHttpsConfigurator(new HttpsConfigurator(context));
    https.createContext(
        "/.well-known/mta-sts.txt",
        exchange -> {
          String host = exchange.getRequestHeaders().getFirst("Host").split("\\.")[1];
          byte[] text = policies.getOrDefault(host, "").getBytes(StandardCharsets.US_ASCII);
          exchange.getResponseHeaders().set("Content-Type", "text/plain");
          exchange.sendResponseHeaders(200, text.length);
          exchange.getResponseBody().write(text);
          exchange.close();
        });
    https.start();
    zones(
        MessageDigest.getInstance("SHA-256")
            .digest(keys.getCertificate("server").getPublicKey().getEncoded()));
    Files.copy(resource("ca.pem"), folder.resolve("ca.pem"));
    int port = Server.freePort();
    server =
        Server.startWith(
            folder.resolve("server"),
            port,
            Server.configuration(folder.resolve("server"), port)
                + """
                Resolv_Conf = "%1$s/resolv.conf"
                dnssec_trust_anchors = "%1$s/anchors"
                Remote_SMTP_Port = "%2$d"
                Retry_Interval = "3600"
                host_failure_retry = 1
                tls_ca = "%1$s/ca.pem"
                dane { }
                use_dane = true
                use_mta_sts = true
                mta_sts_policy_store = "%1$s/mtasts"
                mta_sts { ca_file = "%1$s/ca.pem" port = %3$d }
                tls_reporting { report_store = "%1$s/tlsrpt" }
                """
                    .formatted(folder, sink.port(), https.getAddress().getPort()));
  }

  private static InputStream resource(String name) {
    return TlsPoliciesTest.class.getResourceAsStream("/tls_policies/" + name);
  }

  private void zones(byte[] digest) throws IOException {
    dns = new FakeDns().sign("dane.test");
    dns.resolvConf(folder);
    dns.trustAnchors(folder);
    String port = "_" + sink.port() + "._tcp.mx.";
    for (String domain : DANE) {
      dns.mx(domain + ".dane.test", 10, "mx." + domain + ".dane.test")
          .address("mx." + domain + ".dane.test", "127.0.0.1");
    }
    byte[] other = digest.clone();
    other[0] ^= 1;
    dns.tlsa(port + "good.dane.test", 3, 1, 1, digest)
        .tlsa(port + "wrong.dane.test", 3, 1, 1, other)
        .tlsa(port + "forgedmx.dane.test", 3, 1, 1, digest)
        .forged("forgedmx.dane.test")
        .tlsa(port + "forgedtlsa.dane.test", 3, 1, 1, digest)
        .forged(port + "forgedtlsa.dane.test")
        .servfail(port + "failing.dane.test")
        .tlsa(port + "unusable.dane.test", 1, 1, 1, digest);
    dns.ttl(1);
    for (String domain : STS) {
      dns.mx(domain + ".test", 10, "mx." + domain + ".test")
          .address("mx." + domain + ".test", "127.0.0.1")
          .address("mta-sts." + domain + ".test", "127.0.0.1")
          .txt("_mta-sts." + domain + ".test", "v=STSv1; id=1");
    }
    dns.mx("plain.test", 10, "mx.plain.test").address("mx.plain.test", "127.0.0.1");
    policies.put("good", policy("enforce", "mx.good.test"));
    policies.put("notnamed", policy("enforce", "mx.elsewhere.test"));
    policies.put("wrongcert", policy("enforce", "*.wrongcert.test"));
    policies.put("testing", policy("testing", "*.testing.test"));
    policies.put("roll", policy("enforce", "mx.elsewhere.test"));
  }

  private static String policy(String mode, String mx) {
    return "version: STSv1\r\nmode: " + mode + "\r\nmx: " + mx + "\r\nmax_age: 604800\r\n";
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
    sink.close();
    https.stop(0);
    dns.close();
  }

  private void send(String recipient) throws IOException {
    send(recipient, "Subject: x");
  }

  private void send(String recipient, String header) throws IOException {
    try (SmtpClient client = new SmtpClient(server.smtpPort)) {
      assertThat(
              client.say(
                  "EHLO client.example",
                  "MAIL FROM:<sender@example.com>",
                  "RCPT TO:<" + recipient + ">",
                  "DATA"))
          .startsWith("354");
      assertThat(client.say(header + "\r\n\r\nx\r\n.")).startsWith("250");
    }
  }

  /** What became of mail to {@code domain}: the records that are no receptions. */
  private List<String> logged(String domain) {
    try {
      return server.log("mainlog.ec").stream()
          .filter(line -> line.matches(".*@[A-Z]@" + domain + "@.*"))
          .toList();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private void delivered(String recipient, String how) {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(sink.taken).contains(recipient + " " + how));
  }

  private void deferred(String domain, String why) {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(logged(domain)).isNotEmpty());
    assertThat(logged(domain)).allMatch(line -> line.contains("@T@") && line.contains(why), why);
    assertThat(sink.taken).noneMatch(line -> line.startsWith("a@" + domain + " "));
  }

  @Test
  void policies_are_obeyed_and_nothing_bounces() throws Exception {
    for (String domain : DANE) {
      send("a@" + domain + ".dane.test");
    }
    for (String domain : STS) {
      send("a@" + domain + ".test");
    }
    send("a@plain.test");

    delivered("a@good.dane.test", "tls");
    delivered("a@unusable.dane.test", "tls");
    delivered("a@none.dane.test", "clear");
    delivered("a@good.test", "tls");
    delivered("a@testing.test", "tls");
    delivered("a@plain.test", "clear");
    deferred("wrong.dane.test", "4.7.");
    deferred("forgedmx.dane.test", "4.4.1");
    deferred("forgedtlsa.dane.test", "4.7.5");
    deferred("failing.dane.test", "4.7.5");
    deferred("notnamed.test", "4.7.5");
    deferred("wrongcert.test", "4.7.");
    deferred("roll.test", "4.7.5");
    assertThat(server.log("mainlog.ec")).noneMatch(line -> line.contains("@P@"));

    // RFC 8689: what this message says of itself goes before what its domain says
    send("waived@wrong.dane.test", "TLS-Required: No");
    send("waived@notnamed.test", "TLS-Required: No");
    delivered("waived@wrong.dane.test", "tls");
    delivered("waived@notnamed.test", "tls");

    // the policy is rolled over: another id, another policy
    policies.put("roll", policy("enforce", "mx.roll.test"));
    dns.clear("_mta-sts.roll.test").txt("_mta-sts.roll.test", "v=STSv1; id=2");
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () ->
                assertThat(server.console("mta_sts show domain roll.test"))
                    .contains("id: 2", "mode: enforce", "mx.roll.test"));
    server.console("flush domain roll.test");
    delivered("a@roll.test", "tls");

    assertThat(server.console("mta_sts list all"))
        .contains("good.test", "testing.test", "Total domains: 5");
    assertThat(Files.readString(folder.resolve("mtasts/roll.test.sts"))).contains("id: 2");
  }
}
