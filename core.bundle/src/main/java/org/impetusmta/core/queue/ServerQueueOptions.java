package org.impetusmta.core.queue;

import java.time.Duration;
import java.util.Optional;
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
            min = 0,
            doc =
                "Messages of one binding whose bodies stay in memory where the binding does not"
                    + " say; 0: no limit")
        Optional<Integer> maxResidentMessagesPerBinding,
    @Option(
            value = "15",
            min = 1,
            doc = "How often a queue with active mail looks for delayed mail that is due")
        Duration delayedQueueScanInterval,
    @Option(
            value = "true",
            doc =
                "Whether a transient failure is dealt with at once; else transfail_drain_rate in a"
                    + " turn, and the log has no address of the remote host")
        boolean inlineTransfailProcessing,
    @Option(
            value = "100",
            min = 0,
            doc = "Transient failures that wait to be dealt with and keep their bodies")
        int maxResidentTransfails,
    @Option(
            value = "100",
            min = 1,
            doc = "Transient failures that are dealt with in one turn, if not at once")
        int transfailDrainRate,
    @Option(
            value = "100",
            min = 1,
            doc = "Messages of an earlier process that a loop takes from the spool in one turn")
        int diskQueueDrainRate,
    @Option(
            value = "15",
            min = 1,
            doc = "How often queues without a connection are given one of the reserve")
        Duration reserveMaintenanceInterval,
    @Option(
            value = "200",
            min = 0,
            doc = "Connections beyond server_max_outbound_connections, for queues that have none")
        int serverReserveOutboundConnections,
    @Option(
            value = "true",
            doc = "Whether an idle connection serves another domain that has the same MX host")
        boolean migrateConnectionsBetweenSiblingDomains,
    @Option(
            value = "true",
            doc =
                "Whether a change or a flush replaces what a queue's maintainer has planned; else"
                    + " it is planned once more and the old event happens too")
        boolean clearMailQueueMaintainers,
    @Option(
            value = "60",
            min = 1,
            doc = "How often the queues look whether memory is above memory_goal")
        Duration mailQueueCheckVmInterval,
    @Option(
            value = "90",
            min = 1,
            max = 100,
            doc = "Share of the heap in percent above which bodies are left to the spool")
        int memoryGoal,
    @Option(
            value = "95",
            min = 1,
            max = 100,
            doc = "Share of the heap in percent above which new mail is refused for now")
        int memoryHwm,
    @Option(
            value = "false",
            dynamic = false,
            doc =
                "Whether the context of a message stays in memory when its body is left to the"
                    + " spool; else both are read back together")
        boolean keepMessageDictsInMemory,
    @Option(
            value = "true",
            doc =
                "Whether retry count and time are stored after each transient failure; else only"
                    + " with a changed context")
        boolean swapOutMetaAfterEachTempfail,
    @Option(
            value = "true",
            doc =
                "Whether a message that is damaged in the spool fails and is removed; else it stays"
                    + " there, in no queue, until the next start")
        boolean unlinkOnSpoolInFailure,
    @Option(
            value = "false",
            doc =
                "Whether messages of one reception that are stored apart leave in one transaction"
                    + " where their octets are equal")
        boolean expensiveBatchAssessment) {}
