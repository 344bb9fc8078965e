package org.impetusmta.core.queue;

import java.util.Optional;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Rate;
import org.impetusmta.api.config.Scopes;

/**
 * Limits of an MX host, beside those of its queues. Asked in the order
 * binding_group::binding::host, binding_group::host, binding::host, host. Read-only. Source:
 * conf.ref.outbound_throttle_messages.
 */
@OptionSet(Scopes.HOST)
public record HostShapingOptions(
    @Option(doc = "Messages that this host gets in a period, number or number/seconds; 0: any")
        Optional<Rate> outboundThrottleMessages,
    @Option(doc = "Connections to this host in a period, number or number/seconds; 0: any")
        Optional<Rate> outboundThrottleConnections,
    @Option(min = 0, doc = "Most connections to all hosts of this scope together")
        Optional<Integer> scopeMaxOutboundConnections) {}
