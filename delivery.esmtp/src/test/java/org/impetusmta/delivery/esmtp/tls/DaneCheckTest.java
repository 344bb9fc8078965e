package org.impetusmta.delivery.esmtp.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import org.impetusmta.api.tls.TlsResult;
import org.impetusmta.api.tls.TlsaRecord;
import org.impetusmta.tls.HostNames;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Certificates judged by TLSA records (RFC 7672 section 3). */
final class DaneCheckTest {
  private static final long NOW = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();
  private static final List<String> NAMES = List.of("mx.destination.example");

  private static TlsResult judge(List<X509Certificate> chain, TlsaRecord... records) {
    return DaneCheck.judge(chain, List.of(records), NAMES, NOW).result();
  }

  private static X509Certificate authority() {
    return TestTls.chain("ca").getFirst();
  }

  @ParameterizedTest
  @CsvSource({
    // usage, selector, matching type, record of, chain, result
    "3, 0, 0, mx, mx, SUCCESS",
    "3, 0, 1, mx, mx, SUCCESS",
    "3, 0, 2, mx, mx, SUCCESS",
    "3, 1, 0, mx, mx, SUCCESS",
    "3, 1, 1, mx, mx, SUCCESS",
    "3, 1, 2, mx, mx, SUCCESS",
    // neither name nor dates matter to DANE-EE
    "3, 1, 1, wrong, wrong, SUCCESS",
    "3, 1, 1, expired, expired, SUCCESS",
    "3, 1, 1, self, self, SUCCESS",
    "3, 1, 1, wrong, mx, VALIDATION_FAILURE",
    // an authority is no end entity
    "3, 1, 1, ca, mx, VALIDATION_FAILURE",
    "2, 0, 1, ca, mx, SUCCESS",
    "2, 1, 2, ca, mx, SUCCESS",
    "2, 0, 1, ca, wild, SUCCESS",
    "2, 0, 1, ca, wrong, CERTIFICATE_HOST_MISMATCH",
    "2, 0, 1, ca, expired, CERTIFICATE_EXPIRED",
    "2, 0, 1, other, mx, VALIDATION_FAILURE",
    // the certificate itself is no authority
    "2, 0, 1, mx, mx, VALIDATION_FAILURE",
    // held in full, the authority need not be shown
    "2, 0, 0, ca, common, SUCCESS",
    "2, 1, 0, ca, common, SUCCESS",
    "2, 0, 1, ca, common, VALIDATION_FAILURE",
    "2, 0, 0, other, common, CERTIFICATE_NOT_TRUSTED",
    "2, 1, 0, other, common, VALIDATION_FAILURE"
  })
  void judges(int usage, int selector, int matching, String of, String chain, TlsResult result) {
    TlsaRecord record = TlsaOf.record(usage, selector, matching, TestTls.chain(of).getFirst());
    assertThat(DaneCheck.usable(record)).isTrue();
    assertThat(judge(TestTls.chain(chain), record)).isEqualTo(result);
  }

  @Test
  void takesTheFirstRecordThatFits() {
    TlsaRecord wrong = TlsaOf.key(3, TestTls.chain("other").getFirst());
    TlsaRecord right = TlsaOf.key(2, authority());
    assertThat(judge(TestTls.chain("mx"), wrong, right)).isEqualTo(TlsResult.SUCCESS);
    assertThat(judge(TestTls.chain("wrong"), wrong, right))
        .isEqualTo(TlsResult.CERTIFICATE_HOST_MISMATCH);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1, 1, 64",
    "1, 1, 1, 64",
    "3, 2, 1, 64",
    "3, 1, 3, 64",
    "3, 1, 1, 62",
    "3, 1, 2, 64",
    "2, 0, 0, 64",
    "3, 1, 1, 63"
  })
  void passesOverWhatCannotBeUsed(int usage, int selector, int matching, int digits) {
    TlsaRecord record = new TlsaRecord(usage, selector, matching, "a".repeat(digits));
    assertThat(DaneCheck.usable(record)).isFalse();
    // nothing that is usable: encryption without a check (RFC 7672 section 2.2)
    assertThat(judge(TestTls.chain("self"), record)).isEqualTo(TlsResult.SUCCESS);
    assertThat(judge(TestTls.chain("self"), record, TlsaOf.key(3, authority())))
        .isEqualTo(TlsResult.VALIDATION_FAILURE);
  }

  @Test
  void needsACertificate() {
    assertThat(judge(List.of(), TlsaOf.key(3, authority())))
        .isEqualTo(TlsResult.VALIDATION_FAILURE);
  }

  @ParameterizedTest
  @CsvSource({
    "mx, mx.destination.example, true",
    "mx, MX.Destination.Example., true",
    "mx, destination.example, false",
    "wild, mx.destination.example, true",
    "wild, destination.example, false",
    "wild, a.mx.destination.example, false",
    "wrong, mx.destination.example, false",
    "common, mx.destination.example, true",
    "mx, [192.0.2.1], false"
  })
  void comparesNames(String certificate, String name, boolean same) {
    X509Certificate own = TestTls.chain(certificate).getFirst();
    assertThat(HostNames.match(own, List.of(name), true)).isEqualTo(same);
    assertThat(HostNames.match(own, List.of(name), false))
        .isEqualTo(same && !certificate.equals("common"));
  }
}
