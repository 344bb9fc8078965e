package org.impetusmta.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What lists of ciphers, versions and groups mean, and which are refused. */
final class TlsValuesTest {
  @ParameterizedTest
  @CsvSource({
    "ECDHE-RSA-AES256-GCM-SHA384, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "AES128-SHA:AES256-SHA, TLS_RSA_WITH_AES_128_CBC_SHA TLS_RSA_WITH_AES_256_CBC_SHA",
    "DHE-RSA-AES256-SHA:DHE-RSA-CAMELLIA256-SHA, TLS_DHE_RSA_WITH_AES_256_CBC_SHA",
    "ECDHE+AESGCM+AES256:!aECDSA:@STRENGTH, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "NONE:+ECDHE-RSA:+AES-128-GCM:+AEAD, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "PFS:-CIPHER-ALL:+CHACHA20-POLY1305:-ECDHE-ECDSA:-DHE-RSA,"
        + " TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"
  })
  void readsCipherLists(String text, String suites) {
    CipherList list = CipherList.parse(text);
    assertThat(String.join(" ", list.suites())).contains(suites);
    assertThat(list.suites()).containsSequence(suites.split(" ", -1));
  }

  @ParameterizedTest
  @CsvSource({"DEFAULT:!RSA, TLS_RSA_", "HIGH:!DHE, TLS_DHE_", "NORMAL:-RSA, TLS_RSA_"})
  void leavesOut(String text, String prefix) {
    assertThat(CipherList.parse(text).suites()).noneMatch(suite -> suite.startsWith(prefix));
    assertThat(CipherList.parse("DEFAULT").suites())
        .hasSizeGreaterThan(20)
        .anyMatch(suite -> suite.startsWith(prefix));
  }

  @ParameterizedTest
  @CsvSource({
    "'', it is empty",
    "NO-SUCH-SUITE, unknown cipher or keyword \"NO-SUCH-SUITE\"",
    "DEFAULT:!LOWW, unknown cipher or keyword \"LOWW\"",
    "ECDHE+NOPE, unknown cipher or keyword \"NOPE\"",
    "HIGH:@SECLEVEL=1, \"@SECLEVEL=1\" has no effect in this build",
    "RC4-SHA:DES-CBC3-SHA, no cipher suite of this build is in the list",
    "NORMAL:+VERS-TLS9, 'unknown in a priority string, or no matter of cipher suites:"
        + " \"+VERS-TLS9\"'",
    "NONE, no cipher suite of this build is in the list"
  })
  void refusesCipherLists(String text, String reason) {
    assertThatThrownBy(() -> CipherList.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(reason);
  }

  @ParameterizedTest
  @CsvSource({
    "+ALL, TLSv1.2 TLSv1.3",
    "+ALL:-SSLv2:-SSLv3:-TLSv1.0:-TLSv1.1, TLSv1.2 TLSv1.3",
    "+ALL:-TLSv1.3, TLSv1.2",
    "+TLSv1.3:+TLSv1.2, TLSv1.2 TLSv1.3",
    "+tlsv1.3, TLSv1.3"
  })
  void readsVersions(String text, String versions) {
    assertThat(String.join(" ", ProtocolList.parse(text).names())).isEqualTo(versions);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "+ALL:", "+TLSv1.0", "+ALL:-ALL", "+TLSv1.4", "TLSv1.2 TLSv1.3"})
  void refusesVersions(String text) {
    assertThatThrownBy(() -> ProtocolList.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ":a",
        "secp384r1::prime256v1",
        " secp384r1",
        "nope",
        "secp384r1:nope",
        "X25519MLKEM768:x448",
        "SecP384r1MLKEM1024"
      })
  void refusesGroups(String text) {
    assertThatThrownBy(() -> GroupList.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("invalid curve or group list");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "TLS_AES_128_CCM_SHA256", "TLS_AES_256_GCM_SHA384:X", "AES128-SHA"})
  void refusesSuitesOfTls13(String text) {
    assertThatThrownBy(() -> CipherSuites13.parse(text))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "OPENSSL, DEFAULT, TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256,"
        + " +ALL, P-256, true",
    "GNUTLS, DEFAULT, TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256,"
        + " +ALL, P-256, false",
    "OPENSSL, DEFAULT, TLS_AES_128_GCM_SHA256, +ALL, P-256, false",
    "OPENSSL, DEFAULT, TLS_AES_128_GCM_SHA256, +TLSv1.2, P-256, true",
    "OPENSSL, DHE-RSA-AES256-GCM-SHA384, TLS_AES_128_GCM_SHA256, +TLSv1.2, P-256, false",
    "OPENSSL, DEFAULT, TLS_AES_128_GCM_SHA256, +TLSv1.2, x448, false",
    "OPENSSL, DEFAULT, TLS_AES_128_GCM_SHA256, +ALL, X25519MLKEM768, true"
  })
  void choosesTheEngineThatHasAllThatIsAskedFor(
      TlsEngine engine,
      String ciphers,
      String suites13,
      String protocols,
      String groups,
      boolean boringssl) {
    Wanted options =
        new Wanted(
            Optional.empty(),
            Optional.empty(),
            CipherList.parse(ciphers),
            CipherSuites13.parse(suites13),
            ProtocolList.parse(protocols),
            Optional.of(GroupList.parse(groups)),
            true,
            engine);
    assertThat(TlsSettings.of(options, true).boringssl()).isEqualTo(boringssl);
    assertThat(TlsSettings.of(options, false).boringssl()).isFalse();
    assertThat(Arrays.asList(suites13.split(":", -1)))
        .allMatch(TlsSettings.of(options, true).suites()::contains);
  }

  private record Wanted(
      Optional<String> tlsCertificate,
      Optional<String> tlsKey,
      CipherList tlsCiphers,
      CipherSuites13 tls13Ciphersuites,
      ProtocolList tlsProtocols,
      Optional<GroupList> tlsEcCurveNames,
      boolean tlsEnableDheCiphers,
      TlsEngine tlsEngine)
      implements TlsParameters {}
}
