package org.impetusmta.core.queue;

import java.time.Duration;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/** Options of a mail queue: its connections, its retries, what it keeps in memory. Read-only. */
@OptionSet({Scopes.GLOBAL, Scopes.BINDING_GROUP, Scopes.BINDING, Scopes.DOMAIN})
public record QueueOptions(
    @Option(value = "ESMTP", doc = "The delivery method that takes this mail")
        String deliveryMethod,
    @Option(value = "false", doc = "Whether mail waits and nothing is attempted")
        boolean suspendDelivery,
    @Option(value = "32", min = 0, doc = "Most connections for one binding and domain")
        int maxOutboundConnections,
    @Option(
            value = "75000",
            min = 0,
            scopes = {Scopes.GLOBAL, Scopes.BINDING_GROUP, Scopes.BINDING},
            doc = "Most outbound connections of the server, in a binding those of that binding")
        int serverMaxOutboundConnections,
    @Option(value = "normal", doc = "How fast connections are added as the active queue grows")
        Aggressiveness connectionAllocationAggressiveness,
    @Option(
            value = "0",
            min = 0,
            doc = "Deliveries after which a connection is closed; 0: no limit")
        int maxDeliveriesPerConnection,
    @Option(value = "0", min = 0, doc = "Recipients of one connection; 0: no limit")
        int maxRecipientsPerConnection,
    @Option(
            value = "100",
            min = 1,
            doc = "Most recipients of one reception that leave in one transaction")
        int maxRecipientsPerBatch,
    @Option(value = "5", min = 0, doc = "How long a connection without mail is kept open")
        Duration idleTimeout,
    @Option(value = "1200", min = 1, doc = "Time to the first retry; it doubles with each retry")
        Duration retryInterval,
    @Option(value = "43200", min = 1, doc = "Longest time between two retries")
        Duration maxRetryInterval,
    @Option(
            value = "auto",
            doc = "Most retries: a number, none, or auto for as many as message_expiration allows")
        String maxRetries,
    @Option(value = "86400", min = 0, doc = "Age at which undelivered mail fails")
        Duration messageExpiration,
    @Option(value = "false", doc = "Whether mail that is too old fails without a last attempt")
        boolean neverAttemptExpiredMessages,
    @Option(value = "false", doc = "Whether mail fails at its first transient failure")
        boolean neverRetry,
    @Option(
            value = "250",
            min = -1,
            doc = "Messages of an active queue whose bodies stay in memory; -1: all, 0: none")
        int maxResidentActiveQueue,
    @Option(
            value = "50",
            min = 0,
            scopes = {Scopes.GLOBAL, Scopes.DOMAIN},
            doc =
                "Failed connections in a row after which all active mail is delayed; 0: never for"
                    + " their number")
        int mxFailuresToDelay,
    @Option(
            value = "900",
            min = 0,
            doc = "Time without a connection after which all active mail is delayed")
        Duration connectTimeoutToDelay,
    @Option(
            value = "3",
            min = 0,
            doc =
                "Transient failures after which the body stays on disk until it is sent; 0: after"
                    + " any")
        int dropBodyAfterTransFail,
    @Option(
            value = "0",
            min = 0,
            scopes = {Scopes.GLOBAL, Scopes.BINDING_GROUP, Scopes.BINDING},
            doc =
                "Span over which the next attempts of mail that is delayed in bulk are spread, best"
                    + " a power of two")
        Duration delayedBindingDomainFuzz) {
  /** How fast connections are added. */
  public enum Aggressiveness {
    /** About the square root of what waits. */
    NORMAL,
    /** One for each message that waits, up to the maximum. */
    HIGH
  }

  /** How many connections {@code messages} are worth, at most {@code most}. */
  int connectionGoal(int messages, int most) {
    int wanted =
        switch (connectionAllocationAggressiveness) {
          case NORMAL -> (int) Math.ceil(Math.sqrt(messages));
          case HIGH -> messages;
        };
    return Math.min(most, wanted);
  }
}
