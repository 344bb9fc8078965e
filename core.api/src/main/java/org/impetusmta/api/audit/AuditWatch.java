package org.impetusmta.api.audit;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Learns of series and of what is added to those that are replicated, so that other nodes can be
 * told; register it as an OSGi service. Called by whoever does so, event loops among them: may not
 * block, nor throw. Source: cluster.config.replication.
 */
@ConsumerType
public interface AuditWatch {
  /** There is a new series. Modules that are not in force yet are told of it too. */
  default void defined(Series series) {}

  /** Something was added in this process. */
  void added(SeriesDefinition series, String key, long delta);

  /** A key was removed in this process. */
  void removed(SeriesDefinition series, String key);
}
