package org.impetusmta.delivery.esmtp.tls;

import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.impetusmta.api.tls.OutboundTls;
import org.impetusmta.api.tls.TlsResult;
import org.impetusmta.tls.CipherFacts;
import org.impetusmta.tls.HostNames;
import org.impetusmta.tls.PkixCheck;
import org.impetusmta.tls.Verdict;

/**
 * Judges the certificate of a session that stands, as the demand has it, in the pool CPU: a path of
 * certificates costs about a millisecond. Read-only.
 */
public final class PeerCheck {
  private PeerCheck() {}

  /** The name that a server is asked for (RFC 6066 section 3): no final dot, no brackets. */
  public static String serverName(String host) {
    return HostNames.plain(host);
  }

  /** The innermost words of {@code thrown}, for logs. */
  public static String words(Throwable thrown) {
    return Verdict.printable(PkixCheck.words(thrown));
  }

  /** The certificates that the peer showed, its own first. */
  public static List<X509Certificate> chain(SSLSession session) {
    List<X509Certificate> chain = new ArrayList<>();
    try {
      for (Certificate certificate : session.getPeerCertificates()) {
        if (certificate instanceof X509Certificate known) {
          chain.add(known);
        }
      }
    } catch (SSLPeerUnverifiedException _) {
      // it showed none
    }
    return chain;
  }

  /** What the demand says of them; never fails, but with a verdict. */
  public static CompletableFuture<Verdict> judge(
      TlsDemand demand, Optional<String> ca, List<X509Certificate> chain, TlsContexts contexts) {
    return switch (demand.check()) {
      case NONE -> CompletableFuture.completedFuture(Verdict.GOOD);
      case DANE ->
          CompletableFuture.supplyAsync(
              () ->
                  DaneCheck.judge(
                      chain, demand.policy().orElseThrow().tlsa(), demand.names(), contexts.now()),
              contexts.judging());
      case AUTHORITY, NAME ->
          contexts
              .authorities(ca)
              .thenApplyAsync(
                  trust ->
                      PkixCheck.judge(
                          chain,
                          trust,
                          demand.check() == TlsDemand.Check.NAME ? demand.names() : List.of(),
                          demand.commonName()),
                  contexts.judging())
              .exceptionally(
                  failure -> new Verdict(TlsResult.VALIDATION_FAILURE, PkixCheck.words(failure)));
    };
  }

  /** What loggers are told of a session. */
  public static OutboundTls describe(
      TlsDemand demand, SSLSession session, List<X509Certificate> chain, boolean verified) {
    CipherFacts cipher = CipherFacts.of(session.getCipherSuite());
    return new OutboundTls(
        demand.use().name().toLowerCase(Locale.ROOT),
        cipher.name(),
        cipher.algorithmBits(),
        cipher.usedBits(),
        session.getProtocol(),
        verified,
        chain.isEmpty()
            ? ""
            : Verdict.printable(HostNames.name(chain.getFirst().getIssuerX500Principal())),
        chain.isEmpty()
            ? ""
            : Verdict.printable(HostNames.name(chain.getFirst().getSubjectX500Principal())));
  }
}
