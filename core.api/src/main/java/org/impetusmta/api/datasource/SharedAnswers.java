package org.impetusmta.api.datasource;

import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Answers that the nodes of a cluster share; an OSGi service of whoever joins the nodes. Those of
 * datasources with {@code serialized = true} go there, and are looked for there before a source is
 * asked. None of the methods waits for the network. Concurrent. Source: modules.ds_core,
 * cluster.config.replication.
 */
@ConsumerType
public interface SharedAnswers {
  /**
   * What another node has learned and not yet forgotten.
   *
   * @param datasource the name of the cache, the same on all nodes
   */
  Optional<Rows> find(String datasource, Query query);

  /** A source of this node has answered. */
  void publish(String datasource, Query query, Rows answer);

  /** An operator has flushed the cache of this node. */
  void forget(String datasource);
}
