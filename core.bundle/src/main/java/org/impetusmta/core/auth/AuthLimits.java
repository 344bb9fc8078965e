package org.impetusmta.core.auth;

import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Rate;
import org.impetusmta.api.config.Scopes;

/** How often a client may guess. Immutable. */
@OptionSet(Scopes.GLOBAL)
public record AuthLimits(
    @Option(
            value = "10/600",
            doc =
                "Failed authentications of one address, in so many seconds, after which it is told"
                    + " to come back later; 0: no limit")
        Rate authFailuresPerAddress) {}
