package org.impetusmta.core.queue;

import java.util.Optional;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/**
 * What a binding or its group says of all its queues together, apart from the server. Read-only.
 */
@OptionSet({Scopes.BINDING_GROUP, Scopes.BINDING})
public record BindingQueueOptions(
    @Option(
            min = 0,
            doc =
                "Messages of the binding whose bodies stay in memory; 0: no limit; unset:"
                    + " max_resident_messages_per_binding")
        Optional<Integer> maxResidentMessages) {}
