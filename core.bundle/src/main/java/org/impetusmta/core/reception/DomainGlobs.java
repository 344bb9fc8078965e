package org.impetusmta.core.reception;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A list of domains and left-globbed domains: {@code example.com} matches itself, {@code
 * *.example.com} whatever ends in {@code .example.com}, {@code *} everything. Case is ignored.
 * Immutable. Source: conf.ref.relay_domains.
 */
final class DomainGlobs {
  private final Set<String> exact = new HashSet<>();
  private final List<String> endings = new ArrayList<>();

  DomainGlobs(List<String> patterns) {
    for (String pattern : patterns) {
      String lower = pattern.toLowerCase(Locale.ROOT);
      if (lower.startsWith("*")) {
        endings.add(lower.substring(1));
      } else {
        exact.add(lower);
      }
    }
  }

  /** Whether {@code domain}, in lower case, is on the list. */
  boolean contains(String domain) {
    if (exact.contains(domain)) {
      return true;
    }
    for (String ending : endings) {
      if (domain.endsWith(ending)) {
        return true;
      }
    }
    return false;
  }
}
