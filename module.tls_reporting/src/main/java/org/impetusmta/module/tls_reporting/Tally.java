package org.impetusmta.module.tls_reporting;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The sessions of one day (UTC), counted for each domain, policy and result as a report needs them.
 * Bounded: at most {@code mostDomains} domains, {@value #MOST_POLICIES} policies of a domain and
 * {@value #MOST_FAILURES} kinds of failure of a policy; beyond, only the totals grow. Concurrent:
 * each domain has a lock, which is held for a moment.
 */
final class Tally {
  static final int MOST_POLICIES = 32;
  static final int MOST_FAILURES = 100;

  private final LocalDate day;
  private final int mostDomains;
  private final ConcurrentHashMap<String, Domain> domains = new ConcurrentHashMap<>();
  private volatile boolean changed;

  Tally(LocalDate day, int mostDomains) {
    this.day = day;
    this.mostDomains = mostDomains;
  }

  /**
   * A policy as reports name it.
   *
   * @param type {@code sts}, {@code tlsa} or {@code no-policy-found}
   */
  record Policy(String type, String domain, List<String> text) {
    Policy {
      text = List.copyOf(text);
    }
  }

  /** A kind of failure; text that is not known is empty. */
  record Failure(
      String result, String sendingIp, String receivingHost, String receivingIp, String reason) {}

  /** The counts of one policy. */
  static final class Counts {
    long successes;
    long failures;
    final Map<Failure, Long> details = new LinkedHashMap<>();

    private Counts copy() {
      Counts copy = new Counts();
      copy.successes = successes;
      copy.failures = failures;
      copy.details.putAll(details);
      return copy;
    }
  }

  private static final class Domain {
    final Map<Policy, Counts> policies = new LinkedHashMap<>();
    boolean unwanted;
  }

  LocalDate day() {
    return day;
  }

  /**
   * Counts a session; false where the domain is new, so that somebody may ask whether it wants
   * reports.
   */
  boolean success(String domain, Policy policy) {
    return count(domain, policy, null, 1, 0);
  }

  boolean failure(String domain, Policy policy, Failure failure) {
    return count(domain, policy, failure, 0, 1);
  }

  /** Adds what was counted before a restart. */
  void restore(String domain, Policy policy, Counts counts) {
    count(domain, policy, null, counts.successes, counts.failures);
    counts.details.forEach((failure, number) -> detail(domain, policy, failure, number));
  }

  private boolean count(
      String name,
      Policy policy,
      @org.jspecify.annotations.Nullable Failure failure,
      long successes,
      long failures) {
    Domain domain = domains.get(name);
    boolean known = domain != null;
    if (domain == null) {
      if (domains.size() >= mostDomains) {
        return true;
      }
      domain = domains.computeIfAbsent(name, n -> new Domain());
    }
    synchronized (domain) {
      if (domain.unwanted) {
        return true;
      }
      Counts counts = domain.policies.get(policy);
      if (counts == null) {
        if (domain.policies.size() >= MOST_POLICIES) {
          return true;
        }
        counts = new Counts();
        domain.policies.put(policy, counts);
      }
      counts.successes += successes;
      counts.failures += failures;
      if (failure != null) {
        add(counts, failure, 1);
      }
      changed = true;
    }
    return known;
  }

  private void detail(String name, Policy policy, Failure failure, long number) {
    Domain domain = domains.get(name);
    if (domain == null) {
      return;
    }
    synchronized (domain) {
      Counts counts = domain.policies.get(policy);
      if (counts != null) {
        add(counts, failure, number);
      }
    }
  }

  private static void add(Counts counts, Failure failure, long number) {
    if (counts.details.size() < MOST_FAILURES || counts.details.containsKey(failure)) {
      counts.details.merge(failure, number, Long::sum);
    }
  }

  /** The domain wants no reports: it is not counted any more today. */
  void unwanted(String name) {
    Domain domain = domains.get(name);
    if (domain != null) {
      synchronized (domain) {
        domain.unwanted = true;
        domain.policies.clear();
        changed = true;
      }
    }
  }

  /** A domain was reported to, or given up. */
  void done(String name) {
    domains.remove(name);
    changed = true;
  }

  /** Whether anything changed since this was asked last. */
  boolean takeChanged() {
    boolean was = changed;
    changed = false;
    return was;
  }

  /** The domains that have counts, in order. */
  List<String> domains() {
    List<String> names = new ArrayList<>();
    domains.forEach(
        (name, domain) -> {
          synchronized (domain) {
            if (!domain.policies.isEmpty()) {
              names.add(name);
            }
          }
        });
    names.sort(null);
    return names;
  }

  /** A copy of the counts of a domain. */
  Map<Policy, Counts> counts(String name) {
    Domain domain = domains.get(name);
    if (domain == null) {
      return Map.of();
    }
    Map<Policy, Counts> copy = new LinkedHashMap<>();
    synchronized (domain) {
      domain.policies.forEach((policy, counts) -> copy.put(policy, counts.copy()));
    }
    return copy;
  }
}
