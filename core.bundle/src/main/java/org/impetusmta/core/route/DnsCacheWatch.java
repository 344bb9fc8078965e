package org.impetusmta.core.route;

import java.util.Optional;
import org.impetusmta.api.metrics.CacheWatch;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Tells {@code cache list} of the DNS cache, since it began with the options in force. Concurrent.
 */
@Component(service = CacheWatch.class)
public final class DnsCacheWatch implements CacheWatch {
  private final DnsService dns;

  @Activate
  public DnsCacheWatch(@Reference DnsService dns) {
    this.dns = dns;
  }

  @Override
  public String name() {
    return "core:dns";
  }

  @Override
  public Figures figures() {
    Optional<DnsCache> cache = DnsConsole.cache(dns);
    return cache
        .map(DnsCache::figures)
        .orElse(new Figures(DnsCache.MOST, 0, 0, 0, 0, 0, 0, 0, 0, 0));
  }
}
