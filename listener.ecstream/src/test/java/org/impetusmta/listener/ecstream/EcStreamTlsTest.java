package org.impetusmta.listener.ecstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Reply;
import org.impetusmta.client.ecstream.EcStreamClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code use_ssl} on an ECStream_Listener, with the client library. */
class EcStreamTlsTest {
  private static final Path FILES = Path.of("../listener.esmtp/src/test/resources/tls");

  private static String[] options(String... more) {
    return java.util.stream.Stream.concat(
            java.util.stream.Stream.of(
                "use_ssl=true",
                "tls_certificate=" + FILES.resolve("mx.pem"),
                "tls_key=" + FILES.resolve("mx.key")),
            java.util.stream.Stream.of(more))
        .toArray(String[]::new);
  }

  private static Optional<SSLContext> trusting() throws Exception {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    try (InputStream in = Files.newInputStream(FILES.resolve("ca.pem"))) {
      store.setCertificateEntry(
          "ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return Optional.of(context);
  }

  private static InetSocketAddress named(EcStreamServer server, String host) throws IOException {
    return new InetSocketAddress(
        InetAddress.getByAddress(host, new byte[] {127, 0, 0, 1}), server.address().getPort());
  }

  @ParameterizedTest
  @ValueSource(strings = {"openssl", "gnutls"})
  void mailComesByTls(String engine) throws Exception {
    try (EcStreamServer server = new EcStreamServer(options("tls_engine=" + engine));
        EcStreamClient client =
            new EcStreamClient(
                named(server, "mx.destination.example"), "client.example", 10_000, trusting())) {
      Body body =
          Body.of(
              ("Subject: x\r\n\r\n" + "x".repeat(70) + "\r\n").getBytes(StandardCharsets.US_ASCII));
      for (int i = 0; i < 100; i++) {
        CompletableFuture<List<Reply>> result =
            client.submit(
                Address.of("s@source.example"), List.of(Address.of("a@example.com")), body);
        if (i % 10 == 9) {
          client.flush();
          assertThat(result.get()).extracting(Reply::code).containsExactly(250);
        }
      }
      assertThat(server.spool.kept()).hasSize(100);
      assertThat(server.settled)
          .hasSize(100)
          .allMatch(context -> context.get("tls").equals(Optional.of("on")));
    }
  }

  @Test
  void clearTextIsNotServed() throws Exception {
    try (EcStreamServer server = new EcStreamServer(options())) {
      assertThatThrownBy(() -> new EcStreamClient(server.address(), "client.example", 10_000))
          .isInstanceOf(IOException.class);
      assertThat(server.spool.kept()).isEmpty();
    }
  }

  @Test
  void theClientLibraryWantsTheRightName() throws Exception {
    try (EcStreamServer server = new EcStreamServer(options())) {
      assertThatThrownBy(
              () ->
                  new EcStreamClient(
                      named(server, "other.example.net"), "client.example", 10_000, trusting()))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void whoMustShowACertificateAndShowsNoneIsCutOff() throws Exception {
    try (EcStreamServer server =
        new EcStreamServer(
            options("tls_client_ca=" + FILES.resolve("ca.pem"), "tls_verify_mode=require"))) {
      assertThatThrownBy(
              () ->
                  new EcStreamClient(
                      named(server, "mx.destination.example"),
                      "client.example",
                      10_000,
                      trusting()))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void aMissingFileIsRefusedWhereItStands() {
    assertThatThrownBy(() -> new EcStreamServer("use_ssl=true"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("use_ssl needs a tls_certificate");
    assertThatThrownBy(() -> new EcStreamServer("use_ssl=true", "tls_certificate=/nowhere/mx.pem"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("no TLS")
        .hasMessageContaining("/nowhere/mx.pem");
  }
}
