package org.impetusmta.tls;

import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.X509TrustManager;
import org.impetusmta.api.metrics.CacheWatch;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.api.tls.InboundTls;
import org.impetusmta.api.tls.InboundTlsChoice;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The TLS contexts of listeners, one for each set of options, made anew when one of their files has
 * changed; an OSGi service. Concurrent.
 */
@Component(service = {ServerContexts.class, TlsCache.class, CacheWatch.class})
public final class ServerContexts implements TlsCache, CacheWatch {
  private static final Logger LOG = LoggerFactory.getLogger(ServerContexts.class);

  private final Executor judging;
  private final LongSupplier clock;
  private final FileCache<ServerSettings, ServerContext> contexts;
  private final FileCache<Path, X509TrustManager> authorities;

  /** The settings of options that were seen; options are kept for as long as their generation. */
  private final Map<InboundTlsOptions, ServerSettings> settings = new ConcurrentHashMap<>();

  @Override
  public String name() {
    return "tls:server";
  }

  @Override
  public Figures figures() {
    return contexts.figures();
  }

  @Activate
  public ServerContexts(@Reference Scheduler scheduler) {
    this(scheduler.pool("IO"), scheduler.pool("CPU"), () -> scheduler.clock().millis());
  }

  /**
   * @param reading where files are read
   * @param judging where certificates are judged
   * @param clock milliseconds since 1970
   */
  public ServerContexts(Executor reading, Executor judging, LongSupplier clock) {
    this.judging = judging;
    this.clock = clock;
    this.contexts =
        new FileCache<>(
            ServerSettings::files,
            key -> new ServerContext(key, clock.getAsLong()),
            reading,
            clock);
    this.authorities =
        new FileCache<>(
            List::of, file -> TrustedAuthorities.read(Optional.of(file)), reading, clock);
  }

  /**
   * The context for a connection; fails with IOException when it cannot be made, and with
   * IllegalArgumentException when policy's choice is none.
   */
  public CompletableFuture<ServerContext> context(
      InboundTlsOptions options, InboundTlsChoice choice) {
    try {
      return contexts.get(
          settings(choice.equals(InboundTlsChoice.NONE) ? options : options.with(choice)));
    } catch (IllegalArgumentException wrong) {
      return CompletableFuture.failedFuture(wrong);
    }
  }

  private ServerSettings settings(InboundTlsOptions options) {
    ServerSettings wanted = settings.get(options);
    if (wanted == null) {
      if (settings.size() >= FileCache.MOST) {
        settings.clear();
      }
      wanted = settings.computeIfAbsent(options, ServerSettings::of);
    }
    return wanted;
  }

  /**
   * Makes a context to see whether it can be made; for a configuration that is about to be in
   * force, not for event loops.
   *
   * @throws IOException when it cannot be; says why
   */
  public void check(InboundTlsOptions options) throws IOException {
    ServerContext made = new ServerContext(ServerSettings.of(options), clock.getAsLong());
    LOG.debug("TLS can be had with {}", made.settings());
  }

  /** What came of a handshake, the client's certificate judged; never fails. */
  public CompletableFuture<InboundTls> established(ServerContext context, SSLSession session) {
    CipherFacts cipher = CipherFacts.of(session.getCipherSuite());
    List<X509Certificate> chain = context.asks() ? clientCertificates(session) : List.of();
    InboundTls plain =
        new InboundTls(
            session.getProtocol(),
            cipher.name(),
            cipher.algorithmBits(),
            cipher.usedBits(),
            NamedKeys.serverName(session),
            own(session),
            chain,
            false);
    Optional<Path> trusted = context.settings().clientCa();
    if (chain.isEmpty() || trusted.isEmpty()) {
      return CompletableFuture.completedFuture(plain);
    }
    return authorities
        .get(trusted.get())
        .thenApplyAsync(
            trust -> {
              Verdict verdict = PkixCheck.judgeClient(chain, trust);
              if (!verdict.good()) {
                LOG.debug("a client's certificate: {}", verdict);
              }
              return plain.verified(verdict.good());
            },
            judging)
        .exceptionally(
            failure -> {
              LOG.error(
                  "clients cannot be verified: {}", Verdict.printable(PkixCheck.words(failure)));
              return plain;
            });
  }

  private static List<X509Certificate> clientCertificates(SSLSession session) {
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

  private static Optional<X509Certificate> own(SSLSession session) {
    Certificate @Nullable [] chain = session.getLocalCertificates();
    return chain != null && chain.length > 0 && chain[0] instanceof X509Certificate own
        ? Optional.of(own)
        : Optional.empty();
  }

  // ---- for the console

  @Override
  public List<Kept> kept() {
    List<Kept> kept = new ArrayList<>();
    contexts.forEach(
        (key, context) ->
            kept.add(
                new Kept(
                    "server",
                    context.createdMillis(),
                    context.inUse(),
                    key.common(),
                    key.clientCa())));
    kept.sort(Comparator.comparingLong(Kept::createdMillis));
    return kept;
  }

  @Override
  public void flush() {
    contexts.clear();
    authorities.clear();
    settings.clear();
  }

  /** A session is resumed within its context alone: new contexts are new sessions. */
  @Override
  public void rekey() {
    contexts.clear();
  }
}
