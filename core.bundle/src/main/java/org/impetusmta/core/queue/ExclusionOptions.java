package org.impetusmta.core.queue;

import java.util.List;
import java.util.Optional;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/** What of a message's dictionaries is not written to the spool. Read-only. */
@OptionSet({Scopes.GLOBAL, Scopes.BINDING_GROUP, Scopes.BINDING, Scopes.DOMAIN})
public record ExclusionOptions(
    @Option(doc = "Patterns of connection context keys that are not written to the spool")
        Optional<List<String>> excludeVctxConn,
    @Option(doc = "Patterns of message context keys that are not written to the spool")
        Optional<List<String>> excludeVctxMess) {}
