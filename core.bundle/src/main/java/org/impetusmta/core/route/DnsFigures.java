package org.impetusmta.core.route;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.impetusmta.api.dns.DnsAnswer.Status;
import org.impetusmta.core.route.DnsCache.Question;
import org.xbill.DNS.Type;

/** What was asked of name servers and how it was answered, since the start. Concurrent. */
final class DnsFigures {
  private static final int TYPES = 256;

  private final Map<Integer, LongAdder> asked = new ConcurrentHashMap<>();
  private final LongAdder arpa4 = new LongAdder();
  private final LongAdder arpa6 = new LongAdder();
  private final LongAdder answered = new LongAdder();
  private final LongAdder bad = new LongAdder();

  void asked(Question question) {
    if (asked.size() < TYPES || asked.containsKey(question.type())) {
      asked.computeIfAbsent(question.type(), type -> new LongAdder()).increment();
    }
    if (question.type() == Type.PTR) {
      String name = question.name().toString(true);
      if (name.regionMatches(true, name.length() - 12, "in-addr.arpa", 0, 12)) {
        arpa4.increment();
      } else if (name.regionMatches(true, name.length() - 8, "ip6.arpa", 0, 8)) {
        arpa6.increment();
      }
    }
  }

  void answered(Status status) {
    answered.increment();
    if (status == Status.TEMPORARY || status == Status.BOGUS) {
      bad.increment();
    }
  }

  long asked(int type) {
    LongAdder count = asked.get(type);
    return count == null ? 0 : count.sum();
  }

  /** Questions for the name of an IPv4 address. */
  long arpa4() {
    return arpa4.sum();
  }

  /** Questions for the name of an IPv6 address. */
  long arpa6() {
    return arpa6.sum();
  }

  long answered() {
    return answered.sum();
  }

  /** Answers that were failures. */
  long bad() {
    return bad.sum();
  }
}
