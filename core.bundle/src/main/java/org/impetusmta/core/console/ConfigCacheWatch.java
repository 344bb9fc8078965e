package org.impetusmta.core.console;

import org.impetusmta.api.metrics.CacheWatch;
import org.impetusmta.core.config.ConfigEngine;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Tells {@code cache list} of the lookups of options, since the configuration in force began.
 * Concurrent. Source: conf.ref.match_cache_size.
 */
@Component(service = CacheWatch.class)
public final class ConfigCacheWatch implements CacheWatch {
  private final ConfigEngine engine;

  @Activate
  public ConfigCacheWatch(@Reference ConfigEngine engine) {
    this.engine = engine;
  }

  @Override
  public String name() {
    return "config:match";
  }

  @Override
  public Figures figures() {
    return engine.matches();
  }
}
