package org.impetusmta.core.route;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.impetusmta.api.message.AsciiDomain;

/**
 * A list of domains and left-globbed domains: {@code example.com} matches itself, {@code
 * *.example.com} whatever ends in {@code .example.com}, {@code *} everything. Case is ignored.
 * Immutable. Source: conf.ref.relay_domains.
 */
public final class DomainGlobs {
  private final Set<String> exact = new HashSet<>();
  private final List<String> endings = new ArrayList<>();

  public DomainGlobs(List<String> patterns) {
    for (String pattern : patterns) {
      if (pattern.startsWith("*")) {
        endings.add(AsciiDomain.of(pattern.substring(1)));
      } else {
        exact.add(AsciiDomain.of(pattern));
      }
    }
  }

  /** Whether {@code domain}, as {@link AsciiDomain} has it, is on the list. */
  public boolean contains(String domain) {
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
