package org.impetusmta.core.queue;

import java.util.Optional;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/**
 * Whether the mail of all domains that an MX host serves is queued together. Read-only. Source:
 * rollup_mx, rollup_mx_name (2020).
 */
@OptionSet(Scopes.HOST)
public record HostRollupOptions(
    @Option(
            value = "false",
            doc = "Whether the mail of all domains that this host serves is queued together")
        boolean rollupMx,
    @Option(doc = "Domain whose queue takes the mail of all domains that this host serves")
        Optional<String> rollupMxName) {}
