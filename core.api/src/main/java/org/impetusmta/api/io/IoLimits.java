package org.impetusmta.api.io;

import java.time.Duration;

/**
 * How long and how large something read through an I/O wrapper may be. Immutable.
 *
 * @param timeout from the call to the last octet
 * @param octets more of them are an error, never a shorter text
 */
public record IoLimits(Duration timeout, long octets) {}
