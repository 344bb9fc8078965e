package org.impetusmta.core.route;

import java.time.Duration;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/**
 * How long it is known how an address fared. Read-only. Source: conf.ref.address_metrics_lifetime,
 * conf.ref.address_metrics_cleanse_interval.
 */
@OptionSet(Scopes.GLOBAL)
public record AddressMetricsOptions(
    @Option(
            value = "3600",
            min = 1,
            doc = "How often measurements of receiving hosts that are out of date are thrown away")
        Duration addressMetricsCleanseInterval,
    @Option(
            value = "1800",
            min = 1,
            doc = "How long the measurements of a receiving host are kept after the last one")
        Duration addressMetricsLifetime) {}
