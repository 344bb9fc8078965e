package org.impetusmta.module.ds_core;

import com.github.benmanes.caffeine.cache.Ticker;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.impetusmta.api.datasource.CredentialStore;
import org.impetusmta.api.datasource.Datasource;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.DatasourceSettings;
import org.impetusmta.api.datasource.Query;
import org.impetusmta.api.datasource.Rows;
import org.impetusmta.api.datasource.SharedAnswers;
import org.impetusmta.api.metrics.CacheWatch;
import org.impetusmta.api.scheduler.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * A Datasource stanza at work. Of those who ask the same at the same time the first asks the
 * source, the others wait for its answer; that is left out where there is no cache, so that every
 * query goes to the source there. Failures are not kept. Concurrent.
 */
final class NamedDatasource implements Datasource, CacheWatch, Lookups.Owner {
  private final String name;
  private final Surroundings around;
  private final AnswerCache cache;
  private final Map<Query, CompletableFuture<Rows>> flights = new ConcurrentHashMap<>();

  /** Counts up when the cache was flushed: answers to questions of before are not kept. */
  private final AtomicLong epoch = new AtomicLong();

  private final Lookups lookups;
  private final long began;
  private volatile DatasourceOptions options;
  private volatile Sources sources;

  /**
   * What all datasources share.
   *
   * @param shared what the nodes of a cluster share; it may come and go
   */
  record Surroundings(
      Drivers drivers,
      Scheduler scheduler,
      CredentialStore credentials,
      SharedAnswers shared,
      Ticker ticker) {}

  NamedDatasource(String name, DatasourceOptions options, Surroundings around) {
    this.name = name;
    this.around = around;
    this.options = options;
    this.cache = new AnswerCache(options.cacheSize(), options.cacheLife(), around.ticker());
    this.sources = sources(options);
    this.lookups = new Lookups(this, around.scheduler(), around.ticker()::read);
    this.began = around.ticker().read();
  }

  private Sources sources(DatasourceOptions of) {
    DatasourceSettings settings =
        new DatasourceSettings(
            name,
            of.assumeCharset().charset(),
            of.connectTimeout(),
            of.queryTimeout(),
            around.credentials());
    return new Sources(of, around.drivers(), settings, around.ticker()::read);
  }

  DatasourceOptions options() {
    return options;
  }

  /** Takes new options; what was said of connections begins anew where that changed. */
  void take(DatasourceOptions next) {
    DatasourceOptions old = options;
    if (next.equals(old)) {
      return;
    }
    options = next;
    boolean elsewhere =
        !next.uri().equals(old.uri()) || !next.assumeCharset().equals(old.assumeCharset());
    if (elsewhere
        || !next.connectTimeout().equals(old.connectTimeout())
        || !next.queryTimeout().equals(old.queryTimeout())
        || next.maxConnections() != old.maxConnections()
        || !next.idleTimeout().equals(old.idleTimeout())
        || !next.retryDead().equals(old.retryDead())) {
      Sources gone = sources;
      sources = sources(next);
      gone.close();
    }
    cache.resize(next.cacheSize(), next.cacheLife());
    if (elsewhere || next.noCache() || next.maxRows() != old.maxRows()) {
      forget();
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Optional<Rows> cached(Query query) {
    return options.noCache() ? Optional.empty() : Optional.ofNullable(cache.find(query));
  }

  @Override
  public Rows query(Query query) throws DatasourceException {
    DatasourceOptions now = options;
    if (now.noCache()) {
      cache.misses.increment();
      return fetch(query, now);
    }
    Rows known = cache.find(query);
    if (known != null) {
      return known;
    }
    CompletableFuture<Rows> mine = new CompletableFuture<>();
    CompletableFuture<Rows> other = flights.putIfAbsent(query, mine);
    if (other == null) {
      fly(query, mine, now);
    } else {
      cache.pending.increment();
    }
    return await(other == null ? mine : other);
  }

  /** Asks for all who wait. */
  private void fly(Query query, CompletableFuture<Rows> flight, DatasourceOptions now) {
    try {
      Rows answer = cache.find(query); // the flight before may have landed just now
      flight.complete(answer == null ? ask(query, now) : answer);
    } catch (DatasourceException | RuntimeException | Error e) {
      flight.completeExceptionally(e);
    } finally {
      flights.remove(query, flight);
    }
  }

  private Rows ask(Query query, DatasourceOptions now) throws DatasourceException {
    cache.misses.increment();
    long before = epoch.get();
    Optional<Rows> elsewhere =
        now.serialized() ? around.shared().find(name, query) : Optional.empty();
    Rows answer = elsewhere.isPresent() ? elsewhere.get() : fetch(query, now);
    if (epoch.get() == before) {
      cache.put(query, answer);
      if (now.serialized() && elsewhere.isEmpty()) {
        around.shared().publish(name, query, answer);
      }
    }
    return answer;
  }

  private Rows fetch(Query query, DatasourceOptions now) throws DatasourceException {
    int most = now.maxRows();
    if (most < 0) {
      return sources.with(connection -> connection.query(query, most), true);
    }
    // one more tells whether there are more
    return sources.with(connection -> connection.query(query, most + 1), true).upTo(most);
  }

  private static Rows await(CompletableFuture<Rows> flight) throws DatasourceException {
    try {
      return flight.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DatasourceException("interrupted", false, e);
    } catch (ExecutionException e) {
      throw failure(e.getCause());
    }
  }

  private static DatasourceException failure(@Nullable Throwable cause) {
    Throwable known = cause instanceof CompletionException ? cause.getCause() : cause;
    return known instanceof DatasourceException of
        ? new DatasourceException(String.valueOf(of.getMessage()), of.connectionLost(), of)
        : new DatasourceException(
            "the driver failed: " + known, false, known == null ? new Exception() : known);
  }

  @Override
  public CompletionStage<Rows> ask(Query query) {
    DatasourceOptions now = options;
    Rows known = now.noCache() ? null : cache.find(query);
    if (known != null) {
      return CompletableFuture.completedFuture(known);
    }
    Lookups.Lookup mine = new Lookups.Lookup(query, now);
    if (now.noCache()) {
      lookups.add(mine);
      return mine.answer;
    }
    CompletableFuture<Rows> other = flights.putIfAbsent(query, mine.answer);
    if (other == null) {
      lookups.add(mine);
      return typed(mine.answer);
    }
    cache.pending.increment();
    return typed(other);
  }

  @Override
  public boolean settled(Lookups.Lookup lookup) {
    lookup.epoch = epoch.get();
    if (!lookup.options.noCache()) {
      Rows known = cache.find(lookup.query); // another flight may have landed just now
      if (known != null) {
        land(lookup, known);
        return true;
      }
    }
    cache.misses.increment();
    if (lookup.options.noCache() || !lookup.options.serialized()) {
      return false;
    }
    Optional<Rows> elsewhere = around.shared().find(name, lookup.query);
    elsewhere.ifPresent(
        rows -> {
          keep(lookup, rows);
          land(lookup, rows);
        });
    return elsewhere.isPresent();
  }

  @Override
  public Sources sources() {
    return sources;
  }

  @Override
  public void answered(Lookups.Lookup lookup, Rows rows) {
    if (!lookup.options.noCache() && keep(lookup, rows) && lookup.options.serialized()) {
      around.shared().publish(name, lookup.query, rows);
    }
    land(lookup, rows);
  }

  /** Keeps an answer, unless the cache was flushed since it was asked for. */
  private boolean keep(Lookups.Lookup lookup, Rows rows) {
    boolean current = epoch.get() == lookup.epoch;
    if (current) {
      cache.put(lookup.query, rows);
    }
    return current;
  }

  private void land(Lookups.Lookup lookup, Rows rows) {
    lookup.answer.complete(rows);
    flown(lookup);
  }

  @Override
  public void failed(Lookups.Lookup lookup, Throwable cause) {
    lookup.answer.completeExceptionally(
        cause instanceof RejectedExecutionException
            ? new DatasourceException(
                "the pool " + lookup.options.pool() + " takes no more", false, cause)
            : failure(cause));
    flown(lookup);
  }

  private void flown(Lookups.Lookup lookup) {
    if (!lookup.options.noCache()) {
      flights.remove(lookup.query, lookup.answer);
    }
  }

  /** A copy, which the caller cannot complete for others, with the failure itself. */
  private static CompletionStage<Rows> typed(CompletableFuture<Rows> flight) {
    CompletableFuture<Rows> own = new CompletableFuture<>();
    flight.whenComplete(
        (rows, failed) -> {
          if (failed == null) {
            own.complete(rows);
          } else {
            own.completeExceptionally(failure(failed));
          }
        });
    return own;
  }

  @Override
  public long execute(Query statement) throws DatasourceException {
    return sources.with(connection -> connection.execute(statement), false);
  }

  @Override
  public long flush() {
    around.shared().forget(name);
    return forget();
  }

  private long forget() {
    epoch.incrementAndGet();
    return cache.flush();
  }

  void tidy() {
    sources.tidy();
  }

  /** A driver goes: its connections close. */
  void clear(Set<String> driverNames) {
    sources.clear(driverNames);
  }

  void close() {
    sources.close();
    cache.flush();
  }

  int connections() {
    return sources.connections();
  }

  @Override
  public Figures figures() {
    return new Figures(
        options.noCache() ? 0 : options.cacheSize(),
        cache.entries(),
        cache.hits.sum(),
        cache.misses.sum(),
        cache.pending.sum(),
        cache.inserts.sum(),
        cache.manual.sum(),
        cache.expired.sum(),
        cache.evicted.sum(),
        (around.ticker().read() - began) / 1e9);
  }
}
