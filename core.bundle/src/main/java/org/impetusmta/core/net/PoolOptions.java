package org.impetusmta.core.net;

import java.util.Optional;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/**
 * The options of a ThreadPool stanza. What a stanza leaves out stays as the pool of that name is
 * predefined. Immutable. Source: conf.ref.threadpool.
 */
@OptionSet(Scopes.THREADPOOL)
public record PoolOptions(
    @Option(
            min = 0,
            max = 100_000,
            doc =
                "Jobs that run at a time; 0: on the caller; unset: as predefined, 4 for a pool of"
                    + " your own")
        Optional<Integer> concurrency,
    @Option(
            min = 0,
            dynamic = false,
            doc = "Jobs that may wait, then callers do; 0: no limit; unset: as predefined")
        Optional<Integer> backlog,
    @Option(
            value = "0",
            min = 0,
            max = 1 << 30,
            unit = Option.Unit.SIZE,
            doc = "Stack of a thread; 0: as the virtual machine has it. Concerns new threads")
        int stackSize) {}
