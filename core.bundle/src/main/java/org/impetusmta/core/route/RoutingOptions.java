package org.impetusmta.core.route;

import java.util.List;
import java.util.Optional;
import org.impetusmta.api.config.CidrSet;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/** What holds for the hosts of every domain. Read-only. */
@OptionSet(Scopes.GLOBAL)
public record RoutingOptions(
    @Option(
            doc =
                "Recipient domains that are relayed for everybody; *.example.com matches below it")
        Optional<List<String>> relayDomains,
    @Option(
            doc =
                "Domains that reports of failed delivery come back to: mail for them is accepted"
                    + " from everybody, as far as bounce_pattern says")
        Optional<List<String>> bounceDomains,
    @Option(
            value = "true",
            doc =
                "Whether domains of relay_domains and bounce_domains are delivered to their most"
                    + " preferred MX hosts alone")
        boolean onlyUseBestMxForRelayDomains,
    @Option(
            value = "false",
            doc = "Whether IPv6 addresses come before IPv4 ones of the same preference")
        boolean preferIpv6Mxs,
    @Option(doc = "Addresses that mail is never delivered to; a domain that resolves to one fails")
        Optional<CidrSet> prohibitedHosts,
    @Option(doc = "Addresses that are left out when a domain's hosts are tried")
        Optional<CidrSet> skipHosts) {}
