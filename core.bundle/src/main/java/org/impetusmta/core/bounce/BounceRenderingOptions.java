package org.impetusmta.core.bounce;

import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/** Options of the making of bounces. Read-only. */
@OptionSet(Scopes.GLOBAL)
public record BounceRenderingOptions(
    @Option(
            value = "true",
            doc =
                "Whether bounces are written on the IO pool; false: on the delivering loop, unless"
                    + " the original has to be read from the disk, for which a loop does not wait")
        boolean asyncBounceRendering,
    @Option(
            value = "100",
            min = 1,
            doc =
                "Finished bounces that each loop queues in one turn, where they are written on the"
                    + " IO pool")
        int softBounceDrainRate) {}
