package org.impetusmta.core.queue;

import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/** Options of one host that mail is delivered to. Read-only. Source: conf.ref.host. */
@OptionSet(Scopes.HOST)
record HostOptions(
    @Option(
            value = "-1",
            min = -1,
            doc = "Most connections to one address of the host; -1: no limit of its own")
        int maxOutboundConnections) {
  /** Whether one more may be added to so many. */
  boolean allows(int connections) {
    return maxOutboundConnections < 0 || connections < maxOutboundConnections;
  }
}
