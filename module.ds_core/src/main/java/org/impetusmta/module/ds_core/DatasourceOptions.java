package org.impetusmta.module.ds_core;

import java.time.Duration;
import java.util.List;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;

/** The options of a Datasource stanza. Source: modules.ds_core; the last five are ours. */
@OptionSet("datasource")
public record DatasourceOptions(
    @Option(
            value = "iso-8859-1",
            doc = "Character set of octets whose character set the source does not tell")
        CharsetName assumeCharset,
    @Option(value = "3600", min = 1, doc = "Seconds that an answer stays in the cache")
        Duration cacheLife,
    @Option(value = "1000", min = 1, max = 100_000_000, doc = "Most answers in the cache")
        int cacheSize,
    @Option(
            value = "100",
            min = -1,
            max = 1_000_000_000,
            doc = "Most rows of an answer; -1: all of them")
        int maxRows,
    @Option(value = "false", doc = "Whether each query goes to the source") boolean noCache,
    @Option(value = "IO", doc = "Thread pool that queries of scripts and hooks run in") String pool,
    @Option(value = "true", doc = "Whether answers are shared across the cluster")
        boolean serialized,
    @Option(doc = "DRIVER:… of each source; asked in turn, those that are dead left out; needed")
        List<String> uri,
    @Option(value = "10", min = 1, max = 3600, doc = "Seconds until a connection must be there")
        Duration connectTimeout,
    @Option(value = "30", min = 1, max = 86_400, doc = "Seconds until an answer must be there")
        Duration queryTimeout,
    @Option(value = "10", min = 1, max = 100_000, doc = "Most connections to each URI")
        int maxConnections,
    @Option(value = "300", min = 1, doc = "Seconds until a connection that is not used is closed")
        Duration idleTimeout,
    @Option(value = "5", min = 1, doc = "Seconds until a URI that was dead is tried again")
        Duration retryDead) {}
