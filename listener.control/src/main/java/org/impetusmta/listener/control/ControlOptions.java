package org.impetusmta.listener.control;

import java.time.Duration;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/**
 * The options of {@code Control_Listener} beside those of its sockets. Source: control_listener.
 */
@OptionSet(Scopes.CONTROL_LISTENER)
public record ControlOptions(
    @Option(value = "60", min = 0, doc = "Seconds after which an idle session is closed; 0: never.")
        Duration timeout) {}
