package org.impetusmta.core.queue;

import java.time.Duration;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/** Options of all mail queues together. Read-only. */
@OptionSet(Scopes.GLOBAL)
public record ServerQueueOptions(
    @Option(
            value = "32768",
            min = 0,
            doc = "Messages of all queues whose bodies stay in memory; 0: no limit")
        int maxResidentMessages,
    @Option(
            value = "15",
            min = 1,
            doc = "How often a queue with active mail looks for delayed mail that is due")
        Duration delayedQueueScanInterval,
    @Option(
            value = "false",
            doc =
                "Whether messages of one reception that are stored apart leave in one transaction"
                    + " where their octets are equal")
        boolean expensiveBatchAssessment) {}
