package org.impetusmta.module.seedlist;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.impetusmta.api.datasource.Datasource;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.Datasources;
import org.impetusmta.api.datasource.Query;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which campaigns were seen: the last {@value #MOST} in memory and, where the datasource is there,
 * all of them in its table {@code SCHEMA.campaigns (campaignid)}, which nodes share and which
 * outlives the server. Concurrent.
 */
final class Campaigns {
  static final int MOST = 100_000;
  private static final Logger LOG = LoggerFactory.getLogger(Campaigns.class);

  private final Supplier<Optional<Datasources>> datasources;
  private final String cacheName;
  private final String insert;
  private final String select;
  private final Map<String, Boolean> seen =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
          return size() > MOST;
        }
      };

  /**
   * @param schema a name that SQL takes as it is
   */
  Campaigns(Supplier<Optional<Datasources>> datasources, String cacheName, String schema) {
    this.datasources = datasources;
    this.cacheName = cacheName;
    this.insert =
        "INSERT INTO "
            + schema
            + ".campaigns (campaignid) SELECT ? WHERE NOT EXISTS (SELECT 1 FROM "
            + schema
            + ".campaigns WHERE campaignid = ?)";
    this.select = "SELECT campaignid FROM " + schema + ".campaigns WHERE campaignid = ?";
  }

  /** Whether this server has not seen it; it has from here on. Never blocks. */
  synchronized boolean begins(String id) {
    return seen.put(id, true) == null;
  }

  /** This server has not seen it after all. */
  synchronized void forget(String id) {
    seen.remove(id);
  }

  /** Whether no other server has seen it, nor this one before it was started. Blocks. */
  boolean isNewEverywhere(String id) {
    Optional<Datasource> source = datasources.get().flatMap(all -> all.find(cacheName));
    if (source.isEmpty()) {
      return true;
    }
    try {
      return source.get().execute(Query.of(insert, id, id)) != 0;
    } catch (DatasourceException failure) {
      return decide(source.get(), id, failure);
    }
  }

  /** Another server may have been first by a moment. */
  private boolean decide(Datasource source, String id, DatasourceException cause) {
    try {
      if (!source.query(Query.of(select, id)).isEmpty()) {
        return false;
      }
    } catch (DatasourceException failure) {
      cause.addSuppressed(failure);
    }
    LOG.error("which campaigns were seen is known to this server alone: {}", cause.toString());
    return true;
  }
}
