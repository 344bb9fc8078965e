package org.impetusmta.listener.esmtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.tls.TlsCache;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Inbound TLS where a transcript does not reach: half handshakes, resumption, wrong files. */
class InboundTlsTest {
  private static final List<String> IMPLICIT = List.of("tls_certificate = mx", "use_ssl = true");

  /** The first message of a handshake, as a client would send it. */
  private static byte[] clientHello() throws Exception {
    SSLEngine engine = TestTls.client("").createSSLEngine();
    engine.setUseClientMode(true);
    java.nio.ByteBuffer out = java.nio.ByteBuffer.allocate(20_000);
    engine.wrap(java.nio.ByteBuffer.allocate(0), out);
    out.flip();
    byte[] octets = new byte[out.remaining()];
    out.get(octets);
    return octets;
  }

  @Test
  void aClientMayGoAwayAtEachOctetOfItsHello() throws Exception {
    byte[] hello = clientHello();
    try (EsmtpServer server = new EsmtpServer(IMPLICIT)) {
      for (int length = 0; length <= hello.length; length += 1 + length / 8) {
        try (Socket client = new Socket()) {
          client.connect(server.address());
          client.getOutputStream().write(hello, 0, length);
          client.setSoLinger(length % 2 == 0, 0);
        }
      }
      server.results(); // waits until every session is counted out
      assertThat(server.contexts().kept()).hasSize(1);
      await().until(() -> server.contexts().kept().getFirst().inUse() == 0);
      try (SSLSocket client = connected(server, "")) {
        assertThat(line(client)).startsWith("220 ");
      }
    }
  }

  private static SSLSocket connected(EsmtpServer server, String certificate) throws Exception {
    return connected(server, TestTls.client(certificate));
  }

  private static SSLSocket connected(EsmtpServer server, javax.net.ssl.SSLContext context)
      throws IOException {
    SSLSocket client =
        (SSLSocket)
            context
                .getSocketFactory()
                .createSocket(server.address().getAddress(), server.address().getPort());
    client.setSoTimeout(15_000);
    client.setEnabledProtocols(new String[] {"TLSv1.2"});
    client.startHandshake();
    return client;
  }

  private static String line(SSLSocket client) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int octet = client.getInputStream().read();
        octet >= 0 && octet != '\n';
        octet = client.getInputStream().read()) {
      line.append((char) octet);
    }
    return line.toString();
  }

  @ParameterizedTest
  @ValueSource(strings = {"openssl", "gnutls"})
  void aResumedSessionIsJudgedAnewAndRekeyForgetsIt(String engine) throws Exception {
    try (EsmtpServer server =
        new EsmtpServer(
            List.of(
                "tls_certificate = mx",
                "use_ssl = true",
                "tls_client_ca = ca.pem",
                "relay_domains = nothing.example",
                "tls_verified_peer_can_relay = true",
                "tls_engine = " + engine))) {
      javax.net.ssl.SSLContext context = TestTls.client("client");
      long first = relays(server, context);
      assertThat(relays(server, context)).isEqualTo(first);
      server.contexts().rekey();
      assertThat(relays(server, context)).isNotEqualTo(first);
    }
  }

  /** When the session was made in which a client with a certificate was allowed to relay. */
  private static long relays(EsmtpServer server, javax.net.ssl.SSLContext context)
      throws Exception {
    try (SSLSocket client = connected(server, context)) {
      SSLSession session = client.getSession();
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
      OutputStream out = client.getOutputStream();
      out.write(
          "EHLO client\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@else.example>\r\nQUIT\r\n"
              .getBytes(StandardCharsets.US_ASCII));
      List<String> replies = in.lines().toList();
      assertThat(replies).contains("250 2.0.0 RCPT TO accepted");
      return session.getCreationTime();
    }
  }

  @Test
  void aBodyArrivesWholeHoweverTheRecordsFall() throws Exception {
    StringBuilder text = new StringBuilder("EHLO client\r\nMAIL FROM:<a@example.org>\r\n");
    text.append("RCPT TO:<b@example.com>\r\nDATA\r\nSubject: pieces\r\n\r\n");
    for (int i = 0; i < 60; i++) {
      text.append("..").append("x".repeat(i)).append("\r\n");
    }
    text.append(".\r\nQUIT\r\n");
    byte[] octets = text.toString().getBytes(StandardCharsets.US_ASCII);
    for (int most : new int[] {1, 3, 7}) {
      try (EsmtpServer server = new EsmtpServer(IMPLICIT);
          SSLSocket client = connected(server, "")) {
        java.util.Random sizes = new java.util.Random(most);
        for (int at = 0; at < octets.length; ) {
          int step = Math.min(1 + sizes.nextInt(most), octets.length - at);
          client.getOutputStream().write(octets, at, step);
          at += step;
        }
        BufferedReader in =
            new BufferedReader(
                new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
        assertThat(in.lines().toList())
            .anyMatch(reply -> reply.startsWith("250 2.0.0 OK "))
            .last()
            .isEqualTo("221 2.3.0 mx.example.net closing connection");
        assertThat(server.results()).contains("| Subject: pieces", "| .." + "x".repeat(59));
      }
    }
  }

  @Test
  void theConsoleSeesTheContexts() throws Exception {
    try (EsmtpServer server = new EsmtpServer(IMPLICIT);
        SSLSocket client = connected(server, "")) {
      assertThat(line(client)).startsWith("220 ");
      TlsCache.Kept kept = server.contexts().kept().getFirst();
      assertThat(kept.side()).isEqualTo("server");
      assertThat(kept.inUse()).isEqualTo(1);
      server.contexts().flush();
      assertThat(server.contexts().kept()).isEmpty();
      client.getOutputStream().write("NOOP\r\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(line(client)).startsWith("250 ");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "use_ssl = true | use_ssl needs a tls_certificate",
        "tls_certificate = none, use_ssl = true | use_ssl needs a tls_certificate",
        "tls_certificate = mx, tls_key = self.key | not the key of the certificate in",
        "tls_certificate = mx, tls_key = missing.key | missing.key",
        "tls_certificate = mx, tls_client_ca = mx.key | no certificate in PEM form",
        "tls_certificate = mx, tls_sni_certificates = wild.pem | no private key in PEM form",
        "tls_certificate = rsa, tls_dhparams_file = mx.pem | no DH PARAMETERS in PEM form"
      })
  void aConfigurationWithoutItsFilesIsRefused(String lines, String reason) {
    assertThatThrownBy(() -> new EsmtpServer(List.of(lines.split(", ", -1))).close())
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("test:1: Listen \"127.0.0.1:0\": ")
        .hasMessageContaining(reason);
  }
}
