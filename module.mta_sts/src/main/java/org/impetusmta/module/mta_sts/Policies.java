package org.impetusmta.module.mta_sts;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.impetusmta.api.dns.Dns;
import org.impetusmta.api.dns.DnsAnswer;
import org.impetusmta.module.mta_sts.PolicySource.Fetched;
import org.impetusmta.module.mta_sts.PolicyStore.Kept;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The policies of domains, in memory and in the {@link PolicyStore}. A policy is used until its
 * max_age has passed, whatever happens to its record or its host: who can suppress them cannot undo
 * it (RFC 8461 sections 3.3 and 10.2). It is fetched when the record names another id, and anew
 * every 24 hours. A fetch that failed is not made again for {@link #AGAIN}. At most {@value #MOST}
 * domains are in memory. Concurrent; never blocks.
 */
final class Policies {
  static final int MOST = 65_536;
  static final Duration REFRESH = Duration.ofHours(24);
  static final Duration AGAIN = Duration.ofMinutes(5);
  private static final int TXT = 16;
  private static final int MOST_REFRESHED_AT_ONCE = 256;
  private static final Logger LOG = LoggerFactory.getLogger(Policies.class);

  private final Dns dns;
  private final PolicySource source;
  private final PolicyStore store;
  private final Executor blocking;
  private final InstantSource clock;
  private final ConcurrentHashMap<String, Entry> entries = new ConcurrentHashMap<>();

  Policies(
      Dns dns, PolicySource source, PolicyStore store, Executor blocking, InstantSource clock) {
    this.dns = dns;
    this.source = source;
    this.store = store;
    this.blocking = blocking;
    this.clock = clock;
  }

  /**
   * What holds for a domain now. Immutable.
   *
   * @param kept the policy in force, with mode none too
   * @param recordUntil until when the TXT record is known; 0: there is none
   * @param until when it is to be found out anew
   * @param failure why a policy that exists could not be had
   */
  record Decision(Optional<Kept> kept, long recordUntil, long until, Optional<Fetched> failure) {}

  /** What is known of one domain. Its fields are guarded by it, but for the decision. */
  private static final class Entry {
    final String domain;
    volatile @Nullable Decision decision;
    @Nullable CompletableFuture<Decision> running;
    @Nullable Kept kept;
    boolean loaded;
    boolean refreshing;
    long failedMillis;
    String failedId = "";
    @Nullable Fetched failure;

    Entry(String domain) {
      this.domain = domain;
    }
  }

  /** What holds for {@code domain}; never completed exceptionally. */
  CompletableFuture<Decision> find(String domain, int mostAliases) {
    Entry entry = entry(domain);
    Decision known = entry.decision;
    if (known != null && clock.millis() < known.until()) {
      return CompletableFuture.completedFuture(known);
    }
    CompletableFuture<Decision> mine = new CompletableFuture<>();
    synchronized (entry) {
      CompletableFuture<Decision> running = entry.running;
      if (running != null) {
        return running;
      }
      entry.running = mine;
    }
    findOut(entry, mostAliases)
        .whenComplete(
            (decision, failure) -> {
              Decision found = decision;
              if (failure != null) {
                LOG.error("the MTA-STS policy of {} cannot be found out", domain, failure);
              }
              synchronized (entry) {
                if (failure != null) {
                  found = new Decision(usable(entry), 0, clock.millis() + 10_000, Optional.empty());
                }
                entry.decision = found;
                entry.running = null;
              }
              mine.complete(found);
            });
    return mine;
  }

  /** What was found out of {@code domain} last, if it is in memory. */
  Optional<Decision> known(String domain) {
    return Optional.ofNullable(entries.get(domain)).map(entry -> entry.decision);
  }

  private Entry entry(String domain) {
    if (entries.size() >= MOST) {
      makeRoom();
    }
    return entries.computeIfAbsent(domain, Entry::new);
  }

  private void makeRoom() {
    var rest = entries.values().iterator();
    while (entries.size() > MOST - MOST / 8 && rest.hasNext()) {
      Entry entry = rest.next();
      synchronized (entry) {
        if (entry.running == null && !entry.refreshing) {
          rest.remove();
        }
      }
    }
  }

  private CompletableFuture<Decision> findOut(Entry entry, int mostAliases) {
    boolean loaded;
    synchronized (entry) {
      loaded = entry.loaded;
    }
    CompletableFuture<Void> read =
        loaded
            ? CompletableFuture.completedFuture(null)
            : CompletableFuture.runAsync(() -> load(entry), blocking);
    return read.thenCompose(nothing -> dns.lookup("_mta-sts." + entry.domain, TXT))
        .thenCompose(answer -> decide(entry, answer, mostAliases));
  }

  private void load(Entry entry) {
    Optional<Kept> kept = store.read(entry.domain);
    synchronized (entry) {
      entry.loaded = true;
      if (entry.kept == null) {
        entry.kept = kept.orElse(null);
      }
    }
  }

  private CompletableFuture<Decision> decide(Entry entry, DnsAnswer answer, int mostAliases) {
    Optional<StsRecord> record =
        answer.aliases().size() > mostAliases ? Optional.empty() : StsRecord.of(answer.records());
    long now = clock.millis();
    if (record.isEmpty()) {
      synchronized (entry) {
        return CompletableFuture.completedFuture(
            decision(entry, 0, answer.expiresMillis(), Optional.empty()));
      }
    }
    String id = record.get().id();
    synchronized (entry) {
      Kept kept = entry.kept;
      if (kept != null && kept.valid(now) && kept.id().equals(id)) {
        if (now - kept.fetchedMillis() >= REFRESH.toMillis()) {
          refresh(entry, id);
        }
        return CompletableFuture.completedFuture(
            decision(entry, answer.expiresMillis(), answer.expiresMillis(), Optional.empty()));
      }
      if (failedLately(entry, id, now)) {
        long again = entry.failedMillis + AGAIN.toMillis();
        return CompletableFuture.completedFuture(
            decision(
                entry,
                answer.expiresMillis(),
                Math.min(answer.expiresMillis(), again),
                Optional.ofNullable(entry.failure)));
      }
    }
    return source
        .fetch(entry.domain)
        .thenApplyAsync(
            fetched -> {
              took(entry, id, fetched);
              synchronized (entry) {
                return decision(
                    entry,
                    answer.expiresMillis(),
                    fetched.policy().isPresent()
                        ? answer.expiresMillis()
                        : Math.min(answer.expiresMillis(), clock.millis() + AGAIN.toMillis()),
                    fetched.policy().isPresent() ? Optional.empty() : Optional.of(fetched));
              }
            },
            blocking);
  }

  private static boolean failedLately(Entry entry, String id, long now) {
    return entry.failedId.equals(id) && now - entry.failedMillis < AGAIN.toMillis();
  }

  private Optional<Kept> usable(Entry entry) {
    return Optional.ofNullable(entry.kept).filter(kept -> kept.valid(clock.millis()));
  }

  /** The decision for what the entry holds. */
  private Decision decision(Entry entry, long recordUntil, long until, Optional<Fetched> failure) {
    Optional<Kept> kept = usable(entry);
    long ends = Math.min(kept.map(Kept::expiresMillis).orElse(Long.MAX_VALUE), until);
    return new Decision(kept, recordUntil, ends, failure);
  }

  /** Takes what was fetched; writes to the store. Blocks. */
  private void took(Entry entry, String id, Fetched fetched) {
    long now = clock.millis();
    Kept kept = null;
    synchronized (entry) {
      if (fetched.policy().isPresent()) {
        kept = new Kept(id, fetched.policy().get(), now);
        entry.kept = kept;
        entry.loaded = true;
        entry.failedId = "";
        entry.failure = null;
      } else {
        entry.failedId = id;
        entry.failedMillis = now;
        entry.failure = fetched;
        LOG.warn(
            "the MTA-STS policy of {} cannot be fetched: {} {}",
            entry.domain,
            fetched.result().code(),
            fetched.detail());
      }
    }
    if (kept != null) {
      LOG.debug("the MTA-STS policy {} of {} was fetched", id, entry.domain);
      store.write(entry.domain, kept);
    }
  }

  /** Fetches the policy again while the one that is kept stays in force. */
  private CompletableFuture<Fetched> refresh(Entry entry, String id) {
    synchronized (entry) {
      if (entry.refreshing || failedLately(entry, id, clock.millis())) {
        return CompletableFuture.completedFuture(
            Fetched.failed(
                org.impetusmta.api.tls.TlsResult.STS_POLICY_FETCH_ERROR,
                "it was tried less than " + AGAIN.toMinutes() + " minutes ago"));
      }
      entry.refreshing = true;
    }
    return source
        .fetch(entry.domain)
        .thenApplyAsync(
            fetched -> {
              took(entry, id, fetched);
              synchronized (entry) {
                entry.refreshing = false;
                entry.decision = null;
              }
              return fetched;
            },
            blocking);
  }

  /** Fetches anew what is in memory and older than a day; purges the store. Blocks. */
  void lookAfter() {
    long now = clock.millis();
    List<Entry> due = new ArrayList<>();
    for (Entry entry : entries.values()) {
      synchronized (entry) {
        Kept kept = entry.kept;
        if (kept != null
            && kept.valid(now)
            && now - kept.fetchedMillis() >= REFRESH.toMillis()
            && due.size() < MOST_REFRESHED_AT_ONCE) {
          due.add(entry);
        }
      }
    }
    for (Entry entry : due) {
      Kept kept;
      synchronized (entry) {
        kept = entry.kept;
      }
      if (kept != null) {
        refresh(entry, kept.id());
      }
    }
    store.purge(now);
  }

  // ---- for the console ----

  /** The domains in memory that have a policy, in order. */
  List<String> domains() {
    List<String> names = new ArrayList<>();
    for (Entry entry : entries.values()) {
      synchronized (entry) {
        if (usable(entry).isPresent()) {
          names.add(entry.domain);
        }
      }
    }
    names.sort(null);
    return names;
  }

  /** Fetches the policy of {@code domain} now, whatever is kept. */
  CompletableFuture<Fetched> refetch(String domain, int mostAliases) {
    return find(domain, mostAliases)
        .thenCompose(nothing -> dns.lookup("_mta-sts." + domain, TXT))
        .thenCompose(
            answer -> {
              Entry entry = entry(domain);
              Optional<StsRecord> record = StsRecord.of(answer.records());
              if (record.isEmpty()) {
                return CompletableFuture.completedFuture(
                    Fetched.failed(
                        org.impetusmta.api.tls.TlsResult.STS_POLICY_FETCH_ERROR,
                        "there is no TXT record of a policy"));
              }
              synchronized (entry) {
                entry.failedId = "";
              }
              return refresh(entry, record.get().id());
            });
  }
}
