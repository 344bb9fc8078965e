package org.impetusmta.delivery.esmtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.impetusmta.testkit.mx.FakeMx.leave;
import static org.impetusmta.testkit.mx.FakeMx.raw;
import static org.impetusmta.testkit.mx.FakeMx.reset;
import static org.impetusmta.testkit.mx.FakeMx.say;
import static org.impetusmta.testkit.mx.FakeMx.stall;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLSocket;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.hook.OutboundTlsPolicy;
import org.impetusmta.api.hook.OutboundTlsResult;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.tls.OutboundTls;
import org.impetusmta.api.tls.TlsPolicy;
import org.impetusmta.api.tls.TlsPolicy.Source;
import org.impetusmta.api.tls.TlsPolicy.Verification;
import org.impetusmta.api.tls.TlsResult;
import org.impetusmta.api.tls.TlsaRecord;
import org.impetusmta.delivery.esmtp.EsmtpOptions.Send8BitMime;
import org.impetusmta.delivery.esmtp.tls.OutboundTlsService;
import org.impetusmta.delivery.esmtp.tls.PolicyQuestion;
import org.impetusmta.delivery.esmtp.tls.TestTls;
import org.impetusmta.delivery.esmtp.tls.TlsContexts;
import org.impetusmta.delivery.esmtp.tls.TlsOptions;
import org.impetusmta.delivery.esmtp.tls.TlsOptions.Use;
import org.impetusmta.delivery.esmtp.tls.TlsOptions.Verify;
import org.impetusmta.delivery.esmtp.tls.TlsaOf;
import org.impetusmta.testkit.mx.FakeMx;
import org.impetusmta.testkit.mx.FakeMx.At;
import org.impetusmta.testkit.mx.OutboundMessage;
import org.impetusmta.testkit.mx.RecordingDelivery;
import org.impetusmta.testkit.mx.RecordingDelivery.Event.Closed;
import org.impetusmta.testkit.mx.RecordingDelivery.Event.Connected;
import org.impetusmta.testkit.mx.RecordingDelivery.Event.Delivered;
import org.impetusmta.testkit.mx.RecordingDelivery.Event.Failed;
import org.impetusmta.testkit.net.NettyTestLoop;
import org.impetusmta.tls.TlsEngine;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** STARTTLS with servers of every kind. */
final class StartTlsTest {
  private static final NettyTestLoop LOOP = NettyTestLoop.best();
  private static final EsmtpOptions PATIENT = TestOptions.seconds(20);
  private static final EsmtpOptions IMPATIENT =
      TestOptions.of(Duration.ofMillis(400), "__hostname__", Send8BitMime.NO);

  private final AtomicLong clock = new AtomicLong(System.currentTimeMillis());
  private final TlsContexts contexts = new TlsContexts(Runnable::run, Runnable::run, clock::get);
  private final List<OutboundTlsPolicy> policies = new ArrayList<>();
  private final List<TlsResult> results = Collections.synchronizedList(new ArrayList<>());
  private final AtomicReference<Generation> generation =
      new AtomicReference<>(generation(TestTls.options(Use.NO).build()));
  private final OutboundTlsService tls =
      new OutboundTlsService(
          contexts,
          new PolicyQuestion(
              () -> policies,
              () ->
                  List.<OutboundTlsResult>of(
                      (delivery, policy, result, detail) -> results.add(result))),
          generation::get);

  @AfterAll
  static void closeLoop() {
    LOOP.close();
  }

  private static Generation generation(TlsOptions options) {
    return new Generation() {
      @Override
      public long number() {
        return 1;
      }

      @Override
      public long reloads() {
        return 1;
      }

      @Override
      public <T extends Record> T options(Class<T> type, ScopePath path) {
        return type.cast(options);
      }

      @Override
      public List<Stanza> stanzas(String name) {
        return List.of();
      }
    };
  }

  private static Message mail(int number) {
    return OutboundMessage.to(
        "r" + number + "@destination.example", "Subject: " + number + "\r\n\r\nHello\r\n");
  }

  private static FakeMx mx(String certificate) {
    return FakeMx.offering("PIPELINING").tls(TestTls.server(certificate));
  }

  private RecordingDelivery begin(FakeMx mx, EsmtpOptions esmtp, TlsOptions options) {
    RecordingDelivery delivery = new RecordingDelivery(LOOP, mx.address(), esmtp, options);
    return policies.isEmpty() ? delivery : delivery.requeueing();
  }

  private RecordingDelivery deliver(FakeMx mx, TlsOptions options, Message... mail) {
    return finish(begin(mx, PATIENT, options).queued(mail));
  }

  private RecordingDelivery finish(RecordingDelivery delivery) {
    delivery.quitWhenDrained().open(new EsmtpDelivery("client.example", tls));
    await()
        .pollInterval(Duration.ofMillis(5))
        .atMost(Duration.ofSeconds(30))
        .until(delivery::isClosed);
    assertThat(delivery.violations()).isEmpty();
    assertThat(delivery.events(Closed.class)).hasSize(1);
    assertThat(delivery.events(Connected.class)).hasSizeLessThanOrEqualTo(1);
    return delivery;
  }

  private static Reply failure(RecordingDelivery delivery) {
    assertThat(delivery.events(Failed.class)).hasSize(1);
    assertThat(delivery.events(Delivered.class)).isEmpty();
    return delivery.events(Failed.class).getFirst().reply();
  }

  /** Why the connection ended, which cost no message. */
  private static Reply held(RecordingDelivery delivery) {
    assertThat(delivery.events(Failed.class)).isEmpty();
    assertThat(delivery.events(Delivered.class)).isEmpty();
    return delivery.events(Closed.class).getFirst().cause().orElseThrow();
  }

  private static OutboundTls state(RecordingDelivery delivery) {
    return delivery.tls().orElseThrow();
  }

  // ---- what goes well

  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void deliversOverTls(TlsEngine engine) {
    try (FakeMx mx = mx("mx").start()) {
      RecordingDelivery delivery =
          deliver(
              mx,
              TestTls.options(Use.REQUIRED).verify(Verify.HOST).engine(engine).build(),
              mail(1),
              mail(2));
      assertThat(delivery.events(Delivered.class)).hasSize(2);
      assertThat(mx.received()).hasSize(2);
      assertThat(mx.defects()).isEmpty();
      assertThat(mx.commands().subList(0, 4))
          .containsExactly(
              "EHLO client.example",
              "STARTTLS",
              "EHLO client.example",
              "MAIL FROM:<sender@source.example>");
      assertThat(mx.handshakes()).hasSize(1);
      assertThat(mx.handshakes().getFirst().serverName()).isEqualTo("mx.destination.example");
      assertThat(state(delivery))
          .isEqualTo(
              new OutboundTls(
                  "required",
                  state(delivery).cipher(),
                  state(delivery).algorithmBits(),
                  state(delivery).usedBits(),
                  "TLSv1.3",
                  true,
                  "Test CA",
                  "mx.destination.example"));
      assertThat(state(delivery).cipher()).startsWith("TLS_");
      assertThat(results).containsExactly(TlsResult.SUCCESS);
      assertThat(delivery.events(Closed.class).getFirst())
          .isEqualTo(new Closed(Stage.IDLE, Optional.empty()));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "OPENSSL, ECDHE-ECDSA-AES256-GCM-SHA384, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, mx",
    "GNUTLS, ECDHE-ECDSA-AES128-GCM-SHA256, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, mx",
    "GNUTLS, NORMAL:-AES-256-GCM:-CHACHA20-POLY1305, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, mx",
    "OPENSSL, DHE-RSA-AES256-GCM-SHA384, TLS_DHE_RSA_WITH_AES_256_GCM_SHA384, rsa",
    "OPENSSL, ECDHE+CHACHA20, TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, rsa"
  })
  void speaksTheSuitesOfTls12ThatAreAllowed(
      TlsEngine engine, String ciphers, String suite, String certificate) {
    try (FakeMx mx = mx(certificate).start()) {
      RecordingDelivery delivery =
          deliver(
              mx,
              TestTls.options(Use.REQUIRED)
                  .engine(engine)
                  .ciphers(ciphers)
                  .protocols("+TLSv1.2")
                  .build(),
              mail(1));
      assertThat(delivery.events(Delivered.class)).hasSize(1);
      assertThat(mx.handshakes().getFirst().protocol()).isEqualTo("TLSv1.2");
      assertThat(mx.handshakes().getFirst().suite()).isEqualTo(suite);
      assertThat(state(delivery).cipher())
          .isEqualTo(
              suite
                  .substring(4)
                  .replace("_WITH", "")
                  .replace("AES_", "AES")
                  .replace('_', '-')
                  .replace("-POLY1305-SHA256", "-POLY1305"));
    }
  }

  @Test
  void offersNoDheWhereThatIsOff() {
    try (FakeMx mx = mx("rsa").start()) {
      RecordingDelivery delivery =
          deliver(
              mx,
              TestTls.options(Use.REQUIRED)
                  .ciphers("DHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256")
                  .engine(TlsEngine.GNUTLS)
                  .protocols("+TLSv1.2")
                  .dhe(false)
                  .build(),
              mail(1));
      assertThat(state(delivery).cipher()).isEqualTo("ECDHE-RSA-AES128-GCM-SHA256");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "TLS_AES_128_GCM_SHA256",
        "TLS_CHACHA20_POLY1305_SHA256",
        "TLS_AES_256_GCM_SHA384"
      })
  void speaksTheSuiteOfTls13ThatIsAllowed(String suite) {
    try (FakeMx mx = mx("mx").start()) {
      deliver(mx, TestTls.options(Use.REQUIRED).suites13(suite).build(), mail(1));
      assertThat(mx.handshakes().getFirst().suite()).isEqualTo(suite);
    }
  }

  @ParameterizedTest
  @CsvSource({"OPENSSL, P-384", "OPENSSL, secp384r1:P-521", "GNUTLS, secp384r1", "OPENSSL, x448"})
  void agreesOnAGroupThatIsAllowed(TlsEngine engine, String groups) {
    try (FakeMx mx =
        mx("mx").tlsSettings(socket -> onlyGroups(socket, "secp384r1", "x448")).start()) {
      deliver(mx, TestTls.options(Use.REQUIRED).engine(engine).groups(groups).build(), mail(1));
      assertThat(mx.handshakes()).hasSize(1);
    }
    try (FakeMx mx = mx("mx").tlsSettings(socket -> onlyGroups(socket, "secp256r1")).start()) {
      RecordingDelivery delivery =
          deliver(mx, TestTls.options(Use.REQUIRED).engine(engine).groups(groups).build(), mail(1));
      assertThat(failure(delivery).text()).isEqualTo("[internal] TLS negotiation failed");
    }
  }

  private static void onlyGroups(SSLSocket socket, String... groups) {
    var parameters = socket.getSSLParameters();
    parameters.setNamedGroups(groups);
    socket.setSSLParameters(parameters);
  }

  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void resumesASessionAndJudgesItAnew(TlsEngine engine) {
    try (FakeMx mx = mx("wrong").start()) {
      TestTls.Builder options = TestTls.options(Use.REQUIRED).protocols("+TLSv1.2").engine(engine);
      OutboundTls first = state(deliver(mx, options.build(), mail(1)));
      OutboundTls second = state(deliver(mx, options.build(), mail(2)));
      assertThat(mx.handshakes()).hasSize(2);
      assertThat(second).isEqualTo(first).matches(OutboundTls::encrypted);
      RecordingDelivery judged = deliver(mx, options.verify(Verify.HOST).build(), mail(3));
      assertThat(failure(judged).text())
          .isEqualTo("[internal] SSL certificate subject does not match host");
      assertThat(mx.handshakes().stream().map(FakeMx.Handshake::sessionId).distinct()).hasSize(1);
      assertThat(mx.received()).hasSize(2);
    }
  }

  @Test
  void showsItsCertificate(@TempDir Path folder) throws Exception {
    try (FakeMx mx = mx("mx").tlsSettings(socket -> socket.setWantClientAuth(true)).start()) {
      Path both = folder.resolve("both.pem");
      Files.writeString(
          both,
          Files.readString(TestTls.file("client.key"))
              + Files.readString(TestTls.file("client.pem")));
      TlsOptions combined =
          TestTls.options(Use.REQUIRED).certificate(both.toString(), Optional.empty()).build();
      deliver(mx, combined, mail(1));
      assertThat(mx.handshakes().getLast().clientName()).isEqualTo("CN=client.example,O=Tests");
      deliver(
          mx,
          TestTls.options(Use.REQUIRED)
              .certificate(
                  TestTls.file("rsa.pem").toString(),
                  Optional.of(TestTls.file("rsa.key").toString()))
              .build(),
          mail(2));
      assertThat(mx.handshakes().getLast().clientName())
          .isEqualTo("CN=mx.destination.example,O=Tests");
      deliver(
          mx,
          TestTls.options(Use.REQUIRED).certificate("none", Optional.of("/nowhere")).build(),
          mail(3));
      assertThat(mx.handshakes().getLast().clientName()).isEmpty();
    }
  }

  @Test
  void readsItsCertificateAnewWhenTheFileChanges(@TempDir Path folder) throws Exception {
    try (FakeMx mx = mx("mx").tlsSettings(socket -> socket.setWantClientAuth(true)).start()) {
      Path certificate = folder.resolve("own.pem");
      Path key = folder.resolve("own.key");
      TlsOptions options =
          TestTls.options(Use.REQUIRED)
              .certificate(certificate.toString(), Optional.of(key.toString()))
              .build();
      assertThat(failure(deliver(mx, options, mail(1))).text())
          .isEqualTo("[internal] TLS parameters cannot be used");
      for (String name : List.of("client", "mx")) {
        Files.copy(TestTls.file(name + ".pem"), certificate, StandardCopyOption.REPLACE_EXISTING);
        Files.copy(TestTls.file(name + ".key"), key, StandardCopyOption.REPLACE_EXISTING);
        clock.addAndGet(2_000);
        deliver(mx, options, mail(2));
        assertThat(mx.handshakes().getLast().clientName()).startsWith("CN=" + name);
      }
    }
  }

  // ---- verification

  @ParameterizedTest
  @CsvSource({
    "mx, HOST, ''",
    "wild, HOST, ''",
    "common, HOST, ''",
    "wrong, CA, ''",
    "wrong, HOST, SSL certificate subject does not match host",
    "wrong, OPTIONAL, ''",
    "self, NO, ''",
    "self, CA, remote node SSL certificate not signed by a valid CA",
    "self, HOST, remote node SSL certificate not signed by a valid CA",
    "self, OPTIONAL, ''",
    "expired, CA, remote node SSL certificate is not valid at this time",
    "expired, NO, ''"
  })
  void verifiesCertificates(String certificate, Verify verify, String refusal) {
    try (FakeMx mx = mx(certificate).start()) {
      RecordingDelivery delivery =
          deliver(mx, TestTls.options(Use.IFAVAILABLE).verify(verify).build(), mail(1), mail(2));
      if (refusal.isEmpty()) {
        assertThat(delivery.events(Delivered.class)).hasSize(2);
        assertThat(mx.handshakes()).hasSize(1);
        assertThat(state(delivery).verified())
            .isEqualTo(
                List.of("mx", "wild", "common").contains(certificate) && verify == Verify.HOST);
      } else {
        // one message says why, the other waits; the mail never goes without TLS
        assertThat(failure(delivery)).isEqualTo(new Reply(451, "4.7.5", "[internal] " + refusal));
        assertThat(mx.received()).isEmpty();
        assertThat(mx.connections()).isEqualTo(1);
        assertThat(mx.commands()).endsWith("QUIT");
      }
    }
  }

  // ---- what goes wrong

  @Test
  void needsTlsThatIsNotOffered() {
    try (FakeMx mx = FakeMx.offering("PIPELINING").start()) {
      RecordingDelivery delivery = deliver(mx, TestTls.options(Use.REQUIRED).build(), mail(1));
      assertThat(failure(delivery))
          .isEqualTo(new Reply(451, "4.7.6", "[internal] STARTTLS required but not advertised"));
      assertThat(results).containsExactly(TlsResult.STARTTLS_NOT_SUPPORTED);
      assertThat(mx.commands()).containsExactly("EHLO client.example", "QUIT");
      assertThat(delivery.events(Closed.class).getFirst().cause()).isPresent();
    }
  }

  @Test
  void goesWithoutWhatIsNotOffered() {
    try (FakeMx mx = FakeMx.offering("PIPELINING").start()) {
      RecordingDelivery delivery = deliver(mx, TestTls.options(Use.IFAVAILABLE).build(), mail(1));
      assertThat(mx.received()).hasSize(1);
      assertThat(mx.connections()).isEqualTo(1);
      assertThat(state(delivery)).isEqualTo(OutboundTls.plain("ifavailable"));
    }
  }

  @Test
  void doesNotAskWhereItIsOff() {
    try (FakeMx mx = mx("mx").start()) {
      RecordingDelivery delivery = deliver(mx, TestTls.options(Use.NO).build(), mail(1));
      assertThat(mx.received()).hasSize(1);
      assertThat(mx.commands()).doesNotContain("STARTTLS");
      assertThat(state(delivery)).isEqualTo(OutboundTls.plain("no"));
      assertThat(results).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({"true, 2", "false, 1"})
  void goesWithoutTlsWhereStartTlsIsRefused(boolean alwaysNew, int connections) {
    try (FakeMx mx = mx("mx").on(At.STARTTLS, say("454 4.7.0 not now")).start()) {
      RecordingDelivery delivery =
          deliver(mx, TestTls.options(Use.IFAVAILABLE).alwaysNew(alwaysNew).build(), mail(1));
      assertThat(mx.received()).hasSize(1);
      assertThat(mx.connections()).isEqualTo(connections);
      assertThat(delivery.events(Closed.class).getFirst().cause()).isEmpty();
      assertThat(results).containsExactly(TlsResult.STARTTLS_NOT_SUPPORTED);
    }
  }

  @ParameterizedTest
  @CsvSource({"IFAVAILABLE, false", "REQUIRED, true"})
  void waitsWhereStartTlsIsRefused(Use use, boolean fallback) {
    try (FakeMx mx = mx("mx").always(At.STARTTLS, say("454 4.7.0 not now")).start()) {
      RecordingDelivery delivery =
          deliver(mx, TestTls.options(use).fallback(fallback).build(), mail(1), mail(2));
      assertThat(failure(delivery))
          .isEqualTo(new Reply(451, "4.7.5", "[internal] no tls go-ahead"));
      assertThat(delivery.events(Failed.class).getFirst().stage()).isEqualTo(Stage.AFTER_STARTTLS);
      assertThat(mx.received()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"stall", "leave", "reset", "garbage"})
  void fallsBackOnANewConnectionWhenTheHandshakeFails(String how) {
    FakeMx.Action action =
        switch (how) {
          case "stall" -> stall();
          case "leave" -> leave();
          case "reset" -> reset();
          default -> raw("this is not TLS at all, is it?\r\n");
        };
    try (FakeMx mx = mx("mx").on(At.HANDSHAKE, action).start()) {
      RecordingDelivery delivery =
          finish(
              begin(mx, IMPATIENT, TestTls.options(Use.IFAVAILABLE).build())
                  .queued(mail(1), mail(2)));
      assertThat(mx.connections()).isEqualTo(2);
      assertThat(mx.received()).hasSize(2);
      assertThat(mx.handshakes()).isEmpty();
      // the host has not failed, and nothing of the handshake is left in what loggers are told
      assertThat(delivery.events(Closed.class).getFirst())
          .isEqualTo(new Closed(Stage.IDLE, Optional.empty()));
      assertThat(state(delivery)).isEqualTo(OutboundTls.plain("ifavailable"));
      assertThat(results).containsExactly(TlsResult.VALIDATION_FAILURE);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"stall", "leave", "garbage"})
  void waitsWhenARequiredHandshakeFails(String how) {
    FakeMx.Action action =
        switch (how) {
          case "stall" -> stall();
          case "leave" -> leave();
          default -> raw("this is not TLS at all, is it?\r\n");
        };
    try (FakeMx mx = mx("mx").always(At.HANDSHAKE, action).start()) {
      RecordingDelivery delivery =
          finish(begin(mx, IMPATIENT, TestTls.options(Use.REQUIRED).build()).queued(mail(1)));
      assertThat(failure(delivery))
          .isEqualTo(new Reply(451, "4.7.5", "[internal] TLS negotiation failed"));
      assertThat(delivery.events(Failed.class).getFirst().stage()).isEqualTo(Stage.TLS_HANDSHAKE);
      assertThat(mx.received()).isEmpty();
      assertThat(contexts.context(TestTls.options(Use.REQUIRED).build())).isCompleted();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "220 go on\r\n250 2.0.0 injected\r\n",
        "220 go on\r\n250-half",
        "220 go on\r\n\r\n",
        "220 go on\r\n421 bye\r\n"
      })
  void refusesWhatWasSentBehindTheGoAhead(String octets) {
    try (FakeMx mx = mx("mx").always(At.STARTTLS, raw(octets)).start()) {
      RecordingDelivery delivery = deliver(mx, TestTls.options(Use.IFAVAILABLE).build(), mail(1));
      assertThat(delivery.events(Delivered.class)).isEmpty();
      assertThat(mx.received()).isEmpty();
      assertThat(mx.handshakes()).isEmpty();
      Closed closed = delivery.events(Closed.class).getFirst();
      assertThat(closed.stage()).isEqualTo(Stage.STARTTLS);
      assertThat(closed.cause().orElseThrow().enhanced()).isEqualTo("4.7.0");
    }
  }

  @Test
  void countsADeliveryOnceWhenThePeerClosesWithoutNotice() {
    try (FakeMx mx = mx("mx").on(At.DOT, leave("250 2.0.0 taken")).start()) {
      RecordingDelivery delivery = deliver(mx, TestTls.options(Use.REQUIRED).build(), mail(1));
      assertThat(delivery.events(Delivered.class)).hasSize(1);
      assertThat(delivery.events(Failed.class)).isEmpty();
      assertThat(mx.received()).hasSize(1);
    }
  }

  @Test
  void endsAConnectionThatMayNoLongerBePlain() {
    try (FakeMx mx = mx("mx").start()) {
      RecordingDelivery delivery =
          begin(mx, PATIENT, TestTls.options(Use.NO).build())
              .queued(mail(1))
              .open(new EsmtpDelivery("client.example", tls));
      await().until(() -> delivery.events(Delivered.class).size() == 1);
      generation.set(generation(TestTls.options(Use.REQUIRED).build()));
      delivery.enqueue(mail(2));
      await().until(delivery::isClosed);
      assertThat(mx.received()).hasSize(1);
      assertThat(mx.commands()).doesNotContain("STARTTLS").endsWith("QUIT");
      assertThat(delivery.events(RecordingDelivery.Event.GivenBack.class)).hasSize(1);
      assertThat(delivery.violations()).isEmpty();
    }
  }

  // ---- published policies

  private static TlsPolicy policy(
      Source source, boolean enforced, Verification verification, TlsaRecord... tlsa) {
    return new TlsPolicy(
        source, enforced, verification, List.of(tlsa), List.of(), Optional.empty());
  }

  private void published(TlsPolicy policy) {
    policies.add(delivery -> CompletableFuture.supplyAsync(() -> Optional.of(policy)));
  }

  @ParameterizedTest
  @CsvSource({
    "mx, true, ''",
    "wrong, true, SSL certificate subject does not match host",
    "common, true, SSL certificate subject does not match host",
    "self, true, remote node SSL certificate not signed by a valid CA",
    "wrong, false, ''",
    "self, false, ''"
  })
  void obeysMtaSts(String certificate, boolean enforced, String refusal) {
    published(policy(Source.STS, enforced, Verification.PKIX));
    try (FakeMx mx = mx(certificate).start()) {
      RecordingDelivery delivery = deliver(mx, TestTls.options(Use.NO).build(), mail(1));
      if (refusal.isEmpty()) {
        assertThat(mx.received()).hasSize(1);
        assertThat(mx.handshakes()).hasSize(1);
      } else {
        assertThat(held(delivery).text()).isEqualTo("[internal] " + refusal);
        assertThat(mx.received()).isEmpty();
      }
      assertThat(results)
          .containsExactly(
              switch (certificate) {
                case "mx" -> TlsResult.SUCCESS;
                case "self" -> TlsResult.CERTIFICATE_NOT_TRUSTED;
                default -> TlsResult.CERTIFICATE_HOST_MISMATCH;
              });
    }
  }

  @Test
  void doesNotEnforceAPolicyThatIsTested() {
    published(policy(Source.STS, false, Verification.PKIX));
    try (FakeMx mx = FakeMx.offering().start()) {
      deliver(mx, TestTls.options(Use.NO).build(), mail(1));
      assertThat(mx.received()).hasSize(1);
      assertThat(results).containsExactly(TlsResult.STARTTLS_NOT_SUPPORTED);
    }
  }

  @Test
  void obeysDaneWhateverTheOptionsSay() {
    TlsaRecord mine = TlsaOf.key(3, TestTls.chain("self").getFirst());
    TlsaRecord other = TlsaOf.key(3, TestTls.chain("mx").getFirst());
    published(policy(Source.STS, true, Verification.PKIX));
    published(policy(Source.TLSA, true, Verification.DANE, other, mine));
    try (FakeMx mx = mx("self").start()) {
      RecordingDelivery delivery =
          deliver(mx, TestTls.options(Use.IFAVAILABLE).verify(Verify.HOST).build(), mail(1));
      assertThat(mx.received()).hasSize(1);
      assertThat(state(delivery).verified()).isTrue();
      assertThat(state(delivery).type()).isEqualTo("required");
    }
    try (FakeMx mx = mx("rsa").start()) {
      RecordingDelivery delivery = deliver(mx, TestTls.options(Use.IFAVAILABLE).build(), mail(1));
      assertThat(held(delivery).text())
          .isEqualTo("[internal] remote node SSL certificate does not match TLSA records");
    }
    try (FakeMx mx = FakeMx.offering().start()) {
      RecordingDelivery delivery = deliver(mx, TestTls.options(Use.IFAVAILABLE).build(), mail(1));
      assertThat(held(delivery).enhanced()).isEqualTo("4.7.6");
    }
    assertThat(results)
        .containsExactly(
            TlsResult.SUCCESS, TlsResult.VALIDATION_FAILURE, TlsResult.STARTTLS_NOT_SUPPORTED);
  }

  @Test
  void makesNoConnectionToAHostThatAPolicyForbids() {
    Reply refusal = new Reply(451, "4.7.5", "[internal] not named");
    policies.add(
        delivery ->
            CompletableFuture.completedStage(
                Optional.of(
                    new TlsPolicy(
                        Source.STS,
                        true,
                        Verification.PKIX,
                        List.of(),
                        List.of(),
                        Optional.of(refusal)))));
    published(policy(Source.TLSA, true, Verification.NONE));
    try (FakeMx mx = mx("mx").start()) {
      RecordingDelivery delivery = deliver(mx, TestTls.options(Use.NO).build(), mail(1));
      assertThat(mx.connections()).isZero();
      assertThat(delivery.events(Failed.class)).isEmpty();
      assertThat(delivery.events(Closed.class).getFirst())
          .isEqualTo(new Closed(Stage.NOT_CONNECTED, Optional.of(refusal)));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void waitsWhereAPolicyCannotBeFoundOut(boolean throwing) {
    policies.add(
        new OutboundTlsPolicy() {
          @Override
          public CompletionStage<Optional<TlsPolicy>> outboundTlsPolicy(Delivery delivery) {
            if (throwing) {
              throw new IllegalStateException("on purpose");
            }
            return CompletableFuture.failedStage(new IllegalStateException("on purpose"));
          }
        });
    try (FakeMx mx = mx("mx").start()) {
      RecordingDelivery delivery = deliver(mx, TestTls.options(Use.NO).build(), mail(1));
      assertThat(mx.connections()).isZero();
      assertThat(delivery.events(Closed.class).getFirst().cause().orElseThrow().text())
          .contains("cannot be found out");
    }
  }

  @Test
  void sendsNothingWhileItsPolicyIsAskedFor() {
    CompletableFuture<Optional<TlsPolicy>> answer = new CompletableFuture<>();
    policies.add(delivery -> answer);
    try (FakeMx mx = mx("mx").start()) {
      RecordingDelivery delivery =
          begin(mx, PATIENT, TestTls.options(Use.NO).build())
              .queued(mail(1))
              .open(new EsmtpDelivery("client.example", tls));
      delivery.quit();
      await().until(delivery::isClosed);
      answer.complete(Optional.empty());
      assertThat(mx.connections()).isZero();
      assertThat(delivery.violations()).isEmpty();
    }
  }

  @Test
  void mailThatWaivesPoliciesLeavesWhereTheyAreNotMet() {
    TlsaRecord other = TlsaOf.key(3, TestTls.chain("mx").getFirst());
    published(policy(Source.TLSA, true, Verification.DANE, other));
    Message waives =
        OutboundMessage.to(
            "r@destination.example", "Subject: x\r\ntls-required: NO\r\n\r\nHello\r\n");
    try (FakeMx mx = mx("self").start()) {
      RecordingDelivery delivery = deliver(mx, TestTls.options(Use.NO).build(), waives, mail(2));
      assertThat(mx.handshakes()).hasSize(1);
      assertThat(delivery.events(Delivered.class))
          .extracting(event -> event.message())
          .isEqualTo(List.of(waives));
      assertThat(delivery.events(Failed.class)).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "true, mx, REQUIRETLS, true",
    "true, mx, X, false",
    "false, mx, REQUIRETLS, false",
    "false, wrong, REQUIRETLS, false"
  })
  void mailThatRequiresTlsLeavesOverAProvenConnectionAlone(
      boolean enforced, String certificate, String offered, boolean leaves) {
    published(policy(Source.STS, enforced, Verification.PKIX));
    Message requires = mail(1);
    requires.context().set(Message.REQUIRE_TLS, "yes");
    try (FakeMx mx =
        FakeMx.offering("PIPELINING", offered).tls(TestTls.server(certificate)).start()) {
      RecordingDelivery delivery = deliver(mx, TestTls.options(Use.NO).build(), requires, mail(2));
      assertThat(mx.received()).hasSize(leaves ? 2 : 1);
      assertThat(mx.commands().stream().filter(c -> c.startsWith("MAIL")).toList())
          .isEqualTo(
              leaves
                  ? List.of(
                      "MAIL FROM:<sender@source.example> REQUIRETLS",
                      "MAIL FROM:<sender@source.example>")
                  : List.of("MAIL FROM:<sender@source.example>"));
      if (!leaves) {
        assertThat(delivery.events(Failed.class).getFirst().reply())
            .isEqualTo(RequireTls.NOT_OFFERED);
      }
    }
  }
}
