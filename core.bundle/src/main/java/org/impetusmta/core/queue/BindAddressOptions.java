package org.impetusmta.core.queue;

import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/** Where connections of a binding come from. Read-only. */
@OptionSet({Scopes.GLOBAL, Scopes.BINDING_GROUP, Scopes.BINDING})
public record BindAddressOptions(
    @Option(
            value = "*",
            dynamic = false,
            doc = "Address that connections of the binding come from; *: the kernel's choice")
        String bindAddress) {}
