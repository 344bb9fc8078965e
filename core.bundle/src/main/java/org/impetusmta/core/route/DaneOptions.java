package org.impetusmta.core.route;

import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/** Whether the way to a domain's hosts is validated. Read-only. */
@OptionSet({Scopes.GLOBAL, Scopes.DOMAIN})
public record DaneOptions(
    @Option(
            value = "false",
            doc =
                "Whether MX and address records are validated by DNSSEC and TLSA records of"
                    + " receiving hosts are looked for, where the module dane is configured")
        boolean useDane) {}
