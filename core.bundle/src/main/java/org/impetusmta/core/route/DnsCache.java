package org.impetusmta.core.route;

import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.impetusmta.api.dns.DnsAnswer.Status;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/**
 * Answers of the DNS for as long as they are good. A question that is being asked already is not
 * asked again: whoever wants the same waits for the same answer. Holds at most {@value #MOST}
 * answers. Concurrent.
 */
final class DnsCache {
  /** Most answers kept; the oldest to expire make room. */
  static final int MOST = 65_536;

  private static final Logger LOG = LoggerFactory.getLogger(DnsCache.class);
  private final ConcurrentHashMap<Question, CompletableFuture<Answer>> answers =
      new ConcurrentHashMap<>();
  private final InstantSource clock;

  DnsCache(InstantSource clock) {
    this.clock = clock;
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
  }

  /** The answer that is kept, or the one that {@code ask} gets. */
  CompletableFuture<Answer> get(
      Question question, Function<Question, CompletableFuture<Answer>> ask) {
    CompletableFuture<Answer> mine = new CompletableFuture<>();
    while (true) {
      CompletableFuture<Answer> kept = answers.putIfAbsent(question, mine);
      if (kept == null) {
        break;
      }
      if (!kept.isDone() || kept.join().expiresMillis() > clock.millis()) {
        return kept;
      }
      answers.remove(question, kept);
    }
    LOG.debug("{} is not known yet, or no longer; {} answers are", question, answers.size() - 1);
    if (answers.size() > MOST) {
      makeRoom();
    }
    ask.apply(question)
        .whenComplete(
            (answer, failure) ->
                mine.complete(
                    failure == null ? answer : new Answer(Status.TEMPORARY, List.of(), false, 0)));
    return mine;
  }

  /** Forgets everything; questions that are being asked are answered still. */
  void clear() {
    answers.values().removeIf(CompletableFuture::isDone);
  }

  int size() {
    return answers.size();
  }

  private void makeRoom() {
    long now = clock.millis();
    answers.values().removeIf(a -> a.isDone() && a.join().expiresMillis() <= now);
    var rest = answers.entrySet().iterator();
    while (answers.size() > MOST - MOST / 8 && rest.hasNext()) {
      if (rest.next().getValue().isDone()) {
        rest.remove();
      }
    }
  }
}
