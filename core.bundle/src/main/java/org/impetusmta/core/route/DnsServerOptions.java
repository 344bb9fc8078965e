package org.impetusmta.core.route;

import java.time.Duration;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/** Options of the way to the name servers. Read-only. */
@OptionSet(Scopes.GLOBAL)
public record DnsServerOptions(
    @Option(
            value = "0",
            min = 0,
            doc = "Queries after which a new source port is used; 0: a port for each query")
        int dnsMaxUdpQueriesPerPort,
    @Option(
            value = "0",
            min = 0,
            max = Integer.MAX_VALUE,
            unit = Option.Unit.SIZE,
            dynamic = false,
            doc = "Receive buffer of DNS sockets; 0: the operating system's choice")
        long dnsUdpRcvbufSize,
    @Option(
            value = "0",
            min = 0,
            max = Integer.MAX_VALUE,
            unit = Option.Unit.SIZE,
            dynamic = false,
            doc = "Send buffer of DNS sockets; 0: the operating system's choice")
        long dnsUdpSndbufSize,
    @Option(
            value = "false",
            dynamic = false,
            doc = "Whether lookups of MX records are limited in number")
        boolean dnsRateLimitEnabled,
    @Option(value = "100", min = 1, doc = "MX lookups that are made in one dns_rate_limit_period")
        int dnsRateLimitMxQueries,
    @Option(value = "1", min = 1, doc = "Period that dns_rate_limit_mx_queries counts in")
        Duration dnsRateLimitPeriod,
    @Option(
            value = "100000",
            min = 1000,
            dynamic = false,
            doc = "MX lookups that may wait for their turn; beyond it they are made at once")
        int dnsRateLimitMaxQueue) {}
