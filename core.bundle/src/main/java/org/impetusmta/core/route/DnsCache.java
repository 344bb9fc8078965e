package org.impetusmta.core.route;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.impetusmta.api.dns.DnsAnswer.Status;
import org.impetusmta.api.metrics.CacheWatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/**
 * Answers of the DNS for as long as they are good. A question that is being asked already is not
 * asked again: whoever wants the same waits for the same answer. Holds at most {@value #MOST}
 * answers, and records of at most {@value #MOST_OCTETS} octets on the wire. Concurrent.
 */
final class DnsCache {
  /** Most answers kept; those whose time is over make room first. */
  static final int MOST = 65_536;

  /** Most octets of records kept. */
  static final long MOST_OCTETS = 32 << 20;

  private static final Logger LOG = LoggerFactory.getLogger(DnsCache.class);
  private final ConcurrentHashMap<Question, Kept> answers = new ConcurrentHashMap<>();
  private final InstantSource clock;
  private final LongAdder octets = new LongAdder();
  private final LongAdder lookups = new LongAdder();
  private final LongAdder hits = new LongAdder();
  private final LongAdder stores = new LongAdder();
  private final LongAdder forced = new LongAdder();
  private final LongAdder expired = new LongAdder();
  private final LongAdder evicted = new LongAdder();
  private final long begunMillis;

  DnsCache(InstantSource clock) {
    this.clock = clock;
    this.begunMillis = clock.millis();
  }

  record Question(Name name, int type) {}

  /**
   * @param records empty unless {@link Status#FOUND}
   * @param secure whether DNSSEC, checked by this process, proves it
   * @param aliases the names that CNAMEs led to, in order
   */
  record Answer(
      Status status, List<Record> records, boolean secure, long expiresMillis, List<Name> aliases) {
    Answer {
      records = List.copyOf(records);
      aliases = List.copyOf(aliases);
    }

    Answer(Status status, List<Record> records, boolean secure, long expiresMillis) {
      this(status, records, secure, expiresMillis, List.of());
    }

    /** What its records take on the wire. */
    long octets() {
      long sum = 0;
      for (Record record : records) {
        sum += record.toWire(Section.ANSWER).length;
      }
      return sum;
    }
  }

  /**
   * An answer, and who uses it. Identity counts.
   *
   * @param users who asked for it
   */
  private record Kept(CompletableFuture<Answer> answer, LongAdder users) {
    @Override
    public boolean equals(Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(this);
    }
  }

  /** One line of the cache, for the console. */
  record Entry(Question question, Optional<Answer> answer, long users) {}

  /** The answer that is kept, or the one that {@code ask} gets. */
  CompletableFuture<Answer> get(
      Question question, Function<Question, CompletableFuture<Answer>> ask) {
    lookups.increment();
    Kept mine = new Kept(new CompletableFuture<>(), new LongAdder());
    mine.users().increment();
    while (true) {
      Kept kept = answers.putIfAbsent(question, mine);
      if (kept == null) {
        break;
      }
      if (!kept.answer().isDone() || kept.answer().join().expiresMillis() > clock.millis()) {
        hits.increment();
        kept.users().increment();
        return kept.answer();
      }
      remove(question, kept, expired);
    }
    LOG.debug("{} is not known yet, or no longer; {} answers are", question, answers.size() - 1);
    if (answers.size() > MOST || octets.sum() > MOST_OCTETS) {
      makeRoom();
    }
    ask.apply(question)
        .whenComplete(
            (answer, failure) -> {
              Answer known =
                  failure == null ? answer : new Answer(Status.TEMPORARY, List.of(), false, 0);
              octets.add(known.octets());
              stores.increment();
              mine.answer().complete(known);
            });
    return mine.answer();
  }

  /** What is kept and still good, without asking anybody. */
  Optional<Answer> kept(Question question) {
    Kept kept = answers.get(question);
    return kept == null || !kept.answer().isDone()
        ? Optional.empty()
        : Optional.of(kept.answer().join()).filter(a -> a.expiresMillis() > clock.millis());
  }

  /** Everything, in no order. */
  List<Entry> entries() {
    List<Entry> all = new ArrayList<>();
    answers.forEach(
        (question, kept) ->
            all.add(
                new Entry(
                    question,
                    kept.answer().isDone() ? Optional.of(kept.answer().join()) : Optional.empty(),
                    kept.users().sum())));
    return all;
  }

  /** Removes what is no longer good. */
  void purge() {
    long now = clock.millis();
    answers.forEach(
        (question, kept) -> {
          if (kept.answer().isDone() && kept.answer().join().expiresMillis() <= now) {
            remove(question, kept, expired);
          }
        });
  }

  /** Forgets an answer, so that the next who wants it asks; a question being asked stays. */
  void forget(Question question) {
    Kept kept = answers.get(question);
    if (kept != null && kept.answer().isDone()) {
      remove(question, kept, forced);
    }
  }

  /** Forgets everything; questions that are being asked are answered still. */
  void clear() {
    answers.forEach(
        (question, kept) -> {
          if (kept.answer().isDone()) {
            remove(question, kept, forced);
          }
        });
  }

  int size() {
    return answers.size();
  }

  /** Octets of all records kept. */
  long octets() {
    return octets.sum();
  }

  long lookups() {
    return lookups.sum();
  }

  long hits() {
    return hits.sum();
  }

  /** How good it is. */
  CacheWatch.Figures figures() {
    long pending = answers.values().stream().filter(kept -> !kept.answer().isDone()).count();
    long found = hits.sum();
    return new CacheWatch.Figures(
        MOST,
        answers.size(),
        found,
        Math.max(0, lookups.sum() - found - pending),
        pending,
        stores.sum(),
        forced.sum(),
        expired.sum(),
        evicted.sum(),
        (clock.millis() - begunMillis) / 1e3);
  }

  private void remove(Question question, Kept kept, LongAdder because) {
    if (answers.remove(question, kept)) {
      because.increment();
      octets.add(-kept.answer().join().octets());
    }
  }

  private void makeRoom() {
    purge();
    var rest = answers.entrySet().iterator();
    while ((answers.size() > MOST - MOST / 8 || octets.sum() > MOST_OCTETS - MOST_OCTETS / 8)
        && rest.hasNext()) {
      var next = rest.next();
      if (next.getValue().answer().isDone()) {
        remove(next.getKey(), next.getValue(), evicted);
      }
    }
  }
}
