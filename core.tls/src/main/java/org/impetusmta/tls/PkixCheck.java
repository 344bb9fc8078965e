package org.impetusmta.tls;

import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.X509TrustManager;
import org.impetusmta.api.tls.TlsResult;
import org.jspecify.annotations.Nullable;

/**
 * Judges a peer's certificate by its authority (RFC 5280) and, where there are names, by its name.
 * Thread-safety: read-only; not for event loops.
 */
public final class PkixCheck {
  private PkixCheck() {}

  /**
   * A server's.
   *
   * @param chain what the peer showed, its own certificate first
   * @param names one of which the certificate must have; empty: it may have any
   * @param commonName whether a certificate without dNSName may have it as its common name
   */
  public static Verdict judge(
      List<X509Certificate> chain, X509TrustManager trust, List<String> names, boolean commonName) {
    if (chain.isEmpty()) {
      return new Verdict(TlsResult.CERTIFICATE_NOT_TRUSTED, "the host showed no certificate");
    }
    Verdict verdict =
        byAuthority(
            () -> trust.checkServerTrusted(chain.toArray(X509Certificate[]::new), "UNKNOWN"));
    X509Certificate own = chain.getFirst();
    if (verdict.good() && !names.isEmpty() && !HostNames.match(own, names, commonName)) {
      return new Verdict(
          TlsResult.CERTIFICATE_HOST_MISMATCH,
          "the certificate is for " + HostNames.of(own) + ", not for " + names.getFirst());
    }
    return verdict;
  }

  /**
   * A client's: whoever it is, an authority vouches for it.
   *
   * @param chain what the peer showed, its own certificate first
   */
  public static Verdict judgeClient(List<X509Certificate> chain, X509TrustManager trust) {
    if (chain.isEmpty()) {
      return new Verdict(TlsResult.CERTIFICATE_NOT_TRUSTED, "the client showed no certificate");
    }
    return byAuthority(
        () -> trust.checkClientTrusted(chain.toArray(X509Certificate[]::new), "UNKNOWN"));
  }

  private interface Check {
    void run() throws CertificateException;
  }

  private static Verdict byAuthority(Check check) {
    try {
      check.run();
      return Verdict.GOOD;
    } catch (CertificateException e) {
      boolean expired =
          caused(e, CertificateExpiredException.class)
              || caused(e, CertificateNotYetValidException.class);
      return new Verdict(
          expired ? TlsResult.CERTIFICATE_EXPIRED : TlsResult.CERTIFICATE_NOT_TRUSTED, words(e));
    }
  }

  /** Whether {@code type} is among the causes of {@code thrown}. */
  public static boolean caused(Throwable thrown, Class<? extends Throwable> type) {
    for (@Nullable Throwable at = thrown; at != null; at = at.getCause()) {
      if (type.isInstance(at)) {
        return true;
      }
      if (at instanceof CertPathValidatorException path) {
        boolean early = path.getReason() == BasicReason.NOT_YET_VALID;
        boolean late = path.getReason() == BasicReason.EXPIRED;
        if ((early && type == CertificateNotYetValidException.class)
            || (late && type == CertificateExpiredException.class)) {
          return true;
        }
      }
    }
    return false;
  }

  /** The innermost words of {@code thrown}. */
  public static String words(Throwable thrown) {
    Throwable root = thrown;
    for (@Nullable Throwable at = thrown; at != null; at = at.getCause()) {
      root = at;
    }
    String message = root.getMessage();
    return message == null ? root.getClass().getSimpleName() : message;
  }
}
