package org.impetusmta.api.audit;

/**
 * A key of a series and what was counted for it. Immutable.
 *
 * @param key an address, a block {@code 2001:db8::/64} where a block was added, or text
 */
public record SeriesItem(String key, long count) {}
