package org.impetusmta.core.route;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/** Options that decide where the mail of one queue goes. Read-only. */
@OptionSet({Scopes.GLOBAL, Scopes.BINDING_GROUP, Scopes.BINDING, Scopes.DOMAIN})
public record RouteOptions(
    @Option(
            doc =
                "Host that takes all mail of this scope instead of its MX hosts: name, address or"
                    + " [address], with an optional :port")
        Optional<String> gateway,
    @Option(value = "25", min = 1, max = 65535, doc = "Port that MX hosts and gateways listen on")
        int remoteSmtpPort,
    @Option(
            value = "120",
            scopes = {Scopes.GLOBAL, Scopes.DOMAIN},
            doc = "Time for which an address is left alone after a connection to it failed")
        Duration hostFailureRetry,
    @Option(
            value = "10",
            min = 1,
            scopes = {Scopes.GLOBAL, Scopes.DOMAIN},
            doc = "Lookups in a row that must say a domain does not exist before its mail fails")
        int dnsFailuresToPurge,
    @Option(
            value = "3",
            min = -1,
            scopes = {Scopes.GLOBAL, Scopes.DOMAIN},
            doc =
                "Failed MX lookups in a row before the domain's own address is tried; -1: look for"
                    + " MX once, then only for addresses")
        int mxFailuresFallbackToA,
    @Option(
            value = "true",
            doc = "Whether delivery waits until every MX of a domain has its addresses")
        boolean fullyResolveBeforeSmtp,
    @Option(
            scopes = {Scopes.GLOBAL, Scopes.DOMAIN},
            doc = "Hosts that mail goes to instead of those that the DNS names")
        Optional<List<String>> routes) {}
