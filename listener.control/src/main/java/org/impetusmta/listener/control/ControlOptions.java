package org.impetusmta.listener.control;

import java.time.Duration;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/** The options of {@code Control_Listener} and its {@code Listen}s. Source: control_listener. */
@OptionSet({Scopes.CONTROL_LISTENER, Scopes.LISTEN})
public record ControlOptions(
    @Option(value = "true", doc = "Whether to listen there.") boolean enable,
    @Option(
            value = "0660",
            unit = Option.Unit.OCTAL,
            min = 0,
            max = 0777,
            doc = "Mode of the file of a Unix domain socket.")
        int fileMode,
    @Option(
            value = "500",
            min = 1,
            max = 65535,
            dynamic = false,
            doc = "Connections that may wait to be accepted.")
        int listenBacklog,
    @Option(
            value = "60",
            min = 0,
            scopes = Scopes.CONTROL_LISTENER,
            doc = "Seconds after which an idle session is closed; 0: never.")
        Duration timeout) {}
