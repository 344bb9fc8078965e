package org.impetusmta.api.tls;

/** How TLS to a host went, in the words of TLS reports. Source: RFC 8460 section 4.3. */
public enum TlsResult {
  SUCCESS("successful-session"),
  STARTTLS_NOT_SUPPORTED("starttls-not-supported"),
  CERTIFICATE_HOST_MISMATCH("certificate-host-mismatch"),
  CERTIFICATE_EXPIRED("certificate-expired"),
  CERTIFICATE_NOT_TRUSTED("certificate-not-trusted"),
  VALIDATION_FAILURE("validation-failure"),
  TLSA_INVALID("tlsa-invalid"),
  DNSSEC_INVALID("dnssec-invalid"),
  DANE_REQUIRED("dane-required"),
  STS_POLICY_FETCH_ERROR("sts-policy-fetch-error"),
  STS_POLICY_INVALID("sts-policy-invalid"),
  STS_WEBPKI_INVALID("sts-webpki-invalid");

  private final String code;

  TlsResult(String code) {
    this.code = code;
  }

  /** The result type as a report writes it. */
  public String code() {
    return code;
  }
}
