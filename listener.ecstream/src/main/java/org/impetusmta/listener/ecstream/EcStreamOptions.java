package org.impetusmta.listener.ecstream;

import java.time.Duration;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/** What the protocol asks of the configuration, for one session's scope. Immutable. */
@OptionSet({"ecstream_listener", Scopes.LISTEN, Scopes.PEER, Scopes.PATHWAY, Scopes.PATHWAY_GROUP})
record EcStreamOptions(
    @Option(
            value = "300",
            min = 0,
            doc = "Seconds without a frame until an ECStream client is cut off; 0: none")
        Duration ecstreamIdleTime,
    @Option(
            value = "10000",
            min = 1,
            doc = "ECStream messages that one session handles before others get their turn")
        int ecstreamMaxBatchSize) {}
