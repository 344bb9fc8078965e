package org.impetusmta.net;

import java.util.Optional;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/**
 * What a socket that listens asks of the configuration, whatever is spoken there. Immutable.
 * Source: listeners, conf.ref.events_per_iter.
 */
@OptionSet({
  Scopes.ESMTP_LISTENER,
  Scopes.CONTROL_LISTENER,
  Scopes.ECSTREAM_LISTENER,
  Scopes.HTTP_LISTENER,
  Scopes.LISTEN
})
public record ListenOptions(
    @Option(value = "true", doc = "Whether to listen at all") boolean enable,
    @Option(
            value = "500",
            min = 1,
            max = 65535,
            dynamic = false,
            doc = "Connections that the kernel keeps waiting")
        int listenBacklog,
    @Option(
            value = "0",
            min = 0,
            max = 1024,
            doc = "Threads of pool_name that accept connections; 0: the event loops do")
        int concurrency,
    @Option(doc = "ThreadPool that accepts connections where concurrency is above 0; unset: IO")
        Optional<String> poolName,
    @Option(
            value = "0",
            min = 0,
            doc =
                "Accepted connections that may wait for their event loops; 0: no limit of its own")
        int acceptQueueBacklog,
    @Option(
            value = "0",
            min = 0,
            doc =
                "Accepted connections that an event loop takes from the accepting threads in one"
                    + " turn; 0: one")
        int eventsPerIter,
    @Option(
            value = "0",
            min = 0,
            max = Integer.MAX_VALUE,
            unit = Option.Unit.SIZE,
            doc = "TCP receive buffer; 0: the operating system's choice")
        int tcpRecvBufferSize,
    @Option(
            value = "0",
            min = 0,
            max = Integer.MAX_VALUE,
            unit = Option.Unit.SIZE,
            doc = "TCP send buffer; 0: the operating system's choice")
        int tcpSendBufferSize,
    @Option(
            value = "false",
            scopes = {
              Scopes.GLOBAL,
              Scopes.ESMTP_LISTENER,
              Scopes.CONTROL_LISTENER,
              Scopes.ECSTREAM_LISTENER,
              Scopes.HTTP_LISTENER,
              Scopes.LISTEN
            },
            doc = "Whether small segments leave at once")
        boolean disableNagleAlgorithm,
    @Option(
            value = "0660",
            unit = Option.Unit.OCTAL,
            min = 0,
            max = 0777,
            doc = "Mode of the file of a Unix domain socket")
        int fileMode,
    @Option(
            dynamic = false,
            scopes = {
              Scopes.ESMTP_LISTENER,
              Scopes.ECSTREAM_LISTENER,
              Scopes.HTTP_LISTENER,
              Scopes.LISTEN
            },
            doc = "The EventLoop pool that serves the connections; unset: all loops")
        Optional<String> eventLoop) {}
