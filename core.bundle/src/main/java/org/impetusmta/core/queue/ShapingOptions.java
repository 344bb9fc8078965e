package org.impetusmta.core.queue;

import java.util.Optional;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Rate;
import org.impetusmta.api.config.Scopes;

/**
 * Limits of a queue that are shared by all queues which fall back to the same scope. Read-only.
 * Source: conf.ref.outbound_throttle_messages, conf.ref.scope_max_outbound_connections.
 */
@OptionSet({Scopes.GLOBAL, Scopes.BINDING_GROUP, Scopes.BINDING, Scopes.DOMAIN})
public record ShapingOptions(
    @Option(doc = "Messages that may be delivered in a period, number or number/seconds; 0: any")
        Optional<Rate> outboundThrottleMessages,
    @Option(doc = "Connections that may be opened in a period, number or number/seconds; 0: any")
        Optional<Rate> outboundThrottleConnections,
    @Option(min = 0, doc = "Most connections that all domains of this scope share")
        Optional<Integer> scopeMaxOutboundConnections) {}
