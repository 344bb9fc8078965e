package org.impetusmta.listener.ecstream;

import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/** What a socket that listens asks of the configuration. Immutable. Source: listeners. */
@OptionSet({"ecstream_listener", Scopes.LISTEN})
record ListenOptions(
    @Option(value = "true", doc = "Whether to listen at all") boolean enable,
    @Option(
            value = "500",
            min = 1,
            max = 65535,
            dynamic = false,
            doc = "Connections that the kernel keeps waiting")
        int listenBacklog) {}
