package org.impetusmta.api.hook;

import org.impetusmta.api.reception.AcceptConstruct;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A connection that {@link IncInboundConnections} was told of is over. Runs on the session's loop.
 * Source: hooks core_dec_inbound_connections.
 */
@ConsumerType
public interface DecInboundConnections {
  void decInboundConnections(AcceptConstruct connection);
}
