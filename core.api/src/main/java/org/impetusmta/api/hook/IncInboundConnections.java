package org.impetusmta.api.hook;

import org.impetusmta.api.reception.AcceptConstruct;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A connection was accepted; once for each, before its phases. Runs on the session's loop. Source:
 * hooks core_inc_inbound_connections.
 */
@ConsumerType
public interface IncInboundConnections {
  void incInboundConnections(AcceptConstruct connection);
}
