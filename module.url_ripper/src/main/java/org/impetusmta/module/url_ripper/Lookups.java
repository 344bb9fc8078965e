package org.impetusmta.module.url_ripper;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.impetusmta.api.dns.Dns;
import org.impetusmta.api.dns.DnsAnswer;

/**
 * The lookups of one phase: each name once, not more than the limit in the list, and not more than
 * that of hosts. Concurrent; nothing blocks.
 */
final class Lookups {
  private static final int TYPE_A = 1;
  private static final int TYPE_AAAA = 28;

  private final Dns dns;
  private final String base;
  private final Marks marks;
  private final boolean forward;
  private final int most;
  private final List<CompletionStage<?>> all = new ArrayList<>();

  // guarded by this
  private final Set<String> asked = new HashSet<>();
  private final Set<String> resolved = new HashSet<>();
  private final Map<String, List<String>> hits = new TreeMap<>();
  private int failures;

  /**
   * What was found.
   *
   * @param hits context key to what is listed under it
   * @param failures lookups that nobody answered
   */
  record Hits(Map<String, List<String>> hits, int failures) {}

  Lookups(Dns dns, String base, Marks marks, boolean forward, int most) {
    this.dns = dns;
    this.base = base;
    this.marks = marks;
    this.forward = forward;
    this.most = most;
  }

  /** Looks a client up. */
  void address(InetAddress address) {
    all.add(listed(Hosts.reversed(address), address.getHostAddress()));
  }

  /** Looks up the domain that a host belongs to, and its addresses. */
  void host(String host) {
    Hosts.address(host)
        .ifPresentOrElse(
            this::address,
            () -> {
              Hosts.registered(host).ifPresent(domain -> all.add(listed(domain, domain)));
              addresses(host);
            });
  }

  /** Looks up the addresses of a host. */
  void addresses(String host) {
    if (!forward || !begins(resolved, host)) {
      return;
    }
    for (int type : new int[] {TYPE_A, TYPE_AAAA}) {
      all.add(
          dns.lookup(host, type)
              .thenCompose(
                  answer -> {
                    List<CompletableFuture<?>> found = new ArrayList<>();
                    for (ByteBuffer data : answer.records()) {
                      found.add(listed(data, host));
                    }
                    return CompletableFuture.allOf(found.toArray(CompletableFuture[]::new));
                  }));
    }
  }

  private CompletableFuture<?> listed(ByteBuffer data, String host) {
    byte[] octets = new byte[data.remaining()];
    data.duplicate().get(octets);
    try {
      InetAddress address = InetAddress.getByAddress(octets);
      return listed(Hosts.reversed(address), host);
    } catch (UnknownHostException noAddress) {
      return CompletableFuture.completedFuture(null);
    }
  }

  private CompletableFuture<?> listed(String name, String what) {
    if (!begins(asked, name)) {
      return CompletableFuture.completedFuture(null);
    }
    return dns.lookup(name + "." + base, TYPE_A).thenAccept(answer -> answered(answer, what));
  }

  private synchronized boolean begins(Set<String> names, String name) {
    return names.size() < most && names.add(name);
  }

  private synchronized void answered(DnsAnswer answer, String what) {
    switch (answer.status()) {
      case TEMPORARY, BOGUS -> failures++;
      case NO_SUCH_DOMAIN, NO_SUCH_RECORD -> {}
      case FOUND -> {
        for (ByteBuffer data : answer.records()) {
          if (data.remaining() == 4) {
            for (String key : marks.of(data.getInt(data.position()))) {
              hits.computeIfAbsent(key, _ -> new ArrayList<>()).add(what);
            }
          }
        }
      }
    }
  }

  /** What came of all. */
  CompletionStage<Hits> done() {
    CompletableFuture<?>[] waiting =
        all.stream().map(CompletionStage::toCompletableFuture).toArray(CompletableFuture[]::new);
    return CompletableFuture.allOf(waiting).thenApply(_ -> found());
  }

  /** What there is so far. */
  synchronized Hits found() {
    Map<String, List<String>> copy = new TreeMap<>();
    hits.forEach((key, list) -> copy.put(key, List.copyOf(list)));
    return new Hits(copy, failures);
  }
}
