package org.impetusmta.core.kernel;

import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/** The options that concern the process. Immutable. */
@OptionSet(Scopes.GLOBAL)
public record KernelOptions(
    @Option(
            value = "/var/run/ecelerity.pid",
            dynamic = false,
            doc = "file that holds the process id while the server runs; empty: none")
        String pidfile) {}
