package org.impetusmta.delivery.ecstream;

import java.time.Duration;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/** What an operator can say about ECStream deliveries, per binding and domain. Immutable. */
@OptionSet({Scopes.BINDING, Scopes.BINDING_GROUP, Scopes.DOMAIN, Scopes.GLOBAL})
public record EcStreamOptions(
    @Option(value = "1825", min = 1, max = 65535, doc = "port of the receiving server")
        int ecstreamPort,
    @Option(
            value = "600",
            min = 1,
            doc = "seconds to wait for the connection and its welcome, then for each next result")
        Duration ecstreamTimeout) {}
