package org.impetusmta.core.route;

import java.time.Duration;
import java.util.Optional;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/** Options of the resolver. Read-only. */
@OptionSet(Scopes.GLOBAL)
public record DnsOptions(
    @Option(doc = "A file to read instead of /etc/resolv.conf") Optional<String> resolvConf,
    @Option(value = "false", doc = "Whether a truncated UDP answer is asked for again over TCP")
        boolean dnsFallbackToTcp,
    @Option(value = "false", doc = "Whether AAAA records are looked up and used") boolean useIpv6,
    @Option(value = "0", doc = "Shortest time for which an answer of the DNS is kept")
        Duration minDnsTtl,
    @Option(value = "4294967295", doc = "Longest time for which an answer of the DNS is kept")
        Duration maxDnsTtl,
    @Option(value = "10", doc = "Time after which a lookup that failed is made again")
        Duration dnsExpireInterval,
    @Option(
            value = "60",
            min = 1,
            doc = "How often answers whose time is over are removed from the DNS cache")
        Duration dnsCachePurgeInterval) {}
