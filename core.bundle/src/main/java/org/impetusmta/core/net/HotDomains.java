package org.impetusmta.core.net;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;

/**
 * The domains with much mail, dealt out to the loops that own queues in the order of the list, so
 * that chance does not put several of them on one loop. Of a binding, two that stand beside each
 * other are on different loops; other bindings begin elsewhere, so that one domain with many
 * bindings is spread too. Fixed while the server runs. Read-only. Source: ref-hot-domains of the
 * newer manual.
 */
final class HotDomains {
  private static final int DEFAULT_BINDING = "default".hashCode();

  private final Map<String, Integer> ranks = new HashMap<>();
  private final List<String> names;
  private final int loops;

  HotDomains(Generation first, int loops) {
    this.loops = loops;
    for (String name : first.options(LoopOptions.HotDomains.class, ScopePath.GLOBAL).hotDomains()) {
      ranks.putIfAbsent(name.toLowerCase(Locale.ROOT), ranks.size());
    }
    names =
        ranks.entrySet().stream()
            .sorted(Map.Entry.comparingByValue())
            .map(Map.Entry::getKey)
            .toList();
  }

  /** The number of the loop; -1 where the domain is no hot one. */
  int owner(String binding, String domain) {
    Integer rank = ranks.get(domain);
    return rank == null ? -1 : Math.floorMod(rank + binding.hashCode() - DEFAULT_BINDING, loops);
  }

  /** In the order of the list, each once. */
  List<String> names() {
    return names;
  }
}
