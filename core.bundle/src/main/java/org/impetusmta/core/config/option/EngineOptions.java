package org.impetusmta.core.config.option;

import java.time.Duration;
import java.util.Optional;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;

/** The options of the configuration engine itself. Immutable. */
@OptionSet("global")
public record EngineOptions(
    @Option(
            value = "16384",
            min = 1,
            doc = "How many lookups of scopes a generation remembers, for each option set")
        int matchCacheSize,
    @Option(
            value = "0",
            min = 0,
            doc = "How long a lookup is remembered at most; 0: as long as there is room")
        Duration matchCacheLife,
    @Option(
            min = 1,
            doc =
                "As match_cache_size, for lookups outside of bindings and domains (listeners,"
                    + " pathways, modules); unset: match_cache_size")
        Optional<Integer> genericGetterCacheSize,
    @Option(
            name = EngineOptions.LOCAL_CHANGES_FILE,
            doc = "A file that is loaded after all others, beside the main file if relative")
        Optional<String> localChangesFile,
    @Option(
            name = EngineOptions.LOCAL_CHANGES_ONLY,
            value = "false",
            doc = "Whether all online changes are written back to the local_changes_file")
        boolean localChangesOnly) {
  public static final String LOCAL_CHANGES_FILE = "local_changes_file";
  public static final String LOCAL_CHANGES_ONLY = "local_changes_only";
}
