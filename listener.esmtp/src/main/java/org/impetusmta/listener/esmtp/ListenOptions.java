package org.impetusmta.listener.esmtp;

import java.util.Optional;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/** What a socket that listens asks of the configuration. Immutable. Source: listeners. */
@OptionSet({Scopes.ESMTP_LISTENER, Scopes.LISTEN})
record ListenOptions(
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
            doc = "Event loops that accept connections at this address; 0: one")
        int concurrency,
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
            scopes = {Scopes.GLOBAL, Scopes.ESMTP_LISTENER, Scopes.LISTEN},
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
            doc = "The EventLoop pool that serves the connections; unset: all loops")
        Optional<String> eventLoop) {}
