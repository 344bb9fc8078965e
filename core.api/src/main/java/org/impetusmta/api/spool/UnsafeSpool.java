package org.impetusmta.api.spool;

import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/**
 * The permission to acknowledge mail that is not on the disk. Nothing but {@code suppress_spool}
 * makes use of it. Immutable. Source: conf.ref.unsafe_spool.
 */
@OptionSet(Scopes.GLOBAL)
public record UnsafeSpool(
    @Option(
            name = "_unsafe_spool",
            value = "false",
            doc =
                "Whether suppress_spool may tell clients that mail is accepted which is in memory"
                    + " alone; it is lost if the process dies.")
        boolean unsafeSpool) {}
