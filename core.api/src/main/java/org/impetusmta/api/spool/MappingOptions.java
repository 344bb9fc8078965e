package org.impetusmta.api.spool;

import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/**
 * How bodies come back out of the spool; here because not every module goes with it. Source:
 * conf.ref.use_mmap. Read-only.
 */
@OptionSet(Scopes.GLOBAL)
public record MappingOptions(
    @Option(
            value = "false",
            doc =
                "Whether bodies that are swapped in stay in their file, mapped into memory, rather"
                    + " than being read")
        boolean useMmap) {}
