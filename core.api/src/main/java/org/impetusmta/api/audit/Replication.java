package org.impetusmta.api.audit;

/** Which other nodes are told of what is added. Source: lua.ref.msys.audit_series.define. */
public enum Replication {
  /** None. */
  NONE,
  /** Every node. */
  CLUSTER,
  /** The cluster manager alone. */
  MANAGER
}
