package org.impetusmta.delivery.esmtp.tls;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import javax.net.ssl.X509TrustManager;
import org.impetusmta.api.metrics.CacheWatch;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.tls.FileCache;
import org.impetusmta.tls.TlsCache;
import org.impetusmta.tls.TlsSettings;
import org.impetusmta.tls.TrustedAuthorities;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * The TLS contexts and the trusted authorities in use, one for each set of options, made anew when
 * one of their files has changed. Concurrent.
 */
@Component(service = {TlsContexts.class, TlsCache.class, CacheWatch.class})
public final class TlsContexts implements TlsCache, CacheWatch {
  private final Executor judging;
  private final LongSupplier clock;
  private final FileCache<TlsSettings, TlsContext> contexts;
  private final FileCache<Optional<Path>, X509TrustManager> authorities;

  /** The settings of options that were seen; options are kept for as long as their generation. */
  private final Map<TlsOptions, TlsSettings> settings = new ConcurrentHashMap<>();

  @Override
  public String name() {
    return "tls:client";
  }

  @Override
  public Figures figures() {
    return contexts.figures();
  }

  @Activate
  public TlsContexts(@Reference Scheduler scheduler) {
    this(scheduler.pool("IO"), scheduler.pool("CPU"), () -> scheduler.clock().millis());
  }

  /**
   * @param reading where files are read
   * @param judging where certificates are judged
   */
  public TlsContexts(Executor reading, Executor judging, LongSupplier clock) {
    this.judging = judging;
    this.clock = clock;
    this.contexts =
        new FileCache<>(
            TlsContexts::files, key -> new TlsContext(key, clock.getAsLong()), reading, clock);
    this.authorities =
        new FileCache<>(
            file -> file.map(List::of).orElse(List.of()), TrustedAuthorities::read, reading, clock);
  }

  private static List<Path> files(TlsSettings settings) {
    return Stream.of(settings.certificate(), settings.key()).flatMap(Optional::stream).toList();
  }

  /** The context for {@code options}; fails with IOException when it cannot be made. */
  public CompletableFuture<TlsContext> context(TlsOptions options) {
    TlsSettings wanted = settings.get(options);
    if (wanted == null) {
      if (settings.size() >= FileCache.MOST) {
        settings.clear();
      }
      wanted = settings.computeIfAbsent(options, TlsSettings::of);
    }
    return contexts.get(wanted);
  }

  /** The authorities in {@code file}; those of the Java platform where there is none. */
  CompletableFuture<X509TrustManager> authorities(Optional<String> file) {
    return authorities.get(file.map(Path::of));
  }

  /** Where certificates are judged. */
  Executor judging() {
    return judging;
  }

  /** Milliseconds since 1970. */
  long now() {
    return clock.getAsLong();
  }

  // ---- for the console

  @Override
  public List<Kept> kept() {
    List<Kept> kept = new ArrayList<>();
    contexts.forEach(
        (key, context) ->
            kept.add(
                new Kept(
                    "client",
                    context.createdMillis(),
                    context.inUse(),
                    context.settings(),
                    Optional.empty())));
    kept.sort(Comparator.comparingLong(Kept::createdMillis));
    return kept;
  }

  @Override
  public void flush() {
    contexts.clear();
    authorities.clear();
    settings.clear();
  }

  @Override
  public void rekey() {
    contexts.forEach((key, context) -> context.forgetSessions());
  }
}
