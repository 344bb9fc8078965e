package org.impetusmta.core.route;

import java.util.Optional;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/** Options of DNSSEC validation. Read-only. */
@OptionSet(Scopes.GLOBAL)
public record DnssecOptions(
    @Option(
            doc =
                "File of DS or DNSKEY records that are trusted, in the form of a zone file; unset:"
                    + " the keys of the root zone")
        Optional<String> dnssecTrustAnchors) {}
